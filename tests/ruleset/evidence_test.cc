// SPDX-License-Identifier: BSD-3-Clause
//
// What a campaign and a manifest say of more than QNAME: addresses, name servers, evidence
// together, groups of clients. What becomes of them in the rule model; faults with their places.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ruleset/source/manifest.h"
#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate {
namespace {

// Rules as they were read, before the compiler sees them. The first file is the one that is read.
struct Read {
  explicit Read(const std::vector<test::RuleFile>& files) {
    const test::TemporaryFolder folder;
    for (const test::RuleFile& file : files) folder.Write(file.name, test::Unindented(file.text));
    text::Diagnostics diagnostics;
    rules = source::LoadManifest(folder.path() + "/" + files.front().name, {}, diagnostics);
    diagnostics.Sort();
    faults = test::AsText(diagnostics);
    const std::string path = folder.path() + "/";
    for (size_t at = 0; (at = faults.find(path, at)) != std::string::npos;) {
      faults.erase(at, path.size());
    }
  }

  const policy::RuleModel& model() const { return rules.model; }

  source::LoadedRules rules;
  std::string faults;
};

// A campaign with these keys, from its second line on.
Read Campaign(const std::string& keys) { return Read({{"c.yaml", "id: c\n" + keys}}); }

std::string Rules(const std::string& keys) {
  const Read read = Campaign(keys);
  CHECK(read.faults == "");
  return test::RulesOf(read.model());
}

// The only fault of a campaign with these keys, without the file's name.
std::string FaultOf(const std::string& keys) {
  const std::string faults = Campaign(keys).faults;
  INFO(faults);
  CHECK(faults.starts_with("c.yaml:"));
  CHECK(faults.find('\n') == faults.size() - 1);
  return faults.substr(7, faults.size() - 8);
}

// A rule of a campaign, from its fifth line on, with this evidence.
std::string When(const std::string& evidence) {
  return "rules:\n  - id: r\n    meaning: m\n    when:\n      all:\n" + evidence;
}

// A manifest with these keys and one policy.
Read Manifest(const std::string& keys) {
  return Read({{"tollgate.yaml", keys}, {"c.yaml", "id: c\ndomains: [evil.example]\n"}});
}

}  // namespace

// --- Lists ---------------------------------------------------------------------------------------

TEST_CASE("addresses: prefixes and single addresses of answers, defanged or not") {
  CHECK(Rules("addresses:\n  - 192.0.2.0/24\n  - 2001[:]db8::1\n  - 198.51.100[.]7\n") ==
        "address 192.0.2.0/24 nxdomain @3\naddress 2001:db8::1/128 nxdomain @4\n"
        "address 198.51.100.7/32 nxdomain @5\n");
}

TEST_CASE("name_servers: a name server's name and everything below it") {
  CHECK(Rules("name_servers: ['dns[.]evil.example']") ==
        "name server domain dns.evil.example nxdomain @2\n");
}

TEST_CASE("name_server_addresses: where name servers are") {
  CHECK(Rules("name_server_addresses: [192.0.2.53, 2001:db8:53::/48]") ==
        "name server address 192.0.2.53/32 nxdomain @2\n"
        "name server address 2001:db8:53::/48 nxdomain @2\n");
}

TEST_CASE("An address may have a last day of its own, as a name may") {
  CHECK(Rules("addresses:\n  - address: 192.0.2.0/24\n    expires: 2025-12-31\n"
              "name_servers:\n  - {name: evil.example, expires: 2026-01-31}\n") ==
        "name server domain evil.example nxdomain until 2026-01-31 @6\n"
        "address 192.0.2.0/24 nxdomain until 2025-12-31 @3\n");
}

TEST_CASE("Each list is one rule, named after its key, with the campaign's answer") {
  const Read read = Campaign(
      "action: refused\nttl: 5\nmode: shadow\nname_server_addresses: [192.0.2.1]\n"
      "addresses: [192.0.2.1]\nname_servers: [evil.example]\nhosts: [a.example]\n");
  CHECK(read.faults == "");
  std::vector<std::string> ids;
  for (const policy::Rule& rule : read.model().rules) {
    ids.push_back(rule.id);
    CHECK(rule.answer.action == policy::Action::kRefused);
    CHECK(rule.answer.ttl == 5);
    CHECK(rule.mode == policy::Mode::kShadow);
  }
  CHECK(ids ==
        std::vector<std::string>{"hosts", "addresses", "name_servers", "name_server_addresses"});
}

