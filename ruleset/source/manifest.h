// SPDX-License-Identifier: BSD-3-Clause
//
// The manifest (tollgate.yaml): the policies of a ruleset, in order of precedence, and what holds
// for all of them.
//
//   never_block: [corp.example]
//   clients: {kids: [192.0.2.0/28]}
//   policies:
//     - file: allow.yaml
//       clients: [kids]
//     - file: smishing-triad.yaml
//     - file: partner-feed.txt.gz     # any syntax of docs/rule-sources.md
//       id: partner
//       mode: shadow
//       lifetime: 30d

#ifndef TOLLGATE_RULESET_SOURCE_MANIFEST_H_
#define TOLLGATE_RULESET_SOURCE_MANIFEST_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ruleset/policy/rule.h"
#include "ruleset/source/feed_report.h"
#include "ruleset/source/origin.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::source {

// What `update:` in a manifest says of new databases.
struct UpdateTerms {
  double max_change = 50;  // percent of the names of the policies that both databases have
  uint32_t keep = 10;      // databases, for the way back
};

struct LoadedRules {
  policy::RuleModel model;
  std::vector<FeedReport> feeds;
  std::vector<std::string> never_block;      // names in wire format without the root label
  std::vector<std::string> known_good;       // files of names that no rule is meant to block
  std::vector<policy::SelfTest> self_tests;  // of all policies together
};

// What a manifest names, before anything of it is read.
struct ManifestOutline {
  std::vector<Origin> origins;           // each once
  std::vector<std::string> local_files;  // the manifest's own first; folders are taken apart
  bool reads_unnamed_files = false;      // and others, which only reading them would tell
  UpdateTerms update;
};

struct LoadOptions {
  bool keep_all_lines = false;  // those of feeds that are not taken: kept, and not only counted
  std::function<void(const std::string&)> on_file;  // told of each file before it is read
  policy::Day today = policy::kNever;         // rules that hold from a later day on are left out
  std::map<std::string, std::string> copies;  // files with what was fetched, by Origin::Key
  std::string only;  // the key of the one origin to read, without all else; empty: everything
};

// Reads the manifest at `path` alone. A campaign or a feed in its place names nothing but itself.
ManifestOutline OutlineManifest(const std::string& path, text::Diagnostics& faults);

// Reads the manifest at `path` and every file that it names, which it takes relative to its own
// folder. A campaign file, or a feed, given in place of a manifest is a manifest of that one
// policy. All faults go to `faults`; the rules are whole only if there are no errors among them.
LoadedRules LoadManifest(const std::string& path, const LoadOptions& options,
                         text::Diagnostics& faults);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_MANIFEST_H_
