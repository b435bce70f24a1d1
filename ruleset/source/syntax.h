// SPDX-License-Identifier: BSD-3-Clause
//
// The syntaxes in which rules come, and how to tell them apart. docs/rule-sources.md describes
// each.

#ifndef TOLLGATE_RULESET_SOURCE_SYNTAX_H_
#define TOLLGATE_RULESET_SOURCE_SYNTAX_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

// kCampaign is YAML and has a reader of its own (campaign.h); all others are feeds.
enum class Syntax : uint8_t {
  kCampaign,
  kDomains,
  kHosts,
  kUrls,
  kAdblock,
  kDnsmasq,
  kUnbound,
  kRpz,
  kCsv,
  kStix,
  kMisp,
  kWarninglist,
};

// In the order of Syntax: what `syntax:` says in a manifest.
inline constexpr std::array<std::string_view, 12> kSyntaxNames = {
    "campaign", "domains", "hosts", "urls", "adblock", "dnsmasq",
    "unbound",  "rpz",     "csv",   "stix", "misp",    "warninglist"};

// The syntax of the file called `file` with the contents `text` (detect_syntax.cc). Whether it is a
// campaign is known without its contents.
Syntax DetectSyntax(std::string_view file, std::string_view text);

// Reads `text`, which is not a campaign, into `feed`.
void ReadFeed(Syntax syntax, std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_SYNTAX_H_
