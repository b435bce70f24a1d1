// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/blast_check.h"

#include <algorithm>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ruleset/compile/name_order.h"
#include "ruleset/inspect/blast.h"
#include "ruleset/ruleset.h"
#include "ruleset/source/feed_file.h"

namespace tollgate::compile {
namespace {

using policy::RuleModel;

constexpr size_t kLargestList = size_t{2} << 30;

std::string ExamplesOf(const inspect::BlastTally& tally) {
  std::string out;
  for (const std::string& name : tally.examples) out += (out.empty() ? ": " : ", ") + name;
  return out + (tally.names > tally.examples.size() ? ", ..." : "");
}

class Checker {
 public:
  Checker(const RuleModel& model, const RuleSet& rules, policy::Day today,
          text::Diagnostics& faults)
      : model_(model), rules_(rules), today_(today), faults_(faults) {}

  // Asks about `names`. `never` says that they are those that the site never blocks.
  void Run(const inspect::NameCounts& names, bool never) {
    absl::StatusOr<inspect::BlastReport> report = inspect::MeasureBlast(
        rules_, names,
        {.today = today_, .threads = std::max(1u, std::thread::hardware_concurrency())});
    if (!report.ok()) {
      faults_.Error({"", 0, 0}, std::string(report.status().message()));
      return;
    }
    for (const inspect::RuleBlast& blast : report->rules) {
      const policy::Rule& rule = model_.rules[blast.rule];
      if (rule.mode == policy::Mode::kShadow) continue;
      if (!rule.pattern.empty()) {
        Judge({rule.policy, "", rule.id, rule.line}, "pattern '" + rule.id + "'", blast.blocks,
              never);
      } else if (!never) {  // the floor has seen to names that are never blocked
        for (const inspect::IndicatorBlast& indicator : blast.indicators) {
          const std::string stored = StoredOf(indicator.name);
          if (stored.empty()) continue;
          Judge({rule.policy, stored, "", indicator.line}, "'" + indicator.name + "'",
                indicator.blocks, never);
        }
      }
    }
  }

  std::vector<Demotion> TakeDemotions() { return std::move(demotions_); }

 private:
  static std::string StoredOf(const std::string& text) {
    absl::StatusOr<dns::Name> name = dns::Name::FromText(text);
    if (!name.ok()) return "";
    return std::string(KeyOf(name->Stored()));
  }

  void Judge(Demotion what, const std::string& who, const inspect::BlastTally& blocks, bool never) {
    const policy::Policy& policy = model_.policies[what.policy];
    if (blocks.names == 0) return;
    std::string sentence;
    if (never) {
      sentence =
          absl::StrCat(who, " would block ", blocks.names, blocks.names == 1 ? " name" : " names",
                       " that this site never blocks", ExamplesOf(blocks));
    } else {
      if (!policy.terms.max_blast || blocks.names <= *policy.terms.max_blast) return;
      sentence = absl::StrCat(who, " would block ", blocks.names, " known good ",
                              blocks.names == 1 ? "name" : "names", ", and 'max_blast' allows ",
                              *policy.terms.max_blast, ExamplesOf(blocks));
    }
    const text::Position where{policy.path, what.line, 0};
    const bool demote = never ? policy.is_feed : policy.terms.on_blast == policy::OnBlast::kShadow;
    if (demote) {
      faults_.Warning(where, sentence + std::string(kKeptInShadow));
      demotions_.push_back(std::move(what));
    } else {
      faults_.Error(where, sentence,
                    "narrow it, add an exception, or put the good names into a policy that passes");
    }
  }

