// SPDX-License-Identifier: BSD-3-Clause
//
// Names that hold nothing of what patterns are about are not scanned; all others are.

#include "ruleset/match/pattern_gate.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ruleset/compile/pattern_shards.h"
#include "ruleset/compile/required_literals.h"
#include "ruleset/database/hyperscan.h"
#include "ruleset/dns/type.h"
#include "ruleset/source/pattern_text.h"
#include "tests/match/database_image.h"
#include "tests/match/dice.h"
#include "tests/support/catch.h"

namespace tollgate::testing {
namespace {

compile::GramSections SectionsOf(const std::map<uint64_t, std::set<uint16_t>>& grams) {
  compile::ShardPlan plan;
  plan.shards.push_back({.scope = 0, .is_gated = 1, .reserved = {}});
  plan.grams = grams;
  return compile::BuildGrams(plan);
}

// The shards that the gate of these words finds in a text; each word is one of a shard of its own.
uint64_t ShardsIn(const std::vector<std::string>& words, std::string_view text) {
  std::map<uint64_t, std::set<uint16_t>> grams;
  for (size_t i = 0; i < words.size(); ++i) {
    for (uint64_t gram : compile::GramsOf({words[i]})) grams[gram].insert(static_cast<uint16_t>(i));
  }
  const compile::GramSections sections = SectionsOf(grams);
  const match::PatternGate gate(sections.heads, sections.filter, sections.table);
  dns::NameText name;
  NameFrom(text).WriteText(name);
  const std::span<const char> octets = name.Bounded(0);
  const char* const end = octets.data() + octets.size();
  match::ShardSet shards{};
  gate.Find(octets.data(), end, shards);
  return shards.words[0];
}

TEST_CASE("a word is found wherever it stands in a name") {
  for (const char* name : {"usps.com", "www.usps.com", "xusps.com", "uspsx.com", "a.com.usps"}) {
    INFO(name);
    CHECK(ShardsIn({"usps"}, name) == 1);
  }
}

TEST_CASE("a name without any of the words has no shard") {
  for (const char* name : {"example.com", "usp.s.com", "us-ps.com", "psus.com", "."}) {
    INFO(name);
    CHECK(ShardsIn({"usps", "royalmail", "dhl"}, name) == 0);
  }
}

TEST_CASE("every word of a name adds its shards") {
  CHECK(ShardsIn({"usps", "royalmail", "dhl"}, "usps-royalmail.com") == 0b011);
  CHECK(ShardsIn({"usps", "royalmail", "dhl"}, "dhl.usps.com") == 0b101);
}

TEST_CASE("a word of three characters is found at the beginning, in the middle and at the end") {
  for (const char* name : {"dmv.com", "xdmv.com", "a.dmv", "my-dmvx.com"}) {
    INFO(name);
    CHECK(ShardsIn({"dmv"}, name) == 1);
  }
}

TEST_CASE("a word at the beginning of a text is found there, and at the beginning of a label") {
  const std::string word = {compile::kTextStart, 'u', 'k'};
  CHECK(ShardsIn({word}, "uk-post.com") == 1);
  CHECK(ShardsIn({word}, "www.uk-post.com") == 1);
  CHECK(ShardsIn({word}, "duk-post.com") == 0);
}

TEST_CASE("a word at the end of a text is found nowhere else") {
  const std::string word = {'t', 'o', 'p', compile::kTextEnd};
  CHECK(ShardsIn({word}, "example.top") == 1);
  CHECK(ShardsIn({word}, "top.example.com") == 0);
  CHECK(ShardsIn({word}, "example.topx") == 0);
}

TEST_CASE("a word of many shards has them all") {
  std::map<uint64_t, std::set<uint16_t>> grams;
  for (uint16_t shard = 0; shard < 64; ++shard) {
    for (uint64_t gram : compile::GramsOf({"usps"})) grams[gram].insert(shard);
  }
  const compile::GramSections sections = SectionsOf(grams);
  const match::PatternGate gate(sections.heads, sections.filter, sections.table);
  dns::NameText name;
  NameFrom("usps.com").WriteText(name);
  const std::span<const char> octets = name.Bounded(0);
  match::ShardSet shards{};
  gate.Find(octets.data(), octets.data() + octets.size(), shards);
  CHECK(shards.words[0] == ~uint64_t{0});
}

TEST_CASE("what ends behind the end is not found") {
  std::map<uint64_t, std::set<uint16_t>> grams;
  for (uint64_t gram : compile::GramsOf({"usps", "royalmail"})) grams[gram] = {0};
  const compile::GramSections sections = SectionsOf(grams);
  const match::PatternGate gate(sections.heads, sections.filter, sections.table);
  const std::string text = "xusps.com.royalmail.........";
  auto finds = [&](size_t begin, size_t end) {
    const char* const last = text.data() + end;
    match::ShardSet shards{};
    gate.Find(text.data() + begin, last, shards);
    return shards.words[0] != 0;
  };
  CHECK_FALSE(finds(0, 4));
  CHECK(finds(0, 5));
  CHECK_FALSE(finds(2, 15));  // eight of its nine characters are looked for
  CHECK(finds(2, 19));
}

// --- Patterns dealt out ---

policy::PatternTrigger PatternOf(std::string_view match, bool whole_name = false) {
  policy::PatternTrigger trigger;
  trigger.whole_name = whole_name;
  trigger.expression = *source::TranslatePattern({.match = std::string(match)}, {});
  return trigger;
}

// A word that is seldom another one's part.
std::string Word(Dice& dice) {
  std::string word;
  while (word.size() < 6) word += static_cast<char>('a' + dice.Below(26));
  return word;
}

std::vector<policy::PatternTrigger> ManyPatterns(size_t count) {
  Dice dice(7);
  std::vector<policy::PatternTrigger> patterns;
  for (size_t i = 0; i < count; ++i) patterns.push_back(PatternOf(Word(dice) + "-[a-z]+"));
  return patterns;
}

TEST_CASE("patterns that require nothing come into a shard that is not gated") {
  const compile::ShardPlan plan =
      compile::PlanShards({PatternOf("usps.*"), PatternOf("[a-z]+"), PatternOf("[a-z]+", true)});
  REQUIRE(plan.shards.size() == 3);
  CHECK(plan.shards[plan.shard_of[0]].is_gated == 1);
  CHECK(plan.shards[plan.shard_of[1]].is_gated == 0);
  CHECK(plan.shards[plan.shard_of[2]].is_gated == 0);
  CHECK(plan.shard_of[1] != plan.shard_of[2]);
}

TEST_CASE("patterns that need the same come into one shard") {
  std::vector<policy::PatternTrigger> patterns = ManyPatterns(2000);
  patterns.push_back(PatternOf("uspsxy-[0-9]+"));
  patterns.push_back(PatternOf("uspsxy-[a-z]+"));
  const compile::ShardPlan plan = compile::PlanShards(patterns);
  CHECK(plan.shards.size() > 16);
  CHECK(plan.shard_of[2000] == plan.shard_of[2001]);
}

TEST_CASE("there are never more shards than a set of them can hold") {
  std::vector<policy::PatternTrigger> patterns = ManyPatterns(20'000);
  for (size_t i = 0; i < 10'000; ++i) patterns[i].whole_name = true;
  patterns.push_back(PatternOf("[a-z]+"));
  patterns.push_back(PatternOf("[a-z]+", true));
  CHECK(compile::PlanShards(patterns).shards.size() <= database::kMostShards);
}

TEST_CASE("another pattern changes one shard alone") {
  std::vector<policy::PatternTrigger> patterns = ManyPatterns(1000);
  const compile::ShardPlan before = compile::PlanShards(patterns);
  patterns.push_back(PatternOf("uspsxy-[0-9]+"));
  const compile::ShardPlan after = compile::PlanShards(patterns);
  // The numbers of shards may differ; who is with whom may not.
  std::map<uint16_t, uint16_t> renamed;
  for (size_t i = 0; i < before.shard_of.size(); ++i) {
    const auto [known, is_new] = renamed.try_emplace(before.shard_of[i], after.shard_of[i]);
    CHECK(known->second == after.shard_of[i]);
  }
}

// --- The matcher, with and without ---

// Patterns of all kinds, on words that names in this test are made of.
policy::RuleModel RandomPatterns(uint32_t seed) {
  static constexpr const char* kShapes[] = {
      "%-[a-z]{2,5}",       "[a-z0-9-]*%[a-z0-9-]*", "(my|pay)-?%",       "%[0-9]?",
      "[a-z]+-[a-z]{2,5}",  "(%|other)x*",           "[a-z]{2}%",         "%.(?:co|com)",
      "(.*\\.)?%\\.[a-z]+", "x?%(-[a-z]+)?",         "(?:www\\.)?%\\..*", "[a-z]*"};
  Dice dice(seed);
  policy::RuleModel model;
  model.policies.push_back({.id = "p", .campaign = "p", .file = "p.yaml"});
  for (uint32_t i = 0; i < 40; ++i) {
    std::string match = kShapes[dice.Below(std::size(kShapes) - (i == 0 ? 0 : 1))];
    static constexpr const char* kWords[] = {"usps", "dhl", "toll", "uk", "royalmail", "a"};
    const size_t at = match.find('%');
    if (at != std::string::npos) match.replace(at, 1, kWords[dice.Below(std::size(kWords))]);
    policy::Rule rule;
    rule.id = "r" + std::to_string(i);
    rule.file = "p.yaml";
    rule.line = i + 1;
    rule.pattern = match;
    model.rules.push_back(rule);
    const bool any_suffix = dice.OneIn(3) && match.find('.') == std::string::npos;
    std::vector<std::string> suffixes;
    if (!any_suffix && dice.OneIn(3)) suffixes = {"com", "co.uk"};
    auto expression = source::TranslatePattern(
        {.match = match, .suffixes = suffixes, .any_suffix = any_suffix}, {});
    if (!expression.ok()) expression = source::TranslatePattern({.match = match}, {});
    policy::PatternTrigger trigger;
    trigger.rule = i;
    trigger.whole_name = dice.OneIn(3);
    trigger.expression = *expression;
    model.pattern_triggers.push_back(trigger);
  }
  return model;
}

std::string RandomName(Dice& dice) {
  static constexpr const char* kPieces[] = {"usps", "dhl", "toll", "uk", "royalmail", "a", "x",
                                            "-",    "my",  "pay",  "7",  "other",     "."};
  static constexpr const char* kEnds[] = {".com", ".co.uk", ".top", "", ".github.io"};
  std::string name = "n";
  for (uint32_t i = dice.Below(6); i > 0; --i) {
    const std::string piece = kPieces[dice.Below(std::size(kPieces))];
    if (piece != "." || name.back() != '.') name += piece;
  }
  if (dice.OneIn(2)) name.erase(0, 1);
  while (name.starts_with('.')) name.erase(0, 1);
  while (name.ends_with('.')) name.pop_back();
  if (name.empty()) name = "usps";
  if (dice.OneIn(20)) name.insert(dice.Below(static_cast<uint32_t>(name.size())), "\\.");
  return name + kEnds[dice.Below(std::size(kEnds))];
}

// The first pattern that matches, each tried by itself.
int FirstMatch(const policy::RuleModel& model, const std::vector<database::PatternDatabase>& alone,
               const database::PatternScratch& scratch, const RuleSet& rules,
               const dns::Name& name) {
  const dns::NameParts parts = rules.Parts(name);
  if (!parts.registrable) return -1;
  dns::NameText text;
  name.WriteText(text);
  for (size_t i = 0; i < alone.size(); ++i) {
    const bool whole_name = model.pattern_triggers[i].whole_name;
    const size_t label = whole_name ? 0 : *parts.registrable;
    if (name.Text(label) == "github.io") continue;  // lent out name by name
    bool found = false;
    Scan(
        alone[i], text.From(label), scratch,
        [](unsigned, void* out) noexcept { *static_cast<bool*>(out) = true; }, &found);
    if (found) return static_cast<int>(i);
  }
  return -1;
}

TEST_CASE("behind the gate the same patterns decide as when each is tried on every name") {
  size_t matched = 0;
  for (uint32_t seed = 0; seed < 30; ++seed) {
    const policy::RuleModel model = RandomPatterns(seed);
    const auto rules = Image(DatabaseOf(model, SmallSuffixList(), PatternsOf(model))).Open();
    REQUIRE(rules.ok());
    std::vector<database::PatternDatabase> alone;
    database::PatternScratch scratch;
    for (const policy::PatternTrigger& trigger : model.pattern_triggers) {
      auto database = database::PatternDatabase::Compile({&trigger.expression, 1});
      REQUIRE(database.ok());
      REQUIRE(scratch.Allocate(*database).ok());
      alone.push_back(*std::move(database));
    }
    absl::StatusOr<Scratch> mine = (*rules)->NewScratch();
    Dice dice(seed);
    for (int i = 0; i < 500; ++i) {
      const dns::Name name = NameFrom(RandomName(dice));
      const policy::Match found = (*rules)->Match(name, dns::kTypeA, 50, *mine).decision;
      const int expected = FirstMatch(model, alone, scratch, **rules, name);
      INFO("seed " << seed << ", " << name.Text()
                   << (expected < 0 ? "" : ", " + model.pattern_triggers[expected].expression));
      REQUIRE((found ? static_cast<int>(found.rule) : -1) == expected);
      matched += found ? 1 : 0;
    }
  }
  CHECK(matched > 1000);
}

}  // namespace
}  // namespace tollgate::testing
