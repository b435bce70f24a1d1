// SPDX-License-Identifier: BSD-3-Clause
//
// Zone files (RFC 1035 section 5), as other people write them. They are seen here through the
// reader of policy zones, which is the one that reads them.

#include "ruleset/source/zone_file.h"

#include <string>

#include "ruleset/source/zone_text.h"
#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::source {
namespace {

test::ReadAlone Read(std::string_view text) { return test::ReadAlone(Syntax::kRpz, text); }

std::string Rules(std::string_view text) { return Read(text).Rules(); }

// What was noted but for the SOA.
std::string Notes(std::string_view text) {
  test::ReadAlone feed = Read(text);
  std::erase_if(feed.report.notes, [](const LineNote& note) {
    return note.reason == "SOA and NS records, which the zone has for itself";
  });
  return feed.Notes();
}

}  // namespace

// --- The apex
// -------------------------------------------------------------------------------------

TEST_CASE("A zone whose file does not name it has names relative to it") {
  CHECK(Rules("@ SOA . . 1 2 3 4 5\nevil.example CNAME .\n") == "host evil.example nxdomain @2\n");
}

TEST_CASE("It may have an $ORIGIN all the same, relative to itself") {
  CHECK(Rules("@ SOA . . 1 2 3 4 5\n$ORIGIN example\nevil CNAME .\n") ==
        "host evil.example nxdomain @3\n");
}

TEST_CASE("The owner of the SOA is the apex, and the origin until another is said") {
  CHECK(Rules("rpz.test. SOA . . 1 2 3 4 5\nevil.example CNAME .\nbad.example.rpz.test. CNAME .\n"
              "RPZ.test. NS .\n") ==
        "host evil.example nxdomain @2\nhost bad.example nxdomain @3\n");
}

TEST_CASE("$ORIGIN is where relative names lie, within the apex") {
  CHECK(Rules("$ORIGIN rpz.test.\n@ SOA . . 1 2 3 4 5\na.example CNAME .\n"
              "$origin example\nb CNAME .\n@ CNAME .\n$ORIGIN c\nd CNAME .\n$ORIGIN rpz.test.\n"
              "e.example CNAME .\n") ==
        "host a.example nxdomain @3\nhost b.example nxdomain @5\nhost example nxdomain @6\n"
        "host d.c.example nxdomain @8\nhost e.example nxdomain @10\n");
}

TEST_CASE("A zone as a server dumps it: the SOA below the root, an $ORIGIN for every few names") {
  CHECK(
      Rules(
          "$ORIGIN .\n$TTL 300\nrpz.test IN SOA . . 1 2 3 4 5\n  NS .\n$ORIGIN rpz.test.\n"
          "$ORIGIN example.rpz.test.\nevil CNAME .\n$ORIGIN evil.example.rpz.test.\n* CNAME .\n") ==
      "host evil.example nxdomain @7\nbelow evil.example nxdomain @9\n");
}

TEST_CASE("Without an SOA the origin of the first record is the apex") {
  CHECK(Rules("evil.example CNAME .\n") == "host evil.example nxdomain @1\n");
  CHECK(Rules("$ORIGIN rpz.test.\nevil.example CNAME .\nbad.example.rpz.test. CNAME .\n") ==
        "host evil.example nxdomain @2\nhost bad.example nxdomain @3\n");
}

TEST_CASE("A record outside of the zone is rejected, and the zone goes on") {
  const char zone[] = "@ SOA . . 1 2 3 4 5\ncom. CNAME .\nevil.example CNAME .\n";
  CHECK(Rules(zone) == "host evil.example nxdomain @3\n");
  CHECK(Notes(zone) == "rejected 1: a record outside of the zone @2 'com. CNAME .'\n");
}

TEST_CASE("The root can be the apex") {
  CHECK(Rules(". SOA . . 1 2 3 4 5\nevil.example. CNAME .\nbad.example CNAME .\n") ==
        "host evil.example nxdomain @2\nhost bad.example nxdomain @3\n");
}

TEST_CASE("After an $ORIGIN that is no name, relative names are nowhere and absolute ones are") {
  const char zone[] =
      "$ORIGIN rpz.test.\n@ SOA . . 1 2 3 4 5\n$ORIGIN a..b\nevil.example CNAME .\n"
      "bad.example.rpz.test. CNAME .\n$ORIGIN rpz.test.\nc.example CNAME .\n";
  CHECK(Rules(zone) == "host bad.example nxdomain @5\nhost c.example nxdomain @7\n");
  CHECK(Notes(zone) ==
        "rejected 1: an $ORIGIN that is no name @3 '$ORIGIN a..b'\n"
        "rejected 1: a relative name below an $ORIGIN that is no name @4 'evil.example CNAME .'\n");
}

