// SPDX-License-Identifier: BSD-3-Clause
//
// A campaign file: one YAML file, one policy. docs/rule-language.md teaches the language.

#ifndef TOLLGATE_RULESET_SOURCE_CAMPAIGN_H_
#define TOLLGATE_RULESET_SOURCE_CAMPAIGN_H_

#include <string>
#include <string_view>

#include "ruleset/policy/rule.h"
#include "ruleset/source/policy_entry.h"
#include "ruleset/text/yaml.h"

namespace tollgate::source {

// Whether `id` is an id: lower-case letters, digits, '-', '_' and '.', at most 63 of them.
bool IsId(std::string_view id);
inline constexpr char kIdFix[] =
    "use lower-case letters, digits, '-', '_' and '.', at most 63 of them";

// Reads the campaign whose YAML is `root` and appends it to `model` as one policy with its rules.
// Faults go to the map's Diagnostics; what is faulty is left out of the model.
void ReadCampaign(text::YamlMap root, const PolicyEntry& entry, policy::RuleModel& model);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_CAMPAIGN_H_
