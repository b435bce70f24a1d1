// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_COMPILE_REQUIRED_LITERALS_H_
#define TOLLGATE_RULESET_COMPILE_REQUIRED_LITERALS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::compile {

// In literals: where the text begins, and where it ends.
inline constexpr char kTextStart = '\x01';
inline constexpr char kTextEnd = '\x02';

// Strings of which every text that `expression` matches holds at least one; of all such sets that
// are found, the one that names are least likely to hold. Nothing where none is found, or where the
// expression has something that this does not understand: then it can only be tried. Takes what
// Hyperscan compiles (HS_FLAG_DOTALL); of that it understands characters, classes, groups,
// alternatives, repetitions and anchors. The strings are sorted and distinct. An empty set: the
// expression matches no name of letters, digits, '-' and '_'.
std::optional<std::vector<std::string>> RequiredLiterals(std::string_view expression);

// The grams (database/gram.h) of which every text holds at least one that holds one of these
// literals: the rarest of each.
std::vector<uint64_t> GramsOf(const std::vector<std::string>& literals);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_REQUIRED_LITERALS_H_
