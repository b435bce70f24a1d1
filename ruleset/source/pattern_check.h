// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_SOURCE_PATTERN_CHECK_H_
#define TOLLGATE_RULESET_SOURCE_PATTERN_CHECK_H_

#include <array>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tollgate::source {

// Names that have nothing in common but being names: what matches them all, matches everything.
inline constexpr std::array<std::string_view, 5> kUnrelatedNames = {
    "wikipedia.org", "7-zip.com", "bbc.co.uk", "nic.ac", "xn--fiqs8s.cn"};

// Whether an expression matches any name at all. Compiles it alone, some milliseconds: for
// expressions that a feed brings. The error is Hyperscan's, where it refuses the expression.
absl::StatusOr<bool> MatchesAnyName(const std::string& expression);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_PATTERN_CHECK_H_
