// SPDX-License-Identifier: BSD-3-Clause
//
// What each policy has that no other has.

#include "ruleset/compile/overlap.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "ruleset/compile/redundant.h"
#include "ruleset/dns/type.h"
#include "tests/match/database_image.h"
#include "tests/match/random_model.h"
#include "tests/support/catch.h"

namespace tollgate::compile {
namespace {

using policy::Action;
using policy::Mode;
using policy::NameScope;

// "unique 1, shared 2": the classes of a policy's names that are not empty.
std::string Text(const PolicyOverlap& policy) {
  std::string text;
  auto add = [&](const char* what, uint64_t count) {
    if (count > 0) text += (text.empty() ? "" : ", ") + (what + (" " + std::to_string(count)));
  };
  add("unique", policy.unique);
  add("partly", policy.partly);
  add("shared", policy.shared);
  add("covered", policy.covered);
  add("passes", policy.passes);
  CHECK(policy.names == policy.unique + policy.partly + policy.shared + policy.covered);
  return text;
}

Overlap Measure(policy::RuleModel& model, bool redundant_too = false) {
  NameOrder order = OrderNames(model, NameSeed(model));
  CompileCounts counts;
  if (!redundant_too) DropRedundant(model, order, counts);
  return MeasureOverlap(model, order);
}

// Rules that are put together one by one, each with its names.
class Rules {
 public:
  Rules& Policy(bool is_zone = false) {
    model_.policies.push_back({});
    is_zone_ = is_zone;
    return Rule();
  }
  Rules& Rule(Action action = Action::kNxdomain, Mode mode = Mode::kEnforce,
              policy::QtypeSet qtypes = {}) {
    policy::Rule& rule = model_.rules.emplace_back();
    rule.policy = static_cast<uint32_t>(model_.policies.size() - 1);
    rule.answer.action = action;
    rule.mode = mode;
    rule.qtypes = qtypes;
    rule.is_zone = is_zone_;
    return *this;
  }
  Rules& Marker(const std::string& name) {
    Rule().model_.rules.back().is_marker = true;
    return Host(name);
  }
  Rules& Host(const std::string& name) { return Add(name, NameScope::kHost); }
  Rules& Domain(const std::string& name) { return Add(name, NameScope::kDomain); }
  Rules& Below(const std::string& name) { return Add(name, NameScope::kBelow); }

  // One text for each policy.
  std::vector<std::string> Classes() {
    std::vector<std::string> classes;
    for (const PolicyOverlap& policy : Measure(model_).policies) classes.push_back(Text(policy));
    return classes;
  }
  Overlap Whole() { return Measure(model_); }

 private:
  Rules& Add(const std::string& name, NameScope scope) {
    const auto rule = static_cast<uint32_t>(model_.rules.size() - 1);
    model_.AddName(testing::NameFrom(name), scope, rule, ++line_, policy::kNever);
    return *this;
  }