  const RuleModel& model_;
  const RuleSet& rules_;
  policy::Day today_;
  text::Diagnostics& faults_;
  std::vector<Demotion> demotions_;
};

}  // namespace

bool NeedsBlastCheck(const RuleModel& model, const std::vector<std::string>& never_block) {
  return (!never_block.empty() && !model.pattern_triggers.empty()) ||
         std::any_of(model.policies.begin(), model.policies.end(),
                     [](const auto& policy) { return policy.terms.max_blast.has_value(); });
}

std::vector<Demotion> CheckBlast(const RuleModel& model, std::string_view database,
                                 const std::vector<std::string>& known_good,
                                 const std::vector<std::string>& never_block, policy::Day today,
                                 text::Diagnostics& faults) {
  absl::StatusOr<std::unique_ptr<const RuleSet>> rules = RuleSet::OpenOctets(database);
  if (!rules.ok()) {
    faults.Error({"", 0, 0}, std::string(rules.status().message()));
    return {};
  }
  Checker checker(model, **rules, today, faults);
  inspect::NameCounts good;
  for (const std::string& file : known_good) {
    absl::StatusOr<std::string> text = source::ReadFeedFile(file, kLargestList);
    if (text.ok()) {
      good.AddText(*text);
    } else {
      faults.Error({file, 0, 0}, absl::StrCat("cannot read the file: ", text.status().message()),
                   "check 'known_good:' in the manifest");
    }
  }
  if (good.size() > 0) {
    checker.Run(good, /*never=*/false);
  } else if (!known_good.empty()) {
    faults.Error({known_good.front(), 0, 0}, "the known good files hold no name",
                 "rules with 'max_blast:' would be tried on nothing");
  }
  inspect::NameCounts never;
  for (const std::string& stored : never_block) {
    const auto name =
        dns::Name::FromStored({reinterpret_cast<const uint8_t*>(stored.data()), stored.size()});
    if (name) never.Add(name->Text());
  }
  if (never.size() > 0) checker.Run(never, /*never=*/true);
  return checker.TakeDemotions();
}

void Demote(const std::vector<Demotion>& demotions, RuleModel& model) {
  std::set<std::pair<uint32_t, std::string_view>> names;
  for (const Demotion& demotion : demotions) {
    if (!demotion.name.empty()) names.emplace(demotion.policy, demotion.name);
    for (policy::Rule& rule : model.rules) {
      if (demotion.name.empty() && rule.policy == demotion.policy && rule.id == demotion.rule &&
          rule.line == demotion.line && !rule.pattern.empty() &&
          rule.part_of == policy::kNotAPart) {
        rule.mode = policy::Mode::kShadow;
      }
    }
  }
  if (names.empty()) return;
  auto is_demoted = [&](const policy::NameTrigger& trigger) {
    const policy::Rule& rule = model.rules[trigger.rule];
    return !rule.is_marker && rule.answer.action != policy::Action::kPass &&
           rule.subject == policy::Subject::kQname && rule.part_of == policy::kNotAPart &&
           names.contains({rule.policy, KeyOf(model.NameOf(trigger))});
  };
  // Each rule that loses a name is followed by its like in shadow mode, which takes it.
  std::vector<bool> has_shadow(model.rules.size());
  for (const policy::NameTrigger& trigger : model.name_triggers) {
    if (is_demoted(trigger)) has_shadow[trigger.rule] = true;
  }
  std::vector<policy::Rule> rules;
  std::vector<uint32_t> moved;  // where each rule stands now
  for (size_t i = 0; i < model.rules.size(); ++i) {
    moved.push_back(static_cast<uint32_t>(rules.size()));
    rules.push_back(model.rules[i]);
    if (!has_shadow[i]) continue;
    rules.push_back(model.rules[i]);
    rules.back().mode = policy::Mode::kShadow;
  }
  for (policy::NameTrigger& trigger : model.name_triggers) {
    const uint32_t rule = moved[trigger.rule] + (is_demoted(trigger) ? 1u : 0u);
    trigger.rule = rule & policy::kMostRules;
  }
  for (policy::PatternTrigger& trigger : model.pattern_triggers) trigger.rule = moved[trigger.rule];
  for (policy::PrefixTrigger& trigger : model.prefix_triggers) trigger.rule = moved[trigger.rule];
  for (policy::Rule& rule : rules) {
    if (rule.part_of != policy::kNotAPart) rule.part_of = moved[rule.part_of];
  }
  model.rules = std::move(rules);
}

}  // namespace tollgate::compile
