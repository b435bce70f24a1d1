// SPDX-License-Identifier: BSD-3-Clause
//
// Rules about answers, name servers and clients, and rules that ask for several things at once: one
// fact each. answer_agreement_test.cc has the rest.

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ruleset/dns/type.h"
#include "ruleset/ruleset.h"
#include "tests/match/database_image.h"
#include "tests/support/catch.h"

namespace tollgate::testing {
namespace {

using policy::Action;
using policy::Mode;
using policy::NameScope;
using policy::Subject;

constexpr policy::Day kToday = 15;

// Rules that are written down one by one, and asked. A rule is named by its number.
class Rules {
 public:
  uint32_t Add(policy::Rule rule) {
    if (rule.policy >= model_.policies.size()) model_.policies.resize(rule.policy + 1);
    model_.rules.push_back(std::move(rule));
    return static_cast<uint32_t>(model_.rules.size() - 1);
  }
  uint32_t Prefix(const char* prefix, policy::Rule rule, policy::Day expires = policy::kNever) {
    if (rule.subject == Subject::kQname) rule.subject = Subject::kAddress;
    const uint32_t number = Add(std::move(rule));
    model_.prefix_triggers.push_back({number, 1, expires, *dns::Prefix::Parse(prefix)});
    return number;
  }
  uint32_t Name(const char* name, policy::Rule rule, NameScope scope = NameScope::kDomain) {
    const uint32_t number = Add(std::move(rule));
    model_.AddName(NameFrom(name), scope, number, 1, policy::kNever);
    return number;
  }
  uint32_t Server(const char* name, policy::Rule rule, NameScope scope = NameScope::kDomain) {
    rule.subject = Subject::kNameServer;
    return Name(name, std::move(rule), scope);
  }
  uint32_t Group(const char* prefix) {
    model_.groups.push_back({"group", {*dns::Prefix::Parse(prefix)}});
    return static_cast<uint32_t>(model_.groups.size() - 1);
  }
  uint32_t Tag(const char* tag) {
    model_.groups.push_back({"tag:" + std::string(tag), {}});
    return static_cast<uint32_t>(model_.groups.size() - 1);
  }
  void For(uint32_t policy, uint32_t group) { model_.policies[policy].clients = {group}; }

  struct Answer {
    const char* client = "";
    uint64_t tags = 0;
    std::vector<const char*> targets = {};
    std::vector<const char*> addresses = {};
    std::vector<const char*> servers = {};
    std::vector<const char*> server_addresses = {};
  };

  policy::Verdict Judge(const char* name, const Answer& answer, uint16_t qtype = dns::kTypeA) {
    Open();
    const std::vector<uint8_t> client = Octets(answer.client);
    set_->BeginAnswer(NameFrom(name), qtype, kToday, *scratch_, {}, {client, answer.tags});
    for (const char* text : answer.targets) set_->AddTarget(NameFrom(text), *scratch_);
    for (const char* text : answer.addresses) set_->AddAddress(Octets(text), *scratch_);
    for (const char* text : answer.servers) set_->AddNameServer(NameFrom(text), *scratch_);
    for (const char* text : answer.server_addresses) {
      set_->AddNameServerAddress(Octets(text), *scratch_);
    }
    return set_->AnswerVerdict(*scratch_);
  }
  // The number of the rule that decides, "none", and with it the one in shadow mode: "2, shadow 1".
  std::string Ask(const char* name, const Answer& answer, uint16_t qtype = dns::kTypeA) {
    const policy::Verdict verdict = Judge(name, answer, qtype);
    std::string text = verdict.decision ? std::to_string(verdict.decision.rule) : "none";
    if (verdict.shadow) text += ", shadow " + std::to_string(verdict.shadow.rule);
    return text;
  }
  policy::Verdict Match(const char* name, const char* client = "") {
    Open();
    return set_->Match(NameFrom(name), dns::kTypeA, kToday, *scratch_, {}, Octets(client));
  }
  policy::Evidence Evidence() {
    Open();
    return set_->evidence();
  }
  std::vector<std::string_view> Tags() {
    Open();
    return set_->tags();
  }

 private:
  static std::vector<uint8_t> Octets(std::string_view text) {
    if (text.empty()) return {};
    const dns::Prefix prefix = *dns::Prefix::Parse(text);
    return {prefix.address.begin(), prefix.address.begin() + static_cast<long>(prefix.octets())};
  }
  void Open() {
    if (set_ != nullptr) return;
    auto rules = Image(DatabaseOf(model_, SmallSuffixList(), PatternsOf(model_))).Open();
    if (!rules.ok()) throw std::runtime_error(rules.status().ToString());
    set_ = *std::move(rules);
    scratch_.emplace(*set_->NewScratch());
  }

