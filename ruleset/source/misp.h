// SPDX-License-Identifier: BSD-3-Clause
//
// MISP events and feeds. docs/rule-sources.md has the corners.

#ifndef TOLLGATE_RULESET_SOURCE_MISP_H_
#define TOLLGATE_RULESET_SOURCE_MISP_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

void ReadMisp(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_MISP_H_
