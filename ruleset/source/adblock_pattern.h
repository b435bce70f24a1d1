// SPDX-License-Identifier: BSD-3-Clause
//
// What an AdGuard rule's pattern says of host names. AdGuard makes a regular expression of it and
// searches in the host name, or, where the pattern begins as a URL does, in "http://" and the host
// name. Most patterns come down to a name:
//
//   ||example.org^      example.org and everything below it
//   |example.org^       example.org alone; ://example.org^ likewise
//   *.example.org^      everything below it; .example.org^ and ||*.example.org^ likewise
//   ||example.org       an expression: (?:^|\.)example\.org
//   ||ads*.example^     (?:^|\.)ads.*\.example\z
//   -banner-            -banner-
//   /ads[0-9]+/         (?i)ads[0-9]+

#ifndef TOLLGATE_RULESET_SOURCE_ADBLOCK_PATTERN_H_
#define TOLLGATE_RULESET_SOURCE_ADBLOCK_PATTERN_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ruleset/policy/rule.h"
#include "ruleset/source/adblock_rule.h"

namespace tollgate::source {

// A name and its scope, or, where `name` is empty, an expression for Hyperscan.
struct AdblockTarget {
  std::string_view name;  // in the pattern, as written: it may be none
  policy::NameScope scope = policy::NameScope::kDomain;
  std::string expression;
  bool is_regex = false;       // the expression is the list's own, and may be anything
  bool is_every_name = false;  // the expression matches every name
};

// Reads `pattern`, which must outlive `target`. Nothing where it can be taken.
std::optional<LeftOut> ReadAdblockPattern(std::string_view pattern, AdblockTarget& target);

// The expression of what a name and its scope match.
std::string ExpressionOf(const dns::Name& name, policy::NameScope scope);

// Whether AdGuard takes a line that is a word alone for a host name, and not for a pattern: letters
// of ASCII, digits and hyphens in labels, the last of letters.
bool IsHostName(std::string_view word);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_ADBLOCK_PATTERN_H_
