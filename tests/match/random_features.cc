// SPDX-License-Identifier: BSD-3-Clause

#include "tests/match/random_features.h"

#include <random>
#include <vector>

#include "ruleset/dns/type.h"

namespace tollgate::testing {

void AddRandomFeatures(uint32_t seed, policy::RuleModel& model) {
  std::mt19937 engine(seed);
  auto one_in = [&](uint32_t n) { return engine() % n == 0; };
  std::vector<bool> is_zone;
  for (size_t i = 0; i < model.policies.size(); ++i) is_zone.push_back(one_in(2));
  for (policy::Rule& rule : model.rules) {
    rule.is_zone = is_zone[rule.policy];
    if (one_in(4)) rule.tier = 1;
    if (one_in(6)) {
      rule.qtypes = {.types = {one_in(2) ? dns::kTypeA : dns::kTypeAaaa}, .except = one_in(2)};
    }
    rule.is_marker = rule.is_zone && rule.id == "hosts" && one_in(2);
    if (one_in(4)) rule.answer.action = policy::Action::kDrop;
  }
  for (policy::NameTrigger& trigger : model.name_triggers) {
    if (trigger.scope == policy::NameScope::kDomain && one_in(2)) {
      trigger.scope = policy::NameScope::kBelow;
    }
  }
}

}  // namespace tollgate::testing
