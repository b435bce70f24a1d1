// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/pattern_check.h"

#include "ruleset/database/hyperscan.h"

namespace tollgate::source {

absl::StatusOr<bool> MatchesAnyName(const std::string& expression) {
  absl::StatusOr<database::PatternDatabase> compiled =
      database::PatternDatabase::Compile({&expression, 1});
  if (!compiled.ok()) return compiled.status();
  database::PatternScratch scratch;
  if (absl::Status status = scratch.Allocate(*compiled); !status.ok()) return status;
  size_t matched = 0;
  for (std::string_view name : kUnrelatedNames) {
    Scan(
        *compiled, name, scratch,
        [](unsigned, void* count) noexcept { ++*static_cast<size_t*>(count); }, &matched);
  }
  return matched == kUnrelatedNames.size();
}

}  // namespace tollgate::source
