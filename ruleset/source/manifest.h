// SPDX-License-Identifier: BSD-3-Clause
//
// The manifest (tollgate.yaml): the policies of a ruleset, in order of precedence.
//
//   policies:
//     - file: allow.yaml
//     - file: smishing-triad.yaml
//     - file: partner-feed.txt        # a plain list of names
//       id: partner
//       mode: shadow

#ifndef TOLLGATE_RULESET_SOURCE_MANIFEST_H_
#define TOLLGATE_RULESET_SOURCE_MANIFEST_H_

#include <functional>
#include <string>

#include "ruleset/policy/rule.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::source {

struct LoadedRules {
  policy::RuleModel model;
  size_t rejected = 0;  // lines of lists that are no names
};

// Reads the manifest at `path` and every file that it names, which it takes relative to its own
// folder. A campaign file given in place of a manifest is a manifest of that one policy. All faults
// go to `faults`; the rules are whole only if there are no errors among them. `on_file` (may be
// empty) is told of each file before it is read.
LoadedRules LoadManifest(const std::string& path, text::Diagnostics& faults,
                         const std::function<void(const std::string&)>& on_file);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_MANIFEST_H_
