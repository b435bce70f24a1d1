// SPDX-License-Identifier: BSD-3-Clause
//
// Configuration files of Unbound (unbound.conf(5)), as far as they say what becomes of a name:
// local zones and their data. docs/rule-sources.md has the corners.
//
//   server:
//     local-zone: "evil.example." always_nxdomain
//     local-zone: "ads.example" redirect
//     local-data: "ads.example A 192.0.2.1"

#ifndef TOLLGATE_RULESET_SOURCE_UNBOUND_CONF_H_
#define TOLLGATE_RULESET_SOURCE_UNBOUND_CONF_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

// Reads the configuration in `text` into `feed`.
void ReadUnboundConf(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_UNBOUND_CONF_H_
