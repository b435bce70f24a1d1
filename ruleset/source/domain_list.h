// SPDX-License-Identifier: BSD-3-Clause
//
// Plain lists of domains, one a line. docs/rule-sources.md has the corners.
//
//   # a comment
//   evil.example            the name and everything below it
//   *.evil.example          the same: lists of "wildcard domains" mean it so
//   .evil.example           the same
//   evil.example # why      what follows a '#' is a comment

#ifndef TOLLGATE_RULESET_SOURCE_DOMAIN_LIST_H_
#define TOLLGATE_RULESET_SOURCE_DOMAIN_LIST_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

// Reads the list in `text` into `feed`.
void ReadDomainList(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_DOMAIN_LIST_H_
