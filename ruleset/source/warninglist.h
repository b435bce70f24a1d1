// SPDX-License-Identifier: BSD-3-Clause
//
// MISP warning lists. docs/rule-sources.md has the corners.

#ifndef TOLLGATE_RULESET_SOURCE_WARNINGLIST_H_
#define TOLLGATE_RULESET_SOURCE_WARNINGLIST_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

void ReadWarninglist(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_WARNINGLIST_H_
