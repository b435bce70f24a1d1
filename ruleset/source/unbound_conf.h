// SPDX-License-Identifier: BSD-3-Clause
//
// Unbound configuration: local-zone and local-data. docs/rule-sources.md has the corners.

#ifndef TOLLGATE_RULESET_SOURCE_UNBOUND_CONF_H_
#define TOLLGATE_RULESET_SOURCE_UNBOUND_CONF_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

void ReadUnboundConf(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_UNBOUND_CONF_H_