TEST_CASE("Addresses of one's own network may be listed: no answer from outside has them") {
  CHECK(Rules("addresses: [0.0.0.0/8, 127.0.0.0/8, '::1', 10.0.0.0/8, fc00::/7]") ==
        "address 0.0.0.0/8 nxdomain @2\naddress 127.0.0.0/8 nxdomain @2\n"
        "address ::1/128 nxdomain @2\naddress 10.0.0.0/8 nxdomain @2\n"
        "address fc00::/7 nxdomain @2\n");
}

TEST_CASE("Faults of addresses") {
  const auto [keys, fault] = GENERATE(table<std::string, std::string>({
      {"addresses: [evil.example]",
       "2:13: error: 'evil.example' is not an address: no address; write 192.0.2.7, 192.0.2.0/24 "
       "or 2001:db8::/32"},
      {"addresses:\n  - 192.0.2.7/24",
       "3:5: error: '192.0.2.7/24' is not an address: bits are set behind its prefix; write "
       "192.0.2.0/24 for the network, or 192.0.2.7 for the one address"},
      {"addresses: [0.0.0.0/0]",
       "2:13: error: '0.0.0.0/0' is every address; write the networks in it that you mean"},
      {"name_server_addresses: ['2000::/3']",
       "2:25: error: '2000::/3' is more of the Internet than any network has (IPv6: /19 and "
       "longer); write the networks in it that you mean"},
      {"addresses: [{prefix: 192.0.2.1}]",
       "2:13: error: an indicator without 'address:'; write the address alone, or 'address:' and "
       "'expires:'\nc.yaml:2:14: error: unknown key 'prefix'; known here: address or expires"},
      {"name_servers: [192.0.2.53]",
       "2:16: error: '192.0.2.53' is not a name: an IP address, and names are wanted here"},
      {"addresses: {a: b}",
       "2:12: error: 'addresses' wants a list, and this is a mapping; begin each item with '- '\n"
       "c.yaml:1:1: error: the campaign has no rules; write names under 'domains:' or 'hosts:', "
       "or patterns under 'patterns:'"},
  }));
  INFO(keys);
  std::string faults = Campaign(keys).faults;
  CHECK(faults.find(fault.substr(0, fault.find('\n'))) != std::string::npos);
}

// --- Evidence together ---------------------------------------------------------------------------

TEST_CASE("A rule of several pieces of evidence has a part for each, which stand behind it") {
  const Read read = Campaign(When("        - pattern: {match: 'com-[a-z]+', suffixes: [top]}\n"
                                  "        - addresses: [192.0.2.0/24, 198.51.100.0/24]\n"
                                  "        - name_servers: [dns.example]\n") +
                             "    action: refused\n    mode: shadow\n");
  CHECK(read.faults == "");
  CHECK(test::RulesOf(read.model()) ==
        "name server domain dns.example refused shadow part of 0 @9\n"
        "address 192.0.2.0/24 refused shadow part of 0 @8\n"
        "address 198.51.100.0/24 refused shadow part of 0 @8\n"
        "pattern /^(?:com-[a-z]+)\\.(?:top)\\z/ on domain refused shadow part of 0 @7\n");
  REQUIRE(read.model().rules.size() == 4);
  CHECK(read.model().rules[0].id == "r");
  CHECK(read.model().rules[0].meaning == "m");
  CHECK(read.model().rules[0].part_of == policy::kNotAPart);
  CHECK(read.model().rules[0].line == 3);
}

TEST_CASE("Names may be evidence too, with all below them or alone") {
  CHECK(Rules(When("        - domains: [a.example]\n        - hosts: [b.example]\n"
                   "        - name_server_addresses: [192.0.2.53]\n")) ==
        "domain a.example nxdomain part of 0 @7\nhost b.example nxdomain part of 0 @8\n"
        "name server address 192.0.2.53/32 nxdomain part of 0 @9\n");
}

TEST_CASE("A piece of evidence may have a last day of its own") {
  CHECK(Rules(When("        - domains: [a.example]\n"
                   "        - addresses: [{address: 192.0.2.1, expires: 2025-12-31}]\n")) ==
        "domain a.example nxdomain part of 0 @7\n"
        "address 192.0.2.1/32 nxdomain part of 0 until 2025-12-31 @8\n");
}

