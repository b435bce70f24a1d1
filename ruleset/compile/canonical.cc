// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/canonical.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
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

// A name without its first label.
std::string_view Parent(std::string_view name) {
  return name.substr(1 + static_cast<uint8_t>(name[0]));
}

// What no rule may touch.
class Floor {
 public:
  Floor(const source::PublicSuffixList& suffixes, const std::vector<std::string>& never_block)
      : suffixes_(suffixes), never_block_(never_block.begin(), never_block.end()) {
    for (std::string_view name : never_block) {
      for (name = name.empty() ? name : Parent(name); !name.empty(); name = Parent(name)) {
        above_never_block_.insert(name);
      }
    }
  }

  // Why a rule with this name and scope is refused; empty where it is not.
  std::string_view Protects(std::string_view name, NameScope scope,
                            const std::vector<std::string>& may_block) const {
    if (name.empty()) return "the root";
    const std::string_view reason = Reason(name, scope);
    if (reason.empty() || may_block.empty()) return reason;
    const bool granted = std::find(may_block.begin(), may_block.end(), name) != may_block.end();
    return granted ? std::string_view() : reason;
  }

 private:
  std::string_view Reason(std::string_view name, NameScope scope) const {
    std::string_view last = name;
    size_t labels = 1;
    for (std::string_view at = Parent(name); !at.empty(); at = Parent(at), ++labels) last = at;
    if (last == std::string_view("\4arpa", 5)) return "a part of arpa, which DNS itself needs";
    if (labels == 1) return "a top-level domain";
    switch (suffixes_.KindOf(name)) {
      case source::PublicSuffixList::Kind::kIcann:
        return "a public suffix, under which anybody registers names";
      case source::PublicSuffixList::Kind::kPrivate:
        return "a public suffix (private section), under which its owner's customers have names";
      case source::PublicSuffixList::Kind::kNone:
        break;
    }
    if (never_block_.empty()) return "";
    if (scope != NameScope::kHost && above_never_block_.contains(name)) {
      return "above a name that this site never blocks";
    }
    for (std::string_view at = name; !at.empty(); at = Parent(at)) {
      if (never_block_.contains(at)) return "a name that this site never blocks";
    }
    return "";
  }

  const source::PublicSuffixList& suffixes_;
  std::unordered_set<std::string_view> never_block_;
  std::unordered_set<std::string_view> above_never_block_;
};

bool LivesAsLong(policy::Day a, policy::Day b) {
  return a == policy::kNever || (b != policy::kNever && a >= b);
}

bool DoesTheSame(const policy::Rule& a, const policy::Rule& b) {
  return a.mode == b.mode && a.answer == b.answer && a.qtypes == b.qtypes && a.tier == b.tier &&
         a.is_marker == b.is_marker;
}

// For each rule the number of its group: rules of one policy and tier that are about the same
// QTYPEs, numbered in the order of precedence.
std::vector<uint32_t> GroupsOf(const RuleModel& model) {
  auto key = [](const policy::Rule& rule) {
    return std::tuple(rule.policy, rule.tier, rule.qtypes);
  };
  std::map<std::tuple<uint32_t, uint8_t, policy::QtypeSet>, uint32_t> numbers;
  for (const policy::Rule& rule : model.rules) numbers.try_emplace(key(rule));
  uint32_t next = 0;
  for (auto& [unused, number] : numbers) number = next++;
  std::vector<uint32_t> groups;
  for (const policy::Rule& rule : model.rules) groups.push_back(numbers[key(rule)]);
  return groups;
}

}  // namespace

void EnforceFloor(const source::PublicSuffixList& suffixes,
                  const std::vector<std::string>& never_block, RuleModel& model,
                  text::Diagnostics& faults, std::vector<source::FeedReport>& feeds) {
  const Floor floor(suffixes, never_block);
  std::map<uint32_t, source::FeedReport*> report_of;
  for (source::FeedReport& report : feeds) report_of.emplace(report.policy, &report);
  std::erase_if(model.name_triggers, [&](const NameTrigger& trigger) {
    const policy::Rule& rule = model.rules[trigger.rule];
    if (rule.is_marker) return false;
    const std::string_view name = KeyOf(model.NameOf(trigger));
    if (rule.answer.action == policy::Action::kPass && !name.empty()) return false;
    const policy::Policy& policy = model.policies[rule.policy];
    const std::string_view reason = floor.Protects(name, trigger.scope, policy.terms.may_block);
    if (reason.empty()) return false;
    const std::string text = dns::Name::FromStored(model.NameOf(trigger))->Text();
    if (auto report = report_of.find(rule.policy); report != report_of.end()) {
      report->second->Add(source::LineFate::kRejected, trigger.line,
                          absl::string_view(reason.data(), reason.size()), text);
    } else {
      faults.Error({policy.path, trigger.line, 0}, "'" + text + "' is " + std::string(reason),
                   "block the names below it that you mean");
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
  // The rules whose names compete with each other: of one tier, about the same QTYPEs.
  const std::vector<uint32_t> group = GroupsOf(model);
  auto policy_of = [&](const NameTrigger& trigger) { return group[trigger.rule]; };
  auto life = [&](const NameTrigger& trigger) {
    const policy::Day day = model.LastDay(trigger);
    return day == policy::kNever ? std::numeric_limits<policy::Day>::max() : day;
  };
  std::stable_sort(
      triggers.begin(), triggers.end(), [&](const NameTrigger& a, const NameTrigger& b) {
        const int order = KeyOf(model.NameOf(a)).compare(KeyOf(model.NameOf(b)));
        if (order != 0) return order < 0;
        // A longer life comes first among triggers of the same scope.
        return std::tuple(policy_of(a), NameScope(a.scope), ~life(a), uint32_t(a.rule)) <
               std::tuple(policy_of(b), NameScope(b.scope), ~life(b), uint32_t(b.rule));
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
    // In a policy zone every name also says how far the wildcards above it reach.
    if (model.rules[trigger.rule].is_zone) continue;
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
