// SPDX-License-Identifier: BSD-3-Clause
//
// dnsmasq configuration: address=, server=, local=. docs/rule-sources.md has the corners.

#ifndef TOLLGATE_RULESET_SOURCE_DNSMASQ_H_
#define TOLLGATE_RULESET_SOURCE_DNSMASQ_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

void ReadDnsmasq(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_DNSMASQ_H_
