// SPDX-License-Identifier: BSD-3-Clause
//
// What is wrong in a campaign file: where it is, what it is, and what to do about it.

#include <string>

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate {
namespace {

using test::Compiled;

// The one fault of a campaign that has `keys` besides its id (on line 1) and a rule (on line 2),
// without its file name.
std::string FaultOf(const std::string& keys) {
  Compiled rules("id: c\ndomains: [evil.com]\n" + keys + "\n");
  std::string faults = rules.Faults();
  const std::string file = "campaign.yaml:";
  if (faults.compare(0, file.size(), file) == 0) faults.erase(0, file.size());
  if (!faults.empty() && faults.back() == '\n') faults.pop_back();
  return faults;
}

// The same for `keys` of a pattern that begins on line 4; its id, meaning and match are on lines 4
// to 6.
std::string PatternFaultOf(const std::string& keys) {
  return FaultOf("patterns:\n  - id: p\n    meaning: m\n    match: 'evil-[a-z]+'\n    " + keys);
}

// The same for a pattern with `match` alone.
std::string MatchFaultOf(const std::string& match) {
  return FaultOf("patterns:\n  - id: p\n    meaning: m\n    match: " + match);
}

}  // namespace

TEST_CASE("Faults of a campaign's keys") {
  const auto [keys, fault] = GENERATE(table<std::string, std::string>({
      {"tilte: x", "3:1: error: unknown key 'tilte'; did you mean 'title'?"},
      {"category: fishing",
       "3:11: error: 'fishing' is not a value of 'category'; did you mean 'phishing'?"},
      {"severity: worst",
       "3:11: error: 'worst' is not a value of 'severity'; write low, medium, high or critical"},
      {"first_seen: yesterday", "3:13: error: 'yesterday' is not a date such as 2025-10-23"},
      {"expires: 2025-02-30",
       "3:10: error: '2025-02-30' is not a date such as 2025-10-23; "
       "write the last day on which it holds, or 'never'"},
      {"action: nxdomian",
       "3:9: error: 'nxdomian' is not a value of 'action'; did you mean 'nxdomain'?"},
      {"ttl: 1w", "3:6: error: '1w' is not a whole number from 0 to 604800"},
      {"ttl: 604801", "3:6: error: '604801' is not a whole number from 0 to 604800"},
      {"ede: blcked", "3:6: error: 'blcked' is not a value of 'ede'; did you mean 'blocked'?"},
      {"mode: shaddow", "3:7: error: 'shaddow' is not a value of 'mode'; did you mean 'shadow'?"},
      {"title: [a, b]",
       "3:8: error: 'title' wants one value, and this is a list or a mapping; "
       "write it on the same line: title: value"},
      {"domains: [bad.com]",
       "3:1: error: the key 'domains' a second time; merge the two; only one of them would count"},
  }));
  INFO(keys);
  CHECK(FaultOf(keys) == fault);
}

TEST_CASE("Faults of ids") {
  const std::string fix =
      "; use lower-case letters, digits, '-', '_' and '.', at most 63 of them\n";
  CHECK(Compiled("domains: [evil.com]\ntitle: x").Faults() ==
        "campaign.yaml:1:1: error: the campaign has no id; begin with a line such as 'id: "
        "my-campaign'\n");
  CHECK(Compiled("id: My Campaign\ndomains: [evil.com]").Faults() ==
        "campaign.yaml:1:5: error: 'My Campaign' is not an id" + fix);
  const std::string longest(63, 'x');
  CHECK(Compiled("id: " + longest + "\ndomains: [evil.com]").Faults() == "");
  CHECK(Compiled("id: " + longest + "x\ndomains: [evil.com]").Faults() ==
        "campaign.yaml:1:5: error: '" + longest + "x' is not an id" + fix);
}

TEST_CASE("A campaign without rules") {
  CHECK(Compiled("id: c\ntitle: nothing yet").Faults() ==
        "campaign.yaml:1:1: error: the campaign has no rules; "
        "write names under 'domains:' or 'hosts:', or patterns under 'patterns:'\n");
}

TEST_CASE("Faults of names") {
  const auto [keys, fault] = GENERATE(table<std::string, std::string>({
      {"hosts:\n  - a.com\n  - 192.0.2.1",
       "5:5: error: '192.0.2.1' is not a name: an IP address, and names are wanted here"},
      {"hosts: ['*.evil.com']",
       "3:9: error: '*.evil.com' is not a name: a wildcard; leave '*.' out: "
       "'domains' takes the name and everything below it"},
      {"hosts: [x@evil.com]",
       "3:9: error: 'x@evil.com' is not a name: an e-mail address, and names are wanted here"},
      {"hosts: [a..com]",
       "3:9: error: 'a..com' is not a name: an empty label (two dots, or a dot at the start)"},
      {"hosts:\n  - expires: 2025-12-31",
       "4:5: error: an indicator without 'name:'; write the name alone, or 'name:' and 'expires:'"},
      {"hosts:\n  - name: a.com\n    expires: soon",
       "5:14: error: 'soon' is not a date such as 2025-10-23"},
      {"hosts:\n  - name: a.com\n    until: 2025-12-31",
       "5:5: error: unknown key 'until'; known here: expires or name"},
      {"hosts: {a.com: x}",
       "3:8: error: 'hosts' wants a list, and this is a mapping; begin each item with '- '"},
  }));
  INFO(keys);
  CHECK(FaultOf(keys) == fault);
}

TEST_CASE("Names that no rule may touch are faults of a campaign") {
  CHECK(FaultOf("hosts:\n  - a.com\n  - co.uk") ==
        "5: error: 'co.uk' is a public suffix, under which anybody registers names; "
        "block the names below it that you mean");
}

TEST_CASE("Faults of references") {
  const auto [keys, fault] = GENERATE(table<std::string, std::string>({
      {"references: [report-1]",
       "3:14: error: a reference that is one value; "
       "write '- id: report-1', and below it 'title:', 'url:' and 'date:'"},
      {"references:\n  - id: r", "4:5: error: a reference without a title; add 'title:'"},
      {"references:\n  - {id: r, title: t}\n  - {id: r, title: u}",
       "5:10: error: the reference 'r' a second time; give each its own id"},
      {"references:\n  - {id: r, title: t, date: soon}",
       "4:29: error: 'soon' is not a date such as 2025-10-23"},
      {"references:\n  - {id: r, title: t, link: x}",
       "4:23: error: unknown key 'link'; known here: date, id, title or url"},
  }));
  INFO(keys);
  CHECK(FaultOf(keys) == fault);
}

TEST_CASE("Faults of lists of words") {
  const auto [keys, fault] = GENERATE(table<std::string, std::string>({
      {"lists:\n  a: [usps, 'd[h]l']",
       "4:13: error: 'd[h]l' in a list of words; "
       "lists hold plain lower-case text; write expressions in the pattern itself"},
      {"lists:\n  a: []", "4:3: error: the list 'a' is empty; give it words: [one, two]"},
      {"lists: [a, b]", "3:8: error: 'lists' wants a mapping; write its keys indented below it"},
  }));
  INFO(keys);
  CHECK(FaultOf(keys) == fault);
}

TEST_CASE("Faults of sinkholes") {
  const auto [keys, fault] = GENERATE(table<std::string, std::string>({
      {"sinkhole: [192.0.2.1]\naction: drop",
       "4:9: error: 'sinkhole:' beside another action; write 'action: sinkhole', or take the "
       "addresses out"},
      {"sinkhole: [192.0.2.1, CNAME garden.example.]",
       "3:11: error: a CNAME beside other records; a name that has a CNAME has nothing else"},
      {"sinkhole: [CNAME garden.example, CNAME other.example]",
       "3:11: error: a CNAME beside other records; a name that has a CNAME has nothing else"},
      {"sinkhole: {cname: garden..example}",
       "3:19: error: 'garden..example' is no target of a CNAME: an empty label (two dots, or a dot "
       "at the start)"},
      {"sinkhole: {cname: rpz-drop.}",
       "3:19: error: 'rpz-drop.' is no target of a CNAME; write what you mean as 'action: "
       "nxdomain', nodata, pass or drop"},
      {"sinkhole: {cname: .}",
       "3:19: error: '.' is no target of a CNAME; write what you mean as 'action: nxdomain', "
       "nodata, pass or drop"},
      {"sinkhole: {cname: '*.'}",
       "3:19: error: '*.' is no target of a CNAME; write what you mean as 'action: nxdomain', "
       "nodata, pass or drop"},
      {"sinkhole: {cname: 192.0.2.1}",
       "3:19: error: '192.0.2.1' is an address, and a CNAME leads to a name; write it as "
       "'sinkhole: [192.0.2.1]'"},
      {"sinkhole: {name: garden.example}",
       "3:12: error: unknown key 'name'; did you mean 'cname'?"},
      {"sinkhole: {cname: garden.example}\naction: drop",
       "4:9: error: 'sinkhole:' beside another action; write 'action: sinkhole', or take the "
       "addresses out"},
      {"sinkhole: [192.0.2.1, garden.example]",
       "3:23: error: 'garden.example' is no address; "
       "write an address, or a type and its data such as 'TXT \"walled garden\"'"},
      {"action: sinkhole",
       "2: error: 'action: sinkhole' without records; add 'sinkhole: [192.0.2.1, 2001:db8::1]'"},
  }));
  INFO(keys);
  CHECK(FaultOf(keys) == fault);
}

TEST_CASE("An empty sinkhole is reported where it stands") {
  const std::string empty = GENERATE(as<std::string>{}, "[]", "{}");
  CHECK(Compiled("id: c\nsinkhole: " + empty + "\ndomains: [evil.com]")
            .Reports("campaign.yaml:2:11: error: a sinkhole without records; "
                     "give addresses: [192.0.2.1, 2001:db8::1], or {cname: garden.example}"));
}

TEST_CASE("Faults of a pattern's keys") {
  const auto [keys, fault] = GENERATE(table<std::string, std::string>({
      {"report: r-1", "7:13: error: no reference has the id 'r-1'; add it under 'references:'"},
      {"report: r-1\nreferences:\n  - {id: r-2, title: t}",
       "7:13: error: no reference has the id 'r-1'; did you mean 'r-2'?"},
      {"on: dmain", "7:9: error: 'dmain' is not a value of 'on'; did you mean 'domain'?"},
      {"suffixes: [<cheap>]", "7:16: error: no list is called '<cheap>'; write it under 'lists:'"},
      {"suffixes: ['a b']",
       "7:16: error: 'a b' is not a suffix: a space or control character in the name; "
       "write it as 'top' or 'co.uk'"},
      {"suffixes: [any, top]",
       "7:15: error: 'any' beside other suffixes; write 'any' alone, or the others without it"},
      {"suffixes: any\n    on: name",
       "7:15: error: 'suffixes: any' with 'on: name'; "
       "write the suffixes, or match on the registrable domain"},
      {"except: [a.net, 192.0.2.1]",
       "7:21: error: '192.0.2.1' is not a name: an IP address, and names are wanted here"},
      {"action: blok",
       "7:13: error: 'blok' is not a value of 'action'; "
       "write pass, nxdomain, nodata, refused, drop, sinkhole or truncate"},
      {"expires: soon",
       "7:14: error: 'soon' is not a date such as 2025-10-23; "
       "write the last day on which it holds, or 'never'"},
      {"macth: x", "7:5: error: unknown key 'macth'; did you mean 'match'?"},
  }));
  INFO(keys);
  CHECK(PatternFaultOf(keys) == fault);
}

TEST_CASE("A pattern must have id, meaning and match") {
  CHECK(FaultOf("patterns:\n  - meaning: m\n    match: x") ==
        "4:5: error: a pattern without 'id:'; add a short name for it");
  CHECK(FaultOf("patterns:\n  - id: p\n    match: x") ==
        "4:5: error: a pattern without 'meaning:'; add one line: which names it means");
  CHECK(FaultOf("patterns:\n  - id: p\n    meaning: m") ==
        "4:5: error: a pattern without 'match:'; add a regular expression");
  CHECK(FaultOf("patterns: [evil]") ==
        "3:12: error: a pattern that is one value; "
        "write '- id: my-pattern', and below it 'meaning:' and 'match:'");
}

TEST_CASE("A pattern's id is an id, and its own") {
  const std::string pattern = "\n    meaning: m\n    match: x\n";
  CHECK(FaultOf("patterns:\n  - id: Two Words" + pattern) ==
        "4:9: error: 'Two Words' is not an id; "
        "use lower-case letters, digits, '-', '_' and '.', at most 63 of them");
  CHECK(FaultOf("patterns:\n  - id: p" + pattern + "  - id: p" + pattern) ==
        "7:9: error: the id 'p' a second time; give each its own; those of the lists, such as "
        "'domains', are taken");
  CHECK(FaultOf("patterns:\n  - id: hosts" + pattern) ==
        "4:9: error: the id 'hosts' a second time; give each its own; those of the lists, such as "
        "'domains', are taken");
}

TEST_CASE("Faults of an expression stand where the expression stands") {
  CHECK(MatchFaultOf("'a^b'") ==
        "6:12: error: pattern 'p': an anchor inside the pattern; "
        "patterns are always matched whole, leave it out (at character 2)");
  CHECK(MatchFaultOf("'<brand>-x'") ==
        "6:12: error: pattern 'p': no list is called 'brand'; write it under 'lists:' (at "
        "character 1)");
}

TEST_CASE("What Hyperscan refuses is a fault of the pattern, with what was compiled") {
  const std::string fault = MatchFaultOf("'a{3,2}'");
  INFO(fault);
  CHECK(fault.find("6:12: error: pattern 'p': Hyperscan refuses it: ") == 0);
  CHECK(fault.find(R"(; it was compiled as ^(?:a{3,2})\z)") != std::string::npos);
}

TEST_CASE("A pattern that matches any name at all is refused, unless it passes") {
  const std::string pattern = "patterns:\n  - id: p\n    meaning: m\n    match: '.+'\n";
  CHECK(FaultOf(pattern) ==
        "6: error: pattern 'p' matches any name at all; "
        "say in it what the campaign's names have in common");
  CHECK(FaultOf(pattern + "    on: name") ==
        "6: error: pattern 'p' matches any name at all; "
        "say in it what the campaign's names have in common");
  CHECK(FaultOf(pattern + "    action: pass") == "");
}

TEST_CASE("All faults are reported at once, in the order of the file") {
  Compiled rules(R"(
      id: c
      action: nxdomian
      domains:
        - 192.0.2.1
        - good.com
        - com
      patterns:
        - id: p
          meaning: m
          match: '(?=x)'
        - id: q
          meaning: m
          match: 'x'
          report: r)");
  CHECK(
      rules.Faults() ==
      "campaign.yaml:2:9: error: 'nxdomian' is not a value of 'action'; did you mean 'nxdomain'?\n"
      "campaign.yaml:4:5: error: '192.0.2.1' is not a name: "
      "an IP address, and names are wanted here\n"
      "campaign.yaml:6: error: 'com' is a top-level domain; block the names below it that you "
      "mean\n"
      "campaign.yaml:10:12: error: pattern 'p': "
      "a special group; only ( ) and (?: ) can be used (at character 2)\n"
      "campaign.yaml:14:13: error: no reference has the id 'r'; add it under 'references:'\n");
}

TEST_CASE("Rules with faults make no database") {
  CompileOptions options;
  options.public_suffix_list = test::TestSuffixList();
  const test::TemporaryFolder folder;
  const CompileReport report =
      Compile(folder.Write("c.yaml", "id: c\ndomains: [good.com, 192.0.2.1]\n"), options);
  CHECK_FALSE(report.ok());
  CHECK(report.database.empty());
}

TEST_CASE("Without a Public Suffix List there is one fault, and it says what to install") {
  CompileOptions options;
  options.public_suffix_list = "/nowhere/list.dat";
  const CompileReport report = Compile("/nowhere/tollgate.yaml", options);
  CHECK(test::AsText(report.faults) ==
        "/nowhere/list.dat: error: cannot read the Public Suffix List /nowhere/list.dat "
        "(No such file or directory); install the package 'publicsuffix' or name another file "
        "with --public-suffix-list\n");
}

}  // namespace tollgate
