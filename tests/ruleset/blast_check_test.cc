// SPDX-License-Identifier: BSD-3-Clause
//
// max_blast and never_block: rules that would block good names do not go out.

#include "ruleset/compile/blast_check.h"

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::compile {
namespace {

const test::RuleFile kGood{"good.txt", "www.shop.com\npay-good.com\nbank.com\n"};
const test::RuleFile kCampaign{"c.yaml", R"(
    id: c
    domains: [shop.com, evil.com]
    patterns:
      - id: pay
        meaning: pay, a hyphen, letters
        match: 'pay-[a-z]+'
        suffixes: any)"};

test::Compiled With(const std::string& terms, const std::string& top = "") {
  return test::Compiled({{"tollgate.yaml", top + "known_good: [good.txt]\npolicies:\n" +
                                               "  - {file: c.yaml, " + terms + "}\n"},
                         kGood,
                         kCampaign});
}

}  // namespace

TEST_CASE("max_blast: a rule that blocks more known good names is an error, with the names") {
  const test::Compiled rules = With("max_blast: 0");
  CHECK(rules.Faults() ==
        "c.yaml:2: error: 'shop.com' would block 1 known good name, and 'max_blast' allows 0: "
        "www.shop.com; narrow it, add an exception, or put the good names into a policy that "
        "passes\n"
        "c.yaml:6: error: pattern 'pay' would block 1 known good name, and 'max_blast' allows 0: "
        "pay-good.com; narrow it, add an exception, or put the good names into a policy that "
        "passes\n");
}

TEST_CASE("max_blast: as many as it says are allowed") { CHECK(With("max_blast: 1").ok()); }

TEST_CASE("Without max_blast nobody counts") { CHECK(With("ttl: 60").Faults() == ""); }

TEST_CASE("on_blast: shadow keeps the rule in shadow mode, and no other") {
  test::Compiled rules = With("max_blast: 0, on_blast: shadow");
  REQUIRE(rules.ok());
  CHECK(rules.Ask("www.shop.com") == "none, shadow: nxdomain c/domains");
  CHECK(rules.Ask("pay-good.com") == "none, shadow: nxdomain c/pay");
  CHECK(rules.Ask("evil.com") == "nxdomain c/domains");
  CHECK(rules.Reports(
      "c.yaml:2: warning: 'shop.com' would block 1 known good name, and 'max_blast' allows 0: "
      "www.shop.com; kept in shadow mode"));
}

TEST_CASE("What a rule in shadow mode had subsumed is there again") {
  test::Compiled rules({{"tollgate.yaml",
                         "known_good: [good.txt]\npolicies:\n"
                         "  - {file: feed.txt, max_blast: 0, on_blast: shadow}\n"},
                        kGood,
                        {"feed.txt", "shop.com\nbad.shop.com\nbank.com\nlogin.bank.com\n"}});
  REQUIRE(rules.ok());
  CHECK(rules.Ask("bad.shop.com") == "nxdomain feed/domains");
  CHECK(rules.Ask("login.bank.com") == "nxdomain feed/domains");
  CHECK(rules.Ask("www.shop.com") == "none, shadow: nxdomain feed/domains");
}

TEST_CASE("A good name that an earlier policy passes is not blocked") {
  CHECK(
      test::Compiled({{"tollgate.yaml",
                       "known_good: [good.txt]\npolicies:\n  - allow.yaml\n"
                       "  - {file: c.yaml, max_blast: 0}\n"},
                      {"allow.yaml", "id: allow\naction: pass\ndomains: [shop.com, pay-good.com]"},
                      kGood,
                      kCampaign})
          .ok());
}

TEST_CASE("A pattern that would block what the site never blocks is an error") {
  const test::Compiled rules = With("ttl: 60", "never_block: [pay-good.com]\n");
  CHECK(rules.Reports(
      "c.yaml:6: error: pattern 'pay' would block 1 name that this site never blocks: "
      "pay-good.com; narrow it, add an exception, or put the good names into a policy that "
      "passes"));
}

TEST_CASE("max_blast without known good names is a mistake") {
  CHECK(test::Compiled({{"tollgate.yaml", "policies: [{file: c.yaml, max_blast: 0}]"}, kCampaign})
            .Reports("tollgate.yaml:1:12: error: 'max_blast' without names to try the rules on; "
                     "name files of good names at the top: 'known_good: [good-names.txt]'"));
}

}  // namespace tollgate::compile
