// SPDX-License-Identifier: BSD-3-Clause
//
// One AdGuard DNS filtering rule, taken apart:
//
//   @@||example.org^$important,dnstype=A|AAAA
//   exception, pattern "||example.org^", important, about A and AAAA
//
// Follows AdGuard's "DNS filtering rules syntax" (its knowledge base) and, where that is silent,
// AdGuard Home's engine.

#ifndef TOLLGATE_RULESET_SOURCE_ADBLOCK_RULE_H_
#define TOLLGATE_RULESET_SOURCE_ADBLOCK_RULE_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/string_view.h"
#include "ruleset/dns/name.h"
#include "ruleset/policy/rule.h"
#include "ruleset/source/feed_report.h"

namespace tollgate::source {

// What becomes of a line that is not taken, and why.
struct LeftOut {
  LineFate fate = LineFate::kRejected;
  absl::string_view reason;  // lives forever
};

struct AdblockRule {
  bool exception = false;         // @@
  bool important = false;         // $important
  bool badfilter = false;         // $badfilter
  bool for_some_clients = false;  // $client, $ctag
  std::string_view pattern;       // what stands before the modifiers, as written
  policy::QtypeSet qtypes;        // $dnstype
  std::vector<dns::Name> denyallow;
  std::optional<std::string> rewrite;  // the value of $dnsrewrite, which may be empty
  std::string modifiers;  // all but badfilter, sorted: rules with equal ones do the same
};

// Whether the line is for browsers: it has one of the markers of cosmetic rules, such as "##".
bool IsCosmetic(std::string_view line);

// Takes the rule in `text`, which is neither empty nor a comment, apart. `rule` points into `text`.
// Nothing where it can be taken.
std::optional<LeftOut> ParseAdblockRule(std::string_view text, AdblockRule& rule);

// What a $badfilter rule and the rules that it takes out have in common.
std::string BadfilterKey(const AdblockRule& rule);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_ADBLOCK_RULE_H_
