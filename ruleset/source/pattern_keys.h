// SPDX-License-Identifier: BSD-3-Clause
//
// The keys that say which names a pattern matches: match, on, suffixes, scripts and except.

#ifndef TOLLGATE_RULESET_SOURCE_PATTERN_KEYS_H_
#define TOLLGATE_RULESET_SOURCE_PATTERN_KEYS_H_

#include <optional>
#include <string>

#include "ruleset/policy/rule.h"
#include "ruleset/source/pattern_text.h"
#include "ruleset/text/yaml.h"

namespace tollgate::source {

struct PatternKeys {
  policy::PatternTrigger trigger{};  // its rule is the caller's to say
  std::string written;               // policy::Rule::pattern
  uint32_t line = 0;                 // of the expression
};

// Reads them from `map`. `id` names the pattern in faults, which go to the map's Diagnostics.
// Nothing where there are any that leave no pattern.
std::optional<PatternKeys> ReadPatternKeys(text::YamlMap& map, const std::string& id,
                                           const WordLists& lists);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_PATTERN_KEYS_H_
