// SPDX-License-Identifier: BSD-3-Clause
//
// One entry under `policies:` in a manifest.

#ifndef TOLLGATE_RULESET_SOURCE_ENTRY_KEYS_H_
#define TOLLGATE_RULESET_SOURCE_ENTRY_KEYS_H_

#include <optional>

#include "ruleset/source/policy_entry.h"
#include "ruleset/source/syntax.h"
#include "ruleset/text/yaml.h"

namespace tollgate::source {

struct ManifestEntry {
  PolicyEntry policy;
  std::optional<Syntax> syntax;  // where the manifest says it
};

// Reads an entry: a file's name alone, or a mapping. Faults go to `faults`.
ManifestEntry ReadManifestEntry(text::YamlItem& item, text::Diagnostics& faults);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_ENTRY_KEYS_H_
