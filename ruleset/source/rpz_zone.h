// SPDX-License-Identifier: BSD-3-Clause
//
// Response Policy Zones as zone files. docs/rule-sources.md has the corners.

#ifndef TOLLGATE_RULESET_SOURCE_RPZ_ZONE_H_
#define TOLLGATE_RULESET_SOURCE_RPZ_ZONE_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

void ReadRpzZone(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_RPZ_ZONE_H_
