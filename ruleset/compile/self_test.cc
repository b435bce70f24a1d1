// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/self_test.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "ruleset/ruleset.h"

namespace tollgate::compile {
namespace {

constexpr uint16_t kTypeA = 1;

class Tester {
 public:
  Tester(const policy::RuleModel& model, const RuleSet& rules, Scratch scratch, policy::Day today,
         text::Diagnostics& faults)
      : model_(model), rules_(rules), scratch_(std::move(scratch)), today_(today), faults_(faults) {
    for (const policy::NameTrigger& trigger : model.name_triggers) Note(trigger.rule);
    for (const policy::PatternTrigger& trigger : model.pattern_triggers) Note(trigger.rule);
    for (const policy::PrefixTrigger& trigger : model.prefix_triggers) Note(trigger.rule);
  }

  void AskPolicy(uint32_t number) {
    const policy::Policy& policy = model_.policies[number];
    if (!alive_.contains(number)) return;
    for (const policy::SelfTest& test : policy.self_tests) {
      const std::optional<dns::Name> name = NameOf(test);
      if (!name) continue;
      const auto matches = rules_.Explain(*name, kTypeA, today_, scratch_);
      const bool blocks = std::any_of(matches.begin(), matches.end(), [&](const auto& candidate) {
        return Holds(candidate.standing) && rules_.Rule(candidate.match.rule).policy == number &&
               rules_.Answer(candidate.match.rule).action != policy::Action::kPass;
      });
      Judge(test, *name, blocks, policy.path, "this campaign");
    }
  }

  void AskAll(const std::string& manifest, const policy::SelfTest& test) {
    const std::optional<dns::Name> name = NameOf(test);
    if (!name) return;
    const policy::Verdict verdict = rules_.Match(*name, kTypeA, today_, scratch_);
    const bool blocks =
        verdict.decision && rules_.Answer(verdict.decision.rule).action != policy::Action::kPass;
    Judge(test, *name, blocks, manifest, "these policies together");
  }

 private:
  void Note(uint32_t rule) { alive_.insert(model_.rules[rule].policy); }

  static std::optional<dns::Name> NameOf(const policy::SelfTest& test) {
    return dns::Name::FromStored(
        {reinterpret_cast<const uint8_t*>(test.name.data()), test.name.size()});
  }

  // Whether the rule would do something to this name, were it alone.
  static bool Holds(policy::Standing standing) {
    return standing == policy::Standing::kDecides || standing == policy::Standing::kWouldDecide ||
           standing == policy::Standing::kOutranked || standing == policy::Standing::kOtherClient;
  }

  void Judge(const policy::SelfTest& test, const dns::Name& name, bool blocks,
             const std::string& file, const char* who) {
    if (blocks == test.blocks) return;
    faults_.Error({file, test.line, 0},
                  "self-test: '" + name.Text() + "' " +
                      (test.blocks ? "should be blocked by " : "should not be blocked by ") + who +
                      (test.blocks ? ", and is not" : ", and is"),
                  "mend the rule; 'tollgate query' shows what it does");
  }

  const policy::RuleModel& model_;
  const RuleSet& rules_;
  Scratch scratch_;
  policy::Day today_;
  text::Diagnostics& faults_;
  std::set<uint32_t> alive_;  // policies of which something is left
};

}  // namespace

bool HasSelfTests(const policy::RuleModel& model, const std::vector<policy::SelfTest>& of_all) {
  return !of_all.empty() ||
         std::any_of(model.policies.begin(), model.policies.end(),
                     [](const policy::Policy& policy) { return !policy.self_tests.empty(); });
}

void CheckSelfTests(const policy::RuleModel& model, const std::string& manifest,
                    const std::vector<policy::SelfTest>& of_all, std::string_view database,
                    policy::Day today, text::Diagnostics& faults) {
  absl::StatusOr<std::unique_ptr<const RuleSet>> rules = RuleSet::OpenOctets(database);
  absl::StatusOr<Scratch> scratch =
      rules.ok() ? (*rules)->NewScratch() : absl::StatusOr<Scratch>(rules.status());
  if (!scratch.ok()) {
    faults.Error({manifest, 0, 0}, std::string(scratch.status().message()));
    return;
  }
  Tester tester(model, **rules, *std::move(scratch), today, faults);
  for (uint32_t i = 0; i < model.policies.size(); ++i) tester.AskPolicy(i);
  for (const policy::SelfTest& test : of_all) tester.AskAll(manifest, test);
}

}  // namespace tollgate::compile
