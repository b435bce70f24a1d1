// SPDX-License-Identifier: BSD-3-Clause
//
// MISP: an event, several of them as MISP's API gives them, or a MISP feed: a folder with a
// manifest.json and a file for each event. docs/rule-sources.md has the corners.
//
//   {"Event": {"uuid": "...", "info": "Parcel scams", "Attribute": [
//     {"type": "domain", "value": "evil.example", "to_ids": true}], "Object": [...]}}

#ifndef TOLLGATE_RULESET_SOURCE_MISP_H_
#define TOLLGATE_RULESET_SOURCE_MISP_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

// Reads the attributes of the events in `text` into `feed`, a rule for each event. Of a feed's
// manifest it reads the files beside feed.path(). Heeds the entry's scope and to_ids, and with a
// lifetime counts it from an attribute's first_seen or timestamp.
void ReadMisp(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_MISP_H_
