// SPDX-License-Identifier: BSD-3-Clause
//
// A campaign file: YAML, every key, and the patterns' first look by Hyperscan. The patterns are not
// compiled, which would take most of the time.

#include <map>

#include "ruleset/source/campaign.h"
#include "ruleset/text/yaml.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tollgate::text::Diagnostics faults;
  tollgate::text::YamlMap root =
      tollgate::text::ParseYaml(tollgate::fuzz::Text(data, size), "fuzz.yaml", faults);
  tollgate::source::PolicyEntry entry;
  entry.file = "fuzz.yaml";
  tollgate::policy::RuleModel model;
  tollgate::source::ReadCampaign(root, entry, model);
  Require(model.policies.size() == 1, "a campaign is one policy");
  for (const auto& trigger : model.name_triggers) {
    Require(trigger.rule < model.rules.size(), "a name belongs to a rule");
    Require(trigger.name + size_t{1} + model.NameOf(trigger).size() <= model.names.size(),
            "and is in the model");
  }
  for (const auto& trigger : model.pattern_triggers) {
    Require(trigger.rule < model.rules.size(), "a pattern belongs to a rule");
  }
  for (const auto& trigger : model.prefix_triggers) {
    Require(trigger.rule < model.rules.size(), "an address belongs to a rule");
    Require(trigger.prefix.length > 0, "and is not every address");
  }
  std::map<uint32_t, uint32_t> parts;
  for (uint32_t i = 0; i < model.rules.size(); ++i) {
    const uint32_t of = model.rules[i].part_of;
    if (of == tollgate::policy::kNotAPart) continue;
    Require(of < i && model.rules[of].part_of == tollgate::policy::kNotAPart,
            "a part stands behind its rule");
    Require(++parts[of] <= tollgate::policy::kMostParts, "and is one of few");
  }
  Require(faults.error_count() != 0 || !model.name_triggers.empty() ||
              !model.pattern_triggers.empty() || !model.prefix_triggers.empty(),
          "a campaign without errors has rules");
  for (const auto& fault : faults.list()) {
    Require(fault.ToString().starts_with("fuzz.yaml"), "a fault names its file");
  }
  return 0;
}
