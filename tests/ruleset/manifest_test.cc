// SPDX-License-Identifier: BSD-3-Clause
//
// The manifest: which policies there are, in which order, and what it overrides in them.

#include "ruleset/source/manifest.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate {
namespace {

using test::Compiled;

const test::RuleFile kCampaign = {"c.yaml", "id: c\ndomains: [evil.com]\n"};
const test::RuleFile kList = {"feed.txt", "bad.com\n"};

// A manifest with one entry for a campaign that answers everything in its own way, and has a
// pattern that answers in yet another; `overrides` are added to the entry.
Compiled Overridden(const std::string& overrides) {
  return Compiled({{"tollgate.yaml", "policies:\n  - file: c.yaml\n" + overrides}, {"c.yaml", R"(
                       id: c
                       action: refused
                       ttl: 10
                       ede: censored
                       mode: enforce
                       expires: 2025-08-31
                       domains: [evil.com]
                       patterns:
                         - id: p
                           meaning: m
                           match: 'evil-[a-z]+.net'
                           action: drop
                           ttl: 20
                           ede: none
                           expires: 2025-07-31)"}});
}

}  // namespace

TEST_CASE("An entry is a map with file:, or a file name alone") {
  Compiled rules(
      {{"tollgate.yaml", "policies:\n  - c.yaml\n  - file: feed.txt\n"}, kCampaign, kList});
  CHECK(rules.Faults() == "");
  CHECK(rules.Ask("evil.com") == "nxdomain c/domains");
  CHECK(rules.Ask("bad.com") == "nxdomain feed/domains");
}

TEST_CASE("Policies are in the order of the manifest") {
  Compiled rules({{"tollgate.yaml", "policies: [feed.txt, c.yaml]"}, kCampaign, kList});
  CHECK(rules.rules().policy_count() == 2);
  CHECK(rules.rules().Policy(0).id == "feed");
  CHECK(rules.rules().Policy(1).id == "c");
}

TEST_CASE("Files are found relative to the manifest's folder") {
  Compiled rules({{"etc/tollgate.yaml", "policies: [rules/c.yaml]"},
                  {"etc/rules/c.yaml", "id: c\ndomains: [evil.com]"}});
  CHECK(rules.Ask("evil.com") == "nxdomain c/domains");
  CHECK(rules.RuleFor("evil.com").file == "rules/c.yaml");
}

TEST_CASE("A campaign in place of a manifest is a manifest of that one policy") {
  const std::string rules = GENERATE(as<std::string>{}, "domains: [evil.com]", "hosts: [evil.com]");
  Compiled alone({{"c.yaml", "id: c\n" + rules}});
  CHECK(alone.Faults() == "");
  CHECK(alone.rules().policy_count() == 1);
  CHECK(alone.RuleFor("evil.com").file == "c.yaml");
}

TEST_CASE("The end of a file's name says how it is read") {
  const std::string name = GENERATE(as<std::string>{}, "c.yaml", "c.yml");
  Compiled campaign({{"tollgate.yaml", "policies: [" + name + "]"}, {name, kCampaign.text}});
  CHECK(campaign.rules().Policy(0).campaign == "c");
}

TEST_CASE("Every other file is a plain list, whose id is its name without the end") {
  const std::string name =
      GENERATE(as<std::string>{}, "feed.txt", "feed.list", "feed", "lists/feed.txt");
  Compiled list({{"tollgate.yaml", "policies: [" + name + "]"}, {name, kList.text}});
  CHECK(list.rules().Policy(0).campaign == "");
  CHECK(list.rules().Policy(0).id == "feed");
}

TEST_CASE("syntax: says how a file is read where its name says something else") {
  Compiled rules({{"tollgate.yaml", R"(
                      policies:
                        - {file: c.conf, syntax: campaign}
                        - {file: feed.yaml, syntax: domains})"},
                  {"c.conf", kCampaign.text},
                  {"feed.yaml", kList.text}});
  CHECK(rules.Ask("evil.com") == "nxdomain c/domains");
  CHECK(rules.Ask("bad.com") == "nxdomain feed/domains");
}

TEST_CASE("id: overrides the campaign's, which stays known as the campaign") {
  Compiled rules({{"tollgate.yaml", "policies:\n  - {file: c.yaml, id: first}"}, kCampaign});
  CHECK(rules.Ask("evil.com") == "nxdomain first/domains");
  CHECK(rules.rules().Policy(0).campaign == "c");
  CHECK(rules.AnswerFor("evil.com").text == "first");
}

TEST_CASE("A file may be there twice, under two ids") {
  Compiled rules({{"tollgate.yaml",
                   "policies:\n  - {file: c.yaml, id: trial, mode: shadow, action: drop}\n"
                   "  - c.yaml\n"},
                  kCampaign});
  CHECK(rules.Ask("evil.com") == "nxdomain c/domains, shadow: drop trial/domains");
}

TEST_CASE("Without overrides: the pattern's word before the campaign's") {
  Compiled rules = Overridden("");
  CHECK(rules.Ask("evil.com") == "refused c/domains");
  CHECK(rules.Ask("evil-x.net") == "drop c/p");
  CHECK(rules.AnswerFor("evil.com").ttl == 10);
  CHECK(rules.AnswerFor("evil-x.net").ttl == 20);
}

TEST_CASE("The manifest's action goes before the pattern's and the campaign's") {
  Compiled rules = Overridden("    action: nodata");
  CHECK(rules.Ask("evil.com") == "nodata c/domains");
  CHECK(rules.Ask("evil-x.net") == "nodata c/p");
}

TEST_CASE("The manifest's ttl goes before the pattern's and the campaign's") {
  Compiled rules = Overridden("    ttl: 30");
  CHECK(rules.AnswerFor("evil.com").ttl == 30);
  CHECK(rules.AnswerFor("evil-x.net").ttl == 30);
}

TEST_CASE("The manifest's ede goes before the pattern's and the campaign's") {
  Compiled rules = Overridden("    ede: filtered");
  CHECK(rules.AnswerFor("evil.com").ede == policy::Ede::kFiltered);
  CHECK(rules.AnswerFor("evil-x.net").ede == policy::Ede::kFiltered);
}

TEST_CASE("The manifest's mode goes before the pattern's and the campaign's") {
  Compiled rules = Overridden("    mode: shadow");
  CHECK(rules.Ask("evil.com") == "none, shadow: refused c/domains");
  CHECK(rules.Ask("evil-x.net") == "none, shadow: drop c/p");
}

TEST_CASE("The manifest's expires goes before the pattern's and the campaign's") {
  Compiled rules = Overridden("    expires: never");
  CHECK(rules.Ask("evil.com", "2030-01-01") == "refused c/domains");
  CHECK(rules.Ask("evil-x.net", "2030-01-01") == "drop c/p");
}

TEST_CASE("The manifest's sinkhole goes before the pattern's and the campaign's") {
  Compiled rules = Overridden("    sinkhole: [192.0.2.1]");
  CHECK(rules.Ask("evil.com") == "sinkhole c/domains");
  CHECK(rules.RecordsFor("evil-x.net") == "A 192.0.2.1");
}

TEST_CASE("What the manifest does not override stays the campaign's") {
  Compiled rules = Overridden("    ttl: 30");
  CHECK(rules.Ask("evil.com") == "refused c/domains");
  CHECK(rules.AnswerFor("evil.com").ede == policy::Ede::kCensored);
}

TEST_CASE("The manifest may take a sinkhole away, or send it elsewhere") {
  const test::RuleFile campaign = {"c.yaml", "id: c\nsinkhole: [192.0.2.1]\ndomains: [evil.com]"};
  Compiled away({{"tollgate.yaml", "policies:\n  - {file: c.yaml, action: nxdomain}"}, campaign});
  CHECK(away.Ask("evil.com") == "nxdomain c/domains");
  CHECK(away.AnswerFor("evil.com").record_count == 0);
  Compiled elsewhere(
      {{"tollgate.yaml", "policies:\n  - {file: c.yaml, sinkhole: 192.0.2.2}"}, campaign});
  CHECK(elsewhere.RecordsFor("evil.com") == "A 192.0.2.2");
}

TEST_CASE("A plain list takes its answer from the manifest") {
  Compiled rules(
      {{"tollgate.yaml", "policies:\n  - {file: feed.txt, action: pass, id: allow}"}, kList});
  CHECK(rules.Ask("www.bad.com") == "pass allow/domains");
  Compiled sinkhole(
      {{"tollgate.yaml", "policies:\n  - {file: feed.txt, sinkhole: 192.0.2.1}"}, kList});
  CHECK(sinkhole.RecordsFor("bad.com") == "A 192.0.2.1");
}

TEST_CASE("Faults of a manifest") {
  const auto [manifest, fault] = GENERATE(table<std::string, std::string>({
      {"policies: []",
       "tollgate.yaml:1:1: error: the manifest names no policies; "
       "write 'policies:' and below it '- file: my-campaign.yaml'"},
      {"policies:\n  - id: x",
       "tollgate.yaml:2:5: error: a policy without 'file:'; write '- file: my-campaign.yaml'"},
      {"policies:\n  - file: c.yaml\n    moode: shadow",
       "tollgate.yaml:3:5: error: unknown key 'moode'; did you mean 'mode'?"},
      {"policies:\n  - {file: c.yaml, id: Two Words}",
       "tollgate.yaml:2:24: error: 'Two Words' is not an id; "
       "use lower-case letters, digits, '-', '_' and '.', at most 63 of them"},
      {"policies:\n  - file: c.yaml\n    mode: shadw",
       "tollgate.yaml:3:11: error: 'shadw' is not a value of 'mode'; did you mean 'shadow'?"},
      {"policies:\n  - file: c.yaml\n    syntax: host",
       "tollgate.yaml:3:13: error: 'host' is not a value of 'syntax'; did you mean 'hosts'?"},
      {"policies:\n  - {file: c.yaml, lifetime: soon}",
       "tollgate.yaml:2:30: error: 'soon' is no number of days; write it as 30d"},
      {"policies:\n  - {file: c.yaml, max_errors: few}",
       "tollgate.yaml:2:32: error: 'few' is neither a number of lines nor a share; "
       "write it as 100 or as 2%"},
      {"policies:\n  - {file: c.yaml, may_block: [a b]}",
       "tollgate.yaml:2:32: error: 'a b' is not a name; "
       "write the suffix or the name that this policy may block"},
      {"policies: [c.yaml]\nnever_block: [192.0.2.1]",
       "tollgate.yaml:2:15: error: '192.0.2.1' is not a name; "
       "write a name; it is protected with everything below it"},
      {"policies:\n  - {file: empty.txt}",
       "empty.txt: error: no rule was found in it (0 lines rejected); "
       "if it is in another syntax than it looks, say 'syntax:' in the manifest"},
      {"policies:\n  - c.yaml\n  - c.yaml",
       "tollgate.yaml:3:5: error: the policy id 'c' a second time; give this entry an 'id:' of its "
       "own"},
      {"policies:\n  - {file: feed.txt, id: c}\n  - c.yaml",
       "tollgate.yaml:3:5: error: the policy id 'c' a second time; give this entry an 'id:' of its "
       "own"},
      {"policies:\n  - {file: feed.txt, action: sinkhole}",
       "tollgate.yaml:2:5: error: 'action: sinkhole' without records; "
       "add 'sinkhole: [192.0.2.1, 2001:db8::1]'"},
      {"policies: [c.yaml]\nversion: 1",
       "tollgate.yaml:2:1: error: unknown key 'version'; known here: "},
      {"policies: [nowhere.yaml]",
       "nowhere.yaml: error: cannot read the file: No such file or directory; "
       "check the path and its permissions"},
      {"policies: [nowhere.txt]",
       "nowhere.txt: error: cannot read the file: No such file or directory; "
       "check the path and its permissions"},
  }));
  INFO(manifest);
  const std::string faults =
      Compiled({{"tollgate.yaml", manifest}, kCampaign, kList, {"empty.txt", "# nothing"}})
          .Faults();
  INFO(faults);
  CHECK(faults.find(fault) == 0);
  CHECK(faults.find('\n') == faults.size() - 1);
}

TEST_CASE("Faults of all files of a manifest are reported at once") {
  Compiled rules({{"tollgate.yaml", "policies: [a.yaml, sub/b.yaml, feed.txt]"},
                  {"a.yaml", "id: a\nttl: x\ndomains: [evil.com]"},
                  {"sub/b.yaml", "id: b\ndomains: [com]"},
                  {"feed.txt", "# empty\n"}});
  CHECK(rules.Reports("a.yaml:2:6: error: 'x' is not a whole number from 0 to 604800"));
  CHECK(rules.Reports(
      "sub/b.yaml:2: error: 'com' is a top-level domain; block the names below it that you mean"));
  CHECK(
      rules.Reports("feed.txt: error: no rule was found in it (0 lines rejected); "
                    "if it is in another syntax than it looks, say 'syntax:' in the manifest"));
}

TEST_CASE("A campaign that is no YAML does not hide the faults of the next") {
  Compiled rules({{"tollgate.yaml", "policies: [a.yaml, b.yaml]"},
                  {"a.yaml", "id: [\n"},
                  {"b.yaml", "id: b\nttl: x\ndomains: [evil.com]"}});
  CHECK(rules.Faults().find("a.yaml:") == 0);
  CHECK(rules.Reports("b.yaml:2:6: error: 'x' is not a whole number from 0 to 604800"));
}

TEST_CASE("max_errors: a feed may have so many bad lines and no more") {
  const test::RuleFile feed{"dirty.txt", "evil.com\n192.0.2.1\n192.0.2.2\nbad.com\n"};
  const auto compiled = [&](const std::string& limit) {
    return Compiled(
        {{"tollgate.yaml", "policies: [{file: dirty.txt, max_errors: " + limit + "}]"}, feed});
  };
  CHECK(compiled("2").ok());
  CHECK(compiled("50%").ok());
  CHECK(compiled("1").Reports("dirty.txt: error: 2 lines rejected, and 'max_errors' allows 1"));
  CHECK(compiled("49.9%").Reports(
      "dirty.txt: error: 2 of 4 lines rejected, and 'max_errors' allows 49.9%"));
}

TEST_CASE("Every file is announced before it is read") {
  const test::TemporaryFolder folder;
  folder.Write("c.yaml", kCampaign.text);
  folder.Write("feed.txt", kList.text);
  const std::string manifest = folder.Write("tollgate.yaml", "policies: [c.yaml, feed.txt]");
  std::vector<std::string> files;
  text::Diagnostics faults;
  source::LoadManifest(manifest, {false, [&](const std::string& file) { files.push_back(file); }},
                       faults);
  CHECK(files ==
        std::vector<std::string>{manifest, folder.path() + "/c.yaml", folder.path() + "/feed.txt"});
}

}  // namespace tollgate
