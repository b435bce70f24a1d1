// SPDX-License-Identifier: BSD-3-Clause
//
// One decision of the filter, as the query path hands it to the thread that writes events.

#ifndef TOLLGATE_MODULE_EVENTS_EVENT_H_
#define TOLLGATE_MODULE_EVENTS_EVENT_H_

#include <array>
#include <cstdint>
#include <type_traits>

#include "ruleset/dns/name.h"
#include "ruleset/policy/verdict.h"
#include "ruleset/ruleset.h"

namespace tollgate::module {

enum class Transport : uint8_t { kUdp, kTcp, kTls, kHttps };

// Who asked: the client behind a PROXY protocol header, where there is one.
struct Client {
  std::array<uint8_t, 16> address;  // in network order; IPv4 in the first four octets
  uint8_t family;                   // 4, 6, or 0 where there is no address
  Transport transport;
  uint16_t port;  // in host order
};

struct Event {
  // The database that decided. It stays open until EventLog has passed the event on: the live
  // database waits for EventLog::Passed before it closes one.
  const RuleSet* rules;
  policy::Match match;
  bool shadow;  // the rule is in shadow mode, and did not decide
  Client client;
  uint64_t microseconds;  // since 1970-01-01 UTC: when the query came
  uint16_t query_id;      // in host order
  uint16_t query_flags;   // the flags word of the query's header, in host order
  uint16_t qtype;
  uint8_t qname_length;                            // octets, the root label included
  std::array<uint8_t, dns::kMaxWireLength> qname;  // in the client's own spelling
  // What a sinkhole that names its patients put into the answer: nothing (0), an address (4 or 16
  // octets) in the place of the one that stands at this octet of the answer's records, or the label
  // in front of the CNAME's target.
  uint8_t own_length;
  uint32_t own_at;
  std::array<uint8_t, 32> own;
};

static_assert(std::is_trivially_copyable_v<Event>);

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_EVENT_H_