  policy::RuleModel model_;
  uint32_t line_ = 0;
  bool is_zone_ = false;
};

using Texts = std::vector<std::string>;

TEST_CASE("overlap: what one policy alone has is unique") {
  CHECK(Rules().Policy().Domain("a.com").Domain("b.com").Policy().Domain("c.com").Classes() ==
        Texts{"unique 2", "unique 1"});
}

TEST_CASE("overlap: the very name with as much of it is shared") {
  CHECK(Rules().Policy().Domain("a.com").Policy().Domain("a.com").Classes() ==
        Texts{"shared 1", "shared 1"});
}

TEST_CASE("overlap: a name below another's domain is covered, the domain is unique") {
  CHECK(Rules().Policy().Domain("x.a.com").Policy().Domain("a.com").Classes() ==
        Texts{"covered 1", "unique 1"});
}

TEST_CASE("overlap: nothing below another's host is covered") {
  CHECK(Rules().Policy().Domain("x.a.com").Policy().Host("a.com").Classes() ==
        Texts{"unique 1", "unique 1"});
}

TEST_CASE("overlap: a domain of which others have the host alone is partly held") {
  CHECK(Rules().Policy().Domain("a.com").Policy().Host("a.com").Classes() ==
        Texts{"partly 1", "shared 1"});
}

TEST_CASE("overlap: others may hold a name together") {
  CHECK(Rules().Policy().Domain("a.com").Policy().Host("a.com").Policy().Below("a.com").Classes() ==
        Texts{"shared 1", "shared 1", "shared 1"});
}

TEST_CASE("overlap: what others have in shadow mode is partly held, not the other way round") {
  CHECK(Rules()
            .Policy()
            .Domain("a.com")
            .Policy()
            .Rule(Action::kNxdomain, Mode::kShadow)
            .Domain("a.com")
            .Classes() == Texts{"partly 1", "shared 1"});
}

TEST_CASE("overlap: what others have for some types is partly held, not the other way round") {
  CHECK(Rules()
            .Policy()
            .Domain("a.com")
            .Policy()
            .Rule(Action::kNodata, Mode::kEnforce, {.types = {dns::kTypeAaaa}, .except = false})
            .Domain("a.com")
            .Classes() == Texts{"partly 1", "shared 1"});
}

TEST_CASE("overlap: rules about different types have nothing in common") {
  CHECK(Rules()
            .Policy()
            .Rule(Action::kNodata, Mode::kEnforce, {.types = {dns::kTypeA}, .except = false})
            .Domain("a.com")
            .Policy()
            .Rule(Action::kNodata, Mode::kEnforce, {.types = {dns::kTypeA}, .except = true})
            .Domain("a.com")
            .Classes() == Texts{"unique 1", "unique 1"});
}

TEST_CASE("overlap: different answers block all the same") {
  CHECK(Rules().Policy().Domain("a.com").Policy().Rule(Action::kDrop).Domain("a.com").Classes() ==
        Texts{"shared 1", "shared 1"});
}

TEST_CASE("overlap: what a policy passes is counted apart and holds nothing") {
  CHECK(Rules()
            .Policy()
            .Rule(Action::kPass)
            .Domain("a.com")
            .Host("x.b.com")
            .Policy()
            .Domain("a.com")
            .Classes() == Texts{"passes 2", "unique 1"});
}

TEST_CASE("overlap: a zone's wildcard ends where the zone has a name") {
  CHECK(Rules().Policy(true).Below("a.com").Policy().Domain("x.b.a.com").Classes() ==
        Texts{"unique 1", "covered 1"});
  CHECK(Rules()
            .Policy(true)
            .Below("a.com")
            .Marker("b.a.com")
            .Policy()
            .Domain("x.b.a.com")
            .Classes() == Texts{"unique 1", "unique 1"});
}

TEST_CASE("overlap: pairs say who holds how much of whom") {
  const Overlap overlap = Rules()
                              .Policy()
                              .Domain("a.com")
                              .Domain("x.b.com")
                              .Domain("c.com")
                              .Policy()
                              .Domain("a.com")
                              .Domain("b.com")
                              .Whole();
  CHECK(overlap.names == 4);
  CHECK(overlap.policies[0].lost_without() == 1);
  CHECK(overlap.policies[0].others[1].shared == 1);
  CHECK(overlap.policies[0].others[1].covered == 1);
  CHECK(overlap.policies[1].others[0].shared == 1);
  CHECK(overlap.policies[1].others[0].covered == 0);
  CHECK(overlap.policies[0].others[0].shared == 0);
}

TEST_CASE("overlap: names are counted once on all threads together") {
  // Enough for several threads, each name three times, so that parts begin in the midst of names.
  constexpr uint64_t kNames = 100000;
  Rules rules;
  for (int policy = 0; policy < 3; ++policy) {
    rules.Policy();
    for (uint64_t i = 0; i < kNames; ++i) rules.Domain("n" + std::to_string(i) + ".com");
  }
  rules.Domain("own.com");
  const Overlap overlap = rules.Whole();
  CHECK(overlap.names == kNames + 1);
  CHECK(Text(overlap.policies[0]) == "shared 100000");
  CHECK(Text(overlap.policies[2]) == "unique 1, shared 100000");
  CHECK(overlap.policies[0].others[2].shared == kNames);
}

// The slow and obvious comparison: sets of queries that a policy blocks, by scanning all triggers.
class Scan {
 public:
  explicit Scan(const policy::RuleModel& model) : model_(model) {}

  // Of the queries about `name` and about a name below it that nobody lists: those that `policy`
  // blocks, by the triggers of that very name, and with `above` by those of domains above it.
  using Queries = std::set<std::tuple<std::string, uint16_t, Mode>>;
  Queries Blocked(uint32_t policy, const dns::Name& name, bool above) const {
    Queries blocked;
    const dns::Name below = testing::NameFrom("unlisted." + name.Text());
    for (const policy::NameTrigger& trigger : model_.name_triggers) {
      const policy::Rule& rule = model_.rules[trigger.rule];
      const dns::Name owner = *dns::Name::FromStored(model_.NameOf(trigger));
      if (rule.policy != policy || rule.is_marker || rule.answer.action == Action::kPass) continue;
      if (!above && owner.Text() != name.Text()) continue;
      for (const dns::Name& qname : {name, below}) {
        if (!Reaches(trigger, owner, qname)) continue;
        for (uint16_t type : {dns::kTypeA, dns::kTypeAaaa}) {
          if (!IsAbout(rule.qtypes, type)) continue;
          blocked.emplace(qname.Text(), type, Mode::kShadow);
          if (rule.mode == Mode::kEnforce) blocked.emplace(qname.Text(), type, Mode::kEnforce);
        }
      }
    }
    return blocked;
  }

 private:
  static bool IsAbout(const policy::QtypeSet& qtypes, uint16_t type) {
    const bool named = std::count(qtypes.types.begin(), qtypes.types.end(), type) > 0;
    return qtypes.types.empty() || named != qtypes.except;
  }

  static bool IsBelow(const std::string& name, const std::string& owner) {
    return name.ends_with("." + owner);
  }

