// SPDX-License-Identifier: BSD-3-Clause
//
// Lists of URLs, one a line: a DNS filter can have the host of each, and blocks it as a whole.
// docs/rule-sources.md has the corners.
//
//   https://evil.example/usps/login    evil.example, the name alone
//   hxxps[:]//evil[.]example/          the same

#ifndef TOLLGATE_RULESET_SOURCE_URL_LIST_H_
#define TOLLGATE_RULESET_SOURCE_URL_LIST_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

// Reads the list in `text` into `feed`.
void ReadUrlList(std::string_view text, Feed& feed);

// The quick way to the host of the URLs that lists are full of: no user, no brackets, nothing
// defanged but the scheme. Any other text is given back whole, for ParseIndicator to take apart.
std::string_view PlainHost(std::string_view url);

// Whether `text` is a URL, or what is left of one: "hxxp[:]//evil.example", "evil.example/login".
bool LooksLikeUrl(std::string_view text);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_URL_LIST_H_
