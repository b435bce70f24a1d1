// SPDX-License-Identifier: BSD-3-Clause
//
// Response Policy Zones: what each trigger and action of the draft becomes. Sections are those of
// draft-vixie-dnsop-dns-rpz-00. What the rules then mean together is rpz_semantics_test.cc.

#include <string>

#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"

namespace tollgate::source {
namespace {

constexpr char kHead[] = "$TTL 300\n@ SOA localhost. root.localhost. 1 43200 3600 86400 300\n";
constexpr char kHeadNote[] =
    "skipped 1: SOA and NS records, which the zone has for itself @2 '@ SOA localhost. "
    "root.localhost. 1 43200 3600 86400 300'\n";

test::ReadAlone Read(std::string_view text, const PolicyEntry& entry = test::ReadAlone::Entry()) {
  return test::ReadAlone(Syntax::kRpz, text, entry);
}

// The rules of a zone with a head of two lines.
std::string Rules(std::string_view records) { return Read(kHead + std::string(records)).Rules(); }

// What was noted of it besides its head.
std::string Notes(std::string_view records) {
  std::string notes = Read(kHead + std::string(records)).Notes();
  REQUIRE(notes.starts_with(kHeadNote));
  return notes.substr(sizeof(kHeadNote) - 1);
}

// The time to live of the first rule's answer.
uint32_t Ttl(std::string_view text) { return Read(text).model.rules.at(0).answer.ttl; }

}  // namespace

// --- Actions (section 3) -------------------------------------------------------------------------

TEST_CASE("The special targets of CNAME are the draft's actions") {
  const auto [target, action] = GENERATE(table<std::string, std::string>({
      {".", "nxdomain"},
      {"*.", "nodata"},
      {"rpz-passthru.", "pass"},
      {"rpz-drop.", "drop"},
      {"RPZ-Drop.", "drop"},
      {"\\114pz-drop.", "drop"},
      {"rpz-tcp-only.", "truncate"},
  }));
  CHECK(Rules("evil.example CNAME " + target + "\n") == "host evil.example " + action + " @3\n");
}

TEST_CASE("A target in rpz- that the draft does not know is no action, nor is one below it") {
  const auto target = GENERATE("rpz-foo.", "x.rpz-passthru.", "rpz-.", "*.rpz-drop.");
  const std::string line = std::string("evil.example CNAME ") + target;
  CHECK(Rules(line) == "");
  CHECK(Notes(line) ==
        "rejected 1: an action that does not exist (a CNAME to a name in rpz-) @3 '" + line +
            "'\n");
}

TEST_CASE("A name that points to itself is let pass, as before there was rpz-passthru") {
  CHECK(Rules("good.example CNAME GOOD.example.\n") == "host good.example pass @3\n");
  // Only a name: a wildcard that points to its own name is local data.
  CHECK(Rules("*.good.example CNAME good.example.\n") ==
        "below good.example sinkhole CNAME good.example. @3\n");
}

TEST_CASE("Any other target is local data, a wildcard one too") {
  CHECK(Rules("evil.example CNAME garden.example.net.\n*.evil.example CNAME *.garden.\n") ==
        "host evil.example sinkhole CNAME garden.example.net. @3\n"
        "below evil.example sinkhole CNAME *.garden. @4\n");
  CHECK(Notes("*.evil.example CNAME *.garden.\n") == "");
}

TEST_CASE("The records of a name are one answer, wherever in the zone they stand") {
  CHECK(Rules("evil.example A 192.0.2.1\nother.example A 192.0.2.1\n"
              "evil.example TXT \"walled; garden\"\nEVIL.example AAAA 2001:db8::1\n") ==
        "host evil.example sinkhole A 192.0.2.1 TXT \"walled; garden\" AAAA 2001:db8::1 @3\n"
        "host other.example sinkhole A 192.0.2.1 @4\n");
}

TEST_CASE("A name and the wildcard below it have answers of their own") {
  CHECK(Rules("evil.example A 192.0.2.1\n*.evil.example A 192.0.2.2\n") ==
        "host evil.example sinkhole A 192.0.2.1 @3\nbelow evil.example sinkhole A 192.0.2.2 @4\n");
}

TEST_CASE("Of two CNAMEs at one name the first counts, and of a CNAME and data the first too") {
  CHECK(Rules("a.example CNAME .\na.example CNAME *.\n") == "host a.example nxdomain @3\n");
  CHECK(Rules("a.example CNAME .\na.example A 192.0.2.1\n") == "host a.example nxdomain @3\n");
  CHECK(Rules("a.example A 192.0.2.1\na.example CNAME .\n") ==
        "host a.example sinkhole A 192.0.2.1 @3\n");
  CHECK(Rules("a.example CNAME b.\na.example CNAME c.\n") ==
        "host a.example sinkhole CNAME b. @3\n");
  CHECK(Notes("a.example CNAME .\na.example A 192.0.2.1\n") ==
        "rejected 1: a second CNAME, or a CNAME and other data, at one name @4 "
        "'a.example A 192.0.2.1'\n");
}

TEST_CASE("A record that stands twice is one record") {
  CHECK(Rules("a.example A 192.0.2.1\na.example A 192.0.2.1\n") ==
        "host a.example sinkhole A 192.0.2.1 @3\n");
  CHECK(Notes("a.example CNAME .\na.example 60 CNAME .\nA.example CNAME .\n") ==
        "skipped 2: a record that stands twice @4 'a.example 60 CNAME .'\n");
}

TEST_CASE("More data at one name than a message holds is rejected, and the rest of it stays") {
  std::string zone;
  for (int i = 0; i < 5000; ++i) {
    zone += "a.example A 192.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + "\n";
  }
  const test::ReadAlone feed = Read(kHead + zone);
  REQUIRE(feed.model.rules.size() == 1);
  CHECK(feed.model.rules[0].answer.records.size() == 3750);  // of 16 octets each
  CHECK(feed.report.Count(LineFate::kRejected) == 1250);
}

// --- Records that are no rules (table 1.2 of the servers' behaviour)
// -------------------------------

TEST_CASE("What the zone has for itself is no rule, at the apex or below it") {
  CHECK(Rules("@ NS localhost.\nx.example NS localhost.\nx.example SOA . . 1 2 3 4 5\n"
              "@ ZONEMD 1 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00112"
              "233445566778899aabbccddeeff\nx.example DS 1 8 2 00\n") == "");
  CHECK(Notes("x.example DS 1 8 2 00\n") ==
        "skipped 1: records that secure the zone (DNSSEC, ZONEMD) @3 'x.example DS 1 8 2 00'\n");
}

TEST_CASE("Data at the apex is no rule") {
  CHECK(Rules("@ A 192.0.2.1\n@ TXT \"our zone\"\n@ CNAME .\n") == "");
  CHECK(Notes("@ A 192.0.2.1\n") ==
        "skipped 1: data at the apex, which is no trigger @3 '@ A 192.0.2.1'\n");
}

TEST_CASE("A DNAME has no place in a policy zone") {
  CHECK(Notes("x.example DNAME y.example.\n") ==
        "rejected 1: a DNAME, which policy zones do not have @3 'x.example DNAME y.example.'\n");
}

// --- Triggers (section 4) ------------------------------------------------------------------------

TEST_CASE("A wildcard is what is below a name, and only as the whole first label") {
  CHECK(Rules("*.evil.example CNAME .\na.*.example CNAME .\n*x.example CNAME .\n") ==
        "below evil.example nxdomain @3\nhost a.\\*.example nxdomain @4\n"
        "host \\*x.example nxdomain @5\n");
}

TEST_CASE("A wildcard for every name is rejected") {
  CHECK(Rules("* CNAME .\n") == "");
  CHECK(Notes("* CNAME .\n") == "rejected 1: a wildcard that matches every name @3 '* CNAME .'\n");
}

TEST_CASE("An address trigger is a prefix of what its last label says (sections 4.1 and 4.3)") {
  const auto [owner, trigger] = GENERATE(table<std::string, std::string>({
      {"32.1.2.0.192.rpz-client-ip", "client 192.0.2.1/32"},
      {"24.0.2.0.192.rpz-ip", "address 192.0.2.0/24"},
      {"8.0.0.0.10.RPZ-IP", "address 10.0.0.0/8"},
      {"32.zz.db8.2001.rpz-ip", "address 2001:db8::/32"},
      {"128.1.zz.db8.2001.rpz-nsip", "name server address 2001:db8::1/128"},
      {"128.zz.rpz-nsip", "name server address ::/128"},
      {"128.1.zz.rpz-nsip", "name server address ::1/128"},
      {"128.8.7.6.5.4.3.2.1.rpz-ip", "address 1:2:3:4:5:6:7:8/128"},
      {"128.1.0.0.1.zz.1.rpz-ip", "address 1::1:0:0:1/128"},
      {"48.zz.1.0.1.rpz-ip", "address 1:0:1::/48"},
      {"20.0.16.2.192.rpz-ip", "address 192.2.16.0/20"},
  }));
  CHECK(Rules(owner + " CNAME .\n") == trigger + " nxdomain @3\n");
}

TEST_CASE("An NSDNAME trigger is a name server's name, or what is below a name (section 4.2)") {
  CHECK(Rules("ns.evil.example.rpz-nsdname CNAME .\n*.evil.example.rpz-nsdname CNAME *.\n") ==
        "name server host ns.evil.example nxdomain @3\n"
        "name server below evil.example nodata @4\n");
}

TEST_CASE("All triggers have all actions, and their records make one answer each") {
  CHECK(Rules("24.0.2.0.192.rpz-ip CNAME rpz-passthru.\n32.1.2.0.192.rpz-nsip A 192.0.2.1\n"
              "32.1.2.0.192.rpz-client-ip CNAME rpz-drop.\n32.1.2.0.192.rpz-nsip A 192.0.2.2\n"
              "ns.example.rpz-nsdname TXT \"x\"\nns.example.rpz-nsdname A 192.0.2.3\n") ==
        "name server host ns.example sinkhole A 192.0.2.3 TXT \"x\" @7\n"
        "address 192.0.2.0/24 pass @3\n"
        "name server address 192.0.2.1/32 sinkhole A 192.0.2.1 A 192.0.2.2 @4\n"
        "client 192.0.2.1/32 drop @5\n");
}

TEST_CASE("Of two CNAMEs at one address trigger the first counts") {
  CHECK(Rules("24.0.2.0.192.rpz-ip CNAME .\n24.0.2.0.192.rpz-ip CNAME *.\n") ==
        "address 192.0.2.0/24 nxdomain @3\n");
  CHECK(Notes("24.0.2.0.192.rpz-ip CNAME .\n24.0.2.0.192.rpz-ip CNAME *.\n") ==
        "rejected 1: a second CNAME, or a CNAME and other data, at one name @4 "
        "'24.0.2.0.192.rpz-ip CNAME *.'\n");
}

TEST_CASE("An address and the same address of a name server are two triggers") {
  CHECK(Rules("24.0.2.0.192.rpz-ip CNAME .\n24.0.2.0.192.rpz-nsip CNAME .\n") ==
        "address 192.0.2.0/24 nxdomain @3\nname server address 192.0.2.0/24 nxdomain @4\n");
}

TEST_CASE("Only a QNAME trigger can point to itself") {
  CHECK(Rules("ns.example.rpz-nsdname CNAME ns.example.rpz-nsdname.\n") == "");
  CHECK(Rules("ns.example.rpz-nsdname CNAME ns.example.\n") ==
        "name server host ns.example sinkhole CNAME ns.example. @3\n");
}

TEST_CASE("A wildcard for every name server is rejected") {
  CHECK(Notes("*.rpz-nsdname CNAME .\n") ==
        "rejected 1: a wildcard that matches every name @3 '*.rpz-nsdname CNAME .'\n");
}

TEST_CASE("A prefix that would take much of the Internet is rejected, unless it lets pass") {
  const std::string reason = "more of the Internet than any network has (IPv4: /8 and longer)";
  CHECK(Notes("1.0.0.0.128.rpz-ip CNAME .\n") ==
        "rejected 1: " + reason + " @3 '1.0.0.0.128.rpz-ip CNAME .'\n");
  CHECK(Notes("7.0.0.0.2.rpz-nsip CNAME *.\n") ==
        "rejected 1: " + reason + " @3 '7.0.0.0.2.rpz-nsip CNAME *.'\n");
  CHECK(Rules("1.0.0.0.128.rpz-ip CNAME rpz-passthru.\n") == "address 128.0.0.0/1 pass @3\n");
  CHECK(Rules("4.0.0.0.240.rpz-ip CNAME .\n") == "address 240.0.0.0/4 nxdomain @3\n");
}

TEST_CASE("Clients may be as many as one likes: /0 is written as two halves") {
  CHECK(Rules("1.0.0.0.0.rpz-client-ip CNAME .\n1.0.0.0.128.rpz-client-ip CNAME .\n") ==
        "client 0.0.0.0/1 nxdomain @3\nclient 128.0.0.0/1 nxdomain @4\n");
}

TEST_CASE("An address trigger that the draft forbids is rejected (section 4.1.1)") {
  const auto [owner, reason] = GENERATE(table<std::string, std::string>({
      {"0.0.0.0.0.rpz-ip", "an address trigger with an impossible prefix length"},
      {"33.1.2.0.192.rpz-ip", "an address trigger with an impossible prefix length"},
      {"1000.1.2.0.192.rpz-ip", "an address trigger with an impossible prefix length"},
      {"129.zz.rpz-ip", "an address trigger with an impossible prefix length"},
      {"0.zz.rpz-ip", "an address trigger with an impossible prefix length"},
      {"8.2.0.0.10.rpz-ip", "an address trigger with bits set behind its prefix"},
      {"31.1.2.0.192.rpz-ip", "an address trigger with bits set behind its prefix"},
      {"32.1.zz.db8.2001.rpz-ip", "an address trigger with bits set behind its prefix"},
      {"32.300.2.0.192.rpz-ip", "an address trigger without prefix length and address"},
      {"24.2.0.192.rpz-ip", "an address trigger without prefix length and address"},
      {"32.01.2.0.192.rpz-ip", "an address trigger without prefix length and address"},
      {"1.2.0.192.rpz-ip", "an address trigger without prefix length and address"},
      {"x.1.2.0.192.rpz-ip", "an address trigger without prefix length and address"},
      {"32.rpz-ip", "an address trigger without prefix length and address"},
      {"rpz-ip", "an address trigger without prefix length and address"},
      {"*.rpz-client-ip", "an address trigger without prefix length and address"},
      {"64.zz.1.zz.rpz-ip", "an address trigger without prefix length and address"},
      {"64.zz.10000.rpz-ip", "an address trigger without prefix length and address"},
      {"64.zz.g.rpz-ip", "an address trigger without prefix length and address"},
      {"128.9.8.7.6.5.4.3.2.1.rpz-ip", "an address trigger without prefix length and address"},
      {"128.8.zz.7.6.5.4.3.2.1.rpz-ip", "an address trigger without prefix length and address"},
      {"128.1.0.0.0.0.0.db8.2001.rpz-ip", "an address trigger not in the form of RFC 5952"},
      {"128.1.zz.0db8.2001.rpz-ip", "an address trigger not in the form of RFC 5952"},
      {"128.8.7.6.zz.4.3.2.1.rpz-ip", "an address trigger not in the form of RFC 5952"},
      {"128.1.zz.1.1.0.0.1.rpz-ip", "an address trigger not in the form of RFC 5952"},
      {"rpz-nsdname", "rpz-nsdname without a name"},
  }));
  CHECK(Notes(owner + " CNAME .\n") == "rejected 1: " + reason + " @3 '" + owner + " CNAME .'\n");
}

TEST_CASE("A label that only looks like a trigger's is a part of a name") {
  CHECK(Rules("x.rpz-foo CNAME .\nrpz-ip.example CNAME .\n32.1.2.0.192.rpz-ip.example CNAME .\n"
              "x.rpz-ipx CNAME .\nx.rpz-i CNAME .\n") ==
        "host x.rpz-foo nxdomain @3\nhost rpz-ip.example nxdomain @4\n"
        "host 32.1.2.0.192.rpz-ip.example nxdomain @5\nhost x.rpz-ipx nxdomain @6\n"
        "host x.rpz-i nxdomain @7\n");
}

// --- Names that only exist by what is below them (section 4.2, RFC 4592)
// ----------------------------

TEST_CASE(
    "An empty non-terminal below a wildcard is marked, once, however many names make it one") {
  CHECK(Rules("*.example CNAME .\na.b.example CNAME *.\nc.b.example CNAME *.\n") ==
        "below example nxdomain @3\nhost a.b.example nodata @4\nhost c.b.example nodata @5\n"
        "host b.example nxdomain marker @1\n");
}

TEST_CASE("All names between a wildcard and a name far below it are marked") {
  CHECK(Rules("a.b.c.d.example CNAME *.\n*.d.example CNAME .\n") ==
        "host a.b.c.d.example nodata @3\nbelow d.example nxdomain @4\n"
        "host b.c.d.example nxdomain marker @1\nhost c.d.example nxdomain marker @1\n");
}

TEST_CASE("A wildcard below a wildcard makes its name an empty non-terminal") {
  CHECK(Rules("*.example CNAME .\n*.b.example CNAME *.\n") ==
        "below example nxdomain @3\nbelow b.example nodata @4\n"
        "host b.example nxdomain marker @1\n");
}

TEST_CASE("Where no wildcard is above, nothing is marked") {
  CHECK(Rules("a.b.example CNAME .\n*.a.b.example CNAME .\n*.c.example CNAME .\n") ==
        "host a.b.example nxdomain @3\nbelow a.b.example nxdomain @4\n"
        "below c.example nxdomain @5\n");
}

TEST_CASE("What the zone has a rule for needs no mark") {
  CHECK(Rules("*.example CNAME .\na.b.example CNAME .\nb.example CNAME .\n").find("marker") ==
        std::string::npos);
}

TEST_CASE("Names of name servers are a tree of their own") {
  CHECK(Rules("*.example.rpz-nsdname CNAME .\na.b.example CNAME .\n") ==
        "host a.b.example nxdomain @4\nname server below example nxdomain @3\n");
  CHECK(Rules("*.example.rpz-nsdname CNAME .\na.b.example.rpz-nsdname CNAME .\n") ==
        "name server below example nxdomain @3\nname server host a.b.example nxdomain @4\n"
        "name server host b.example nxdomain marker @1\n");
}

TEST_CASE("Marks are no rules and are not counted as taken") {
  CHECK(Read(kHead + std::string("*.example CNAME .\na.b.example CNAME .\n")).report.taken == 2);
}

// --- The time to live
// -----------------------------------------------------------------------------

TEST_CASE(
    "Local data lives as long as the zone says, the records of a name as long as the shortest") {
  CHECK(Ttl("$TTL 2h\n@ SOA . . 1 2 3 4 60\na A 192.0.2.1\n") == 7200);
  CHECK(Ttl("$TTL 2h\n@ SOA . . 1 2 3 4 60\na 900 A 192.0.2.1\na 600 A 192.0.2.2\n") == 600);
  CHECK(Ttl("$TTL 2h\n@ SOA . . 1 2 3 4 60\na 600 A 192.0.2.1\na 900 A 192.0.2.2\n") == 600);
}

TEST_CASE("A negative answer lives no longer than the SOA says (RFC 2308 section 5)") {
  CHECK(Ttl("$TTL 300\n@ SOA . . 1 2 3 4 60\na CNAME .\n") == 60);
  CHECK(Ttl("$TTL 300\n@ 30 SOA . . 1 2 3 4 60\na CNAME *.\n") == 30);
  CHECK(Ttl("$TTL 300\n@ SOA . . 1 2 3 4 900\na CNAME .\n") == 300);
  CHECK(Ttl("@ SOA . . 1 2 3 4 900\na CNAME .\n") == 900);
  CHECK(Ttl("$TTL 300\na CNAME .\n") == 300);
}

TEST_CASE("Where a zone says nothing of it, the default of all rules holds") {
  CHECK(Ttl("a CNAME .\n") == 60);
}

TEST_CASE("No answer lives longer than a week") {
  CHECK(Ttl("$TTL 52w\na A 192.0.2.1\n") == 604800);
}

// --- What the manifest says
// -----------------------------------------------------------------------

TEST_CASE("The manifest's action overrides every action of the zone, passthru too (section 6.1)") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.overrides.action = policy::Action::kNodata;
  CHECK(Read("a CNAME .\nb CNAME rpz-passthru.\nc A 192.0.2.1\nd CNAME garden.\n", entry).Rules() ==
        "host a nodata @1\nhost b nodata @2\nhost c nodata @3\nhost d nodata @4\n");
}

