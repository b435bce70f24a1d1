// SPDX-License-Identifier: BSD-3-Clause
//
// STIX 2.0 and 2.1 bundles. docs/rule-sources.md has the corners.

#ifndef TOLLGATE_RULESET_SOURCE_STIX_H_
#define TOLLGATE_RULESET_SOURCE_STIX_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

void ReadStix(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_STIX_H_
