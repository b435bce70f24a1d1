// SPDX-License-Identifier: BSD-3-Clause
//
// RuleSet::Explain: the whole reasoning behind RuleSet::Match, and nothing else.

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "ruleset/dns/type.h"
#include "ruleset/ruleset.h"
#include "tests/match/database_image.h"
#include "tests/match/random_model.h"
#include "tests/match/sanitized.h"
#include "tests/support/catch.h"

namespace tollgate::testing {
namespace {

using policy::Candidate;
using policy::NameScope;
using policy::RuleModel;
using policy::Standing;
using policy::TriggerKind;

#if TOLLGATE_SANITIZED || !defined(NDEBUG)
constexpr uint32_t kRandomModels = 200;
#else
constexpr uint32_t kRandomModels = 1000;
#endif

constexpr policy::Day kToday = 15;

// Rules that can be asked.
class Asked {
 public:
  explicit Asked(RuleModel model, source::PublicSuffixList suffixes = SmallSuffixList()) {
    auto rules = Image(DatabaseOf(model, suffixes, PatternsOf(model))).Open();
    if (!rules.ok()) throw std::runtime_error(rules.status().ToString());
    rules_ = *std::move(rules);
    scratch_.emplace(*rules_->NewScratch());
  }

  std::vector<Candidate> Explain(const dns::Name& name, uint16_t qtype, uint32_t today) {
    return rules_->Explain(name, qtype, today, *scratch_, shadowed_);
  }
  policy::Verdict Match(const dns::Name& name, uint16_t qtype, uint32_t today) {
    return rules_->Match(name, qtype, today, *scratch_, shadowed_);
  }
  // From now on; as RuleSet::Match takes it.
  Asked& Shadow(std::vector<uint8_t> policies) {
    shadowed_ = std::move(policies);
    return *this;
  }

  // "0 decides, 1 outranked": the rules by number, with their standing.
  std::string Standings(std::string_view name, uint16_t qtype = dns::kTypeA) {
    constexpr std::string_view kWords[] = {"decides",    "would decide", "outranked", "expired",
                                           "other type", "excepted",     "stopped"};
    std::string text;
    for (const Candidate& candidate : Explain(NameFrom(name), qtype, kToday)) {
      text += text.empty() ? "" : ", ";
      text += std::to_string(candidate.match.rule) + " ";
      text += kWords[static_cast<size_t>(candidate.standing)];
    }
    return text;
  }

  const RuleSet& rules() const { return *rules_; }