TEST_CASE("An owner that is too long below its origin is no name") {
  const std::string label(63, 'a');
  const std::string origin = label + "." + label + "." + label + ".";
  const std::string zone = "$ORIGIN " + origin + "\n@ SOA . . 1 2 3 4 5\n" + label + " CNAME .\n" +
                           "$ORIGIN b\n" + label + " CNAME .\nc CNAME .\n";
  CHECK(Rules(zone) == "host c.b nxdomain @6\n");
  CHECK(Notes(zone) == "rejected 2: a name longer than 255 octets @3 '" + label + " CNAME .'\n");
}

// --- Records
// --------------------------------------------------------------------------------------

TEST_CASE("An owner that is left out is the one before, across lines that are none") {
  CHECK(
      Rules("a.example A 192.0.2.1\n; no record\n\n$TTL 60\n  A 192.0.2.2\n\tAAAA 2001:db8::1\n") ==
      "host a.example sinkhole A 192.0.2.1 A 192.0.2.2 AAAA 2001:db8::1 @1\n");
}

TEST_CASE("After an owner that is none, what has no owner of its own has none") {
  const char zone[] = "a.example A 192.0.2.1\nb..example A 192.0.2.2\n  A 192.0.2.3\n";
  CHECK(Rules(zone) == "host a.example sinkhole A 192.0.2.1 @1\n");
  CHECK(Notes(zone) ==
        "rejected 1: an empty label (two dots, or a dot at the start) @2 'b..example A 192.0.2.2'\n"
        "rejected 1: a record without an owner @3 'A 192.0.2.3'\n");
}

TEST_CASE("TTL and class stand in any order, or not at all; units are those of BIND") {
  const auto middle =
      GENERATE("", "IN ", "in 60 ", "60 IN ", "1h30m ", "1h2 ", "2W3d IN ", "CLASS1 0 ");
  CHECK(Rules(std::string("evil.example ") + middle + "CNAME .\n") ==
        "host evil.example nxdomain @1\n");
}

TEST_CASE("A TTL that is none, or is too long, is rejected") {
  const auto ttl = GENERATE("60x", "h", "4294967296", "99999999999999999999999", "3551w");
  const std::string line = std::string("$TTL ") + ttl;
  CHECK(Notes(line) == "rejected 1: a $TTL that is no number of seconds @1 '" + line + "'\n");
}

TEST_CASE("A record with a TTL that is none is rejected") {
  CHECK(Notes("evil.example 60x CNAME .") ==
        "rejected 1: a TTL that is no number of seconds @1 'evil.example 60x CNAME .'\n");
}

TEST_CASE("$TTL may be written small, and a comment may follow anything") {
  CHECK(Read("$ttl 2h;\nevil.example A 192.0.2.1;why\n").model.rules.at(0).answer.ttl == 7200);
}

TEST_CASE("Without a $TTL the last one that was said holds (RFC 1035 section 5.1)") {
  const test::ReadAlone feed = Read("a 77 A 192.0.2.1\nb A 192.0.2.1\n");
  REQUIRE(feed.model.rules.size() == 1);
  CHECK(feed.model.rules[0].answer.ttl == 77);
}

TEST_CASE("A record of another class is rejected") {
  CHECK(Notes("evil.example CH TXT x\n") ==
        "rejected 1: a record of another class than IN @1 'evil.example CH TXT x'\n");
}

TEST_CASE("A line without a type, or with an unknown one, is rejected") {
  CHECK(Notes("evil.example\n") == "rejected 1: a line without a record type @1 'evil.example'\n");
  CHECK(Notes("evil.example 60 IN\n") ==
        "rejected 1: a line without a record type @1 'evil.example 60 IN'\n");
  CHECK(Notes("0.0.0.0 evil.example\n") ==
        "rejected 1: an unknown record type @1 '0.0.0.0 evil.example'\n");
  CHECK(Notes("a.example A 192.0.2.1\nevil.example FOO x\n") ==
        "rejected 1: an unknown record type @2 'evil.example FOO x'\n");
}

