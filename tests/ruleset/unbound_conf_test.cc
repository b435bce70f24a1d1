// SPDX-License-Identifier: BSD-3-Clause
//
// Configuration files of Unbound: what each type of local zone becomes, with and without data.

#include "ruleset/source/unbound_conf.h"

#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"

namespace tollgate::source {
namespace {

test::ReadAlone Read(std::string_view text, const PolicyEntry& entry = test::ReadAlone::Entry()) {
  return test::ReadAlone(Syntax::kUnbound, text, entry);
}

// The rules of a zone of this type without data.
std::string Zone(const std::string& type) {
  return Read("server:\nlocal-zone: \"evil.top.\" " + type + "\n").Rules();
}

}  // namespace

TEST_CASE("Zone types that deny become the same denial for the domain") {
  CHECK(Zone("always_nxdomain") == "domain evil.top nxdomain @2\n");
  CHECK(Zone("static") == "domain evil.top nxdomain @2\n");
  CHECK(Zone("always_nodata") == "domain evil.top nodata @2\n");
  CHECK(Zone("refuse") == "domain evil.top refused @2\n");
  CHECK(Zone("always_refuse") == "domain evil.top refused @2\n");
  CHECK(Zone("deny") == "domain evil.top drop @2\n");
  CHECK(Zone("always_deny") == "domain evil.top drop @2\n");
  CHECK(Zone("inform_deny") == "domain evil.top drop @2\n");
}

TEST_CASE("always_null answers with the null addresses") {
  CHECK(Zone("always_null") == "domain evil.top sinkhole A 0.0.0.0 AAAA :: @2\n");
}

TEST_CASE("block_a denies A records and nothing else") {
  CHECK(Zone("block_a") == "domain evil.top nodata types A @2\n");
}

TEST_CASE("A redirect zone without data has no data of any type") {
  CHECK(Zone("redirect") == "domain evil.top nodata @2\n");
}

TEST_CASE("Zone types that resolve as usual pass") {
  const std::string type =
      GENERATE(as<std::string>{}, "transparent", "typetransparent", "always_transparent", "inform");
  CHECK(Zone(type) == "domain evil.top pass @2\n");
}

TEST_CASE("A zone that passes does so whatever the manifest says") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.overrides.action = policy::Action::kDrop;
  CHECK(
      Read("local-zone: evil.top static\nlocal-zone: good.evil.top transparent\n", entry).Rules() ==
      "domain evil.top drop @1\ndomain good.evil.top pass @2\n");
}

TEST_CASE("nodefault and ipset block nothing, and an unknown type is rejected") {
  CHECK(Read("local-zone: a.top nodefault\nlocal-zone: b.top ipset\nlocal-zone: c.top blocked\n")
            .Notes() ==
        "skipped 1: a default zone of Unbound's @1 'a.top'\n"
        "skipped 1: a set of addresses for a packet filter @2 'b.top'\n"
        "rejected 1: a zone type that Unbound does not know @3 'blocked'\n");
}

TEST_CASE("The data of a redirect zone answer for its names and all below, before or behind it") {
  CHECK(Read("local-data: \"evil.top A 192.0.2.1\"\nlocal-zone: \"evil.top\" redirect\n"
             "local-data: 'Evil.top. 3600 IN AAAA 2001:db8::1'\n")
            .Rules() == "domain evil.top sinkhole A 192.0.2.1 AAAA 2001:db8::1 @2\n");
}

TEST_CASE("Data below the apex of a redirect zone is refused, as Unbound refuses it") {
  const test::ReadAlone conf =
      Read("local-zone: evil.top redirect\nlocal-data: \"www.evil.top A 192.0.2.1\"\n");
  CHECK(conf.Rules() == "domain evil.top nodata @1\n");
  CHECK(conf.Notes() ==
        "rejected 1: local data below the apex of a redirect zone @2 'www.evil.top'\n");
}

