// SPDX-License-Identifier: BSD-3-Clause
//
// Patterns as analysts write them, and what Hyperscan is given for them. docs/rule-language.md
// teaches the writing.

#ifndef TOLLGATE_RULESET_SOURCE_PATTERN_TEXT_H_
#define TOLLGATE_RULESET_SOURCE_PATTERN_TEXT_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tollgate::source {

using WordLists = std::map<std::string, std::vector<std::string>, std::less<>>;

struct PatternText {
  std::string match;                  // the author's expression
  std::vector<std::string> suffixes;  // what may follow it behind a dot; empty: nothing follows
  bool any_suffix = false;            // any public suffix may follow it
};

// Turns an author's pattern into an expression that is anchored at both ends and matches lower-case
// text:
//
//   com-[a-z0-9]+.(xin|top)   ->  ^(?:com-[a-z0-9]+\.(?:xin|top))\z     a dot alone is a dot,
//   pay.*toll                 ->  ^(?:pay.*toll)\z                      a dot with a quantifier any
//   character <carriers>-[a-z]+         ->  ^(?:(?:usps|dhl)-[a-z]+)\z            a list stands for
//   its words
//
// The error says what is wrong, at which character, and what to write. Whether Hyperscan takes the
// expression is not asked.
absl::StatusOr<std::string> TranslatePattern(const PatternText& pattern, const WordLists& lists);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_PATTERN_TEXT_H_