TEST_CASE("Data that its type cannot have is rejected, and the zone goes on") {
  const test::ReadAlone feed = Read("a A 192.0.2.300\nb CNAME\nc MX 10\nd CNAME .\ne ANY x\n");
  CHECK(feed.Rules() == "host d nxdomain @4\n");
  CHECK(feed.report.Count(LineFate::kRejected) == 4);
}

TEST_CASE("Types that nobody knows can be written as numbers (RFC 3597)") {
  CHECK(Rules("evil.example TYPE65280 \\# 3 010203\n") ==
        "host evil.example sinkhole TYPE65280 \\# 3 010203 @1\n");
}

TEST_CASE("A type's number has 16 bits: TYPE65537 is not A") {
  CHECK(Notes("evil.example TYPE65537 \\# 4 c0000201\n") ==
        "rejected 1: an unknown record type @1 'evil.example TYPE65537 \\# 4 c0000201'\n");
  CHECK(!ParseType("TYPE65537").ok());
  CHECK(ParseType("TYPE65535").ok());
}

TEST_CASE("Relative names in data lie below the origin") {
  CHECK(Rules("$ORIGIN rpz.test.\nevil.example MX 10 mail\nbad.example CNAME garden\n"
              "$ORIGIN x.rpz.test.\nb CNAME garden\n") ==
        "host evil.example sinkhole MX 10 mail.rpz.test. @2\n"
        "host bad.example sinkhole CNAME garden.rpz.test. @3\n"
        "host b.x sinkhole CNAME garden.x.rpz.test. @5\n");
}

TEST_CASE("Where the file does not name the zone, nobody knows where they lie") {
  const char zone[] =
      "@ SOA . . 1 2 3 4 5\na MX 10 mail\nb CNAME rpz-drop\nc CNAME @\n"
      "d A 1.0.0.1\n";
  CHECK(Rules(zone) == "host d sinkhole A 1.0.0.1 @5\n");
  CHECK(Notes(zone) ==
        "rejected 3: data that is relative to the zone, in a file that does not name it @2 "
        "'a MX 10 mail'\n");
}

// --- Lines
// ----------------------------------------------------------------------------------------

TEST_CASE("Parentheses hold lines together, with comments between them") {
  CHECK(
      Rules(
          "@ SOA . . ( 1 ; serial\n  2 3 4\n 5 )\nevil.example ( CNAME\n. ) ; done\nb CNAME .\n") ==
      "host evil.example nxdomain @4\nhost b nxdomain @6\n");
}

TEST_CASE("A parenthesis that nobody closes costs its own line") {
  const char zone[] = "a CNAME ( .\nb CNAME .\nc CNAME .\n";
  CHECK(Rules(zone) == "host b nxdomain @2\nhost c nxdomain @3\n");
  CHECK(Notes(zone) == "rejected 1: a parenthesis that is not closed @1 'a CNAME ( .'\n");
}

TEST_CASE("A closing parenthesis too many is rejected") {
  CHECK(Notes("a CNAME . )\nb CNAME .\n") ==
        "rejected 1: a closing parenthesis too many @1 'a CNAME . )'\n");
}

TEST_CASE("Quotes hold blanks, semicolons and parentheses together, and end with their line") {
  CHECK(Rules("a TXT \"b ; (c\" d\\;e\n") == "host a sinkhole TXT \"b ; (c\" \"d;e\" @1\n");
  CHECK(Rules("a TXT \"say \\\"x\\\"\"\n") == "host a sinkhole TXT \"say \\\"x\\\"\" @1\n");
  const char open[] = "a TXT \"b\nc CNAME .\n";
  CHECK(Rules(open) == "host c nxdomain @2\n");
  CHECK(Notes(open) == "rejected 1: a quote that is not closed @1 'a TXT \"b'\n");
}

TEST_CASE("Owners may have escapes") {
  CHECK(Rules("a\\.b.example CNAME .\n\\097.example CNAME .\nc\\;d CNAME .\n\\@ CNAME .\n") ==
        "host a\\.b.example nxdomain @1\nhost a.example nxdomain @2\nhost c\\;d nxdomain @3\n"
        "host \\@ nxdomain @4\n");
}

TEST_CASE("A dot behind a backslash does not make a name absolute") {
  CHECK(Rules("@ SOA . . 1 2 3 4 5\na\\. CNAME .\nb\\\\. CNAME .\n") == "host a\\. nxdomain @2\n");
}

TEST_CASE("Lines may end as on Windows, the file with a byte order mark begin and without an end") {
  CHECK(Rules("\xef\xbb\xbf"
              "a CNAME .\r\n  \r\nb CNAME .") == "host a nxdomain @1\nhost b nxdomain @3\n");
}