TEST_CASE("The manifest's action overrides those of all triggers") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.overrides.action = policy::Action::kNodata;
  entry.overrides.mode = policy::Mode::kShadow;
  CHECK(Read("24.0.2.0.192.rpz-ip CNAME rpz-passthru.\nns.example.rpz-nsdname CNAME .\n", entry)
            .Rules() ==
        "name server host ns.example nodata shadow @2\naddress 192.0.2.0/24 nodata shadow @1\n");
}

TEST_CASE("What an override makes block may not be as wide as what passed") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.overrides.action = policy::Action::kNodata;
  CHECK(Read("1.0.0.0.0.rpz-ip CNAME rpz-passthru.\n", entry).Rules() == "");
}

TEST_CASE("A zone has its own scopes: the manifest's is not heeded") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.scope = policy::NameScope::kDomain;
  CHECK(Read("a.example CNAME .\n", entry).Rules() == "host a.example nxdomain @1\n");
}

TEST_CASE("Every rule of a zone is marked as one of a zone, and has the draft's name") {
  const test::ReadAlone feed = Read("a CNAME .\nb CNAME rpz-passthru.\nc A 192.0.2.1\n");
  REQUIRE(feed.model.rules.size() == 3);
  for (const policy::Rule& rule : feed.model.rules) CHECK(rule.is_zone);
  CHECK(feed.model.rules[0].id == "nxdomain");
  CHECK(feed.model.rules[1].id == "passthru");
  CHECK(feed.model.rules[2].id == "local-data");
}

}  // namespace tollgate::source
