// SPDX-License-Identifier: BSD-3-Clause
//
// What the readers of JSON feeds have in common about indicators.

#ifndef TOLLGATE_RULESET_SOURCE_NET_INDICATOR_H_
#define TOLLGATE_RULESET_SOURCE_NET_INDICATOR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ruleset/source/feed.h"
#include "ruleset/source/instant.h"

namespace tollgate::source {

// An indicator with a host in it: a URL, or a name, alone or with a port.
struct HostIndicator {
  std::string_view text;
  std::string_view written;  // for notes
  uint32_t rule = 0;
  // Of the same, for an address in a name's place: what resolves to it. Null where that is wrong.
  const FeedRule* address_rule = nullptr;
  policy::NameScope scope = policy::NameScope::kHost;  // the entry's beats it
  uint32_t line = 0;
  policy::Day expires = policy::kNever;
};

// Adds the host, or says what is wrong with it. A URL whose host is an address is skipped: DNS is
// not asked for it, and other names at that address are not what it speaks of.
void AddHost(const HostIndicator& indicator, Feed& feed);

// The rule about addresses in answers that stands beside `rule`, which is about names.
FeedRule AboutAddresses(FeedRule rule);

// Adds a pattern on whole names, in whatever case it is written. Rejected where Hyperscan cannot
// compile it, which somebody else's list must not learn from a failing compile, and where it
// matches every name: what a domain may not do, a pattern may not either.
void AddExpression(const FeedRule& rule, std::string_view expression, std::string_view written,
                   uint32_t line, Feed& feed);

// The last day of what was first seen at `seen`, where the feed's entry gives names a lifetime and
// `seen` is known; kNever elsewhere.
policy::Day LastDayOfLifetime(std::optional<Instant> seen, const Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_NET_INDICATOR_H_
