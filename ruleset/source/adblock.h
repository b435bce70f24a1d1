// SPDX-License-Identifier: BSD-3-Clause
//
// AdBlock and AdGuard DNS filter rules. docs/rule-sources.md has the corners.

#ifndef TOLLGATE_RULESET_SOURCE_ADBLOCK_H_
#define TOLLGATE_RULESET_SOURCE_ADBLOCK_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

void ReadAdblock(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_ADBLOCK_H_
