// SPDX-License-Identifier: BSD-3-Clause
//
// Lists of URLs, one a line. docs/rule-sources.md has the corners.

#ifndef TOLLGATE_RULESET_SOURCE_URL_LIST_H_
#define TOLLGATE_RULESET_SOURCE_URL_LIST_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

void ReadUrlList(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_URL_LIST_H_
