// SPDX-License-Identifier: BSD-3-Clause
//
// CSV with a named column of names or URLs. docs/rule-sources.md has the corners.

#ifndef TOLLGATE_RULESET_SOURCE_CSV_H_
#define TOLLGATE_RULESET_SOURCE_CSV_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

void ReadCsv(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_CSV_H_
