// SPDX-License-Identifier: BSD-3-Clause

#include "module/live/admission.h"

#include "absl/strings/str_cat.h"

namespace tollgate::module {
namespace {

constexpr char kAdvice[] = "; if that is right, say `tollgate ctl reload --force`";

absl::Status CheckShrink(uint64_t old, uint64_t next, uint64_t few, uint32_t max_shrink,
                         const char* what) {
  if (old < few || next >= old) return absl::OkStatus();
  const uint64_t lost = (old - next) * 100 / old;
  if (lost <= max_shrink) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("it has ", next, " ", what, next == 1 ? "" : "s", " where the one in use has ",
                   old, ": ", lost, "% fewer, and max_shrink is ", max_shrink, "%", kAdvice));
}

}  // namespace

absl::Status Admit(const RuleSet& old, const RuleSet& next, uint32_t max_shrink) {
  auto rules = [](const RuleSet& set) {
    return set.name_count() + set.pattern_count() + set.prefix_count();
  };
  if (rules(next) == 0 && rules(old) > 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("it has no rule at all, and the one in use has some", kAdvice));
  }
  absl::Status names =
      CheckShrink(old.name_count(), next.name_count(), kFewNames, max_shrink, "name");
  if (!names.ok()) return names;
  absl::Status patterns =
      CheckShrink(old.pattern_count(), next.pattern_count(), kFewPatterns, max_shrink, "pattern");
  if (!patterns.ok()) return patterns;
  return CheckShrink(old.prefix_count(), next.prefix_count(), kFewNames, max_shrink, "address");
}

}  // namespace tollgate::module
