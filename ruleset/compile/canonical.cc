// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/canonical.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "absl/strings/str_cat.h"

namespace tollgate::compile {
namespace {

using policy::NameScope;
using policy::NameTrigger;
using policy::RuleModel;

std::string_view KeyOf(std::span<const uint8_t> name) {
  return {reinterpret_cast<const char*>(name.data()), name.size()};
}

// What the floor says of a name; empty where rules may touch it.
std::string FloorReason(const dns::Name& name, const source::PublicSuffixList& suffixes) {
  if (name.label_count() == 0) return "the root";
  if (name.Text(name.label_count() - 1) == "arpa") return "a part of arpa, which DNS itself needs";
  if (name.label_count() == 1) return "a top-level domain";
  switch (suffixes.KindOf(name)) {
    case source::PublicSuffixList::Kind::kIcann:
      return "a public suffix, under which anybody registers names";
    case source::PublicSuffixList::Kind::kPrivate:
      return "a public suffix (private section), under which its owner's customers have names";
    case source::PublicSuffixList::Kind::kNone:
      break;
  }
  return "";
}

bool LivesAsLong(policy::Day a, policy::Day b) {
  return a == policy::kNever || (b != policy::kNever && a >= b);
}

bool DoesTheSame(const policy::Rule& a, const policy::Rule& b) {
  return a.mode == b.mode && a.answer == b.answer;
}

}  // namespace

void EnforceFloor(const source::PublicSuffixList& suffixes, RuleModel& model,
                  text::Diagnostics& faults, CompileCounts& counts) {
  std::erase_if(model.name_triggers, [&](const NameTrigger& trigger) {
    const policy::Rule& rule = model.rules[trigger.rule];
    const dns::Name name = *dns::Name::FromStored(model.NameOf(trigger));  // it came from one
    if (rule.answer.action == policy::Action::kPass && name.label_count() > 0) return false;
    const std::string reason = FloorReason(name, suffixes);
    if (reason.empty()) return false;
    ++counts.rejected;
    const text::Position where{model.policies[rule.policy].path, trigger.line, 0};
    const std::string what = "'" + name.Text() + "' is " + reason;
    if (model.policies[rule.policy].campaign.empty()) {
      faults.Warning(where, what + "; passed over");
    } else {
      faults.Error(where, what, "block the names below it that you mean");
    }
    return true;
  });
}

void DropExpired(policy::Day today, RuleModel& model, CompileCounts& counts) {
  auto is_past = [today](policy::Day day) { return day != policy::kNever && day < today; };
  counts.expired += std::erase_if(model.name_triggers, [&](const NameTrigger& trigger) {
    return is_past(model.LastDay(trigger));
  });
  counts.expired +=
      std::erase_if(model.pattern_triggers, [&](const policy::PatternTrigger& trigger) {
        return is_past(model.rules[trigger.rule].expires);
      });
}

void DropRedundant(RuleModel& model, CompileCounts& counts) {
  // All triggers of one name in one policy are neighbours after this; of two alike the one to keep
  // comes first.
  std::vector<NameTrigger>& triggers = model.name_triggers;
  auto policy_of = [&](const NameTrigger& trigger) { return model.rules[trigger.rule].policy; };
  auto life = [&](const NameTrigger& trigger) {
    const policy::Day day = model.LastDay(trigger);
    return day == policy::kNever ? std::numeric_limits<policy::Day>::max() : day;
  };
  std::stable_sort(triggers.begin(), triggers.end(),
                   [&](const NameTrigger& a, const NameTrigger& b) {
                     const int order = KeyOf(model.NameOf(a)).compare(KeyOf(model.NameOf(b)));
                     if (order != 0) return order < 0;
                     // A longer life comes first among triggers of the same scope.
                     return std::tuple(policy_of(a), a.scope, ~life(a), a.rule) <
                            std::tuple(policy_of(b), b.scope, ~life(b), b.rule);
                   });
  const auto unique_end = std::unique(triggers.begin(), triggers.end(),
                                      [&](const NameTrigger& a, const NameTrigger& b) {
                                        return a.scope == b.scope && policy_of(a) == policy_of(b) &&
                                               KeyOf(model.NameOf(a)) == KeyOf(model.NameOf(b));
                                      });
  counts.duplicates += static_cast<uint64_t>(triggers.end() - unique_end);
  triggers.erase(unique_end, triggers.end());

  // The domain triggers by name; those of one name are neighbours, so the first stands for all.
  // (Not an Abseil map: with AddressSanitizer its layout is not the one of Debian's Abseil
  // library.)
  std::unordered_map<std::string_view, uint32_t> first_of;
  first_of.reserve(triggers.size());
  for (uint32_t i = 0; i < triggers.size(); ++i) {
    first_of.try_emplace(KeyOf(model.NameOf(triggers[i])), i);
  }
  auto domain_in = [&](std::string_view name, uint32_t policy) -> const NameTrigger* {
    auto found = first_of.find(name);
    if (found == first_of.end()) return nullptr;
    for (size_t i = found->second; i < triggers.size() && KeyOf(model.NameOf(triggers[i])) == name;
         ++i) {
      if (triggers[i].scope == NameScope::kDomain && policy_of(triggers[i]) == policy)
        return &triggers[i];
    }
    return nullptr;
  };
  // Only the nearest enclosing domain counts: beyond it another rule decides. It may itself be
  // subsumed by one that does the same, which then serves as well.
  std::vector<bool> subsumed(triggers.size());
  for (size_t i = 0; i < triggers.size(); ++i) {
    const NameTrigger& trigger = triggers[i];
    std::string_view name = KeyOf(model.NameOf(trigger));
    if (trigger.scope == NameScope::kDomain) name.remove_prefix(1 + static_cast<uint8_t>(name[0]));
    for (; !name.empty(); name.remove_prefix(1 + static_cast<uint8_t>(name[0]))) {
      const NameTrigger* enclosing = domain_in(name, policy_of(trigger));
      if (enclosing == nullptr) continue;
      subsumed[i] = DoesTheSame(model.rules[enclosing->rule], model.rules[trigger.rule]) &&
                    LivesAsLong(model.LastDay(*enclosing), model.LastDay(trigger));
      break;
    }
  }
  size_t kept = 0;
  for (size_t i = 0; i < triggers.size(); ++i) {
    if (!subsumed[i]) triggers[kept++] = triggers[i];
  }
  counts.subsumed += triggers.size() - kept;
  triggers.resize(kept);
}

}  // namespace tollgate::compile
