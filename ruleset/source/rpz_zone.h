// SPDX-License-Identifier: BSD-3-Clause
//
// Response Policy Zones as zone files (draft-vixie-dnsop-dns-rpz-00). docs/rule-sources.md has the
// corners.
//
//   $TTL 300
//   @                  SOA    localhost. root.localhost. 1 43200 3600 86400 300
//   evil.example       CNAME  .                the name does not exist
//   *.evil.example     CNAME  .                nor does what is below it
//   ok.evil.example    CNAME  rpz-passthru.    but this one is left alone
//   bad.example        A      192.0.2.1        local data

#ifndef TOLLGATE_RULESET_SOURCE_RPZ_ZONE_H_
#define TOLLGATE_RULESET_SOURCE_RPZ_ZONE_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

// Reads the zone in `text` into `feed`. All its names are rules of a zone (policy::Rule::is_zone).
void ReadRpzZone(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_RPZ_ZONE_H_
