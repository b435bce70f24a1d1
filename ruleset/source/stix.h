// SPDX-License-Identifier: BSD-3-Clause
//
// STIX 2.0 and 2.1: a bundle, a TAXII envelope, an array of objects, or one object alone.
// docs/rule-sources.md has the corners.
//
//   {"type": "bundle", "objects": [
//     {"type": "indicator", "pattern": "[domain-name:value = 'evil.example']",
//      "valid_until": "2025-10-01T00:00:00Z", ...}]}         evil.example until 2025-09-30

#ifndef TOLLGATE_RULESET_SOURCE_STIX_H_
#define TOLLGATE_RULESET_SOURCE_STIX_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

// Reads the indicators in `text` into `feed`. Heeds the entry's scope and min_confidence, and with
// a lifetime counts it from an indicator's valid_from.
void ReadStix(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_STIX_H_
