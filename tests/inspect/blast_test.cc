// SPDX-License-Identifier: BSD-3-Clause
//
// Good names that rules would block.

#include "ruleset/inspect/blast.h"

#include <algorithm>
#include <string>

#include "ruleset/dns/type.h"
#include "tests/match/database_image.h"
#include "tests/match/random_model.h"
#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::inspect {
namespace {

NameCounts Names(std::string_view text) {
  NameCounts names;
  names.AddText(text);
  return names;
}

BlastReport Measure(const RuleSet& rules, const NameCounts& names, BlastOptions options = {}) {
  if (options.today == 0) options.today = test::DayOf("2025-06-01");
  absl::StatusOr<BlastReport> report = MeasureBlast(rules, names, options);
  if (!report.ok()) throw std::runtime_error(report.status().ToString());
  return *std::move(report);
}

std::string Text(const BlastTally& tally) {
  std::string text = std::to_string(tally.names);
  if (tally.queries != tally.names) text += "/" + std::to_string(tally.queries);
  for (const std::string& example : tally.examples) text += " " + example;
  return text;
}

// "policy/rule blocks 2 a.com b.com covered 1 c.com", a line for each rule
std::string Text(const RuleSet& rules, const BlastReport& report) {
  std::string text;
  for (const RuleBlast& blast : report.rules) {
    const RuleView rule = rules.Rule(blast.rule);
    text += std::string(rules.Policy(rule.policy).id) + "/" + std::string(rule.id) + " blocks " +
            Text(blast.blocks) + " covered " + Text(blast.covered) + "\n";
  }
  return text;
}

constexpr char kCampaign[] = R"(
    id: c
    domains: [evil.com]
    hosts: [alone.com]
    patterns:
      - {id: toll, meaning: m, match: 'toll-[a-z]+', suffixes: [com]}
      - {id: any-toll, meaning: m, match: 'toll.*', suffixes: any}
)";

TEST_CASE("blast: each rule has the names for which it decides, the worst first") {
  test::Compiled rules(kCampaign);
  const BlastReport report = Measure(
      rules.rules(), Names("toll-a.com\nx.evil.com\ngood.com\ntoll-b.com\ntoll.net\nevil.com\n"
                           "toll-c.com\nx.alone.com\n"));
  CHECK(Text(rules.rules(), report) ==
        "c/toll blocks 3 toll-a.com toll-b.com toll-c.com covered 0\n"
        "c/domains blocks 2 x.evil.com evil.com covered 0\n"
        "c/any-toll blocks 1 toll.net covered 3 toll-a.com toll-b.com toll-c.com\n");
  CHECK(report.names == 8);
  CHECK(report.blocked.names == 6);
}

TEST_CASE("blast: a log counts queries besides names") {
  test::Compiled rules(kCampaign);
  const BlastReport report =
      Measure(rules.rules(), Names("evil.com 5\nx.evil.com 2\nevil.com 1\ngood.com 9\n"));
  CHECK(Text(rules.rules(), report) == "c/domains blocks 2/8 evil.com x.evil.com covered 0\n");
  CHECK(report.queries == 17);
  CHECK(report.blocked.queries == 8);
}

TEST_CASE("blast: a listed name is told by its place") {
  test::Compiled rules(R"(
    id: c
    domains:
      - evil.com
      - good.com
  )");
  const BlastReport report = Measure(rules.rules(), Names("a.good.com\nb.good.com\nevil.com\n"));
  REQUIRE(report.rules.size() == 1);
  REQUIRE(report.rules[0].indicators.size() == 2);
  const IndicatorBlast& worst = report.rules[0].indicators[0];
  CHECK(worst.name == "good.com");
  CHECK(worst.line == 4);
  CHECK(Text(worst.blocks) == "2 a.good.com b.good.com");
  CHECK(report.rules[0].indicators[1].name == "evil.com");
}

TEST_CASE("blast: what an allow list saves is covered, not blocked") {
  test::Compiled rules({{"tollgate.yaml", "policies: [allow.yaml, block.yaml]"},
                        {"allow.yaml", "id: allow\naction: pass\ndomains: [good.com]"},
                        {"block.yaml", "id: block\ndomains: [good.com]\n"}});
  const BlastReport report = Measure(rules.rules(), Names("www.good.com\n"));
  CHECK(Text(rules.rules(), report) == "block/domains blocks 0 covered 1 www.good.com\n");
  CHECK(report.blocked.names == 0);
  REQUIRE(report.policies.size() == 1);
  CHECK(report.policies[0].covered.names == 1);
}

