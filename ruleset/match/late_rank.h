// SPDX-License-Identifier: BSD-3-Clause
//
// Precedence among rules about the answer (RPZ draft sections 5.4 to 5.7).

#ifndef TOLLGATE_RULESET_MATCH_LATE_RANK_H_
#define TOLLGATE_RULESET_MATCH_LATE_RANK_H_

#include <compare>
#include <cstddef>
#include <cstdint>

#include "ruleset/database/format.h"
#include "ruleset/database/name_index.h"
#include "ruleset/database/prefix_index.h"
#include "ruleset/dns/name.h"
#include "ruleset/policy/verdict.h"

namespace tollgate::match {

// The smallest decides. It depends on the rule and on what it matched, and not on the order in
// which the evidence came.
struct LateRank {
  uint64_t major = ~uint64_t{0};
  uint64_t minor = ~uint64_t{0};
  uint64_t tie = ~uint64_t{0};
  auto operator<=>(const LateRank&) const = default;

  // Layers first; inside one, in this order.
  enum Class : uint64_t { kParts = 0, kAddress = 1, kNameServer = 2, kNameServerAddress = 3 };

  static LateRank OfParts(const database::RuleRecord& rule, uint32_t number) noexcept {
    return {Major(rule, kParts), number, 0};
  }

  // The longest prefix, then the smallest address.
  static LateRank OfPrefix(const database::RuleRecord& rule, const database::PrefixPosting& posting,
                           const database::PrefixHit& hit) noexcept {
    const bool of_answer = rule.subject == static_cast<uint8_t>(policy::Subject::kAddress);
    return {Major(rule, of_answer ? kAddress : kNameServerAddress),
            uint64_t{128u - hit.length} << 40 | hit.order, Tie(posting.rule, posting.line)};
  }

  // The longest name, of one length the name itself before what is below it; then the patterns.
  // `labels` are those of the indicator.
  static LateRank OfNameServer(const database::RuleRecord& rule, const database::Posting& posting,
                               size_t labels) noexcept {
    return {Major(rule, kNameServer),
            uint64_t{dns::kMaxLabels - labels} << 2 | static_cast<uint64_t>(posting.kind),
            Tie(posting.rule, posting.line)};
  }
  static LateRank OfNameServerPattern(const database::RuleRecord& rule, uint32_t number) noexcept {
    return {Major(rule, kNameServer), uint64_t{1} << 32 | number, 0};
  }

 private:
  static uint64_t Major(const database::RuleRecord& rule, Class kind) noexcept {
    return uint64_t{rule.layer} << 2 | static_cast<uint64_t>(kind);
  }
  static uint64_t Tie(uint32_t rule, uint32_t line) noexcept { return uint64_t{rule} << 32 | line; }
};

}  // namespace tollgate::match

#endif  // TOLLGATE_RULESET_MATCH_LATE_RANK_H_
