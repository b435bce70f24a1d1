// SPDX-License-Identifier: BSD-3-Clause
//
// Addresses and prefixes as people write them, and which of them no rule may have.

#ifndef TOLLGATE_RULESET_SOURCE_PREFIX_TEXT_H_
#define TOLLGATE_RULESET_SOURCE_PREFIX_TEXT_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ruleset/dns/prefix.h"
#include "ruleset/policy/action.h"

namespace tollgate::source {

// An address, or a prefix in the form of RFC 4632 and RFC 4291, defanged or not:
//   192.0.2.7   104.21.0[.]0/16   2001:db8::/32   2001[:]db8[:][:]1
// The error says what is wrong and what to write.
absl::StatusOr<dns::Prefix> ParsePrefix(std::string_view text);

// The shortest prefixes that a rule about addresses in answers, or of name servers, may have: no
// network has more than IPv4's /8, and no registry gives more of IPv6 than a /19 to one.
inline constexpr unsigned kShortestIpv4 = 8;
inline constexpr unsigned kShortestIpv6 = 19;

// Why a rule with this action may not have this prefix for an address in an answer: it is all of a
// family, or so much of it that no campaign is meant. Empty where it may. What no network answers
// with (224.0.0.0/3 and e000::/3: multicast, reserved, link-local and private addresses) may be as
// wide as one likes, and so may what is let pass, but for all of a family.
absl::string_view WhyTooWide(const dns::Prefix& prefix, policy::Action action);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_PREFIX_TEXT_H_