 private:
  std::unique_ptr<const RuleSet> rules_;
  std::optional<Scratch> scratch_;
  std::vector<uint8_t> shadowed_;
};

// A model that is written down rule by rule; each rule is a policy of its own unless it says so.
struct Written : RuleModel {
  uint32_t Rule(policy::Rule rule = {}) {
    if (rule.policy >= policies.size()) policies.resize(rule.policy + 1);
    rules.push_back(std::move(rule));
    return static_cast<uint32_t>(rules.size() - 1);
  }
  void Name(std::string_view name, uint32_t rule, NameScope scope = NameScope::kDomain,
            policy::Day expires = policy::kNever) {
    AddName(NameFrom(name), scope, rule, 1, expires);
  }
  void Pattern(uint32_t rule, const std::string& expression, std::vector<dns::Name> exceptions) {
    pattern_triggers.push_back({rule, false, expression, std::move(exceptions)});
  }
};

std::string Text(const policy::Match& match) {
  if (!match) return "nothing";
  return "rule " + std::to_string(match.rule) + ", line " + std::to_string(match.line) +
         ", until " + std::to_string(match.expires) + ", owner at label " +
         std::to_string(match.owner_label);
}

policy::Match With(Standing standing, const std::vector<Candidate>& candidates) {
  policy::Match found;
  for (const Candidate& candidate : candidates) {
    if (candidate.standing != standing) continue;
    if (found) throw std::logic_error("two candidates decide");
    found = candidate.match;
  }
  return found;
}

TEST_CASE("what decides in an explanation is what decides on the hot path, for random rulesets") {
  const source::PublicSuffixList suffixes = TinySuffixList();
  const std::vector<dns::Name> names = AllNames(4);
  uint64_t decided = 0;
  uint64_t by_standing[7] = {};
  for (uint32_t seed = 0; seed < kRandomModels; ++seed) {
    RuleModel model = RandomModel(seed);
    Asked asked(model, suffixes);
    // Every other model has policies that were put into shadow mode.
    if (seed % 2 != 0) asked.Shadow(RandomShadows(seed, model));
    INFO("seed " << seed << "\n" << Describe(model));
    for (const dns::Name& name : names) {
      for (uint16_t qtype : {dns::kTypeA, dns::kTypeAaaa}) {
        for (policy::Day today : {kFirstLastDay, kSecondLastDay, kSecondLastDay + 1}) {
          const policy::Verdict verdict = asked.Match(name, qtype, today);
          const std::vector<Candidate> candidates = asked.Explain(name, qtype, today);
          const policy::Match decision = With(Standing::kDecides, candidates);
          const policy::Match shadow = With(Standing::kWouldDecide, candidates);
          for (const Candidate& candidate : candidates) {
            ++by_standing[static_cast<size_t>(candidate.standing)];
          }
          decided += decision ? 1 : 0;
          if (Text(decision) == Text(verdict.decision) && Text(shadow) == Text(verdict.shadow)) {
            continue;
          }
          INFO(name.Text() << " type " << qtype << " on day " << today);
          REQUIRE(Text(decision) + "; " + Text(shadow) ==
                  Text(verdict.decision) + "; " + Text(verdict.shadow));
        }
      }
    }
  }
  // The models are of a kind in which everything happens.
  CHECK(decided > kRandomModels);
  for (uint64_t count : by_standing) CHECK(count > 0);
}

TEST_CASE("the first policy decides, and the others are not asked any more") {
  Written model;
  model.Name("evil.com", model.Rule({.policy = 0}));
  model.Name("www.evil.com", model.Rule({.policy = 1}), NameScope::kHost);
  CHECK(Asked(model).Standings("www.evil.com") == "0 decides, 1 outranked");
  CHECK(Asked(model).Standings("evil.com") == "0 decides");
  CHECK(Asked(model).Standings("good.com") == "");
}

TEST_CASE("inside a policy the more specific name comes first") {
  Written model;
  const uint32_t domains = model.Rule();
  const uint32_t hosts = model.Rule();
  model.Name("evil.com", domains);
  model.Name("a.evil.com", domains);
  model.Name("a.evil.com", hosts, NameScope::kHost);
  CHECK(Asked(model).Standings("a.evil.com") == "1 decides, 0 outranked, 0 outranked");
}

TEST_CASE("a rule in shadow mode would decide, and the next one does") {
  Written model;
  model.Name("evil.com", model.Rule({.policy = 0, .mode = policy::Mode::kShadow}));
  model.Name("evil.com", model.Rule({.policy = 1, .mode = policy::Mode::kShadow}));
  model.Name("evil.com", model.Rule({.policy = 2}));
  model.Name("evil.com", model.Rule({.policy = 3, .mode = policy::Mode::kShadow}));
  CHECK(Asked(model).Standings("evil.com") ==
        "0 would decide, 1 outranked, 2 decides, 3 outranked");
}

TEST_CASE("a policy put into shadow mode at run time would decide, and the next one does") {
  Written model;
  model.Name("evil.com", model.Rule({.policy = 0}));
  model.Name("evil.com", model.Rule({.policy = 1}));
  CHECK(Asked(model).Shadow({1, 0}).Standings("evil.com") == "0 would decide, 1 decides");
  CHECK(Asked(model).Shadow({0, 1}).Standings("evil.com") == "0 decides, 1 outranked");
  CHECK(Asked(model).Shadow({1, 1}).Standings("evil.com") == "0 would decide, 1 outranked");
  CHECK(Asked(model).Shadow({0, 0}).Standings("evil.com") == "0 decides, 1 outranked");
}

TEST_CASE("an explanation says of a rule that its policy was put into shadow mode") {
  Written model;
  model.Name("evil.com", model.Rule());
  const auto candidates =
      Asked(model).Shadow({1}).Explain(NameFrom("evil.com"), dns::kTypeA, kToday);
  REQUIRE(candidates.size() == 1);
  CHECK(candidates[0].shadow);
}

TEST_CASE("pass does not decide where its policy was put into shadow mode") {
  Written model;
  model.Name("evil.com", model.Rule({.policy = 0, .answer = {.action = policy::Action::kPass}}));
  model.Name("evil.com", model.Rule({.policy = 1}));
  CHECK(Asked(model).Standings("evil.com") == "0 decides, 1 outranked");
  CHECK(Asked(model).Shadow({1, 0}).Standings("evil.com") == "0 would decide, 1 decides");
}

TEST_CASE("a pattern's policy put into shadow mode lets the names behind it decide") {
  Written model;
  model.Pattern(model.Rule({.policy = 0, .id = "p"}), R"(^(?:toll.*)\z)", {});
  model.Name("toll-house.com", model.Rule({.policy = 1}));
  CHECK(Asked(model).Standings("toll-house.com") == "0 decides, 1 outranked");
  CHECK(Asked(model).Shadow({1, 0}).Standings("toll-house.com") == "0 would decide, 1 decides");
}

TEST_CASE("what is past is shown, and decides nothing") {
  Written model;
  const uint32_t rule = model.Rule();
  model.Name("old.com", rule, NameScope::kDomain, kToday - 1);
  model.Name("a.old.com", rule, NameScope::kDomain, kToday);
  CHECK(Asked(model).Standings("a.old.com") == "0 decides, 0 expired");
}

TEST_CASE("a rule for other types is shown, and decides nothing") {
  Written model;
  model.Name("evil.com", model.Rule({.qtypes = {.types = {dns::kTypeAaaa}}}));
  CHECK(Asked(model).Standings("evil.com", dns::kTypeA) == "0 other type");
  CHECK(Asked(model).Standings("evil.com", dns::kTypeAaaa) == "0 decides");
}

TEST_CASE("an exception of a pattern is named") {
  Written model;
  model.Pattern(model.Rule({.id = "p"}), R"(^(?:toll.*)\z)", {NameFrom("b.toll-house.com")});
  Asked asked(model);
  CHECK(asked.Standings("a.b.toll-house.com") == "0 excepted");
  const std::vector<Candidate> candidates =
      asked.Explain(NameFrom("a.b.toll-house.com"), dns::kTypeA, kToday);
  REQUIRE(candidates.size() == 1);
  CHECK(candidates[0].kind == TriggerKind::kPattern);
  CHECK(candidates[0].because_label == 1);      // b.toll-house.com
  CHECK(candidates[0].match.owner_label == 2);  // the registrable domain
}

TEST_CASE("a name of the zone between a wildcard and QNAME is named") {
  Written model;
  const uint32_t wildcard = model.Rule({.is_zone = true});
  const uint32_t marker = model.Rule({.is_zone = true, .is_marker = true});
  model.Name("a.com", wildcard, NameScope::kBelow);
  model.Name("ok.a.com", marker, NameScope::kHost);
  Asked asked(model);
  CHECK(asked.Standings("b.a.com") == "0 decides");
  CHECK(asked.Standings("x.y.ok.a.com") == "0 stopped");
  const std::vector<Candidate> candidates =
      asked.Explain(NameFrom("x.y.ok.a.com"), dns::kTypeA, kToday);
  REQUIRE(candidates.size() == 1);
  CHECK(candidates[0].kind == TriggerKind::kBelow);
  CHECK(candidates[0].because_label == 2);  // ok.a.com
}

TEST_CASE("a tier decides before what is more specific in the next one") {
  Written model;
  model.Name("evil.com", model.Rule({.tier = 0}));
  model.Name("a.evil.com", model.Rule({.tier = 1}), NameScope::kHost);
  CHECK(Asked(model).Standings("a.evil.com") == "0 decides, 1 outranked");
}

TEST_CASE("the parts of a name are those of the Public Suffix List") {
  Written model;
  const Asked asked(model);
  auto parts = [&](std::string_view text) {
    const dns::Name name = NameFrom(text);
    const dns::NameParts found = asked.rules().Parts(name);
    return name.Text(found.public_suffix) + " " +
           (found.registrable ? name.Text(*found.registrable) : "none");
  };
  CHECK(parts("a.example.co.uk") == "co.uk example.co.uk");
  CHECK(parts("co.uk") == "co.uk none");
  CHECK(parts("www.test.ck") == "test.ck www.test.ck");
  CHECK(parts("www.ck") == "ck www.ck");
  CHECK(parts("a.b.unlisted") == "unlisted b.unlisted");
  CHECK(parts("somebody.github.io") == "io github.io");
  CHECK(parts(".") == ". none");
}

}  // namespace
}  // namespace tollgate::testing
