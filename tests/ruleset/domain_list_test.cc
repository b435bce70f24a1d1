// SPDX-License-Identifier: BSD-3-Clause
//
// Plain lists of domains: somebody else's, so a bad line never keeps the good ones out.

#include "ruleset/source/domain_list.h"

#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"

namespace tollgate::source {
namespace {

test::ReadAlone Read(std::string_view text, const PolicyEntry& entry = test::ReadAlone::Entry()) {
  return test::ReadAlone(Syntax::kDomains, text, entry);
}

}  // namespace

TEST_CASE("A list has one name a line, which stands for everything below it too") {
  CHECK(Read("evil.top\nbad.top\n").Rules() ==
        "domain evil.top nxdomain @1\ndomain bad.top nxdomain @2\n");
}

TEST_CASE("The last line of a list needs no end") {
  CHECK(Read("evil.top\nbad.top").Rules() ==
        "domain evil.top nxdomain @1\ndomain bad.top nxdomain @2\n");
}

TEST_CASE("A leading '*.' or '.' changes nothing: a domain holds what is below it anyway") {
  CHECK(Read("*.evil.top\n.bad.top\n").Rules() ==
        "domain evil.top nxdomain @1\ndomain bad.top nxdomain @2\n");
}

TEST_CASE("Comments and empty lines count as lines of a list and hold no names") {
  const test::ReadAlone list =
      Read("# a feed\n\nevil.top  # seen today\n   \nbad.top#x\n; y\n! z\n");
  CHECK(list.Rules() == "domain evil.top nxdomain @3\ndomain bad.top nxdomain @5\n");
  CHECK(list.Notes() == "");
}

TEST_CASE("A list may have lines that end as on Windows, and begin with a byte order mark") {
  CHECK(Read("\xef\xbb\xbf"
             "evil.top\r\n\r\nbad.top\r\n")
            .Rules() == "domain evil.top nxdomain @1\ndomain bad.top nxdomain @3\n");
}

TEST_CASE("A list may be indented, defanged and in upper case") {
  CHECK(Read("  EVIL[.]top\nhxxps[:]//bad[.]top/us\n").Rules() ==
        "domain evil.top nxdomain @1\ndomain bad.top nxdomain @2\n");
}

TEST_CASE("A line that is no name is rejected, counted by reason, and the first of each is kept") {
  const test::ReadAlone list = Read("evil.top\n192.0.2.1\nbad.top\n192.0.2.2\n");
  CHECK(list.Rules() == "domain evil.top nxdomain @1\ndomain bad.top nxdomain @3\n");
  CHECK(list.Notes() == "rejected 2: an IP address, and names are wanted here @2 '192.0.2.1'\n");
}

TEST_CASE("A feed is one policy, without a campaign, with one rule for all that does the same") {
  const test::ReadAlone list = Read("evil.top\nbad.top\n");
  REQUIRE(list.model.policies.size() == 1);
  CHECK(list.model.policies[0].id == "feed");
  CHECK(list.model.policies[0].is_feed);
  CHECK(list.model.policies[0].campaign.empty());
  REQUIRE(list.model.rules.size() == 1);
  CHECK(list.model.rules[0].id == "domains");
  CHECK(list.model.rules[0].file == "feed.txt");
}

TEST_CASE("The manifest's entry says what a feed does") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.overrides.action = policy::Action::kDrop;
  entry.overrides.mode = policy::Mode::kShadow;
  CHECK(Read("evil.top\n", entry).Rules() == "domain evil.top drop shadow @1\n");
}

TEST_CASE("The manifest's scope beats the syntax's") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.scope = policy::NameScope::kHost;
  CHECK(Read("evil.top\n", entry).Rules() == "host evil.top nxdomain @1\n");
}

}  // namespace tollgate::source