  bool Reaches(const policy::NameTrigger& trigger, const dns::Name& owner,
               const dns::Name& qname) const {
    if (owner.Text() == qname.Text()) return trigger.scope != NameScope::kBelow;
    if (trigger.scope == NameScope::kHost || !IsBelow(qname.Text(), owner.Text())) return false;
    const policy::Rule& rule = model_.rules[trigger.rule];
    if (!rule.is_zone) return true;
    for (const policy::NameTrigger& other : model_.name_triggers) {
      if (model_.rules[other.rule].policy != rule.policy) continue;
      const std::string between = dns::Name::FromStored(model_.NameOf(other))->Text();
      const bool stops = between == qname.Text() || IsBelow(qname.Text(), between);
      if (stops && IsBelow(between, owner.Text())) return false;
    }
    return true;
  }

  const policy::RuleModel& model_;
};

bool Holds(const Scan::Queries& theirs, const Scan::Queries& mine) {
  return std::includes(theirs.begin(), theirs.end(), mine.begin(), mine.end());
}

Overlap SlowOverlap(const policy::RuleModel& model) {
  const Scan scan(model);
  Overlap overlap;
  overlap.policies.resize(model.policies.size());
  for (PolicyOverlap& policy : overlap.policies) policy.others.resize(model.policies.size());
  std::set<std::string> names;
  for (const policy::NameTrigger& trigger : model.name_triggers) {
    names.insert(dns::Name::FromStored(model.NameOf(trigger))->Text());
  }
  for (const std::string& text : names) {
    const dns::Name name = testing::NameFrom(text);
    bool blocked = false;
    for (uint32_t p = 0; p < model.policies.size(); ++p) {
      PolicyOverlap& policy = overlap.policies[p];
      for (const policy::NameTrigger& trigger : model.name_triggers) {
        const policy::Rule& rule = model.rules[trigger.rule];
        if (rule.policy != p || rule.is_marker || rule.answer.action != Action::kPass) continue;
        if (dns::Name::FromStored(model.NameOf(trigger))->Text() != text) continue;
        ++policy.passes;
        break;
      }
      const Scan::Queries mine = scan.Blocked(p, name, false);
      if (mine.empty()) continue;
      blocked = true;
      Scan::Queries exact, any;
      for (uint32_t q = 0; q < model.policies.size(); ++q) {
        if (q == p) continue;
        const Scan::Queries theirs = scan.Blocked(q, name, false);
        const Scan::Queries all = scan.Blocked(q, name, true);
        if (Holds(theirs, mine)) {
          ++policy.others[q].shared;
        } else if (Holds(all, mine)) {
          ++policy.others[q].covered;
        } else if (std::any_of(mine.begin(), mine.end(),
                               [&](const auto& query) { return all.contains(query); })) {
          ++policy.others[q].partly;
        }
        exact.insert(theirs.begin(), theirs.end());
        any.insert(all.begin(), all.end());
      }
      bool some = false;
      bool enforced = false;
      for (const auto& query : mine) {
        some |= any.contains(query);
        enforced |= std::get<Mode>(query) == Mode::kEnforce;
      }
      ++policy.names;
      policy.shadow += !enforced;
      ++(Holds(exact, mine) ? policy.shared
         : Holds(any, mine) ? policy.covered
         : some             ? policy.partly
                            : policy.unique);
    }
    overlap.names += blocked;
  }
  return overlap;
}

TEST_CASE("overlap: it agrees with the slow and obvious comparison on random rules") {
  std::map<std::string, uint64_t> seen;
  for (uint32_t seed = 1; seed <= 400; ++seed) {
    policy::RuleModel model = testing::RandomModel(seed);
    const Overlap overlap = Measure(model, /*redundant_too=*/seed % 2 == 0);
    const Overlap slow = SlowOverlap(model);
    INFO("seed " << seed << "\n" << testing::Describe(model));
    REQUIRE(overlap.names == slow.names);
    for (size_t p = 0; p < model.policies.size(); ++p) {
      const PolicyOverlap& policy = overlap.policies[p];
      INFO("policy " << p);
      REQUIRE(Text(policy) == Text(slow.policies[p]));
      REQUIRE(policy.shadow == slow.policies[p].shadow);
      for (size_t q = 0; q < model.policies.size(); ++q) {
        REQUIRE(policy.others[q].shared == slow.policies[p].others[q].shared);
        REQUIRE(policy.others[q].covered == slow.policies[p].others[q].covered);
        REQUIRE(policy.others[q].partly == slow.policies[p].others[q].partly);
      }
      seen["unique"] += policy.unique;
      seen["partly"] += policy.partly;
      seen["shared"] += policy.shared;
      seen["covered"] += policy.covered;
      seen["passes"] += policy.passes;
    }
  }
  // Every class came up often.
  for (const auto& [what, count] : seen) {
    INFO(what);
    CHECK(count > 200);
  }
}

}  // namespace
}  // namespace tollgate::compile
