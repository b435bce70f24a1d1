// SPDX-License-Identifier: BSD-3-Clause
//
// AdGuard's $dnsrewrite: answers that rules give.
//
//   $dnsrewrite=192.0.2.1            $dnsrewrite=NOERROR;A;192.0.2.1
//   $dnsrewrite=other.example        $dnsrewrite=NOERROR;CNAME;other.example
//   $dnsrewrite=REFUSED              $dnsrewrite=REFUSED;;

#ifndef TOLLGATE_RULESET_SOURCE_ADBLOCK_REWRITE_H_
#define TOLLGATE_RULESET_SOURCE_ADBLOCK_REWRITE_H_

#include <optional>
#include <span>
#include <string_view>

#include "ruleset/policy/rule.h"
#include "ruleset/source/adblock_rule.h"
#include "ruleset/source/answer_keys.h"

namespace tollgate::source {

// What one rule adds to the answer: an RCODE, or NOERROR with a record or without.
struct Rewrite {
  policy::Action action = policy::Action::kNodata;  // kNodata, kNxdomain, kRefused, kSinkhole
  policy::Record record;                            // of kSinkhole
  auto operator<=>(const Rewrite&) const = default;
};

// Reads the value of a $dnsrewrite that is not empty. Nothing where it can be taken.
std::optional<LeftOut> ParseRewrite(std::string_view value, Rewrite& rewrite);

// The answer of all rewrites of one name, at least one, in the order of the file. The first that is
// a CNAME or another RCODE than NOERROR is the whole answer; otherwise all records make it.
AnswerKeys AnswerOf(std::span<const Rewrite> rewrites);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_ADBLOCK_REWRITE_H_
