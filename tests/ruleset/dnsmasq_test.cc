// SPDX-License-Identifier: BSD-3-Clause
//
// Configuration files of dnsmasq: which lines block, which answer, which except, and which have
// nothing to do with a filter. What dnsmasq 2.90 does is quoted where it surprises.

#include "ruleset/source/dnsmasq.h"

#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"

namespace tollgate::source {
namespace {

test::ReadAlone Read(std::string_view text, const PolicyEntry& entry = test::ReadAlone::Entry()) {
  return test::ReadAlone(Syntax::kDnsmasq, text, entry);
}

}  // namespace

TEST_CASE("A domain without a server or an address does not exist") {
  const std::string option = GENERATE(as<std::string>{}, "address", "server", "local");
  CHECK(Read(option + "=/evil.top/\n").Rules() == "domain evil.top nxdomain @1\n");
}

TEST_CASE("address= answers with its address, and with nothing for other types") {
  CHECK(Read("address=/evil.top/192.0.2.1\naddress=/bad.top/2001:db8::1\n").Rules() ==
        "domain evil.top sinkhole A 192.0.2.1 @1\n"
        "domain bad.top sinkhole AAAA 2001:db8::1 @2\n");
}

TEST_CASE("address= with '#' answers with the null address of both families") {
  CHECK(Read("address=/evil.top/#\n").Rules() == "domain evil.top sinkhole A 0.0.0.0 AAAA :: @1\n");
}

TEST_CASE("Several address= of a domain are one answer, wherever they stand") {
  CHECK(Read("address=/evil.top/0.0.0.0\naddress=/bad.top/192.0.2.1\naddress=/Evil.top./::\n")
            .Rules() ==
        "domain evil.top sinkhole A 0.0.0.0 AAAA :: @1\n"
        "domain bad.top sinkhole A 192.0.2.1 @2\n");
}

TEST_CASE("A line may have several domains") {
  CHECK(Read("address=/evil.top/bad.top/0.0.0.0\nlocal=/worse.top/worst.top/\n").Rules() ==
        "domain evil.top sinkhole A 0.0.0.0 @1\n"
        "domain bad.top sinkhole A 0.0.0.0 @1\n"
        "domain worse.top nxdomain @2\n"
        "domain worst.top nxdomain @2\n");
}

TEST_CASE("bogus-nxdomain= makes NXDOMAIN of answers with its address, whatever blocks are") {
  source::PolicyEntry entry = test::ReadAlone::Entry();
  entry.overrides.action = policy::Action::kRefused;
  CHECK(test::ReadAlone(source::Syntax::kDnsmasq,
                        "bogus-nxdomain=192.0.2.1\nbogus-nxdomain=198.51.100.0/24\nlocal=/a.top/\n",
                        entry)
            .Rules() ==
        "domain a.top refused @3\naddress 192.0.2.1/32 nxdomain @1\n"
        "address 198.51.100.0/24 nxdomain @2\n");
}

TEST_CASE("server= with an address is a forwarder and blocks nothing") {
  const std::string line =
      GENERATE(as<std::string>{}, "server=/good.top/192.0.2.53", "server=/good.top/192.0.2.53#5353",
               "local=/good.top/192.0.2.53", "server=/good.top/2001:db8::53@eth0",
               "server=192.0.2.53", "rev-server=192.0.2.0/24,192.0.2.53");
  const test::ReadAlone conf = Read(line + "\n");
  CHECK(conf.Rules() == "");
  CHECK(conf.report.Count(LineFate::kSkipped) == 1);
  CHECK(conf.report.notes[0].reason == "a forwarder, which blocks nothing");
}

TEST_CASE("A forwarder inside a domain that the same file blocks is an exception") {
  CHECK(Read("server=/good.evil.top/192.0.2.53\nlocal=/evil.top/\n").Rules() ==
        "domain good.evil.top pass @1\ndomain evil.top nxdomain @2\n");
}

TEST_CASE("server= with '#' resolves its domain as usual: it passes, whatever the manifest says") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.overrides.action = policy::Action::kDrop;
  CHECK(Read("server=/good.evil.top/#\nlocal=/evil.top/\n", entry).Rules() ==
        "domain good.evil.top pass @1\ndomain evil.top drop @2\n");
}

TEST_CASE("Of several lines for one domain the strongest counts, not the first") {
  // filter_servers() of dnsmasq: addresses, then the usual servers, then its own, then none.
  CHECK(Read("local=/evil.top/\naddress=/evil.top/192.0.2.1\n").Rules() ==
        "domain evil.top sinkhole A 192.0.2.1 @1\n");
  CHECK(Read("local=/evil.top/\nserver=/evil.top/#\n").Rules() == "domain evil.top pass @1\n");
  CHECK(Read("server=/evil.top/192.0.2.53\nlocal=/evil.top/\n").Rules() == "");
}

