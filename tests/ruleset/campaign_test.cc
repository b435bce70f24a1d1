// SPDX-License-Identifier: BSD-3-Clause
//
// The keys of a campaign file: what each of them does.

#include <string>

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate {
namespace {

using test::Compiled;

// A campaign that blocks evil.com, with `keys` above that.
std::string Blocking(const std::string& keys) {
  return "id: c\n" + keys + "\ndomains: [evil.com]\n";
}

// A campaign with one pattern "evil-…" under any suffix, with `keys` added to the pattern and
// `campaign_keys` to the file.
std::string WithPattern(const std::string& keys, const std::string& campaign_keys = "") {
  return "id: c\n" + campaign_keys + "\npatterns:\n  - id: p\n    meaning: m\n    " + keys + "\n";
}

}  // namespace

TEST_CASE("domains: the name and everything below it") {
  Compiled rules("id: c\ndomains: [evil.com]");
  CHECK(rules.Ask("evil.com") == "nxdomain c/domains");
  CHECK(rules.Ask("www.evil.com") == "nxdomain c/domains");
  CHECK(rules.Ask("a.b.c.evil.com") == "nxdomain c/domains");
  CHECK(rules.Ask("notevil.com") == "none");
  CHECK(rules.Ask("evil.com.net") == "none");
  CHECK(rules.Ask("com") == "none");
}

TEST_CASE("hosts: that one name alone") {
  Compiled rules("id: c\nhosts: [www.evil.com]");
  CHECK(rules.Ask("www.evil.com") == "nxdomain c/hosts");
  CHECK(rules.Ask("a.www.evil.com") == "none");
  CHECK(rules.Ask("evil.com") == "none");
}

TEST_CASE("domains and hosts may be defanged, URLs and U-labels") {
  Compiled rules(R"(
      id: c
      domains:
        - usps.com-isjjz[.]top
        - hxxps[:]//IRS.gov-tax[.]info/pay
        - bücher.com
      hosts:
        - kveesh6.il-363[.]com)");
  CHECK(rules.Ask("usps.com-isjjz.top") == "nxdomain c/domains");
  CHECK(rules.Ask("irs.gov-tax.info") == "nxdomain c/domains");
  CHECK(rules.Ask("xn--bcher-kva.com") == "nxdomain c/domains");
  CHECK(rules.Ask("kveesh6.il-363.com") == "nxdomain c/hosts");
}

TEST_CASE("An indicator knows its line") {
  Compiled rules("id: c\ndomains:\n  - a.com\n  - b.com\nhosts: [c.com]\n");
  CHECK(rules.VerdictOn("a.com").decision.line == 3);
  CHECK(rules.VerdictOn("b.com").decision.line == 4);
  CHECK(rules.VerdictOn("c.com").decision.line == 5);
}

TEST_CASE("A verdict says which part of the name matched") {
  Compiled rules("id: c\ndomains: [evil.com]");
  CHECK(rules.VerdictOn("evil.com").decision.owner_label == 0);
  CHECK(rules.VerdictOn("a.b.evil.com").decision.owner_label == 2);
}

TEST_CASE("An indicator may be a map with an end of its own") {
  Compiled rules(R"(
      id: c
      domains:
        - name: evil.com
          expires: 2025-06-10
        - name: bad.com
          expires: never
        - name: worse.com)");
  CHECK(rules.Ask("evil.com", "2025-06-10") == "nxdomain c/domains");
  CHECK(rules.Ask("evil.com", "2025-06-11") == "none");
  CHECK(rules.Ask("bad.com", "2035-01-01") == "nxdomain c/domains");
  CHECK(rules.Ask("worse.com", "2035-01-01") == "nxdomain c/domains");
}

TEST_CASE("What describes a campaign is kept in the database") {
  Compiled rules(
      Blocking("title: A title\ndescription: Much text\ncategory: smishing\nseverity: high\n"
               "first_seen: 2024-01-01"));
  const PolicyView policy = rules.rules().Policy(0);
  CHECK(policy.id == "c");
  CHECK(policy.campaign == "c");
  CHECK(policy.title == "A title");
  CHECK(policy.category == "smishing");
  CHECK(policy.severity == "high");
  CHECK(policy.name_count == 1);
  CHECK(policy.pattern_count == 0);
}

TEST_CASE("action: each of them") {
  const std::string action =
      GENERATE(as<std::string>{}, "nxdomain", "nodata", "refused", "drop", "pass");
  Compiled rules(Blocking("action: " + action));
  CHECK(rules.Ask("evil.com") == action + " c/domains");
}

TEST_CASE("The answer has defaults: nxdomain, 60 seconds, EDE blocked, enforced, for ever") {
  Compiled rules(Blocking(""));
  const AnswerView answer = rules.AnswerFor("evil.com");
  CHECK(answer.action == policy::Action::kNxdomain);
  CHECK(answer.ttl == 60);
  CHECK(answer.ede == policy::Ede::kBlocked);
  CHECK(answer.text == "c");
  CHECK(answer.record_count == 0);
  CHECK(rules.RuleFor("evil.com").mode == policy::Mode::kEnforce);
  CHECK(rules.Ask("evil.com", "2099-01-01") == "nxdomain c/domains");
}

TEST_CASE("ttl: from nothing to a week") {
  CHECK(Compiled(Blocking("ttl: 0")).AnswerFor("evil.com").ttl == 0);
  CHECK(Compiled(Blocking("ttl: 604800")).AnswerFor("evil.com").ttl == 604800);
}

TEST_CASE("ede: each of them") {
  CHECK(Compiled(Blocking("ede: blocked")).AnswerFor("evil.com").ede == policy::Ede::kBlocked);
  CHECK(Compiled(Blocking("ede: censored")).AnswerFor("evil.com").ede == policy::Ede::kCensored);
  CHECK(Compiled(Blocking("ede: filtered")).AnswerFor("evil.com").ede == policy::Ede::kFiltered);
  CHECK(Compiled(Blocking("ede: none")).AnswerFor("evil.com").ede == policy::Ede::kNone);
}

TEST_CASE("mode: shadow is matched and never decides") {
  CHECK(Compiled(Blocking("mode: shadow")).Ask("evil.com") == "none, shadow: nxdomain c/domains");
  CHECK(Compiled(Blocking("mode: enforce")).Ask("evil.com") == "nxdomain c/domains");
}

TEST_CASE("expires: the last day on which a campaign holds") {
  Compiled rules(Blocking("expires: 2025-12-31"));
  CHECK(rules.Ask("evil.com", "2025-12-31") == "nxdomain c/domains");
  CHECK(rules.Ask("evil.com", "2026-01-01") == "none");
  CHECK(Compiled(Blocking("expires: never")).Ask("evil.com", "2099-01-01") == "nxdomain c/domains");
}

TEST_CASE("sinkhole: addresses and other records, sorted by type, each once") {
  Compiled rules(R"(
      id: c
      action: sinkhole
      sinkhole: [2001:db8::1, 192.0.2.2, 'TXT "walled garden"', 192.0.2.1, 192.0.2.2]
      domains: [evil.com])");
  CHECK(rules.Ask("evil.com") == "sinkhole c/domains");
  CHECK(rules.AnswerFor("evil.com").record_count == 4);
  CHECK(rules.RecordsFor("evil.com") ==
        R"(A 192.0.2.1, A 192.0.2.2, TXT "walled garden", AAAA 2001:db8::1)");
}

TEST_CASE("sinkhole: says the action by itself, and a lone address needs no list") {
  Compiled rules(Blocking("sinkhole: 192.0.2.1"));
  CHECK(rules.Ask("evil.com") == "sinkhole c/domains");
  CHECK(rules.RecordsFor("evil.com") == "A 192.0.2.1");
}

TEST_CASE("sinkhole: a CNAME to a walled garden, with or without the final dot") {
  const std::string target =
      GENERATE(as<std::string>{}, "{cname: garden.example}", "{cname: Garden.Example.}",
               "CNAME garden.example.", "['CNAME garden.example', CNAME garden.example.]");
  Compiled rules(Blocking("sinkhole: " + target));
  CHECK(rules.Ask("evil.com") == "sinkhole c/domains");
  CHECK(rules.RecordsFor("evil.com") == "CNAME garden.example.");
}

TEST_CASE("sinkhole: a CNAME may put the name that was asked in front") {
  Compiled rules(Blocking("sinkhole: {cname: '*.garden.example'}"));
  CHECK(rules.RecordsFor("evil.com") == "CNAME *.garden.example.");
}

TEST_CASE("match: the whole registrable domain") {
  Compiled rules(WithPattern("match: 'evil-[a-z]+.(com|net)'"));
  CHECK(rules.Ask("evil-x.com") == "nxdomain c/p");
  CHECK(rules.Ask("www.evil-x.com") == "nxdomain c/p");
  CHECK(rules.Ask("evil-x.org") == "none");
  CHECK(rules.Ask("not-evil-x.com") == "none");
  CHECK(rules.Ask("evil-x2.com") == "none");
  CHECK(rules.Ask("evil-x.com.org") == "none");
}

TEST_CASE("match: upper case is lower case") {
  Compiled rules(WithPattern("match: 'EVIL-[A-Z]+.COM'"));
  CHECK(rules.Ask("Evil-X.com") == "nxdomain c/p");
}

TEST_CASE("match: a dot alone is a dot, not any character") {
  Compiled rules(WithPattern("match: 'evil.com'"));
  CHECK(rules.Ask("evil.com") == "nxdomain c/p");
  CHECK(rules.Ask("evilxcom.net") == "none");
}

TEST_CASE("A pattern's match says where the registrable domain begins") {
  Compiled rules(WithPattern("match: 'evil-[a-z]+'\n    suffixes: any"));
  CHECK(rules.VerdictOn("evil-x.co.uk").decision.owner_label == 0);
  CHECK(rules.VerdictOn("a.b.evil-x.co.uk").decision.owner_label == 2);
}

TEST_CASE("on: name matches the whole QNAME") {
  Compiled rules(WithPattern("match: 'usps.com-[a-z]+.top'\n    on: name"));
  CHECK(rules.Ask("usps.com-x.top") == "nxdomain c/p");
  CHECK(rules.Ask("www.usps.com-x.top") == "none");
  CHECK(rules.Ask("com-x.top") == "none");
  CHECK(rules.VerdictOn("usps.com-x.top").decision.owner_label == 0);
}

TEST_CASE("on: domain is what holds without it") {
  CHECK(Compiled(WithPattern("match: 'evil.com'\n    on: domain")).Ask("a.evil.com") ==
        "nxdomain c/p");
}

TEST_CASE("suffixes: what may stand right of the match") {
  Compiled rules(WithPattern("match: 'evil-[a-z]+'\n    suffixes: [top, co.uk, .xin, 公司.cn]"));
  CHECK(rules.Ask("evil-x.top") == "nxdomain c/p");
  CHECK(rules.Ask("evil-x.co.uk") == "nxdomain c/p");
  CHECK(rules.Ask("evil-x.xin") == "nxdomain c/p");
  CHECK(rules.Ask("evil-x.xn--55qx5d.cn") == "nxdomain c/p");
  CHECK(rules.Ask("evil-x.uk") == "none");
  CHECK(rules.Ask("evil-x.com") == "none");
}

TEST_CASE("suffixes: any is any public suffix") {
  Compiled rules(WithPattern("match: 'evil-[a-z]+'\n    suffixes: any"));
  CHECK(rules.Ask("evil-x.com") == "nxdomain c/p");
  CHECK(rules.Ask("evil-x.co.uk") == "nxdomain c/p");
  CHECK(rules.Ask("evil-x.unlisted") == "nxdomain c/p");
  CHECK(rules.Ask("evil-x.good.com") == "none");
}

TEST_CASE("suffixes: with on: name they end the whole name") {
  Compiled rules(WithPattern("match: '[a-z]+.evil-[a-z]+'\n    on: name\n    suffixes: [top]"));
  CHECK(rules.Ask("usps.evil-x.top") == "nxdomain c/p");
  CHECK(rules.Ask("evil-x.top") == "none");
}

TEST_CASE("lists: their words stand for <name> in match and in suffixes") {
  Compiled rules(WithPattern("match: '<brands>-[a-z]+'\n    suffixes: [<cheap>, org]",
                             "lists:\n  brands: [usps, d.h]\n  cheap: [top, co.uk]"));
  CHECK(rules.Ask("usps-x.top") == "nxdomain c/p");
  CHECK(rules.Ask("usps-x.co.uk") == "nxdomain c/p");
  CHECK(rules.Ask("usps-x.org") == "nxdomain c/p");
  CHECK(rules.Ask("usps-x.com") == "none");
  CHECK(rules.Ask("dxh-x.top") == "none");
}

TEST_CASE("except: names with all below them that the pattern does not match") {
  Compiled rules(WithPattern(
      "match: 'com-[a-z]+'\n    suffixes: any\n    except: [com-unity.net, a.com-x.net]"));
  CHECK(rules.Ask("com-y.net") == "nxdomain c/p");
  CHECK(rules.Ask("com-unity.net") == "none");
  CHECK(rules.Ask("www.com-unity.net") == "none");
  CHECK(rules.Ask("com-unity.org") == "nxdomain c/p");
  // An exception may be narrower than what the pattern looks at.
  CHECK(rules.Ask("a.com-x.net") == "none");
  CHECK(rules.Ask("b.a.com-x.net") == "none");
  CHECK(rules.Ask("com-x.net") == "nxdomain c/p");
}

TEST_CASE("A pattern keeps its meaning, its report and its text as written") {
  Compiled rules(
      WithPattern("match: 'Evil-[a-z]+.com'\n    report: r-1",
                  "references:\n  - id: r-1\n    title: t\n    url: https://example.com/\n"
                  "    date: 2025-01-01"));
  const RuleView rule = rules.RuleFor("evil-x.com");
  CHECK(rule.id == "p");
  CHECK(rule.meaning == "m");
  CHECK(rule.report == "r-1");
  CHECK(rule.pattern == "Evil-[a-z]+.com");
  CHECK(rule.file == "campaign.yaml");
}

TEST_CASE("A pattern overrides what its campaign answers") {
  Compiled rules(WithPattern(
      "match: 'evil.com'\n    action: drop\n    ttl: 5\n    ede: none\n    expires: 2025-07-01",
      "action: refused\nttl: 10\nede: censored\nexpires: 2025-12-31\n"
      "domains: [bad.com]"));
  CHECK(rules.Ask("bad.com") == "refused c/domains");
  CHECK(rules.Ask("evil.com") == "drop c/p");
  CHECK(rules.AnswerFor("evil.com").ttl == 5);
  CHECK(rules.AnswerFor("evil.com").ede == policy::Ede::kNone);
  CHECK(rules.Ask("evil.com", "2025-07-02") == "none");
  CHECK(rules.Ask("bad.com", "2025-07-02") == "refused c/domains");
}

TEST_CASE("A pattern takes from its campaign what it does not say") {
  Compiled rules(WithPattern("match: 'evil.com'\n    ttl: 5", "action: refused\nede: censored"));
  CHECK(rules.Ask("evil.com") == "refused c/p");
  CHECK(rules.AnswerFor("evil.com").ttl == 5);
  CHECK(rules.AnswerFor("evil.com").ede == policy::Ede::kCensored);
}

TEST_CASE("A pattern may have a sinkhole of its own") {
  Compiled rules(WithPattern("match: 'evil.com'\n    sinkhole: [192.0.2.9]",
                             "sinkhole: [192.0.2.1]\ndomains: [bad.com]"));
  CHECK(rules.RecordsFor("bad.com") == "A 192.0.2.1");
  CHECK(rules.RecordsFor("evil.com") == "A 192.0.2.9");
}

TEST_CASE(
    "A pattern may be in shadow mode in a campaign that is enforced, and the other way round") {
  CHECK(Compiled(WithPattern("match: 'evil.com'\n    mode: shadow")).Ask("evil.com") ==
        "none, shadow: nxdomain c/p");
  CHECK(Compiled(WithPattern("match: 'evil.com'\n    mode: enforce", "mode: shadow"))
            .Ask("evil.com") == "nxdomain c/p");
}

}  // namespace tollgate
