// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_POLICY_CNAME_TARGET_H_
#define TOLLGATE_RULESET_POLICY_CNAME_TARGET_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "ruleset/dns/name.h"

namespace tollgate::policy {

// Where the CNAME of a sinkhole, with this RDATA, leads a query for `qname`. "*" in front stands
// for all of QNAME (RPZ draft section 3.6): *.garden.example leads www.evil.example to
// www.evil.example.garden.example. Nothing where that is longer than a name can be (RFC 1035
// section 2.3.4), or where the RDATA is no name.
inline std::optional<dns::Name> CnameTarget(std::span<const uint8_t> rdata,
                                            const dns::Name& qname) noexcept {
  if (rdata.size() < 2 || rdata[0] != 1 || rdata[1] != '*') return dns::Name::FromWire(rdata);
  const std::span<const uint8_t> head = qname.Stored();
  const std::span<const uint8_t> tail = rdata.subspan(2);
  std::array<uint8_t, dns::kMaxWireLength> wire;
  if (head.size() + tail.size() > wire.size()) return std::nullopt;
  std::copy(tail.begin(), tail.end(), std::copy(head.begin(), head.end(), wire.begin()));
  return dns::Name::FromWire({wire.data(), head.size() + tail.size()});
}

}  // namespace tollgate::policy

#endif  // TOLLGATE_RULESET_POLICY_CNAME_TARGET_H_