  policy::RuleModel model_;
  std::unique_ptr<const RuleSet> set_;
  std::optional<Scratch> scratch_;
};

TEST_CASE("an address in a listed prefix decides") {
  Rules rules;
  rules.Prefix("198.51.100.0/24", {});
  CHECK(rules.Ask("a.com", {.addresses = {"198.51.100.7"}}) == "0");
  CHECK(rules.Ask("a.com", {.addresses = {"198.51.101.7"}}) == "none");
  CHECK(rules.Ask("a.com", {.addresses = {"203.0.113.1", "198.51.100.7"}}) == "0");
}

TEST_CASE("an IPv6 address in a listed prefix decides") {
  Rules rules;
  rules.Prefix("2001:db8::/33", {});
  CHECK(rules.Ask("a.com", {.addresses = {"2001:db8::1"}}, dns::kTypeAaaa) == "0");
  CHECK(rules.Ask("a.com", {.addresses = {"2001:db8:8000::1"}}, dns::kTypeAaaa) == "none");
}

TEST_CASE("inside a policy the longest prefix decides, whichever address has it") {
  Rules rules;
  rules.Prefix("198.51.100.0/24", {});
  rules.Prefix("198.51.100.7", {.answer = {.action = Action::kPass}});
  CHECK(rules.Ask("a.com", {.addresses = {"198.51.100.7"}}) == "1");
  CHECK(rules.Ask("a.com", {.addresses = {"198.51.100.8", "198.51.100.7"}}) == "1");
  CHECK(rules.Ask("a.com", {.addresses = {"198.51.100.8"}}) == "0");
}

TEST_CASE("of two prefixes of one length, the one with the smaller address decides") {
  Rules rules;
  rules.Prefix("203.0.113.0/24", {});
  rules.Prefix("198.51.100.0/24", {});
  CHECK(rules.Ask("a.com", {.addresses = {"203.0.113.1", "198.51.100.1"}}) == "1");
  CHECK(rules.Ask("a.com", {.addresses = {"198.51.100.1", "203.0.113.1"}}) == "1");
}

TEST_CASE("the earlier policy decides, whatever is more specific in a later one") {
  Rules rules;
  rules.Server("evil.com", {.policy = 0});
  rules.Prefix("198.51.100.7", {.policy = 1});
  CHECK(rules.Ask("a.com", {.addresses = {"198.51.100.7"}, .servers = {"ns.evil.com"}}) == "0");
}

TEST_CASE(
    "inside a policy addresses decide before name servers, and these before their addresses") {
  Rules rules;
  rules.Prefix("203.0.113.1", {.subject = Subject::kNameServerAddress});
  rules.Server("ns.evil.com", {});
  rules.Prefix("198.51.100.0/24", {});
  const Rules::Answer all = {.addresses = {"198.51.100.7"},
                             .servers = {"ns.evil.com"},
                             .server_addresses = {"203.0.113.1"}};
  CHECK(rules.Ask("a.com", all) == "2");
  CHECK(rules.Ask("a.com", {.servers = {"ns.evil.com"}, .server_addresses = {"203.0.113.1"}}) ==
        "1");
  CHECK(rules.Ask("a.com", {.server_addresses = {"203.0.113.1"}}) == "0");
}

TEST_CASE("addresses of answers and of name servers are told apart") {
  Rules rules;
  rules.Prefix("198.51.100.0/24", {});
  rules.Prefix("203.0.113.0/24", {.subject = Subject::kNameServerAddress});
  CHECK(rules.Ask("a.com", {.addresses = {"203.0.113.1"}}) == "none");
  CHECK(rules.Ask("a.com", {.server_addresses = {"198.51.100.1"}}) == "none");
}

TEST_CASE("a name server's name is no name that is asked for, and the other way round") {
  Rules rules;
  rules.Server("evil.com", {});
  rules.Name("bad.com", {});
  CHECK(rules.Ask("ns.evil.com", {}) == "none");
  CHECK(rules.Ask("a.com", {.targets = {"ns.evil.com"}}) == "none");
  CHECK(rules.Ask("a.com", {.servers = {"ns.bad.com"}}) == "none");
}

TEST_CASE("of name servers the longest name decides, and a name before what is below it") {
  Rules rules;
  rules.Server("evil.com", {});
  rules.Server("a.b.evil.com", {.answer = {.action = Action::kPass}}, NameScope::kBelow);
  rules.Server("b.evil.com", {}, NameScope::kHost);
  CHECK(rules.Ask("x.com", {.servers = {"evil.com", "b.evil.com"}}) == "2");
  CHECK(rules.Ask("x.com", {.servers = {"b.evil.com", "ns.a.b.evil.com"}}) == "1");
  CHECK(rules.Ask("x.com", {.servers = {"a.b.evil.com"}}) == "0");
}

TEST_CASE("a wildcard of a policy zone on name servers stops at names that the zone has for them") {
  Rules rules;
  rules.Server("evil.com", {.is_zone = true}, NameScope::kBelow);
  rules.Server("ok.evil.com", {.is_zone = true, .is_marker = true}, NameScope::kHost);
  rules.Name("bad.evil.com", {.is_zone = true, .is_marker = true}, NameScope::kHost);
  CHECK(rules.Ask("x.com", {.servers = {"ns.evil.com"}}) == "0");
  CHECK(rules.Ask("x.com", {.servers = {"ns.ok.evil.com"}}) == "none");
  CHECK(rules.Ask("x.com", {.servers = {"ns.bad.evil.com"}}) == "0");
}

TEST_CASE("what is asked decides before the answer, also where it passes") {
  Rules rules;
  rules.Prefix("198.51.100.0/24", {.policy = 0});
  rules.Name("good.com", {.policy = 1, .answer = {.action = Action::kPass}});
  CHECK(rules.Ask("good.com", {.addresses = {"198.51.100.7"}}) == "1");
}

TEST_CASE("a pass for the name that was asked wins over a block of a target") {
  Rules rules;
  rules.Name("evil.com", {.policy = 0});
  rules.Name("good.com", {.policy = 1, .answer = {.action = Action::kPass}});
  CHECK(rules.Ask("good.com", {.targets = {"evil.com"}}) == "1");
  CHECK(rules.Ask("a.com", {.targets = {"good.com", "evil.com"}}) == "1");
  CHECK(rules.Ask("a.com", {.targets = {"evil.com", "good.com"}}) == "0");
}

TEST_CASE("a match says which target it was") {
  Rules rules;
  rules.Name("evil.com", {});
  const policy::Match match = rules.Judge("a.com", {.targets = {"b.com", "x.evil.com"}}).decision;
  CHECK(match.stage == 2);
  CHECK(match.owner_label == 0);
}

TEST_CASE("a rule past its last day, or about other types, says nothing about answers") {
  Rules rules;
  rules.Prefix("198.51.100.0/24", {}, kToday - 1);
  rules.Prefix("203.0.113.0/24", {}, kToday);
  rules.Prefix("192.0.2.0/24", {.qtypes = {.types = {dns::kTypeAaaa}}});
  CHECK(rules.Ask("a.com", {.addresses = {"198.51.100.7"}}) == "none");
  CHECK(rules.Ask("a.com", {.addresses = {"203.0.113.7"}}) == "1");
  CHECK(rules.Ask("a.com", {.addresses = {"192.0.2.7"}}) == "none");
}

TEST_CASE("a rule in shadow mode would decide, and the next one does, in the answer too") {
  Rules rules;
  rules.Prefix("198.51.100.0/24", {.policy = 0, .mode = Mode::kShadow});
  rules.Server("evil.com", {.policy = 1});
  rules.Prefix("198.51.100.0/24", {.policy = 2, .mode = Mode::kShadow});
  CHECK(rules.Ask("a.com", {.addresses = {"198.51.100.7"}, .servers = {"evil.com"}}) ==
        "1, shadow 0");
}

// --- Several things at once

TEST_CASE("a rule with parts matches where all of them do") {
  Rules rules;
  const uint32_t whole = rules.Add({});
  rules.Name("top", {.part_of = whole});
  rules.Prefix("198.51.100.0/24", {.part_of = whole});
  CHECK(rules.Ask("a.top", {.addresses = {"198.51.100.7"}}) == "0");
  CHECK(rules.Ask("a.top", {.addresses = {"203.0.113.7"}}) == "none");
  CHECK(rules.Ask("a.com", {.addresses = {"198.51.100.7"}}) == "none");
  CHECK(rules.Ask("a.top", {}) == "none");
  // What an earlier answer left behind is forgotten.
  CHECK(rules.Ask("a.com", {.addresses = {"198.51.100.7"}}) == "none");
}

TEST_CASE("a part about names matches a CNAME's target") {
  Rules rules;
  const uint32_t whole = rules.Add({});
  rules.Name("evil.com", {.part_of = whole});
  rules.Server("ns.com", {.part_of = whole});
  CHECK(rules.Ask("a.com", {.targets = {"b.com", "evil.com"}, .servers = {"ns.com"}}) == "0");
}

TEST_CASE("two names cannot be one part twice") {
  Rules rules;
  const uint32_t whole = rules.Add({});
  rules.Server("a.com", {.part_of = whole});
  rules.Server("b.com", {.part_of = whole});
  CHECK(rules.Ask("x.com", {.servers = {"a.com", "ns.a.com"}}) == "none");
  CHECK(rules.Ask("x.com", {.servers = {"a.com", "b.com"}}) == "0");
}

TEST_CASE("inside a policy a rule with parts decides before the others about the answer") {
  Rules rules;
  rules.Prefix("198.51.100.7", {});
  const uint32_t whole = rules.Add({.answer = {.action = Action::kPass}});
  rules.Name("com", {.part_of = whole});
  rules.Prefix("198.51.0.0/16", {.part_of = whole});
  CHECK(rules.Ask("a.com", {.addresses = {"198.51.100.7"}}) == "1");
  CHECK(rules.Ask("a.uk", {.addresses = {"198.51.100.7"}}) == "0");
}

// --- Clients

TEST_CASE("a policy for a group counts for its clients alone") {
  Rules rules;
  rules.Name("games.com", {});
  rules.For(0, rules.Group("192.0.2.0/28"));
  CHECK(rules.Match("games.com", "192.0.2.7").decision);
  CHECK_FALSE(rules.Match("games.com", "192.0.2.16").decision);
  CHECK_FALSE(rules.Match("games.com").decision);
}

TEST_CASE("a policy for a tag counts for the clients that have it, whatever their address") {
  Rules rules;
  rules.Name("games.com", {});
  rules.Tag("staff");
  rules.For(0, rules.Tag("kids"));
  CHECK(rules.Ask("games.com", {.client = "192.0.2.1", .tags = 2}) == "0");
  CHECK(rules.Ask("games.com", {.client = "2001:db8::1", .tags = 3}) == "0");
  CHECK(rules.Ask("games.com", {.client = "192.0.2.1", .tags = 1}) == "none");
  CHECK(rules.Ask("games.com", {.client = "192.0.2.1"}) == "none");
  CHECK(rules.Match("games.com").depends_on_client);
  CHECK(rules.Tags() == std::vector<std::string_view>{"staff", "kids"});
}

TEST_CASE("a rule about the answer asks for tags, too") {
  Rules rules;
  rules.Prefix("198.51.100.0/24", {});
  rules.For(0, rules.Tag("kids"));
  CHECK(rules.Ask("a.com", {.tags = 1, .addresses = {"198.51.100.7"}}) == "0");
  CHECK(rules.Ask("a.com", {.addresses = {"198.51.100.7"}}) == "none");
}

TEST_CASE("a tag adds to the group of a client's prefix") {
  Rules rules;
  rules.Name("games.com", {.policy = 0});
  rules.Name("shops.com", {.policy = 1});
  rules.For(0, rules.Group("192.0.2.0/28"));
  rules.For(1, rules.Tag("kids"));
  CHECK(rules.Ask("games.com", {.client = "192.0.2.7", .tags = 1}) == "0");
  CHECK(rules.Ask("shops.com", {.client = "192.0.2.7", .tags = 1}) == "1");
}

TEST_CASE("of nested groups the one with the longest prefix is the client's, and no other") {
  Rules rules;
  rules.Name("games.com", {.policy = 0});
  rules.Name("games.com", {.policy = 1, .answer = {.action = Action::kPass}});
  rules.For(0, rules.Group("192.0.2.0/24"));
  rules.For(1, rules.Group("192.0.2.7"));
  CHECK(rules.Ask("games.com", {.client = "192.0.2.7"}) == "1");
  CHECK(rules.Ask("games.com", {.client = "192.0.2.8"}) == "0");
}

TEST_CASE("a rule about the client decides before names of its policy, and behind earlier ones") {
  Rules rules;
  rules.Name("good.com", {.policy = 0, .answer = {.action = Action::kPass}});
  rules.Name("evil.com", {.policy = 1});
  rules.Prefix("192.0.2.0/24", {.policy = 1, .subject = Subject::kClient});
  CHECK(rules.Ask("evil.com", {.client = "192.0.2.1"}) == "2");
  CHECK(rules.Ask("any.com", {.client = "192.0.2.1"}) == "2");
  CHECK(rules.Ask("good.com", {.client = "192.0.2.1"}) == "0");
  CHECK(rules.Ask("evil.com", {.client = "198.51.100.1"}) == "1");
}

TEST_CASE("without rules or policies for clients no verdict depends on them") {
  Rules rules;
  rules.Name("evil.com", {});
  rules.Group("192.0.2.0/24");
  CHECK_FALSE(rules.Match("evil.com").depends_on_client);
  CHECK_FALSE(rules.Match("any.com", "192.0.2.1").depends_on_client);
  CHECK((rules.Evidence() & policy::kClients) == 0);
}

TEST_CASE("a verdict depends on the client where a policy for some has the name, whoever asks") {
  Rules rules;
  rules.Name("games.com", {});
  rules.For(0, rules.Group("192.0.2.0/24"));
  CHECK(rules.Match("games.com", "192.0.2.1").depends_on_client);
  CHECK(rules.Match("games.com", "198.51.100.1").depends_on_client);
  CHECK(rules.Match("games.com").depends_on_client);
  CHECK_FALSE(rules.Match("any.com", "192.0.2.1").depends_on_client);
}

TEST_CASE("what decides for everybody before a policy for some does not depend on the client") {
  Rules rules;
  rules.Name("games.com", {.policy = 0, .answer = {.action = Action::kPass}});
  rules.Name("games.com", {.policy = 1});
  rules.For(1, rules.Group("192.0.2.0/24"));
  CHECK_FALSE(rules.Match("games.com", "192.0.2.1").depends_on_client);
}

TEST_CASE("a policy for some in shadow mode makes no verdict depend on the client") {
  Rules rules;
  rules.Name("games.com", {.mode = Mode::kShadow});
  rules.For(0, rules.Group("192.0.2.0/24"));
  CHECK_FALSE(rules.Match("games.com", "192.0.2.1").depends_on_client);
  CHECK(rules.Match("games.com", "192.0.2.1").shadow);
  CHECK_FALSE(rules.Match("games.com").shadow);
}

TEST_CASE("an answer depends on the client where a policy for some has its address") {
  Rules rules;
  rules.Prefix("198.51.100.0/24", {});
  rules.For(0, rules.Group("192.0.2.0/24"));
  CHECK_FALSE(rules.Match("a.com").depends_on_client);
  CHECK(rules.Judge("a.com", {.addresses = {"198.51.100.1"}}).depends_on_client);
  CHECK_FALSE(rules.Judge("a.com", {.addresses = {"203.0.113.1"}}).depends_on_client);
}

TEST_CASE("a rule with a part about the client depends on it where the other parts match") {
  Rules rules;
  const uint32_t whole = rules.Add({});
  rules.Prefix("198.51.100.0/24", {.part_of = whole});
  rules.Prefix("192.0.2.0/24", {.subject = Subject::kClient, .part_of = whole});
  CHECK(rules.Ask("a.com", {.client = "192.0.2.1", .addresses = {"198.51.100.1"}}) == "0");
  CHECK(rules.Ask("a.com", {.client = "192.0.3.1", .addresses = {"198.51.100.1"}}) == "none");
  CHECK(rules.Judge("a.com", {.addresses = {"198.51.100.1"}}).depends_on_client);
  CHECK_FALSE(rules.Judge("a.com", {.client = "192.0.2.1"}).depends_on_client);
}

// --- What has to be gathered

TEST_CASE("the rules say which evidence they look at") {
  CHECK(Rules().Evidence() == 0);
  Rules names;
  names.Name("evil.com", {});
  CHECK(names.Evidence() == policy::kTargets);
  Rules addresses;
  addresses.Prefix("198.51.100.0/24", {});
  CHECK(addresses.Evidence() == policy::kAddresses);
  Rules servers;
  servers.Server("evil.com", {});
  CHECK(servers.Evidence() == policy::kNameServers);
  Rules server_addresses;
  server_addresses.Prefix("198.51.100.0/24", {.subject = Subject::kNameServerAddress});
  CHECK(server_addresses.Evidence() == policy::kNameServerAddresses);
  Rules clients;
  clients.Prefix("192.0.2.0/24", {.subject = Subject::kClient});
  CHECK(clients.Evidence() == policy::kClients);
}

TEST_CASE("a rule of which nothing is left asks for no evidence") {
  Rules rules;
  rules.Add({.subject = Subject::kAddress});
  rules.Add({.subject = Subject::kNameServer});
  CHECK(rules.Evidence() == 0);
}

}  // namespace
}  // namespace tollgate::testing
