// SPDX-License-Identifier: BSD-3-Clause
//
// One entry under `policies:` in a manifest.

#ifndef TOLLGATE_RULESET_SOURCE_ENTRY_KEYS_H_
#define TOLLGATE_RULESET_SOURCE_ENTRY_KEYS_H_

#include <optional>
#include <vector>

#include "ruleset/policy/rule.h"
#include "ruleset/source/origin.h"
#include "ruleset/source/policy_entry.h"
#include "ruleset/source/syntax.h"
#include "ruleset/text/yaml.h"

namespace tollgate::source {

struct ManifestEntry {
  PolicyEntry policy;
  std::optional<Syntax> syntax;  // where the manifest says it
  std::optional<Origin> origin;  // of what is fetched; policy.file is then only what is shown
  std::string folder;  // every file in it is a policy; then there is no policy.file of its own
};

// Names under `self_test:`, that must be blocked and that must not:
//   self_test:
//     block: [usps.com-isjjz.top]
//     pass: [usps.com]
// Faults go to the map's Diagnostics.
std::vector<policy::SelfTest> ReadSelfTests(text::YamlMap& map);

// Reads the manifest's groups of clients:
//   clients:
//     kids: [192.0.2.0/28, 2001:db8:1::/64]
//     staff: [192.0.2.16/28]
// Faults go to the map's Diagnostics.
std::vector<policy::ClientGroup> ReadClientGroups(text::YamlMap& manifest);

// Reads an entry: a file's name alone, or a mapping. `groups` are those of the manifest, which lies
// in `folder`. Faults go to `faults`.
ManifestEntry ReadManifestEntry(text::YamlItem& item, const std::string& folder,
                                std::vector<policy::ClientGroup>& groups,
                                text::Diagnostics& faults);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_ENTRY_KEYS_H_