TEST_CASE("A pattern that is evidence has the keys of any pattern") {
  CHECK(Rules("lists: {brands: [usps, dhl]}\n" +
              When("        - pattern: {match: '<brands>.*', on: name, except: [dhl.example]}\n"
                   "        - addresses: [192.0.2.0/24]\n")) ==
        "address 192.0.2.0/24 nxdomain part of 0 @9\n"
        "pattern /^(?:(?:usps|dhl).*)\\z/ on name not dhl.example nxdomain part of 0 @8\n");
}

TEST_CASE("Faults of evidence") {
  const std::string address = "        - addresses: [192.0.2.0/24]\n";
  std::string nine;
  for (int i = 0; i < 9; ++i) nine += address;
  const auto [evidence, fault] = GENERATE_COPY(table<std::string, std::string>({
      {address,
       "7:9: error: one piece of evidence, which needs no 'when:'; write its list at the top of "
       "the campaign"},
      {"        - pattern: {match: 'a.example'}\n",
       "7:9: error: one piece of evidence, which needs no 'when:'; write it under 'patterns:'"},
      {nine,
       "7:9: error: more than 8 pieces of evidence; of one kind, put them into one list: any of "
       "its entries will do"},
      {address + "        - 192.0.2.0/24\n",
       "8:11: error: a piece of evidence that is one value; write what it is: "
       "'- addresses: [192.0.2.0/24]'"},
      {address + "        - domains: [a.example]\n          hosts: [b.example]\n",
       "8:11: error: two kinds of evidence in one item; begin each with a '-' of its own"},
      {address + "        - adresses: [192.0.2.0/24]\n",
       "8:11: error: unknown key 'adresses'; did you mean 'addresses'?"},
      {address + "        - {}\n", "8:11: error: an empty piece of evidence; take it out"},
      {address + "        - domains: []\n", "8:20: error: a list without entries; take it out"},
      {address + "        - pattern: {match: 'a^b'}\n",
       "8:28: error: pattern 'r': an anchor inside the pattern; patterns are always matched whole, "
       "leave it out (at character 2)"},
      {address + "        - pattern: {suffixes: [top]}\n",
       "8:20: error: a pattern without 'match:'; add a regular expression"},
      {address + "        - pattern: {match: 'a.example', action: drop}\n",
       "8:41: error: unknown key 'action'; known here: except, match, on, scripts or suffixes"},
  }));
  INFO(evidence);
  CHECK(FaultOf(When(evidence)) == fault);
}

TEST_CASE("Faults of rules") {
  const auto [keys, fault] = GENERATE(table<std::string, std::string>({
      {"rules: [r]",
       "2:9: error: a rule that is one value; write '- id: my-rule', and below it 'meaning:' and "
       "'when:'"},
      {"rules:\n  - {id: r, meaning: m}",
       "3:5: error: a rule without 'when:'; write 'when:', below it 'all:', and below that what "
       "must come together"},
      {"rules:\n  - {id: r, meaning: m, when: }",
       "3:5: error: a rule without 'when:'; write 'when:', below it 'all:', and below that what "
       "must come together"},
      {"rules:\n  - {id: r, meaning: m, when: {all: []}}",
       "3:37: error: a rule without evidence; write 'all:' and below it what must come together"},
      {"rules:\n  - {id: r, meaning: m, when: all}",
       "3:31: error: 'when' wants a mapping; write its keys indented below it"},
  }));
  INFO(keys);
  CHECK(FaultOf(keys) == fault);
}

TEST_CASE("A rule must have an id of its own, and a meaning") {
  const std::string when = "    when: {all: [{domains: [a.example]}, {addresses: [192.0.2.1]}]}\n";
  CHECK(FaultOf("rules:\n  - meaning: m\n" + when) ==
        "3:5: error: a rule without 'id:'; add a short name for it");
  CHECK(FaultOf("rules:\n  - id: r\n" + when) ==
        "3:5: error: a rule without 'meaning:'; add one line: what it means");
  const std::string taken =
      " a second time; give each its own; those of the lists, such as 'domains', are taken";
  CHECK(FaultOf("rules:\n  - id: addresses\n    meaning: m\n" + when) ==
        "3:9: error: the id 'addresses'" + taken);
  CHECK(FaultOf("patterns:\n  - {id: r, meaning: m, match: x.example}\n"
                "rules:\n  - id: r\n    meaning: m\n" +
                when) == "5:9: error: the id 'r'" + taken);
}

