// SPDX-License-Identifier: BSD-3-Clause

#include "module/live/rule_totals.h"

namespace tollgate::module {
namespace {

template <typename Map, typename Key>
RuleTotals::Counts Look(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? RuleTotals::Counts{} : found->second;
}

}  // namespace

void RuleTotals::Fold(const Loaded& loaded) {
  const RuleSet& rules = loaded.rules();
  for (uint32_t i = 0; i < rules.rule_count(); ++i) {
    const Counts counts = {loaded.Decisions(i), loaded.ShadowMatches(i)};
    if (counts.decisions == 0 && counts.shadow == 0) continue;
    const RuleView rule = rules.Rule(i);
    const std::string policy(rules.Policy(rule.policy).id);
    auto add = [&](Counts& total) {
      total.decisions += counts.decisions;
      total.shadow += counts.shadow;
    };
    add(policies_[policy]);
    const std::pair<std::string, std::string> key(policy, rule.id);
    if (rules_.size() < kMostRules || rules_.count(key) != 0) add(rules_[key]);
  }
}

RuleTotals::Counts RuleTotals::OfPolicy(const std::string& policy) const {
  return Look(policies_, policy);
}

RuleTotals::Counts RuleTotals::OfRule(const std::string& policy, const std::string& rule) const {
  return Look(rules_, std::pair(policy, rule));
}

}  // namespace tollgate::module