TEST_CASE("Local data of its own answers for its name alone") {
  CHECK(Read("local-data: \"intranet.example A 192.0.2.7\"\n"
             "local-data: 'intranet.example TXT \"a b\"'\n")
            .Rules() == "host intranet.example sinkhole A 192.0.2.7 TXT \"a b\" @1\n");
}

TEST_CASE("Local data in a zone that refuses or drops answers for its name and types alone") {
  CHECK(Read("local-zone: evil.top refuse\nlocal-data: \"www.evil.top A 192.0.2.1\"\n").Rules() ==
        "domain evil.top refused @1\nhost www.evil.top sinkhole A 192.0.2.1 types A @2\n");
  CHECK(Read("local-zone: evil.top deny\nlocal-data: \"www.evil.top A 192.0.2.1\"\n").Rules() ==
        "domain evil.top drop @1\nhost www.evil.top sinkhole A 192.0.2.1 types A @2\n");
}

TEST_CASE("Names of a static zone above its local data exist: they have no data") {
  CHECK(Read("local-zone: corp.top static\nlocal-data: \"a.b.corp.top A 192.0.2.1\"\n").Rules() ==
        "domain corp.top nxdomain @1\n"
        "host a.b.corp.top sinkhole A 192.0.2.1 @2\n"
        "host b.corp.top nodata @2\n"
        "host corp.top nodata @2\n");
}

TEST_CASE("Local data in a typetransparent zone is for its types alone") {
  CHECK(Read("local-zone: corp.top typetransparent\nlocal-data: \"a.corp.top A 192.0.2.1\"\n")
            .Rules() ==
        "domain corp.top pass @1\nhost a.corp.top sinkhole A 192.0.2.1 types A @2\n");
}

TEST_CASE("Zones of the always types pass over their local data") {
  const test::ReadAlone conf =
      Read("local-zone: evil.top always_nxdomain\nlocal-data: \"www.evil.top A 192.0.2.1\"\n");
  CHECK(conf.Rules() == "domain evil.top nxdomain @1\n");
  CHECK(conf.Notes() ==
        "skipped 1: local data of a zone whose type passes over it @2 'www.evil.top'\n");
}

TEST_CASE("The longest zone around local data is the one that counts") {
  CHECK(Read("local-zone: evil.top always_nxdomain\nlocal-zone: www.evil.top redirect\n"
             "local-data: \"www.evil.top A 192.0.2.1\"\n")
            .Rules() ==
        "domain evil.top nxdomain @1\ndomain www.evil.top sinkhole A 192.0.2.1 @2\n");
}

TEST_CASE("Of a zone that is there twice the last counts, as in Unbound") {
  const test::ReadAlone conf = Read("local-zone: evil.top refuse\nlocal-zone: evil.top. deny\n");
  CHECK(conf.Rules() == "domain evil.top drop @2\n");
  CHECK(conf.Notes() == "skipped 1: a zone that a later line says again @1 'evil.top.'\n");
}

TEST_CASE("Records that a sinkhole has no use for are skipped") {
  CHECK(
      Read("local-data: \"a.top SOA a. b. 1 2 3 4 5\"\nlocal-data: \"a.top NS b.top\"\n").Notes() ==
      "skipped 2: the SOA or NS record of a local zone @1 'a.top SOA a. b. 1 2 3 4 5'\n");
}

TEST_CASE("Local data may be a CNAME, which answers every type") {
  CHECK(Read("local-zone: a.top typetransparent\nlocal-data: \"a.top CNAME b.top\"\n").Rules() ==
        "domain a.top pass @1\nhost a.top sinkhole CNAME b.top. @2\n");
  CHECK(Read("local-data: \"a.top CNAME b.top\"\n").Rules() ==
        "host a.top sinkhole CNAME b.top. @1\n");
}

