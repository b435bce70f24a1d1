// SPDX-License-Identifier: BSD-3-Clause
//
// What the compiler leaves out: the floor, the expired, the duplicates, the subsumed. Every verdict
// stays what it was.

#include "ruleset/compile/admissible.h"

#include <algorithm>
#include <string>
#include <vector>

#include "ruleset/compile/redundant.h"
#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::compile {
namespace {

using policy::Action;
using policy::Mode;
using policy::NameScope;
using test::DayOf;

// A rule model that is put together line by line. Rules are told apart by their ids.
class Model {
 public:
  // A policy of a campaign; "" makes it a plain list's.
  Model& Policy(const std::string& campaign) {
    policy::Policy policy;
    policy.id = campaign.empty() ? "list" : campaign;
    policy.campaign = campaign;
    policy.file = policy.path = policy.id + ".yaml";
    policy.is_feed = campaign.empty();
    if (policy.is_feed) {
      feeds.emplace_back().policy = static_cast<uint32_t>(model_.policies.size());
    }
    model_.policies.push_back(policy);
    return *this;
  }

  Model& MayBlock(const std::string& name) {
    model_.policies.back().terms.may_block.push_back(Stored(name));
    return *this;
  }

  Model& Rule(const std::string& id, Action action = Action::kNxdomain, Mode mode = Mode::kEnforce,
              const std::string& expires = "") {
    policy::Rule rule;
    rule.policy = static_cast<uint32_t>(model_.policies.size() - 1);
    rule.id = id;
    rule.file = model_.policies.back().file;
    rule.answer.action = action;
    rule.mode = mode;
    if (!expires.empty()) rule.expires = DayOf(expires);
    model_.rules.push_back(rule);
    return *this;
  }

  Model& Domain(const std::string& name, const std::string& expires = "") {
    return Add(name, NameScope::kDomain, expires);
  }
  Model& Host(const std::string& name, const std::string& expires = "") {
    return Add(name, NameScope::kHost, expires);
  }
  Model& Pattern() {
    model_.pattern_triggers.push_back({LastRule(), false, "^x$", {}});
    return *this;
  }

  Model& DropRedundant() {
    NameOrder order = OrderNames(model_, NameSeed(model_));
    compile::DropRedundant(model_, order, counts);
    return *this;
  }
  Model& DropExpired(std::string_view today) {
    compile::DropExpired(DayOf(today), model_, counts);
    return *this;
  }
  Model& EnforceFloor() {
    const auto suffixes = source::PublicSuffixList::Load(test::TestSuffixList());
    std::vector<std::string> protected_names;
    for (const std::string& name : never_block) protected_names.push_back(Stored(name));
    compile::EnforceFloor(suffixes.value(), protected_names, model_, faults, feeds);
    return *this;
  }

  // "a/domain x.com, b/host y.com:3": what is left, with rule, scope, name and, where `lines`,
  // line; by rule and name.
  std::string Left(bool lines = false) const {
    std::vector<std::string> left;
    for (const policy::NameTrigger& trigger : model_.name_triggers) {
      std::vector<uint8_t> wire(model_.NameOf(trigger).begin(), model_.NameOf(trigger).end());
      wire.push_back(0);
      left.push_back(model_.rules[trigger.rule].id +
                     (trigger.scope == NameScope::kHost ? "/host " : "/domain ") +
                     dns::Name::FromWire(wire)->Text() +
                     (lines ? ":" + std::to_string(trigger.line) : ""));
    }
    std::sort(left.begin(), left.end());
    std::string out;
    for (const std::string& line : left) out += (out.empty() ? "" : ", ") + line;
    return out;
  }
  size_t patterns() const { return model_.pattern_triggers.size(); }

  std::vector<std::string> never_block;
  CompileCounts counts;
  text::Diagnostics faults;
  std::vector<source::FeedReport> feeds;

 private:
  static std::string Stored(const std::string& name) {
    const dns::Name parsed = test::NameOf(name);
    return {reinterpret_cast<const char*>(parsed.wire().data()), parsed.wire().size() - 1};
  }

  uint32_t LastRule() const { return static_cast<uint32_t>(model_.rules.size() - 1); }

