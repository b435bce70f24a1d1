// SPDX-License-Identifier: BSD-3-Clause
//
// MISP warning lists: names that are well known, and that an indicator should not be. As a policy
// they are let pass, unless the manifest says otherwise. docs/rule-sources.md has the corners.
//
//   {"name": "Banks", "type": "hostname", "matching_attributes": ["domain", "hostname"],
//    "list": [".bank.example"]}                       bank.example and what is below it: pass

#ifndef TOLLGATE_RULESET_SOURCE_WARNINGLIST_H_
#define TOLLGATE_RULESET_SOURCE_WARNINGLIST_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

// Reads the list in `text` into `feed`. Heeds the entry's scope.
void ReadWarninglist(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_WARNINGLIST_H_
