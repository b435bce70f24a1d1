// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/admissible.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "ruleset/compile/name_order.h"

namespace tollgate::compile {
namespace {

using policy::NameScope;
using policy::NameTrigger;
using policy::RuleModel;

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

}  // namespace

void EnforceFloor(const source::PublicSuffixList& suffixes,
                  const std::vector<std::string>& never_block, RuleModel& model,
                  text::Diagnostics& faults, std::vector<source::FeedReport>& feeds) {
  const Floor floor(suffixes, never_block);
  std::map<uint32_t, source::FeedReport*> report_of;
  for (source::FeedReport& report : feeds) report_of.emplace(report.policy, &report);
  // The rule of each zone whose names match nothing and stop wildcards, by what it is about.
  auto zone_of = [](const policy::Rule& rule) { return std::pair(rule.policy, rule.subject); };
  std::map<std::pair<uint32_t, policy::Subject>, uint32_t> marker_of;
  for (uint32_t i = 0; i < model.rules.size(); ++i) {
    if (model.rules[i].is_marker) marker_of.emplace(zone_of(model.rules[i]), i);
  }
  std::erase_if(model.name_triggers, [&](NameTrigger& trigger) {
    const policy::Rule& rule = model.rules[trigger.rule];
    if (rule.is_marker) return false;
    const std::string_view name = KeyOf(model.NameOf(trigger));
    // A part blocks nothing by itself: "this top-level domain, hosted there" is no rule on all of
    // it.
    const bool harmless =
        rule.answer.action == policy::Action::kPass || rule.part_of != policy::kNotAPart;
    if (harmless && !name.empty()) return false;
    const policy::Policy& policy = model.policies[rule.policy];
    const std::string_view reason = floor.Protects(name, trigger.scope, policy.terms.may_block);
    if (reason.empty()) return false;
    const std::string text = dns::Name::FromStored(model.NameOf(trigger))->Text();
    if (auto report = report_of.find(rule.policy); report != report_of.end()) {
      if (report->second->taken > 0) --report->second->taken;
      report->second->Add(source::LineFate::kRejected, trigger.line,
                          absl::string_view(reason.data(), reason.size()), text);
    } else {
      faults.Error({policy.path, trigger.line, 0}, "'" + text + "' is " + std::string(reason),
                   reason.ends_with("never blocks") ? "see 'never_block:' in the manifest"
                                                    : "block the names below it that you mean");
    }
    // The zone has the name all the same, and its wildcards end there.
    const auto marker = marker_of.find(zone_of(rule));
    if (!rule.is_zone || trigger.scope == NameScope::kBelow || marker == marker_of.end()) {
      return true;
    }
    trigger.rule = marker->second & policy::kMostRules;
    return false;
  });
}

void DropExpired(policy::Day today, RuleModel& model, CompileCounts& counts,
                 std::vector<PolicyCounts>* policy_counts) {
  auto drop = [&](uint32_t rule, policy::Day last) {
    if (last == policy::kNever || last >= today) return false;
    ++counts.expired;
    if (policy_counts != nullptr) ++(*policy_counts)[model.rules[rule].policy].expired;
    return true;
  };
  std::erase_if(model.name_triggers, [&](const NameTrigger& trigger) {
    return drop(trigger.rule, model.LastDay(trigger));
  });
  std::erase_if(model.pattern_triggers, [&](const policy::PatternTrigger& trigger) {
    return drop(trigger.rule, model.rules[trigger.rule].expires);
  });
  std::erase_if(model.prefix_triggers, [&](const policy::PrefixTrigger& trigger) {
    return drop(trigger.rule, model.LastDay(trigger));
  });
}

}  // namespace tollgate::compile