  Model& Add(const std::string& name, NameScope scope, const std::string& expires) {
    model_.AddName(test::NameOf(name), scope, LastRule(), ++line_,
                   expires.empty() ? policy::kNever : DayOf(expires));
    return *this;
  }

  policy::RuleModel model_;
  uint32_t line_ = 0;
};

}  // namespace

TEST_CASE("Floor: names that no rule may touch") {
  const auto [name, reason] = GENERATE(table<std::string, std::string>({
      {".", "the root"},
      {"com", "a top-level domain"},
      {"unlisted", "a top-level domain"},
      {"co.uk", "a public suffix, under which anybody registers names"},
      {"anything.ck", "a public suffix, under which anybody registers names"},
      {"github.io",
       "a public suffix (private section), under which its owner's customers have names"},
      {"arpa", "a part of arpa, which DNS itself needs"},
      {"in-addr.arpa", "a part of arpa, which DNS itself needs"},
      {"1.2.0.192.in-addr.arpa", "a part of arpa, which DNS itself needs"},
      {"ipv4only.arpa", "a part of arpa, which DNS itself needs"},
  }));
  INFO(name);
  Model model;
  model.Policy("c").Rule("a").Domain(name).Domain("evil.com").EnforceFloor();
  CHECK(model.Left() == "a/domain evil.com");
  CHECK(test::AsText(model.faults) == "c.yaml:1: error: '" + name + "' is " + reason +
                                          "; block the names below it that you mean\n");
}

TEST_CASE("Floor: names below a public suffix may be blocked") {
  const std::string name = GENERATE(as<std::string>{}, "evil.com", "evil.co.uk", "evil.github.io",
                                    "www.ck", "evil.anything.ck", "arpa.com", "com.evil.com");
  Model model;
  model.Policy("c").Rule("a").Domain(name).EnforceFloor();
  CHECK(model.Left() == "a/domain " + name);
  CHECK(test::AsText(model.faults).empty());
}

TEST_CASE("Floor: it holds for hosts as for domains") {
  Model model;
  model.Policy("c").Rule("a").Host("github.io").EnforceFloor();
  CHECK(model.Left() == "");
  CHECK(model.faults.error_count() == 1);
}

TEST_CASE("Floor: it holds in shadow mode and for every action but pass") {
  Model model;
  model.Policy("c").Rule("a", Action::kNxdomain, Mode::kShadow).Domain("com");
  model.Rule("b", Action::kDrop).Domain("com").Rule("c", Action::kSinkhole).Domain("com");
  model.EnforceFloor();
  CHECK(model.Left() == "");
  CHECK(model.faults.error_count() == 3);
}

TEST_CASE("Floor: pass may name anything") {
  Model model;
  model.Policy("c").Rule("a", Action::kPass).Domain("com").Domain("arpa").Domain("github.io");
  model.EnforceFloor();
  CHECK(model.Left() == "a/domain arpa, a/domain com, a/domain github.io");
  CHECK(test::AsText(model.faults).empty());
}

TEST_CASE("Floor: in a feed such a line is rejected, with its reason, and the rest stays") {
  Model model;
  model.Policy("").Rule("a").Domain("evil.com").Domain("com").EnforceFloor();
  CHECK(model.Left() == "a/domain evil.com");
  CHECK(test::AsText(model.faults).empty());
  REQUIRE(model.feeds[0].notes.size() == 1);
  CHECK(model.feeds[0].notes[0].fate == source::LineFate::kRejected);
  CHECK(model.feeds[0].notes[0].reason == "a top-level domain");
  CHECK(model.feeds[0].notes[0].first.line == 2);
  CHECK(model.feeds[0].notes[0].first.text == "com");
}

TEST_CASE("Floor: a policy may be given the right to block a name, by that name") {
  Model model;
  model.Policy("c").Rule("a").MayBlock("zip").Domain("zip").Domain("com").EnforceFloor();
  CHECK(model.Left() == "a/domain zip");
  CHECK(model.faults.error_count() == 1);
}