TEST_CASE("A leading dot changes nothing") {
  CHECK(Read("local=/.evil.top/\n").Rules() == "domain evil.top nxdomain @1\n");
}

TEST_CASE("'*.' means what lies below the name, and not the name") {
  CHECK(Read("address=/*.evil.top/#\n").Rules() ==
        "below evil.top sinkhole A 0.0.0.0 AAAA :: @1\n");
}

TEST_CASE("A '*' without a dot means every name that ends so, inside of a label too") {
  CHECK(Read("local=/*evil.top/\naddress=/*bad.top/192.0.2.1\nserver=/*good.top/#\n").Rules() ==
        "pattern /evil\\.top$/ on name nxdomain @1\n"
        "pattern /bad\\.top$/ on name sinkhole A 192.0.2.1 @2\n"
        "pattern /good\\.top$/ on name pass @3\n");
}

TEST_CASE("A '*' anywhere else is no name") {
  CHECK(Read("local=/evil*.top/\n").Rules() == "");
  CHECK(Read("local=/evil*.top/\n").report.Count(LineFate::kRejected) == 1);
}

TEST_CASE("'#' for a domain is the root, which the floor then refuses") {
  CHECK(Read("address=/#/192.0.2.1\n").Rules() == "domain . sinkhole A 192.0.2.1 @1\n");
}

TEST_CASE("An empty domain means names without a dot, and is skipped") {
  CHECK(Read("local=//\n").Notes() == "skipped 1: a rule for names without a dot @1 'local=//'\n");
}

TEST_CASE("What asks for more than a filter on names can do is named") {
  CHECK(Read("alias=192.0.2.1,192.0.2.2\ncname=a.top,b.top\nhost-record=a.top,192.0.2.1\n"
             "conf-file=/etc/more.conf\n")
            .Notes() ==
        "not yet 1: a trigger on addresses in the answer @1 'alias=192.0.2.1,192.0.2.2'\n"
        "not yet 2: a record of one name @2 'cname=a.top,b.top'\n"
        "not yet 1: another file to read @4 'conf-file=/etc/more.conf'\n");
}

TEST_CASE("Options that have nothing to do with a filter are skipped") {
  CHECK(Read("no-resolv\ncache-size=1000\ndhcp-range=192.0.2.10,192.0.2.20\n"
             "ipset=/evil.top/blocked\n")
            .Notes() ==
        "skipped 3: another option of dnsmasq's @1 'no-resolv'\n"
        "skipped 1: a set of addresses for a packet filter @4 'ipset=/evil.top/blocked'\n");
}

TEST_CASE("A '#' is a comment where a line or a word begins, and a value elsewhere") {
  const test::ReadAlone conf = Read("# a\n  # b\n\naddress=/evil.top/# # c\nlocal=/bad.top/ #\n");
  CHECK(conf.Rules() ==
        "domain evil.top sinkhole A 0.0.0.0 AAAA :: @4\ndomain bad.top nxdomain @5\n");
  CHECK(conf.Notes() == "");
}

TEST_CASE("There may be blanks around '=', and quotes around the value") {
  CHECK(Read("address = /evil.top/192.0.2.1\nlocal=\"/bad.top/\"\n").Rules() ==
        "domain evil.top sinkhole A 192.0.2.1 @1\ndomain bad.top nxdomain @2\n");
}

TEST_CASE("Lines that dnsmasq would refuse are rejected") {
  const std::string line =
      GENERATE(as<std::string>{}, "evil.top", "address=/evil.top/192.0.2",
               "address=/evil.top/bad.top", "address=192.0.2.1", "address=/evil.top", "address",
               "Local=/evil.top/", "address=/a..top/#", "address=/evil.top/A 192.0.2.1");
  const test::ReadAlone conf = Read(line + "\n");
  CHECK(conf.Rules() == "");
  CHECK(conf.report.Count(LineFate::kRejected) == 1);
}

TEST_CASE("A bad domain does not keep the others of its line out") {
  CHECK(Read("local=/a..top/evil.top/\n").Rules() == "domain evil.top nxdomain @1\n");
}

TEST_CASE("The manifest's scope is for domains without a '*'") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.scope = policy::NameScope::kHost;
  CHECK(Read("local=/evil.top/\nlocal=/*.evil.top/\n", entry).Rules() ==
        "host evil.top nxdomain @1\nbelow evil.top nxdomain @2\n");
}

}  // namespace tollgate::source