TEST_CASE("Local data that is no record is rejected") {
  const std::string data = GENERATE(as<std::string>{}, "a.top", "a.top A", "a.top A 192.0.2",
                                    "a.top 60 IN", "a..top A 192.0.2.1", "a.top X 192.0.2.1", "");
  const test::ReadAlone conf = Read("local-data: \"" + data + "\"\n");
  CHECK(conf.Rules() == "");
  CHECK(conf.report.Count(LineFate::kRejected) == 1);
}

TEST_CASE("Quotes may be of either kind or absent, and blanks and line ends are the same") {
  CHECK(Read("server: local-zone: 'evil.top' static local-zone:\n  bad.top\n  static\n"
             "local-zone:\"worse.top\"static\n")
            .Rules() ==
        "domain evil.top nxdomain @1\ndomain bad.top nxdomain @1\ndomain worse.top nxdomain @4\n");
}

TEST_CASE("A '#' begins a comment where a word begins, outside of quotes") {
  const test::ReadAlone conf = Read(
      "# local-zone: a.top static\nlocal-zone: \"evil.top\" static # why\n"
      "local-data: 'b.top TXT \"a # b\"'\nforward-addr: 192.0.2.1@853#dns.example\n");
  CHECK(conf.Rules() == "domain evil.top nxdomain @2\nhost b.top sinkhole TXT \"a # b\" @3\n");
  CHECK(conf.Notes() == "skipped 1: another option of Unbound's @4 'forward-addr:'\n");
}

TEST_CASE("All other options are skipped, and their values are not taken for options") {
  CHECK(Read("server:\n  verbosity: 1\n  interface: ::\n  access-control: 192.0.2.0/24 allow\n"
             "forward-zone:\n  name: \".\"\n")
            .Notes() == "skipped 4: another option of Unbound's @2 'verbosity:'\n");
}

TEST_CASE("What is for some clients only, or in another file, is named") {
  const test::ReadAlone conf = Read(
      "view:\n name: v\n local-zone: a.top static\n local-data: \"a.top A 192.0.2.1\"\n"
      "server:\n include: /etc/more.conf\n local-zone-tag: b.top \"x\"\n"
      " local-zone: evil.top static\n response-ip: 192.0.2.0/24 deny\n"
      " local-data-ptr: \"192.0.2.1 c.top\"\n");
  CHECK(conf.Rules() == "domain evil.top nxdomain @8\n");
  CHECK(conf.Notes() ==
        "skipped 1: another option of Unbound's @2 'name:'\n"
        "not yet 3: a rule for some clients only @3 'a.top'\n"
        "not yet 1: another file to read @6 'include:'\n"
        "not yet 1: a trigger on addresses in the answer @9 'response-ip:'\n"
        "skipped 1: the name of an address @10 'local-data-ptr:'\n");
}

TEST_CASE("A line of something else is rejected, and the next one is read") {
  const test::ReadAlone conf = Read("0.0.0.0 evil.top\nlocal-zone: bad.top static\n");
  CHECK(conf.Rules() == "domain bad.top nxdomain @2\n");
  CHECK(conf.Notes() == "rejected 1: not an option of Unbound's @1 '0.0.0.0'\n");
}

TEST_CASE("local-zone: without a type is rejected, and the next line is read") {
  const test::ReadAlone conf = Read("local-zone: evil.top\nlocal-zone: bad.top static\n");
  CHECK(conf.Rules() == "domain bad.top nxdomain @2\n");
  CHECK(conf.Notes() == "rejected 1: not a name and a type behind local-zone: @1 'evil.top'\n");
}

TEST_CASE("The manifest's scope is for zones, and local data stays with its name") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.scope = policy::NameScope::kBelow;
  CHECK(
      Read("local-zone: evil.top refuse\nlocal-data: \"evil.top A 192.0.2.1\"\n", entry).Rules() ==
      "below evil.top refused @1\nhost evil.top sinkhole A 192.0.2.1 types A @2\n");
}

}  // namespace tollgate::source
