// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/inputs.h"

#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "ruleset/text/yaml.h"
#include "ruleset/update/crypto.h"
#include "ruleset/version.h"

namespace tollgate::update {
namespace {

std::string HashFile(const std::string& path) {
  std::string reason;
  const std::optional<std::string> octets =
      text::ReadFile(path, std::numeric_limits<uint32_t>::max(), reason);
  return octets ? Sha256Hex(*octets) : reason;
}

}  // namespace

std::string HashLocalInputs(const std::vector<std::string>& files) {
  std::string list;
  for (const std::string& file : files) absl::StrAppend(&list, HashFile(file), "  ", file, "\n");
  return Sha256Hex(list);
}

std::string HashInputs(const std::string& local_inputs, const std::string& public_suffix_list,
                       const std::vector<SourceState>& sources, policy::Day today) {
  std::string list = absl::StrCat(TOLLGATE_VERSION, " ", today, " ", local_inputs, " ",
                                  HashFile(public_suffix_list), "\n");
  for (const SourceState& source : sources) {
    absl::StrAppend(&list, source.sha256, "  ", source.key, "\n");
  }
  return Sha256Hex(list);
}

}  // namespace tollgate::update
