// SPDX-License-Identifier: BSD-3-Clause
//
// Hosts files: an address, then names. docs/rule-sources.md has the corners.

#ifndef TOLLGATE_RULESET_SOURCE_HOSTS_H_
#define TOLLGATE_RULESET_SOURCE_HOSTS_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

void ReadHosts(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_HOSTS_H_