// --- Clients -------------------------------------------------------------------------------------

TEST_CASE("clients: groups by prefix, and policies that count for them alone") {
  const Read read = Read({{"tollgate.yaml", R"(
      clients:
        kids: [192.0.2.0/28, 2001:db8:1::/64]
        staff: 192.0.2.0/24
        rest: [0.0.0.0/0, '::/0']
      policies:
        - c.yaml
        - {file: c.yaml, id: d, clients: [staff, kids]}
        - {file: feed.txt, clients: rest})"},
                          {"c.yaml", "id: c\ndomains: [evil.example]\n"},
                          {"feed.txt", "evil.example\n"}});
  CHECK(read.faults == "");
  REQUIRE(read.model().groups.size() == 3);
  CHECK(read.model().groups[0].id == "kids");
  REQUIRE(read.model().groups[0].prefixes.size() == 2);
  CHECK(read.model().groups[0].prefixes[1].Text() == "2001:db8:1::/64");
  REQUIRE(read.model().policies.size() == 3);
  CHECK(read.model().policies[0].clients.empty());
  CHECK(read.model().policies[1].clients == std::vector<uint32_t>{0, 1});
  CHECK(read.model().policies[2].clients == std::vector<uint32_t>{2});
}

TEST_CASE("clients: a tag of Unbound's is a group that nobody declares") {
  const Read read = Read({{"tollgate.yaml", R"(
      clients: {kids: 192.0.2.0/28}
      policies:
        - {file: c.yaml, clients: [tag:kids, kids]}
        - {file: c.yaml, id: d, clients: 'tag:kids'}
        - {file: c.yaml, id: e, clients: 'tag:Guests_2'})"},
                          {"c.yaml", "id: c\ndomains: [evil.example]\n"}});
  CHECK(read.faults == "");
  REQUIRE(read.model().groups.size() == 3);
  CHECK(read.model().groups[1].id == "tag:kids");
  CHECK(read.model().groups[1].prefixes.empty());
  CHECK(read.model().policies[0].clients == std::vector<uint32_t>{0, 1});
  CHECK(read.model().policies[1].clients == std::vector<uint32_t>{1});
  CHECK(read.model().policies[2].clients == std::vector<uint32_t>{2});
}

TEST_CASE("No more than 64 tags") {
  std::string manifest = "policies:\n";
  for (int i = 0; i <= 64; ++i) {
    const std::string number = std::to_string(i);
    manifest += "  - {file: c.yaml, id: p" + number + ", clients: 'tag:t" + number + "'}\n";
  }
  CHECK(Manifest(manifest).faults ==
        "tollgate.yaml:66:38: error: more than 64 tags; declare groups by prefix under 'clients:' "
        "at the top of the manifest\n");
}

TEST_CASE("Faults of clients") {
  const auto [manifest, fault] = GENERATE(table<std::string, std::string>({
      {"clients: {kids: [192.0.2.0/28]}\npolicies: [{file: c.yaml, clients: kisd}]",
       "2:36: error: no group of clients is called 'kisd'; did you mean 'kids'?"},
      {"policies: [{file: c.yaml, clients: kids}]",
       "1:36: error: no group of clients is called 'kids'; write it under 'clients:' at the top of "
       "the manifest, or tag:kids for a tag of Unbound's"},
      {"policies: [{file: c.yaml, clients: 'tag:'}]",
       "1:36: error: 'tag:' names no tag; write tag:kids for the tag 'kids'"},
      {"clients: {kids: [192.0.2.0/28]}\npolicies: [{file: c.yaml, clients: []}]",
       "2:36: error: a policy for nobody; name groups, or take 'clients:' out"},
      {"clients: {kids: []}\npolicies: [c.yaml]",
       "1:11: error: the group 'kids' is empty; give it prefixes: [192.0.2.0/28, "
       "2001:db8:1::/64]"},
      {"clients: {Kids: [192.0.2.1]}\npolicies: [c.yaml]",
       "1:11: error: 'Kids' is not an id; use lower-case letters, digits, '-', '_' and '.', at "
       "most 63 of them"},
      {"clients: {kids: [192.0.2.1/28]}\npolicies: [c.yaml]",
       "1:18: error: '192.0.2.1/28' is not an address: bits are set behind its prefix; write "
       "192.0.2.0/28 for the network, or 192.0.2.1 for the one address"},
      {"clients:\n  kids: [192.0.2.1]\n  staff: [192.0.2.1/32]\npolicies: [c.yaml]",
       "3:11: error: '192.0.2.1/32' a second time, after that of the group 'kids'; a client is in "
       "one group: that of its longest prefix"},
  }));
  INFO(manifest);
  CHECK(Manifest(manifest).faults == "tollgate.yaml:" + fault + "\n");
}