TEST_CASE("Floor: what the site never blocks is refused, and so is what is below and above it") {
  Model model;
  model.never_block = {"bank.example.com"};
  model.Policy("").Rule("a").Domain("bank.example.com").Host("www.bank.example.com");
  model.Domain("example.com").Host("example.com").Domain("evil.example.com").EnforceFloor();
  // The host alone takes nothing from the names below it.
  CHECK(model.Left() == "a/domain evil.example.com, a/host example.com");
  REQUIRE(model.feeds[0].notes.size() == 2);
  CHECK(model.feeds[0].notes[0].reason == "a name that this site never blocks");
  CHECK(model.feeds[0].notes[0].count == 2);
  CHECK(model.feeds[0].notes[1].reason == "above a name that this site never blocks");
}

TEST_CASE("Expired: the last day itself still counts") {
  Model model;
  model.Policy("c").Rule("a").Domain("last.com", "2025-06-01").Domain("past.com", "2025-05-31");
  model.Domain("never.com").DropExpired("2025-06-01");
  CHECK(model.Left() == "a/domain last.com, a/domain never.com");
  CHECK(model.counts.expired == 1);
}

TEST_CASE("Expired: a rule takes its names and patterns with it") {
  Model model;
  model.Policy("c").Rule("old", Action::kNxdomain, Mode::kEnforce, "2025-05-31");
  model.Domain("a.com").Pattern().Rule("new").Domain("b.com").Pattern().DropExpired("2025-06-01");
  CHECK(model.Left() == "new/domain b.com");
  CHECK(model.patterns() == 1);
  CHECK(model.counts.expired == 2);
}

TEST_CASE("Expired: an indicator may end before its rule") {
  Model model;
  model.Policy("c").Rule("a", Action::kNxdomain, Mode::kEnforce, "2025-12-31");
  model.Domain("a.com", "2025-05-31").Domain("b.com").DropExpired("2025-06-01");
  CHECK(model.Left() == "a/domain b.com");
}

TEST_CASE("Duplicates: the same name with the same scope in one policy stays once, the first") {
  Model model;
  model.Policy("c").Rule("a").Domain("x.com").Domain("y.com").Domain("X.com").DropRedundant();
  CHECK(model.Left(true) == "a/domain x.com:1, a/domain y.com:2");
  CHECK(model.counts.duplicates == 1);
  CHECK(model.counts.subsumed == 0);
}

TEST_CASE("Duplicates: of two the one that lives longer stays") {
  Model model;
  model.Policy("c").Rule("a").Domain("x.com", "2025-07-01").Domain("x.com", "2025-08-01");
  model.Domain("y.com", "2025-07-01").Domain("y.com").DropRedundant();
  CHECK(model.Left(true) == "a/domain x.com:2, a/domain y.com:4");
  CHECK(model.counts.duplicates == 2);
}

TEST_CASE("Duplicates: the same name in another policy stays") {
  Model model;
  model.Policy("c").Rule("a").Domain("x.com").Policy("d").Rule("b").Domain("x.com").DropRedundant();
  CHECK(model.Left() == "a/domain x.com, b/domain x.com");
  CHECK(model.counts.duplicates == 0);
}

TEST_CASE("Subsumed: a domain below another that does the same") {
  Model model;
  model.Policy("c").Rule("a").Domain("x.com").Domain("b.x.com").Domain("c.b.x.com").DropRedundant();
  CHECK(model.Left() == "a/domain x.com");
  CHECK(model.counts.subsumed == 2);
}

TEST_CASE("Subsumed: a host at or below a domain that does the same") {
  Model model;
  model.Policy("c").Rule("h").Host("x.com").Host("www.x.com").Rule("d").Domain("x.com");
  model.DropRedundant();
  CHECK(model.Left() == "d/domain x.com");
  CHECK(model.counts.subsumed == 2);
}

TEST_CASE("Subsumed: nothing below a host") {
  Model model;
  model.Policy("c").Rule("h").Host("x.com").Host("www.x.com").Rule("d").Domain("www.x.com");
  model.DropRedundant();
  CHECK(model.Left() == "d/domain www.x.com, h/host x.com");
}

TEST_CASE("Subsumed: not where names only look alike") {
  Model model;
  model.Policy("c").Rule("a").Domain("x.com").Domain("yx.com").Domain("x.com.net").DropRedundant();
  CHECK(model.Left() == "a/domain x.com, a/domain x.com.net, a/domain yx.com");
}

