// SPDX-License-Identifier: BSD-3-Clause
//
// AdBlock lists, read as AdGuard reads them for DNS filtering. docs/rule-sources.md has the
// corners.
//
//   ||evil.example^                    the name and everything below it
//   |evil.example^   evil.example      the name alone
//   @@||good.evil.example^             an exception
//   ||evil.example^$important          before exceptions
//   ||evil.example^$dnstype=AAAA       for some QTYPEs
//   ||evil.example^$dnsrewrite=192.0.2.1
//   -banner-   ||ads*.example^   /^ads[0-9]/
//   0.0.0.0 evil.example               as in a hosts file
//   ! a comment

#ifndef TOLLGATE_RULESET_SOURCE_ADBLOCK_H_
#define TOLLGATE_RULESET_SOURCE_ADBLOCK_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

// AdGuard's precedence, across the whole list and whatever is more specific.
enum class AdblockTier : uint8_t {
  kRewrites = 0,  // $dnsrewrite
  kImportantExceptions = 1,
  kImportantBlocks = 2,
  kExceptions = 3,
  kBlocks = 4,
  kHosts = 5,  // lines of hosts files and names alone, which AdGuard only looks at last
};

// Reads the list in `text` into `feed`.
void ReadAdblock(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_ADBLOCK_H_
