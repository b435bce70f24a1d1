// SPDX-License-Identifier: BSD-3-Clause
//
// Hosts files: what is blocked, what is the machine's own, and what is a mapping.

#include "ruleset/source/hosts.h"

#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"

namespace tollgate::source {
namespace {

test::ReadAlone Read(std::string_view text, const PolicyEntry& entry = test::ReadAlone::Entry()) {
  return test::ReadAlone(Syntax::kHosts, text, entry);
}

}  // namespace

TEST_CASE("A hosts line blocks the name alone, not what lies below it") {
  CHECK(Read("0.0.0.0 evil.top\n").Rules() == "host evil.top nxdomain @1\n");
}

TEST_CASE("Every address of the machine itself, and the null address, block") {
  const std::string address =
      GENERATE(as<std::string>{}, "0.0.0.0", "127.0.0.1", "127.0.0.53", "::", "::1", "0::0");
  CHECK(Read(address + " evil.top\n").Rules() == "host evil.top nxdomain @1\n");
}

TEST_CASE("A hosts line may have several names, and tabs between them") {
  CHECK(Read("0.0.0.0\tevil.top  bad.top\tWorse.TOP.\r\n").Rules() ==
        "host evil.top nxdomain @1\nhost bad.top nxdomain @1\nhost worse.top nxdomain @1\n");
}

TEST_CASE("A '#' ends a hosts line wherever it stands") {
  const test::ReadAlone hosts = Read("# a\n  # b\n\n0.0.0.0 evil.top # c.top\n0.0.0.0 bad.top#d\n");
  CHECK(hosts.Rules() == "host evil.top nxdomain @4\nhost bad.top nxdomain @5\n");
  CHECK(hosts.Notes() == "");
}

TEST_CASE("The names that every machine has are skipped, whatever their address") {
  const std::string line = GENERATE(
      as<std::string>{}, "127.0.0.1 localhost", "127.0.0.1 localhost.localdomain",
      "127.0.0.1 local", "255.255.255.255 broadcasthost", "::1 ip6-localhost", "::1 LOCALHOST.",
      "fe80::1%lo0 localhost", "fe00::0 ip6-localnet", "ff00::0 ip6-mcastprefix",
      "ff02::1 ip6-allnodes", "0.0.0.0 0.0.0.0", "127.0.1.1 my_pc");
  const test::ReadAlone hosts = Read(line + "\n");
  CHECK(hosts.Rules() == "");
  CHECK(hosts.report.Count(LineFate::kSkipped) == 1);
  CHECK(hosts.report.Count(LineFate::kRejected) == 0);
}

TEST_CASE("A name that only begins like a local one is a name") {
  CHECK(Read("0.0.0.0 localhost.evil.top\n").Rules() == "host localhost.evil.top nxdomain @1\n");
}

TEST_CASE("Any other address is an answer: its own family's, and nothing for other types") {
  CHECK(Read("192.0.2.7 intranet.example\n2001:db8::7 www.example\n").Rules() ==
        "host intranet.example sinkhole A 192.0.2.7 @1\n"
        "host www.example sinkhole AAAA 2001:db8::7 @2\n");
}

TEST_CASE("A name with addresses on several lines is answered with all of them") {
  CHECK(Read("192.0.2.7 intranet.example\n0.0.0.0 evil.top\n2001:db8::7 Intranet.example\n"
             "192.0.2.8 intranet.example\n192.0.2.7 intranet.example\n")
            .Rules() ==
        "host evil.top nxdomain @2\n"
        "host intranet.example sinkhole A 192.0.2.7 A 192.0.2.8 AAAA 2001:db8::7 @1\n");
}

TEST_CASE("Names alone on a line are no hosts lines") {
  const test::ReadAlone hosts = Read("evil.top\n0.0.0.0 bad.top\n");
  CHECK(hosts.Rules() == "host bad.top nxdomain @2\n");
  CHECK(hosts.Notes() == "rejected 1: no address at the beginning of the line @1 'evil.top'\n");
}

TEST_CASE("An address alone on a line is rejected") {
  CHECK(Read("0.0.0.0\n").Notes() == "rejected 1: an address without a name @1 '0.0.0.0'\n");
}

TEST_CASE("A bad name of a hosts line does not keep the others out") {
  const test::ReadAlone hosts = Read("0.0.0.0 a..top evil.top 192.0.2.1\n192.0.2.7 b..example\n");
  CHECK(hosts.Rules() == "host evil.top nxdomain @1\n");
  CHECK(hosts.Notes() ==
        "rejected 2: an empty label (two dots, or a dot at the start) @1 'a..top'\n"
        "rejected 1: an IP address, and names are wanted here @1 '192.0.2.1'\n");
}

TEST_CASE("scope: domain makes a hosts file block what lies below its names, mappings too") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.scope = policy::NameScope::kDomain;
  CHECK(Read("0.0.0.0 evil.top\n192.0.2.7 intranet.example\n", entry).Rules() ==
        "domain evil.top nxdomain @1\ndomain intranet.example sinkhole A 192.0.2.7 @2\n");
}

TEST_CASE("The manifest's action beats a mapping's") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.overrides.action = policy::Action::kRefused;
  CHECK(Read("192.0.2.7 intranet.example\n", entry).Rules() ==
        "host intranet.example refused @1\n");
}

}  // namespace tollgate::source
