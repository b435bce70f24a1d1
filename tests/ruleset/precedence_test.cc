// SPDX-License-Identifier: BSD-3-Clause
//
// The rule of precedence, as worked cases: the first policy with a matching rule decides; inside
// one policy the exact host, then the longest enclosing domain, then patterns in the order of their
// file.

#include <string>

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate {
namespace {

using test::Compiled;

// Two campaigns, first.yaml before second.yaml.
Compiled TwoPolicies(const std::string& first, const std::string& second) {
  return Compiled({{"tollgate.yaml", "policies: [first.yaml, second.yaml]"},
                   {"first.yaml", "id: first\n" + test::Unindented(first)},
                   {"second.yaml", "id: second\n" + test::Unindented(second)}});
}

// "- id: a …": a pattern under any suffix, for the list `patterns:`.
std::string Pattern(const std::string& id, const std::string& match, const std::string& keys = "") {
  return "  - id: " + id + "\n    meaning: m\n    match: '" + match + "'\n    suffixes: any\n" +
         (keys.empty() ? "" : "    " + keys + "\n");
}

}  // namespace

TEST_CASE("Where no rule matches, nothing decides") {
  Compiled rules("id: c\ndomains: [evil.com]");
  CHECK(rules.Ask("good.com") == "none");
  CHECK(rules.Ask(".") == "none");
}

TEST_CASE("The earlier policy decides") {
  Compiled rules =
      TwoPolicies("action: refused\ndomains: [evil.com]", "action: drop\ndomains: [evil.com]");
  CHECK(rules.Ask("evil.com") == "refused first/domains");
}

TEST_CASE("The earlier policy decides, however specific the later one is") {
  Compiled rules = TwoPolicies("action: refused\ndomains: [evil.com]",
                               "action: drop\nhosts: [www.evil.com]\ndomains: [b.evil.com]");
  CHECK(rules.Ask("www.evil.com") == "refused first/domains");
  CHECK(rules.Ask("a.b.evil.com") == "refused first/domains");
}

TEST_CASE("The earlier policy decides, even by a pattern against a name") {
  Compiled rules = TwoPolicies("action: refused\npatterns:\n" + Pattern("p", "evil-[a-z]+"),
                               "action: drop\nhosts: [evil-x.com]");
  CHECK(rules.Ask("evil-x.com") == "refused first/p");
}

TEST_CASE("A later policy decides what the earlier ones do not match") {
  Compiled rules =
      TwoPolicies("action: refused\ndomains: [b.evil.com]", "action: drop\ndomains: [evil.com]");
  CHECK(rules.Ask("a.b.evil.com") == "refused first/domains");
  CHECK(rules.Ask("evil.com") == "drop second/domains");
}

TEST_CASE("An allow list is a policy that passes, placed early") {
  Compiled rules = TwoPolicies("action: pass\ndomains: [good.evil.com]",
                               "domains: [evil.com]\npatterns:\n" + Pattern("p", "evil"));
  CHECK(rules.Ask("www.good.evil.com") == "pass first/domains");
  CHECK(rules.Ask("evil.com") == "nxdomain second/domains");
  CHECK(rules.Ask("evil.net") == "nxdomain second/p");
}

TEST_CASE("A policy that passes, placed late, comes too late") {
  Compiled rules = TwoPolicies("domains: [evil.com]", "action: pass\nhosts: [good.evil.com]");
  CHECK(rules.Ask("good.evil.com") == "nxdomain first/domains");
}

TEST_CASE("In one policy the host comes before the domains, those of its own name too") {
  Compiled rules("id: c\nhosts: [www.evil.com]\ndomains: [evil.com, www.evil.com]");
  // The compiler leaves the host out, for the domain says the same.
  CHECK(rules.Ask("www.evil.com") == "nxdomain c/domains");
  CHECK(rules.VerdictOn("www.evil.com").decision.owner_label == 1);
}

TEST_CASE("In one policy the host decides while it lives, then the domain") {
  Compiled rules(R"(
      id: c
      hosts: [www.evil.com]
      domains:
        - name: evil.com
          expires: 2025-06-10)");
  CHECK(rules.Ask("www.evil.com", "2025-06-10") == "nxdomain c/hosts");
  CHECK(rules.Ask("a.www.evil.com", "2025-06-10") == "nxdomain c/domains");
  CHECK(rules.Ask("www.evil.com", "2025-06-11") == "nxdomain c/hosts");
  CHECK(rules.Ask("a.www.evil.com", "2025-06-11") == "none");
}

TEST_CASE("In one policy the longest enclosing domain decides") {
  Compiled rules(R"(
      id: c
      domains:
        - name: evil.com
          expires: 2025-06-10
        - b.evil.com)");
  CHECK(rules.VerdictOn("a.b.evil.com").decision.owner_label == 1);
  CHECK(rules.VerdictOn("a.c.evil.com").decision.owner_label == 2);
}

TEST_CASE("Where the longest enclosing domain has expired, the next one decides") {
  Compiled rules(R"(
      id: c
      domains:
        - name: evil.com
          expires: 2025-06-20
        - name: b.evil.com
          expires: 2025-06-30
        - name: a.b.evil.com
          expires: 2025-07-10)");
  CHECK(rules.VerdictOn("a.b.evil.com", "2025-06-15").decision.owner_label == 0);
  CHECK(rules.VerdictOn("x.b.evil.com", "2025-06-15").decision.owner_label == 1);
  CHECK(rules.VerdictOn("x.b.evil.com", "2025-06-25").decision.owner_label == 1);
  CHECK(rules.Ask("x.b.evil.com", "2025-07-01") == "none");
  CHECK(rules.Ask("a.b.evil.com", "2025-07-01") == "nxdomain c/domains");
  CHECK(rules.Ask("a.b.evil.com", "2025-07-11") == "none");
}

TEST_CASE("In one policy names come before patterns") {
  Compiled rules("id: c\ndomains: [evil-x.com]\npatterns:\n" +
                 Pattern("p", "evil-[a-z]+", "action: drop"));
  CHECK(rules.Ask("www.evil-x.com") == "nxdomain c/domains");
  CHECK(rules.Ask("www.evil-y.com") == "drop c/p");
}

TEST_CASE("In one policy patterns decide in the order of the file") {
  Compiled rules("id: c\npatterns:\n" + Pattern("wide", "evil-[a-z]+") +
                 Pattern("narrow", "evil-xxx", "action: drop"));
  CHECK(rules.Ask("evil-xxx.com") == "nxdomain c/wide");
  Compiled reversed("id: c\npatterns:\n" + Pattern("narrow", "evil-xxx", "action: drop") +
                    Pattern("wide", "evil-[a-z]+"));
  CHECK(reversed.Ask("evil-xxx.com") == "drop c/narrow");
  CHECK(reversed.Ask("evil-yyy.com") == "nxdomain c/wide");
}

TEST_CASE("The order of the file counts across patterns on names and on domains") {
  const std::string whole =
      "  - {id: whole, meaning: m, match: 'www.evil-[a-z]+.com', on: name, action: drop}\n";
  Compiled whole_first("id: c\npatterns:\n" + whole + Pattern("part", "evil-[a-z]+"));
  CHECK(whole_first.Ask("www.evil-x.com") == "drop c/whole");
  Compiled part_first("id: c\npatterns:\n" + Pattern("part", "evil-[a-z]+") + whole);
  CHECK(part_first.Ask("www.evil-x.com") == "nxdomain c/part");
}

TEST_CASE("A pattern that passes may stand before one that blocks") {
  Compiled rules("id: c\npatterns:\n" + Pattern("good", "com-unity", "action: pass") +
                 Pattern("bad", "com-[a-z]+"));
  CHECK(rules.Ask("com-unity.net") == "pass c/good");
  CHECK(rules.Ask("com-x.net") == "nxdomain c/bad");
}

TEST_CASE("A name that one pattern excepts may be another's") {
  Compiled rules("id: c\npatterns:\n" + Pattern("first", "evil-[a-z]+", "except: [evil-x.com]") +
                 Pattern("second", "evil-x", "action: drop"));
  CHECK(rules.Ask("evil-x.com") == "drop c/second");
  CHECK(rules.Ask("evil-x.net") == "nxdomain c/first");
}

TEST_CASE("Shadow: a policy in shadow mode never decides, and is reported") {
  Compiled rules = TwoPolicies("mode: shadow\naction: drop\ndomains: [evil.com, odd.com]",
                               "domains: [evil.com]");
  CHECK(rules.Ask("evil.com") == "nxdomain second/domains, shadow: drop first/domains");
  CHECK(rules.Ask("odd.com") == "none, shadow: drop first/domains");
}

TEST_CASE("Shadow: a policy that would not have decided is not reported") {
  Compiled rules =
      TwoPolicies("domains: [evil.com]", "mode: shadow\naction: drop\ndomains: [evil.com]");
  CHECK(rules.Ask("evil.com") == "nxdomain first/domains");
}

TEST_CASE("Shadow: an allow list in shadow mode is reported too") {
  Compiled rules =
      TwoPolicies("mode: shadow\naction: pass\ndomains: [evil.com]", "domains: [evil.com]");
  CHECK(rules.Ask("evil.com") == "nxdomain second/domains, shadow: pass first/domains");
}

TEST_CASE("Shadow: an early pass hides what comes after it") {
  Compiled rules =
      TwoPolicies("action: pass\ndomains: [good.com]", "mode: shadow\ndomains: [good.com]");
  CHECK(rules.Ask("good.com") == "pass first/domains");
}

TEST_CASE("Shadow: a pattern in shadow mode before one that decides") {
  Compiled rules("id: c\npatterns:\n" + Pattern("trial", "evil-x", "mode: shadow") +
                 Pattern("old", "evil-[a-z]+", "action: drop"));
  CHECK(rules.Ask("evil-x.com") == "drop c/old, shadow: nxdomain c/trial");
  CHECK(rules.Ask("evil-y.com") == "drop c/old");
}

TEST_CASE("Shadow: names in shadow mode do not keep the patterns of their policy from deciding") {
  Compiled rules("id: c\nmode: shadow\ndomains: [evil-x.com]\npatterns:\n" +
                 Pattern("p", "evil-[a-z]+", "mode: enforce"));
  CHECK(rules.Ask("evil-x.com") == "nxdomain c/p, shadow: nxdomain c/domains");
}

TEST_CASE("Expiry: a rule holds to the end of its last day, and the next one decides after it") {
  Compiled rules =
      TwoPolicies("action: drop\nexpires: 2025-06-30\ndomains: [evil.com]", "domains: [evil.com]");
  CHECK(rules.Ask("evil.com", "2025-06-30") == "drop first/domains");
  CHECK(rules.Ask("evil.com", "2025-07-01") == "nxdomain second/domains");
}

TEST_CASE("Expiry: an expired pattern makes room for the next") {
  Compiled rules("id: c\npatterns:\n" + Pattern("old", "evil-x", "expires: 2025-06-30") +
                 Pattern("new", "evil-[a-z]+"));
  CHECK(rules.Ask("evil-x.com", "2025-06-30") == "nxdomain c/old");
  CHECK(rules.Ask("evil-x.com", "2025-07-01") == "nxdomain c/new");
}

TEST_CASE("Expiry: an expired pass opens nothing any more") {
  Compiled rules =
      TwoPolicies("action: pass\nexpires: 2025-06-30\ndomains: [evil.com]", "domains: [evil.com]");
  CHECK(rules.Ask("evil.com", "2025-07-01") == "nxdomain second/domains");
}

TEST_CASE("Expiry: a verdict says the last day of what matched") {
  Compiled rules(R"(
      id: c
      expires: 2025-12-31
      domains:
        - name: evil.com
          expires: 2025-06-10
        - bad.com)");
  CHECK(rules.VerdictOn("evil.com").decision.expires == test::DayOf("2025-06-10"));
  CHECK(rules.VerdictOn("bad.com").decision.expires == test::DayOf("2025-12-31"));
}

TEST_CASE("Expiry: an indicator does not outlive its campaign") {
  Compiled rules(R"(
      id: c
      expires: 2025-12-31
      domains:
        - name: evil.com
          expires: 2030-01-01)");
  CHECK(rules.Ask("evil.com", "2025-12-31") == "nxdomain c/domains");
  CHECK(rules.Ask("evil.com", "2026-01-01") == "none");
}

TEST_CASE("Registrable domain: the public suffix and one label") {
  Compiled rules("id: c\npatterns:\n" + Pattern("p", "evil"));
  const auto [name, verdict] = GENERATE(table<std::string, std::string>({
      {"evil.com", "nxdomain c/p"},
      {"www.evil.com", "nxdomain c/p"},
      {"evil.co.uk", "nxdomain c/p"},
      {"www.evil.co.uk", "nxdomain c/p"},
      {"evil.uk", "nxdomain c/p"},
      {"evil.good.com", "none"},
      {"evil.good.co.uk", "none"},
      // "*.ck": every name below ck is a public suffix, but www.ck.
      {"evil.anything.ck", "nxdomain c/p"},
      {"evil.www.ck", "none"},
      {"evil.ck", "none"},
      // "*.kawasaki.jp" and "!city.kawasaki.jp"
      {"evil.ward.kawasaki.jp", "nxdomain c/p"},
      {"evil.kawasaki.jp", "none"},
      {"evil.city.kawasaki.jp", "none"},
      // A top-level domain that is not on the list is a public suffix.
      {"evil.unlisted", "nxdomain c/p"},
      {"evil.good.unlisted", "none"},
  }));
  INFO(name);
  CHECK(rules.Ask(name) == verdict);
}

TEST_CASE("Registrable domain: U-labels are seen as A-labels") {
  Compiled rules("id: c\npatterns:\n" + Pattern("p", "evil"));
  CHECK(rules.Ask("evil.xn--55qx5d.cn") == "nxdomain c/p");
  CHECK(rules.Ask("good.evil.xn--55qx5d.cn") == "nxdomain c/p");
  CHECK(rules.Ask("evil.good.xn--55qx5d.cn") == "none");
}

TEST_CASE("Private section: it does not bound the registrable domain") {
  // github.io was registered by somebody: that is the name whose shape a pattern looks at.
  Compiled rules("id: c\npatterns:\n" + Pattern("p", "evil"));
  CHECK(rules.Ask("evil.github.io") == "none");
  CHECK(rules.Ask("evil.node.compute.example.net") == "none");
}

TEST_CASE("Private section: names below it may be listed, and matched as whole names") {
  Compiled rules(R"(
      id: c
      domains: [evil.github.io]
      patterns:
        - id: p
          meaning: m
          match: 'usps-[a-z]+.github.io'
          on: name)");
  CHECK(rules.Ask("evil.github.io") == "nxdomain c/domains");
  CHECK(rules.Ask("usps-x.github.io") == "nxdomain c/p");
  CHECK(rules.Ask("good.github.io") == "none");
}

TEST_CASE("Floor: no pattern touches a public suffix of the ICANN section") {
  Compiled rules(
      "id: c\npatterns:\n"
      "  - {id: p, meaning: m, match: '(com|co|anything|xn--55qx5d)(.[a-z]+)?'}\n"
      "  - {id: q, meaning: m, match: '(com|co|anything|xn--55qx5d)(.[a-z]+)?', on: name}\n");
  REQUIRE(rules.Faults() == "");
  for (const char* name : {"com", "co.uk", "anything.ck", "xn--55qx5d.cn"}) {
    INFO(name);
    CHECK(rules.Ask(name) == "none");
  }
  CHECK(rules.Ask("com.net") == "nxdomain c/p");
}

TEST_CASE("Floor: no pattern touches a public suffix of the private section as a whole") {
  Compiled rules("id: c\npatterns:\n" + Pattern("p", "git[a-z]+") +
                 "  - {id: q, meaning: m, match: 'git[a-z]+.io', on: name}\n"
                 "  - {id: r, meaning: m, match: 'node.compute.example.net', on: name}\n");
  CHECK(rules.Ask("github.io") == "none");
  CHECK(rules.Ask("user.github.io") == "none");
  CHECK(rules.Ask("node.compute.example.net") == "none");
  CHECK(rules.Ask("github.com") == "nxdomain c/p");
}

TEST_CASE("Floor: no pattern touches arpa") {
  Compiled rules(
      "id: c\npatterns:\n"
      "  - {id: p, meaning: m, match: '[a-z0-9-]+.arpa'}\n"
      "  - {id: q, meaning: m, match: '[a-z0-9.-]+.arpa', on: name}\n");
  REQUIRE(rules.Faults() == "");
  for (const char* name :
       {"in-addr.arpa", "1.2.0.192.in-addr.arpa", "ipv4only.arpa", "home.arpa", "arpa"}) {
    INFO(name);
    CHECK(rules.Ask(name) == "none");
  }
}

TEST_CASE("Floor: pass may name a public suffix, and holds for everything below it") {
  Compiled rules = TwoPolicies("action: pass\ndomains: [net]", "domains: [evil.net, evil.com]");
  CHECK(rules.Ask("www.evil.net") == "pass first/domains");
  CHECK(rules.Ask("net") == "pass first/domains");
  CHECK(rules.Ask("evil.com") == "nxdomain second/domains");
}

TEST_CASE("Names are matched whatever their case") {
  Compiled rules("id: c\ndomains: [Evil.COM]\npatterns:\n" + Pattern("p", "bad-[a-z]+"));
  CHECK(rules.Ask("WWW.eVIL.com") == "nxdomain c/domains");
  CHECK(rules.Ask("BAD-X.NET") == "nxdomain c/p");
}

TEST_CASE("A dot inside a label is no label boundary") {
  Compiled rules("id: c\ndomains: [evil.com]\npatterns:\n" + Pattern("p", "bad.*"));
  CHECK(rules.Ask(R"(www\.evil.com)") == "none");
  CHECK(rules.Ask(R"(x\.bad.com)") == "none");
}

TEST_CASE("A name of 127 labels is matched like any other") {
  Compiled rules("id: c\ndomains: [a.a]\n");
  std::string name;
  for (int i = 0; i < 127; ++i) name += "a.";
  CHECK(rules.Ask(name) == "nxdomain c/domains");
  CHECK(rules.VerdictOn(name).decision.owner_label == 125);
}

TEST_CASE("A name with 100 labels may be listed") {
  std::string name = "evil.com";
  for (int i = 0; i < 98; ++i) name.insert(0, "a.");
  Compiled rules("id: c\nhosts: [" + name + "]");
  CHECK(rules.Ask(name) == "nxdomain c/hosts");
  CHECK(rules.Ask("a." + name) == "none");
}

TEST_CASE("Many names: every one is found, and none that is near") {
  std::string campaign = "id: c\ndomains:\n";
  for (int i = 0; i < 3000; ++i) campaign += "  - evil" + std::to_string(i) + ".com\n";
  Compiled rules(campaign);
  REQUIRE(rules.rules().name_count() == 3000);
  size_t found = 0;
  size_t false_matches = 0;
  for (int i = 0; i < 3000; ++i) {
    found += rules.VerdictOn("www.evil" + std::to_string(i) + ".com").decision ? 1 : 0;
    false_matches += rules.VerdictOn("good" + std::to_string(i) + ".com").decision ? 1 : 0;
  }
  CHECK(found == 3000);
  CHECK(false_matches == 0);
}

}  // namespace tollgate
