// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/inspect/rule_effects.h"

#include <utility>

#include "ruleset/inspect/enumerate.h"
#include "ruleset/policy/action.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/zone_text.h"

namespace tollgate::inspect {
namespace {

std::string TypesText(const Effect& effect) {
  if (effect.qtypes.empty()) return "all";
  std::string text;
  for (uint16_t type : effect.qtypes) text += (text.empty() ? "" : "/") + source::TypeText(type);
  return ((effect.flags & database::kRuleExceptQtypes) != 0 ? "all but " : "") + text;
}

}  // namespace

std::string DayOrNever(uint32_t day) { return day == 0 ? "never" : source::DayText(day); }

void What::Add(const std::string& field, const std::string& before, const std::string& after,
               bool values_in_brief) {
  if (before == after) return;
  const std::string values = field + " " + before + " -> " + after;
  full += (full.empty() ? "" : ", ") + values;
  brief += (brief.empty() ? "" : ", ") + (values_in_brief ? values : field);
}

void What::Add(const std::string& field) {
  full += (full.empty() ? "" : ", ") + field;
  brief += (brief.empty() ? "" : ", ") + field;
}

uint32_t Effects::NumberOf(Effect effect) {
  const auto next = static_cast<uint32_t>(list_.size());
  const auto [known, is_new] = numbers_.try_emplace(std::move(effect), next);
  if (is_new) list_.push_back(&known->first);
  return known->second;
}

void Effects::Compare(uint32_t before, uint32_t after, What& what) const {
  const Effect& a = *list_[before];
  const Effect& b = *list_[after];
  auto action = [](const Effect& effect) {
    return std::string(policy::ActionName(static_cast<policy::Action>(effect.action)));
  };
  auto mode = [](const Effect& effect) {
    return std::string(policy::ModeName(static_cast<policy::Mode>(effect.mode)));
  };
  auto ede = [](const Effect& effect) {
    return std::string(policy::EdeName(static_cast<policy::Ede>(effect.ede)));
  };
  what.Add("action", action(a), action(b));
  if (a.records != b.records) what.Add("records");
  what.Add("mode", mode(a), mode(b));
  what.Add("part", a.part, b.part);
  what.Add("ttl", std::to_string(a.ttl), std::to_string(b.ttl));
  what.Add("ede", ede(a), ede(b));
  what.Add("types", TypesText(a), TypesText(b));
  if (((a.flags ^ b.flags) & database::kRuleZone) != 0) what.Add("how far wildcards reach");
  if (((a.flags ^ b.flags) & database::kRuleMarker) != 0) what.Add("whether it is a rule");
}

std::string Effects::Describe(const Trigger& trigger) const {
  const Effect& effect = *list_[trigger.effect];
  if ((effect.flags & database::kRuleMarker) != 0) return "a name that stops wildcards";
  std::string text =
      SubjectKindName(static_cast<policy::Subject>(effect.subject), KindOf(trigger.kind));
  if (!effect.part.empty()) text += ", a part: " + effect.part;
  text += ", ";
  text += policy::ActionName(static_cast<policy::Action>(effect.action));
  if (effect.mode == static_cast<uint8_t>(policy::Mode::kShadow)) text += ", in shadow mode";
  if (!effect.qtypes.empty()) text += ", for " + TypesText(effect);
  if (trigger.last_day != 0) text += ", until " + source::DayText(trigger.last_day);
  return text;
}

}  // namespace tollgate::inspect
