// SPDX-License-Identifier: BSD-3-Clause
//
// Zone files (RFC 1035 section 5, RFC 2308 section 4), record by record. A bad record does not keep
// the rest out: it is rejected, and what depends on it with it.
//
// Names are given relative to the apex of the zone, which is the owner of its SOA. A zone without
// one, or one whose file never says how it is called, has the origin of its first record.

#ifndef TOLLGATE_RULESET_SOURCE_ZONE_FILE_H_
#define TOLLGATE_RULESET_SOURCE_ZONE_FILE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "ruleset/dns/name.h"
#include "ruleset/source/feed.h"

namespace tollgate::source {

// Lives as long as the call that gives it.
struct ZoneRecord {
  const dns::Name& owner;  // relative to the apex: the root is the apex itself
  uint16_t type;
  std::string_view rdata;       // wire format without compression
  std::optional<uint32_t> ttl;  // seconds; nothing where neither the record nor the zone says it
  // A name in the data lies in the zone, and the file does not say how the zone is called.
  bool lies_in_unnamed_zone;
  uint32_t line;          // of its first line
  std::string_view text;  // of that line
};

// Reads `text`, and calls `take` for each record of class IN in the zone. $INCLUDE is followed
// where the feed's entry allows it; records of such a file have the line of the $INCLUDE. Whatever
// is no record of the zone is told to `feed`.
void ReadZoneFile(std::string_view text, Feed& feed,
                  const std::function<void(const ZoneRecord&)>& take);

// The last field of an SOA's RDATA: for how many seconds "no" may be cached (RFC 2308 section 5).
uint32_t SoaMinimum(std::string_view rdata);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_ZONE_FILE_H_