TEST_CASE("blast: a rule in shadow mode has what it would block, apart from what is blocked") {
  test::Compiled rules({{"tollgate.yaml",
                         "policies:\n"
                         "  - {file: trial.yaml, mode: shadow}\n"
                         "  - block.yaml"},
                        {"trial.yaml", "id: trial\ndomains: [a.com, b.com]"},
                        {"block.yaml", "id: block\ndomains: [b.com]"}});
  const BlastReport report = Measure(rules.rules(), Names("a.com\nb.com\n"));
  CHECK(Text(rules.rules(), report) ==
        "trial/domains blocks 2 a.com b.com covered 0\nblock/domains blocks 1 b.com covered 0\n");
  CHECK(Text(report.blocked) == "1 b.com");
  CHECK(Text(report.shadow) == "1 a.com");
}

TEST_CASE("blast: what has expired blocks nothing") {
  test::Compiled rules("id: c\ndomains: [{name: evil.com, expires: 2025-06-30}]");
  CHECK(Measure(rules.rules(), Names("evil.com\n"), {.today = test::DayOf("2025-06-30")})
            .blocked.names == 1);
  CHECK(Measure(rules.rules(), Names("evil.com\n"), {.today = test::DayOf("2025-07-01")})
            .rules.empty());
}

TEST_CASE("blast: a rule for some types counts as if such a query had come") {
  policy::RuleModel model;
  model.policies.push_back({.id = "c"});
  model.rules.push_back({.id = "aaaa", .qtypes = {.types = {dns::kTypeAaaa}}});
  model.rules.push_back({.id = "not-a", .qtypes = {.types = {dns::kTypeA}, .except = true}});
  model.AddName(test::NameOf("a.com"), policy::NameScope::kDomain, 0, 1, policy::kNever);
  model.AddName(test::NameOf("b.com"), policy::NameScope::kDomain, 1, 2, policy::kNever);
  const auto rules =
      testing::Image(testing::DatabaseOf(model, testing::SmallSuffixList(), {})).Open();
  REQUIRE(rules.ok());
  CHECK(Text(**rules, Measure(**rules, Names("a.com\nb.com\nc.com\n"))) ==
        "c/aaaa blocks 1 a.com covered 0\nc/not-a blocks 1 b.com covered 0\n");
}

TEST_CASE("blast: examples are the first names, whatever the threads do") {
  test::Compiled rules(kCampaign);
  std::string text;
  for (int i = 0; i < 50'000; ++i) {
    text += (i % 3 == 0 ? "n" + std::to_string(i) + ".evil.com" : "g" + std::to_string(i) + ".com");
    text += "\n";
  }
  const NameCounts names = Names(text);
  for (unsigned threads : {1u, 2u, 7u}) {
    const BlastReport report = Measure(rules.rules(), names, {.threads = threads, .examples = 3});
    CHECK(Text(rules.rules(), report) ==
          "c/domains blocks 16667 n0.evil.com n3.evil.com n6.evil.com covered 0\n");
  }
}

TEST_CASE("blast: agrees with one query after the other, for random rulesets") {
  std::string text;
  const std::vector<dns::Name> all = testing::AllNames(4);
  for (const dns::Name& name : all) text += name.Text() + "\n";
  const NameCounts names = Names(text);
  for (uint32_t seed = 0; seed < 60; ++seed) {
    policy::RuleModel model = testing::RandomModel(seed);
    for (policy::Rule& rule : model.rules) rule.qtypes = {};
    const auto rules = testing::Image(testing::DatabaseOf(model, testing::TinySuffixList(),
                                                          testing::PatternsOf(model)))
                           .Open();
    REQUIRE(rules.ok());
    const BlastReport report = Measure(**rules, names, {.today = testing::kFirstLastDay});
    Scratch scratch = *(*rules)->NewScratch();
    std::vector<uint64_t> blocks((*rules)->rule_count());
    uint64_t blocked = 0;
    for (const dns::Name& name : all) {
      const policy::Verdict verdict =
          (*rules)->Match(name, dns::kTypeA, testing::kFirstLastDay, scratch);
      for (const policy::Match& match : {verdict.decision, verdict.shadow}) {
        if (match && (*rules)->Answer(match.rule).action != policy::Action::kPass) {
          ++blocks[match.rule];
        }
      }
      if (verdict.decision &&
          (*rules)->Answer(verdict.decision.rule).action != policy::Action::kPass) {
        ++blocked;
      }
    }
    INFO("seed " << seed << "\n" << testing::Describe(model));
    CHECK(report.blocked.names == blocked);
    for (const RuleBlast& rule : report.rules) {
      CHECK(rule.blocks.names == blocks[rule.rule]);
      blocks[rule.rule] = 0;
    }
    CHECK(std::count(blocks.begin(), blocks.end(), 0u) == static_cast<long>(blocks.size()));
  }
}

}  // namespace
}  // namespace tollgate::inspect