// --- The floor, and what is judged in the end
// -----------------------------------------------------

TEST_CASE("Names of name servers may not be what no rule may touch") {
  CHECK(test::Compiled("id: c\nname_servers: [com]").Faults() ==
        "campaign.yaml:2: error: 'com' is a top-level domain; block the names below it that you "
        "mean\n");
}

TEST_CASE("One piece of evidence among several may be a top-level domain") {
  CHECK(test::Compiled("id: c\n" + When("        - domains: [com]\n"
                                        "        - addresses: [192.0.2.0/24]\n"))
            .Faults() == "");
}

namespace {

// What the rules say of a name whose answer has this address, and which this server serves.
std::string Judge(const test::Compiled& rules, const std::string& name, const std::string& address,
                  const std::string& server, const std::string& client = "") {
  absl::StatusOr<Scratch> scratch = rules.rules().NewScratch();
  REQUIRE(scratch.ok());
  auto octets = [](const dns::Prefix& prefix) {
    return std::span<const uint8_t>(prefix.address.data(), prefix.octets());
  };
  const auto where = *dns::Prefix::Parse(address);
  const auto who = dns::Prefix::Parse(client);
  rules.rules().BeginAnswer(test::NameOf(name), 1, test::DayOf("2025-06-01"), *scratch, {},
                            who ? octets(*who) : std::span<const uint8_t>());
  rules.rules().AddAddress(octets(where), *scratch);
  rules.rules().AddNameServer(test::NameOf(server), *scratch);
  const policy::Verdict verdict = rules.rules().AnswerVerdict(*scratch);
  return verdict.decision ? std::string(rules.rules().Rule(verdict.decision.rule).id) : "none";
}

}  // namespace

TEST_CASE("A rule of several pieces of evidence matches where all of them do, and only there") {
  const test::Compiled rules("id: c\n" +
                             When("        - pattern: {match: 'com-[a-z]+', suffixes: [top]}\n"
                                  "        - addresses: [192.0.2.0/24]\n"
                                  "        - name_servers: [dns.net]\n"));
  REQUIRE(rules.ok());
  CHECK(Judge(rules, "com-x.top", "192.0.2.1", "ns1.dns.net") == "r");
  CHECK(Judge(rules, "com-x.com", "192.0.2.1", "ns1.dns.net") == "none");
  CHECK(Judge(rules, "com-x.top", "198.51.100.1", "ns1.dns.net") == "none");
  CHECK(Judge(rules, "com-x.top", "192.0.2.1", "ns1.other.net") == "none");
  CHECK(Judge(rules, "dns.net", "198.51.100.1", "ns1.other.net") == "none");
}

TEST_CASE("A list of name servers is not about the names that are asked") {
  const test::Compiled rules("id: c\nname_servers: [evil.net]");
  REQUIRE(rules.ok());
  CHECK(Judge(rules, "www.evil.net", "192.0.2.1", "ns.other.net") == "none");
  CHECK(Judge(rules, "www.other.net", "192.0.2.1", "ns.evil.net") == "name_servers");
}

TEST_CASE("A policy for a group counts for its clients, of whom the longest prefix decides") {
  const test::Compiled rules({{"tollgate.yaml", R"(
      clients: {kids: [192.0.2.0/24], teacher: [192.0.2.7]}
      policies: [{file: c.yaml, clients: kids}])"},
                              {"c.yaml", "id: c\naddresses: [198.51.100.0/24]\n"}});
  REQUIRE(rules.ok());
  CHECK(Judge(rules, "a.net", "198.51.100.1", "ns.net", "192.0.2.1") == "addresses");
  CHECK(Judge(rules, "a.net", "198.51.100.1", "ns.net", "192.0.2.7") == "none");
  CHECK(Judge(rules, "a.net", "198.51.100.1", "ns.net") == "none");
}

}  // namespace tollgate
