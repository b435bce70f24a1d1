// SPDX-License-Identifier: BSD-3-Clause
//
// What is different between two databases.

#include "ruleset/inspect/difference.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/match/database_image.h"
#include "tests/match/random_model.h"
#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::inspect {
namespace {

char Sign(Change change) { return " +-~"[static_cast<size_t>(change)]; }

// Every difference as a line of its own, sorted.
std::string Text(const Difference& difference, std::vector<std::string> lines) {
  for (const PolicyDifference& policy : difference.policies) {
    if (policy.change != Change::kNone) {
      std::string line = std::string(1, Sign(policy.change)) + " policy " + policy.id;
      for (const std::string& what : policy.what) line += ", " + what;
      lines.push_back(line);
    }
    for (const PatternChange& pattern : policy.patterns) {
      lines.push_back(std::string(1, Sign(pattern.change)) + " " + policy.id + "/" + pattern.rule +
                      ": " + pattern.what);
    }
  }
  if (!difference.order_before.empty()) lines.push_back("~ order");
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string Diff(const RuleSet& before, const RuleSet& after) {
  std::vector<std::string> lines;
  const Difference difference =
      Compare(before.reader(), after.reader(), [&](const NameChange& name) {
        lines.push_back(std::string(1, Sign(name.change)) + " " + std::string(name.policy) + " " +
                        std::string(name.name) + ": " + std::string(name.what));
      });
  // The counts are those of the names.
  uint64_t names =
      difference.suffixes_added + difference.suffixes_removed + difference.suffixes_changed;
  for (const PolicyDifference& policy : difference.policies) {
    names += policy.names_added + policy.names_removed + policy.names_changed;
    uint64_t changed = 0;
    for (const auto& [what, count] : policy.name_changes) changed += count;
    CHECK(changed == policy.names_changed);
  }
  CHECK(names == lines.size());
  const std::string text = Text(difference, std::move(lines));
  CHECK(difference.equal() == text.empty());
  return text;
}

std::string Diff(std::string_view before, std::string_view after) {
  return Diff(test::Compiled(before).rules(), test::Compiled(after).rules());
}

TEST_CASE("diff: the same rules are no difference") {
  const char* rules = "id: c\ndomains: [a.com, b.com]\nhosts: [c.com]";
  CHECK(Diff(rules, rules) == "");
}

TEST_CASE("diff: a name that moved to another line is no difference") {
  CHECK(Diff("id: c\ndomains: [a.com, b.com]", R"(
    id: c
    domains:
      - b.com

      - a.com
  )") == "");
}

TEST_CASE("diff: a name that stands twice, or is subsumed, is no difference") {
  CHECK(Diff("id: c\ndomains: [a.com]", "id: c\ndomains: [a.com, x.a.com, a.com]") == "");
}

TEST_CASE("diff: names that come and go") {
  CHECK(Diff("id: c\ndomains: [a.com, b.com]", "id: c\ndomains: [b.com]\nhosts: [c.com]") ==
        "+ c c.com: host, nxdomain\n- c a.com: domain, nxdomain\n");
}

TEST_CASE("diff: a name that blocks more or less") {
  CHECK(Diff("id: c\ndomains: [a.com]", "id: c\nhosts: [a.com]") ==
        "~ c a.com: scope domain -> host\n");
  CHECK(Diff("id: c\nhosts: [a.com]", "id: c\nhosts: [a.com]\ndomains: [a.com]") ==
        "~ c a.com: scope host -> domain\n");
}

TEST_CASE("diff: a name that a policy has for two reasons") {
  policy::RuleModel one;
  one.policies.push_back({.id = "c"});
  one.rules.push_back({.answer = {.action = policy::Action::kDrop}});
  one.rules.push_back({});
  one.AddName(test::NameOf("a.com"), policy::NameScope::kHost, 0, 1, policy::kNever);
  policy::RuleModel two = one;
  two.AddName(test::NameOf("a.com"), policy::NameScope::kDomain, 1, 2, policy::kNever);
  auto open = [](policy::RuleModel& model) {
    return *testing::Image(testing::DatabaseOf(model, testing::SmallSuffixList(), {})).Open();
  };
  CHECK(Diff(*open(one), *open(two)) == "~ c a.com: now also domain, nxdomain\n");
  CHECK(Diff(*open(two), *open(one)) == "~ c a.com: no longer domain, nxdomain\n");
}

TEST_CASE("diff: a name that lives longer") {
  CHECK(Diff("id: c\ndomains: [{name: a.com, expires: 2026-01-31}]", "id: c\ndomains: [a.com]") ==
        "~ c a.com: expires 2026-01-31 -> never\n");
  CHECK(Diff("id: c\nexpires: 2026-01-31\ndomains: [a.com]",
             "id: c\ndomains: [{name: a.com, expires: 2026-01-31}]") == "");
}

TEST_CASE("diff: a rule with another answer or mode changes its names") {
  CHECK(Diff("id: c\ndomains: [a.com]",
             "id: c\naction: drop\nmode: shadow\nttl: 5\nede: none\ndomains: [a.com]") ==
        "~ c a.com: action nxdomain -> drop, mode enforce -> shadow, ttl 60 -> 5, ede blocked -> "
        "none\n");
  CHECK(Diff("id: c\nsinkhole: [192.0.2.1]\ndomains: [a.com]",
             "id: c\nsinkhole: [192.0.2.2]\ndomains: [a.com]") == "~ c a.com: records\n");
}

TEST_CASE("diff: how many names changed in what is counted, days apart") {
  test::Compiled before("id: c\ndomains: [a.com, {name: b.com, expires: 2026-01-01}]");
  test::Compiled after("id: c\nttl: 5\ndomains: [a.com, {name: b.com, expires: 2026-01-02}]");
  const Difference difference = Compare(before.rules().reader(), after.rules().reader());
  REQUIRE(difference.policies.size() == 1);
  CHECK(difference.policies[0].name_changes ==
        std::map<std::string, uint64_t>{{"ttl 60 -> 5", 1}, {"ttl 60 -> 5, expires", 1}});
}

constexpr char kPatterns[] = R"(
    id: c
    patterns:
      - {id: one, meaning: m, match: 'one-[a-z]+', suffixes: [com]}
      - {id: two, meaning: m, match: 'two-[a-z]+', suffixes: [com]}
)";

TEST_CASE("diff: patterns by their ids") {
  CHECK(Diff(kPatterns, R"(
    id: c
    patterns:
      - {id: one, meaning: m, match: 'one-[a-z]+', suffixes: [com], except: [one-x.com]}
      - {id: two, meaning: other, match: 'two-[a-z0-9]+', suffixes: [com], action: nodata}
  )") == R"(~ c/one: exceptions
~ c/two: expression ^(?:two-[a-z]+)\.(?:com)\z -> ^(?:two-[a-z0-9]+)\.(?:com)\z, action nxdomain -> nodata, meaning
)");
  CHECK(Diff(kPatterns, R"(
    id: c
    patterns:
      - {id: one, meaning: m, match: 'one-[a-z]+', suffixes: [com]}
      - {id: three, meaning: m, match: 'two-[a-z]+', suffixes: [com]}
  )") == "+ c/three: ^(?:two-[a-z]+)\\.(?:com)\\z\n- c/two: ^(?:two-[a-z]+)\\.(?:com)\\z\n");
}

TEST_CASE("diff: the order of patterns decides, and is a difference") {
  CHECK(Diff(kPatterns, R"(
    id: c
    patterns:
      - {id: two, meaning: m, match: 'two-[a-z]+', suffixes: [com]}
      - {id: one, meaning: m, match: 'one-[a-z]+', suffixes: [com]}
  )") == "~ policy c, the order of its patterns\n");
}

std::vector<test::RuleFile> TwoPolicies(const std::string& order) {
  return {{"tollgate.yaml", "policies: [" + order + "]"},
          {"a.yaml", "id: a\ndomains: [a.com]"},
          {"b.yaml", "id: b\naction: pass\ndomains: [a.com]"}};
}

TEST_CASE("diff: the order of policies is a difference") {
  CHECK(Diff(test::Compiled(TwoPolicies("a.yaml, b.yaml")).rules(),
             test::Compiled(TwoPolicies("b.yaml, a.yaml")).rules()) == "~ order\n");
}

TEST_CASE("diff: a policy that comes brings its names, and is no other order") {
  const test::Compiled both(TwoPolicies("a.yaml, b.yaml"));
  const test::Compiled one(TwoPolicies("b.yaml"));
  CHECK(Diff(one.rules(), both.rules()) == "+ a a.com: domain, nxdomain\n+ policy a\n");
  CHECK(Diff(both.rules(), one.rules()) == "- a a.com: domain, nxdomain\n- policy a\n");
}

TEST_CASE("diff: what a policy says of itself") {
  CHECK(Diff("id: c\ntitle: A\nseverity: low\ndomains: [a.com]",
             "id: c\ntitle: B\nseverity: high\ndomains: [a.com]") ==
        "~ policy c, title, severity\n");
}

policy::RuleModel Tiered(const std::vector<uint8_t>& tiers) {
  constexpr policy::Action kActions[] = {policy::Action::kNxdomain, policy::Action::kPass,
                                         policy::Action::kDrop};
  policy::RuleModel model;
  model.policies.push_back({.id = "c"});
  for (uint32_t i = 0; i < tiers.size(); ++i) {
    model.rules.push_back({.tier = tiers[i], .answer = {.action = kActions[i]}});
    model.AddName(test::NameOf("n" + std::to_string(i) + ".com"), policy::NameScope::kDomain, i, 1,
                  policy::kNever);
  }
  return model;
}

TEST_CASE("diff: the tiers of rules count by their order") {
  auto open = [](policy::RuleModel model) {
    return *testing::Image(testing::DatabaseOf(model, testing::SmallSuffixList(), {})).Open();
  };
  CHECK(Diff(*open(Tiered({0, 1, 2})), *open(Tiered({3, 4, 9}))) == "");
  CHECK(Diff(*open(Tiered({0, 1, 2})), *open(Tiered({0, 2, 1}))) ==
        "~ policy c, the tiers of its rules\n");
  CHECK(Diff(*open(Tiered({0, 1, 2})), *open(Tiered({0, 0, 2}))) ==
        "~ policy c, the tiers of its rules\n");
  // A feed without its last rule of the first tier: the others did not change.
  CHECK(Diff(*open(Tiered({1, 2, 0})), *open(Tiered({1, 2}))) == "- c n2.com: domain, drop\n");
}

TEST_CASE("diff: public suffixes") {
  policy::RuleModel model = testing::SmallModel();
  auto open = [&](const source::PublicSuffixList& suffixes) {
    return *testing::Image(testing::DatabaseOf(model, suffixes, testing::PatternsOf(model))).Open();
  };
  CHECK(Diff(*open(source::PublicSuffixList::Parse("com\nnet\n")),
             *open(source::PublicSuffixList::Parse("com\n*.net\norg\n"))) ==
        "+  org: a public suffix\n~  net: a public suffix\n");
}

// The triggers of a model in words of its own, for a comparison that is slow and obvious.
std::set<std::string> TriggersOf(const policy::RuleModel& model) {
  std::set<std::string> triggers;
  for (const policy::NameTrigger& trigger : model.name_triggers) {
    const policy::Rule& rule = model.rules[trigger.rule];
    std::string text =
        std::to_string(rule.policy) + " " +
        testing::NameFrom(dns::Name::FromStored(model.NameOf(trigger))->Text()).Text() + "|";
    for (uint32_t part :
         {static_cast<uint32_t>(trigger.scope), model.LastDay(trigger),
          static_cast<uint32_t>(rule.mode), static_cast<uint32_t>(rule.answer.action),
          rule.answer.ttl, static_cast<uint32_t>(rule.answer.ede), uint32_t{rule.is_zone},
          uint32_t{rule.is_marker}, uint32_t{rule.qtypes.except}}) {
      text += std::to_string(part) + " ";
    }
    for (uint16_t type : rule.qtypes.types) text += "type " + std::to_string(type);
    triggers.insert(text);
  }
  return triggers;
}

TEST_CASE("diff: finds the names that a slow comparison finds, for random rulesets") {
  const source::PublicSuffixList suffixes = testing::TinySuffixList();
  size_t different = 0;
  for (uint32_t seed = 0; seed < 300; ++seed) {
    policy::RuleModel before = testing::RandomModel(seed);
    before.pattern_triggers.clear();
    policy::RuleModel after = before;
    // Another rule here and there, and other names.
    for (size_t i = 0; i < after.rules.size(); i += 3) after.rules[i].answer.ttl = 7;
    after.name_triggers.resize(after.name_triggers.size() * 3 / 4);
    if (!before.name_triggers.empty()) before.name_triggers.erase(before.name_triggers.begin());
    const auto old_rules = testing::Image(testing::DatabaseOf(before, suffixes, {})).Open();
    const auto new_rules = testing::Image(testing::DatabaseOf(after, suffixes, {})).Open();
    REQUIRE(old_rules.ok());
    REQUIRE(new_rules.ok());
    std::set<std::string> found;
    Compare((*old_rules)->reader(), (*new_rules)->reader(), [&](const NameChange& name) {
      found.insert(std::string(name.policy) + " " + std::string(name.name));
    });
    std::set<std::string> expected;
    const std::set<std::string> a = TriggersOf(before);
    const std::set<std::string> b = TriggersOf(after);
    for (const auto& [some, others] : {std::pair(a, b), std::pair(b, a)}) {
      for (const std::string& trigger : some) {
        if (!others.contains(trigger)) {
          expected.insert("policy-" + trigger.substr(0, trigger.find('|')));
        }
      }
    }
    INFO("seed " << seed << "\n" << testing::Describe(before) << "\n" << testing::Describe(after));
    CHECK(found == expected);
    different += expected.size();
  }
  CHECK(different > 300);
}

}  // namespace
}  // namespace tollgate::inspect