TEST_CASE("Names that are not ASCII are rejected: a zone file has A-labels") {
  CHECK(Notes("b\xc3\xbc"
              "cher.example CNAME .\n") ==
        "rejected 1: a character that is not ASCII; write the A-label (xn--...) @1 "
        "'b\xc3\xbc"
        "cher.example CNAME .'\n");
}

TEST_CASE("A NUL in a record is rejected") {
  const std::string zone("a TXT x\0y\nb CNAME .\n", 20);
  CHECK(Rules(zone) == "host b nxdomain @2\n");
}

// --- Directives
// -----------------------------------------------------------------------------------

TEST_CASE("$GENERATE and directives that nobody knows are noted") {
  CHECK(Notes("$GENERATE 1-3 a$ CNAME .\n") ==
        "not yet 1: a $GENERATE, which is BIND's own @1 '$GENERATE 1-3 a$ CNAME .'\n");
  CHECK(Notes("$FOO\n") == "rejected 1: an unknown directive @1 '$FOO'\n");
}

TEST_CASE("$INCLUDE is refused unless the manifest allows it") {
  const char zone[] = "a CNAME .\n$INCLUDE /etc/hostname\n";
  CHECK(Notes(zone) ==
        "rejected 1: an $INCLUDE; 'include: follow' in the manifest would allow it @2 "
        "'$INCLUDE /etc/hostname'\n");
}

namespace {

// The rules and notes of zone.rpz in a folder with `files`, where $INCLUDE is allowed.
std::string Included(const std::vector<test::RuleFile>& files) {
  const test::TemporaryFolder folder;
  for (const test::RuleFile& file : files) folder.Write(file.name, file.text);
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.file = folder.path() + "/zone.rpz";
  entry.allow_include = true;
  const test::ReadAlone feed(Syntax::kRpz, files.front().text, entry);
  return feed.Rules() + feed.Notes();
}

}  // namespace

TEST_CASE("An $INCLUDE is found beside its file, and its records have the line of the $INCLUDE") {
  CHECK(Included({{"zone.rpz", "a CNAME .\n$INCLUDE parts/b.rpz\nc CNAME .\n"},
                  {"parts/b.rpz", "\n\nb CNAME .\n$INCLUDE \"d.rpz\"\n"},
                  {"parts/d.rpz", "d CNAME .\n"}}) ==
        "host a nxdomain @1\nhost b nxdomain @2\nhost d nxdomain @2\nhost c nxdomain @3\n");
}

TEST_CASE("An $INCLUDE may have an origin of its own, and leaves origin and owner as they were") {
  CHECK(
      Included({{"zone.rpz", "$ORIGIN rpz.\na A 192.0.2.1\n$INCLUDE b.rpz example\n A 192.0.2.2\n"},
                {"b.rpz", "b CNAME .\n$ORIGIN foo.\n"}}) ==
      "host a sinkhole A 192.0.2.1 A 192.0.2.2 @2\nhost b.example nxdomain @3\n");
}

TEST_CASE("A file that is not there, is no file, or includes itself is rejected") {
  CHECK(Included({{"zone.rpz", "a CNAME .\n$INCLUDE no.rpz\n$INCLUDE .\n$INCLUDE b.rpz\n"},
                  {"b.rpz", "$INCLUDE zone.rpz\n$INCLUDE ./b.rpz\nb CNAME .\n"}}) ==
        "host a nxdomain @1\nhost b nxdomain @4\n"
        "rejected 2: an $INCLUDE of a file that cannot be read @2 '$INCLUDE no.rpz'\n"
        "rejected 2: an $INCLUDE of a file within itself @4 '$INCLUDE zone.rpz'\n");
}

TEST_CASE("Files that include each other many times over come to an end") {
  std::vector<test::RuleFile> files{{"zone.rpz", "a CNAME .\n$INCLUDE 1\n$INCLUDE 1\n"}};
  for (int i = 1; i <= 12; ++i) {
    std::string next = "$INCLUDE " + std::to_string(i + 1) + "\n";
    files.push_back({std::to_string(i), next + next + next});
  }
  const std::string result = Included(files);
  CHECK(result.starts_with("host a nxdomain @1\nrejected "));
  CHECK(result.find("an $INCLUDE beyond the limits (100 files, 10 in each other)") !=
        std::string::npos);
}

}  // namespace tollgate::source
