// SPDX-License-Identifier: BSD-3-Clause
//
// The keys that say what a rule does. They stand in a manifest's entry, a campaign and a pattern
// alike; the more general one is overridden by the more particular, and the manifest, which is the
// operator's word, overrides both.

#ifndef TOLLGATE_RULESET_SOURCE_ANSWER_KEYS_H_
#define TOLLGATE_RULESET_SOURCE_ANSWER_KEYS_H_

#include <optional>
#include <vector>

#include "ruleset/policy/rule.h"
#include "ruleset/text/yaml.h"

namespace tollgate::source {

struct AnswerKeys {
  std::optional<policy::Action> action;
  std::optional<std::vector<policy::Record>> sinkhole;  // sorted
  std::optional<uint32_t> ttl;
  std::optional<policy::Ede> ede;
  std::optional<policy::Mode> mode;
  std::optional<policy::Day> expires;  // kNever for "never"

  // Reads action, sinkhole, ttl, ede, mode and expires. Faults go to the map's Diagnostics.
  static AnswerKeys Read(text::YamlMap& map);

  // These keys, and where one is absent, `general`'s.
  AnswerKeys Over(const AnswerKeys& general) const;

  // The answer, with the defaults for what nobody said.
  policy::Answer ToAnswer() const;
};

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_ANSWER_KEYS_H_
