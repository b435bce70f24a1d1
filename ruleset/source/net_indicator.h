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

// What is said of a trigger on an IP address.
inline constexpr absl::string_view kAnAddress = "an address";

// An indicator with a host in it: a URL, or a name, alone or with a port.
struct HostIndicator {
  std::string_view text;
  std::string_view written;  // for notes
  uint32_t rule = 0;
  policy::NameScope scope = policy::NameScope::kHost;  // the entry's beats it
  uint32_t line = 0;
  policy::Day expires = policy::kNever;
  bool may_be_address = true;  // whether an address is right in its place, and not yet done
};

// Adds the host, or says what is wrong with it.
void AddHost(const HostIndicator& indicator, Feed& feed);

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