TEST_CASE("Subsumed: not by another policy") {
  Model model;
  model.Policy("c")
      .Rule("a")
      .Domain("x.com")
      .Policy("d")
      .Rule("b")
      .Domain("b.x.com")
      .DropRedundant();
  CHECK(model.Left() == "a/domain x.com, b/domain b.x.com");
}

TEST_CASE("Subsumed: not by a domain with another action") {
  Model model;
  model.Policy("c").Rule("a").Domain("x.com").Rule("b", Action::kDrop).Domain("b.x.com");
  model.DropRedundant();
  CHECK(model.Left() == "a/domain x.com, b/domain b.x.com");
}

TEST_CASE("Subsumed: not where the nearest enclosing domain has another action") {
  // Without c.b.x.com, b.x.com would pass it.
  Model model;
  model.Policy("c").Rule("a").Domain("x.com").Domain("c.b.x.com");
  model.Rule("p", Action::kPass).Domain("b.x.com").DropRedundant();
  CHECK(model.Left() == "a/domain c.b.x.com, a/domain x.com, p/domain b.x.com");
}

TEST_CASE("Subsumed: not by a domain in shadow mode, nor the other way round") {
  Model model;
  model.Policy("c").Rule("e").Domain("b.x.com").Domain("y.com");
  model.Rule("s", Action::kNxdomain, Mode::kShadow).Domain("x.com").Domain("b.y.com");
  model.DropRedundant();
  CHECK(model.Left() == "e/domain b.x.com, e/domain y.com, s/domain b.y.com, s/domain x.com");
}

TEST_CASE("Subsumed: not by a domain that ends earlier") {
  Model model;
  model.Policy("c").Rule("a").Domain("x.com", "2025-07-01").Domain("b.x.com");
  model.Domain("c.x.com", "2025-07-02").Domain("d.x.com", "2025-07-01").DropRedundant();
  CHECK(model.Left() == "a/domain b.x.com, a/domain c.x.com, a/domain x.com");
}

TEST_CASE("Subsumed: not past a nearest enclosing domain that ends earlier") {
  // b.x.com ends first, but until then it decides on c.b.x.com, and after that x.com does:
  // c.b.x.com could go. It is kept, which costs an entry and changes no verdict.
  Model model;
  model.Policy("c").Rule("a").Domain("x.com").Domain("b.x.com", "2025-07-01").Domain("c.b.x.com");
  model.DropRedundant();
  CHECK(model.Left() == "a/domain c.b.x.com, a/domain x.com");
}

TEST_CASE("Subsumed: the last day of a rule counts like an indicator's") {
  Model model;
  model.Policy("c").Rule("d", Action::kNxdomain, Mode::kEnforce, "2025-07-01").Domain("x.com");
  model.Rule("e").Domain("b.x.com").DropRedundant();
  CHECK(model.Left() == "d/domain x.com, e/domain b.x.com");
}

TEST_CASE("The compiler counts what it leaves out") {
  test::Compiled rules({{"tollgate.yaml", "policies: [block.yaml, feed.txt]"},
                        {"block.yaml", R"(
                            id: block
                            hosts: [www.x.com]
                            domains:
                              - x.com
                              - b.x.com
                              - X.com
                              - name: past.com
                                expires: 2025-05-31
                            patterns:
                              - id: p
                                meaning: m
                                match: 'evil-[a-z]+'
                                suffixes: any)"},
                        {"feed.txt", R"(
                            evil.com
                            com
                            192.0.2.1)"}});
  REQUIRE(rules.ok());
  const CompileCounts& counts = rules.counts();
  CHECK(counts.policies == 2);
  CHECK(counts.names == 2);
  CHECK(counts.patterns == 1);
  CHECK(counts.duplicates == 1);
  CHECK(counts.subsumed == 2);
  CHECK(counts.expired == 1);
  CHECK(counts.rejected == 2);
  CHECK(rules.Faults() ==
        "feed.txt:2: warning: 1 line rejected: a top-level domain: 'com'\n"
        "feed.txt:3: warning: 1 line rejected: an IP address, and names are wanted here: "
        "'192.0.2.1'\n");
}

}  // namespace tollgate::compile
