// SPDX-License-Identifier: BSD-3-Clause
//
// The matcher, through the real writer and the real reader, against the slow and obvious one.

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "ruleset/compile/admissible.h"
#include "ruleset/compile/redundant.h"
#include "ruleset/dns/type.h"
#include "ruleset/ruleset.h"
#include "tests/match/database_image.h"
#include "tests/match/random_model.h"
#include "tests/match/reference_matcher.h"
#include "tests/match/sanitized.h"
#include "tests/support/catch.h"

namespace tollgate::testing {
namespace {

using policy::Match;
using policy::Verdict;

#if TOLLGATE_SANITIZED || !defined(NDEBUG)
constexpr uint32_t kRandomModels = 400;
#else
constexpr uint32_t kRandomModels = 2000;
#endif

std::unique_ptr<const RuleSet> OpenDatabase(const policy::RuleModel& model,
                                            const source::PublicSuffixList& suffixes,
                                            const compile::PatternSections& patterns) {
  auto rules = Image(DatabaseOf(model, suffixes, patterns)).Open();
  if (!rules.ok()) throw std::runtime_error(rules.status().ToString());
  return *std::move(rules);
}

std::string Text(const Match& match) {
  if (!match) return "nothing";
  return "rule " + std::to_string(match.rule) + ", line " + std::to_string(match.line) +
         ", until " + std::to_string(match.expires) + ", owner at label " +
         std::to_string(match.owner_label);
}

std::string Text(const Verdict& verdict) {
  return Text(verdict.decision) + "; in shadow: " + Text(verdict.shadow);
}

// What a query sees of a match: everything but the indicator that it was.
std::string Effect(const policy::RuleModel& model, const Match& match) {
  if (!match) return "nothing";
  const policy::Rule& rule = model.rules[match.rule];
  return "policy " + std::to_string(rule.policy) + " " +
         std::string(policy::ActionName(rule.answer.action)) + " " +
         std::string(policy::ModeName(rule.mode)) + " ttl " + std::to_string(rule.answer.ttl) +
         " ede " + std::string(policy::EdeName(rule.answer.ede)) +
         (rule.pattern.empty() ? "" : " pattern " + rule.id);
}

std::string Effect(const policy::RuleModel& model, const Verdict& verdict) {
  return Effect(model, verdict.decision) + "; in shadow: " + Effect(model, verdict.shadow);
}

// Folding may answer with an enclosing indicator that lives at least as long, and with no other.
bool StandsFor(const Match& folded, const Match& written) {
  if (!folded || !written) return !folded && !written;
  return folded.owner_label >= written.owner_label &&
         (folded.expires == policy::kNever ||
          (written.expires != policy::kNever && folded.expires >= written.expires));
}

void DropRedundant(policy::RuleModel& model, CompileCounts& counts) {
  compile::NameOrder order = compile::OrderNames(model, compile::NameSeed(model));
  compile::DropRedundant(model, order, counts);
}

// Names that the random rules cannot be made of, but must survive: the root, reverse look-ups,
// labels of other octets.
std::vector<dns::Name> QueryNames() {
  std::vector<dns::Name> names = AllNames(4);
  for (const char* text :
       {".", "arpa", "a.arpa", "a.b.c.arpa", "a.b.c.a.b.c", R"(a\.b.c)", R"(\000.a.b)", "d"}) {
    names.push_back(NameFrom(text));
  }
  return names;
}

// Where the two part, the rules, the name and the day; empty where they agree.
std::string Disagreement(const policy::RuleModel& model, const source::PublicSuffixList& suffixes,
                         const RuleSet& rules, const std::vector<dns::Name>& names,
                         const std::vector<uint8_t>& shadowed = {}) {
  const ReferenceMatcher reference(model, suffixes);
  absl::StatusOr<Scratch> scratch = rules.NewScratch();
  for (const dns::Name& name : names) {
    for (policy::Day today : kQueryDays) {
      for (uint16_t qtype : {dns::kTypeA, dns::kTypeAaaa}) {
        const std::string expected = Text(reference.Match(name, qtype, today, shadowed));
        const std::string actual = Text(rules.Match(name, qtype, today, *scratch, shadowed));
        if (actual == expected) continue;
        return "for " + name.Text() + (qtype == dns::kTypeA ? " A" : " AAAA") + " on day " +
               std::to_string(today) + "\n  expected " + expected + "\n  found    " + actual +
               "\nwith\n" + Describe(model);
      }
    }
  }
  return "";
}

TEST_CASE("the matcher and the reference matcher agree on random rulesets") {
  const source::PublicSuffixList suffixes = TinySuffixList();
  const std::vector<dns::Name> names = QueryNames();
  for (uint32_t seed = 0; seed < kRandomModels; ++seed) {
    policy::RuleModel model = RandomModel(seed);
    const auto rules = OpenDatabase(model, suffixes, PatternsOf(model));
    INFO("seed " << seed);
    REQUIRE(Disagreement(model, suffixes, *rules, names) == "");
  }
}

TEST_CASE("the matcher and the reference matcher agree on folded random rulesets") {
  const source::PublicSuffixList suffixes = TinySuffixList();
  const std::vector<dns::Name> names = QueryNames();
  for (uint32_t seed = 0; seed < kRandomModels; ++seed) {
    policy::RuleModel model = RandomModel(seed);
    CompileCounts counts;
    DropRedundant(model, counts);
    const auto rules = OpenDatabase(model, suffixes, PatternsOf(model));
    INFO("seed " << seed);
    REQUIRE(Disagreement(model, suffixes, *rules, names) == "");
  }
}

TEST_CASE("the matchers agree on random rulesets with policies put into shadow mode") {
  const source::PublicSuffixList suffixes = TinySuffixList();
  const std::vector<dns::Name> names = QueryNames();
  for (uint32_t seed = 0; seed < kRandomModels; ++seed) {
    policy::RuleModel model = RandomModel(seed);
    const auto rules = OpenDatabase(model, suffixes, PatternsOf(model));
    INFO("seed " << seed);
    REQUIRE(Disagreement(model, suffixes, *rules, names, RandomShadows(seed, model)) == "");
  }
}

TEST_CASE("folding leaves what every query sees as it was") {
  const source::PublicSuffixList suffixes = TinySuffixList();
  const std::vector<dns::Name> names = AllNames(4);
  CompileCounts counts;
  for (uint32_t seed = 0; seed < kRandomModels; ++seed) {
    const policy::RuleModel written = RandomModel(seed);
    policy::RuleModel folded = written;
    DropRedundant(folded, counts);
    const ReferenceMatcher before(written, suffixes);
    const ReferenceMatcher after(folded, suffixes);
    INFO("seed " << seed << "\n" << Describe(written));
    for (const dns::Name& name : names) {
      for (policy::Day today : kQueryDays) {
        const Verdict expected = before.Match(name, dns::kTypeA, today);
        const Verdict actual = after.Match(name, dns::kTypeA, today);
        if (Effect(folded, actual) == Effect(written, expected) &&
            StandsFor(actual.decision, expected.decision) &&
            StandsFor(actual.shadow, expected.shadow)) {
          continue;
        }
        INFO(name.Text() << " on day " << today);
        REQUIRE(Text(actual) + " = " + Effect(folded, actual) ==
                Text(expected) + " = " + Effect(written, expected));
      }
    }
  }
  // The models are of a kind in which there is much to fold; otherwise this test would prove
  // nothing.
  CHECK(counts.duplicates > kRandomModels);
  CHECK(counts.subsumed > kRandomModels);
}

TEST_CASE("leaving out what has expired changes no verdict of that day or of a later one") {
  const source::PublicSuffixList suffixes = TinySuffixList();
  const std::vector<dns::Name> names = AllNames(4);
  constexpr policy::Day kToday = kFirstLastDay + 1;
  for (uint32_t seed = 0; seed < kRandomModels; ++seed) {
    const policy::RuleModel written = RandomModel(seed);
    policy::RuleModel kept = written;
    CompileCounts counts;
    compile::DropExpired(kToday, kept, counts);
    const ReferenceMatcher before(written, suffixes);
    const ReferenceMatcher after(kept, suffixes);
    INFO("seed " << seed << "\n" << Describe(written));
    for (const dns::Name& name : names) {
      for (policy::Day today : kQueryDays) {
        if (today < kToday) continue;
        const Verdict expected = before.Match(name, dns::kTypeA, today);
        const Verdict actual = after.Match(name, dns::kTypeA, today);
        if (Text(actual) == Text(expected)) continue;
        INFO(name.Text() << " on day " << today);
        REQUIRE(Text(actual) == Text(expected));
      }
    }
  }
}

TEST_CASE("the matcher agrees on every ruleset of two names") {
  // Every pair of triggers over two labels: name, scope, mode, and whether they stand in one policy
  // or in two.
  struct Trigger {
    dns::Name name;
    policy::NameScope scope;
    policy::Mode mode;
  };
  std::vector<Trigger> triggers;
  for (const char* name : {"a", "b", "a.a", "a.b", "b.a", "b.b", "a.a.a", "b.a.a", "a.b.a"}) {
    for (policy::NameScope scope : {policy::NameScope::kHost, policy::NameScope::kDomain}) {
      for (policy::Mode mode : {policy::Mode::kEnforce, policy::Mode::kShadow}) {
        triggers.push_back({NameFrom(name), scope, mode});
      }
    }
  }
  const source::PublicSuffixList suffixes = TinySuffixList();
  const std::vector<dns::Name> names = AllNames(4);
  for (const Trigger& first : triggers) {
    for (const Trigger& second : triggers) {
      for (uint32_t policies : {1u, 2u}) {
        // No source gives one policy two rules for one name and one scope.
        if (policies == 1 && first.name == second.name && first.scope == second.scope) continue;
        policy::RuleModel model;
        for (uint32_t i = 0; i < policies; ++i) model.policies.push_back({.id = "policy"});
        for (uint32_t i = 0; i < 2; ++i) {
          const Trigger& trigger = i == 0 ? first : second;
          policy::Rule rule;
          rule.policy = policies == 1 ? 0 : i;
          rule.mode = trigger.mode;
          model.rules.push_back(rule);
          model.AddName(trigger.name, trigger.scope, i, i + 1, policy::kNever);
        }
        const auto rules = OpenDatabase(model, suffixes, {});
        const std::string disagreement = Disagreement(model, suffixes, *rules, names);
        REQUIRE(disagreement == "");
      }
    }
  }
}

TEST_CASE("the registrable domain is what the Public Suffix List's algorithm says") {
  const source::PublicSuffixList suffixes = SmallSuffixList();
  auto registrable = [&](const char* text) {
    const dns::Name name = NameFrom(text);
    const std::optional<size_t> label = RegistrableDomain(name, suffixes);
    return label ? name.Text(*label) : "none";
  };
  // The reference is itself checked against publicsuffix.org's own examples, in small.
  CHECK(registrable("com") == "none");
  CHECK(registrable("example.com") == "example.com");
  CHECK(registrable("b.example.com") == "example.com");
  CHECK(registrable("example.example") == "example.example");
  CHECK(registrable("co.uk") == "none");
  CHECK(registrable("a.b.example.co.uk") == "example.co.uk");
  CHECK(registrable("ck") == "none");
  CHECK(registrable("test.ck") == "none");
  CHECK(registrable("a.b.test.ck") == "b.test.ck");
  CHECK(registrable("www.ck") == "www.ck");
  CHECK(registrable("www.www.ck") == "www.ck");
  CHECK(registrable("somebody.github.io") == "github.io");
}

}  // namespace
}  // namespace tollgate::testing
