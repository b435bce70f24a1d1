// SPDX-License-Identifier: BSD-3-Clause
//
// MISP warning lists: names that are let pass.

#include "ruleset/source/warninglist.h"

#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"

namespace tollgate::source {
namespace {

test::ReadAlone Read(std::string_view text, const PolicyEntry& entry = test::ReadAlone::Entry()) {
  return test::ReadAlone(Syntax::kWarninglist, text, entry);
}

test::ReadAlone OfType(const std::string& type, const std::string& entries) {
  return Read(R"({"name": "n", "type": ")" + type + R"(", "list": [)" + entries + "]}");
}

}  // namespace

TEST_CASE("A list's names are let pass, on the lines that they stand on") {
  const test::ReadAlone list = Read(R"({
  "description": "Banks",
  "list": [
    ".bank.example",
    "Other.example"
  ],
  "matching_attributes": ["domain", "hostname"],
  "name": "Banks",
  "type": "hostname",
  "version": 1
})");
  CHECK(list.Rules() == "domain bank.example pass @4\ndomain other.example pass @5\n");
  CHECK(list.Notes() == "");
}

TEST_CASE("The manifest may make another use of a list") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.overrides.action = policy::Action::kNxdomain;
  CHECK(Read(R"({"type": "hostname", "list": ["dyn.example"]})", entry).Rules() ==
        "domain dyn.example nxdomain @1\n");
}

TEST_CASE("Type hostname is a name and all below it, with and without a dot in front") {
  CHECK(OfType("hostname", R"("a.example", ".b.example")").Rules() ==
        "domain a.example pass @1\ndomain b.example pass @1\n");
}

TEST_CASE("Type string is a name alone; with a dot in front it is a domain all the same") {
  CHECK(OfType("string", R"("a.example", ".b.example", "*.c.example")").Rules() ==
        "host a.example pass @1\ndomain b.example pass @1\nbelow c.example pass @1\n");
  CHECK(Read(R"({"list": ["a.example"]})").Rules() == "host a.example pass @1\n");
}

TEST_CASE("A list with comments is an object, and its keys are the entries") {
  CHECK(Read(R"({"type": "hostname", "list": {"a.example": "why", "b.example": ""}})").Rules() ==
        "domain a.example pass @1\ndomain b.example pass @1\n");
}

TEST_CASE("Type substring is skipped: what imitates a good name contains it") {
  CHECK(OfType("substring", R"("bank.example")").Notes() ==
        "skipped 1: a substring, which names that imitate it have too @1 'bank.example'\n");
}

TEST_CASE("Type regex is a pattern, in PHP's delimiters or without") {
  CHECK(OfType("regex", R"("/^a[0-9]+\\.example$/i", "^b\\.EXAMPLE$")").Rules() ==
        "pattern /^a[0-9]+\\.example$/ on name pass @1\n"
        "pattern /(?i)^b\\.EXAMPLE$/ on name pass @1\n");
  CHECK(OfType("regex", R"("/(/")").Notes().substr(0, 44) ==
        "rejected 1: a pattern that Hyperscan refuses");
}

TEST_CASE("Type cidr is addresses in answers, which pass") {
  CHECK(OfType("cidr", R"("192.0.2.0/24", "2001:db8::1")").Rules() ==
        "address 192.0.2.0/24 pass @1\naddress 2001:db8::1/128 pass @1\n");
}

TEST_CASE("A list for attributes without names in them is skipped") {
  CHECK(Read(R"({"type": "string", "matching_attributes": ["md5"], "list": ["evil.example"]})")
            .Notes() ==
        "skipped 1: an entry of a list that is not about names (matching_attributes) @1 "
        "'evil.example'\n");
  CHECK(Read(R"({"type": "string", "matching_attributes": ["md5", "domain|ip"],
                 "list": ["good.example"]})")
            .Rules() == "host good.example pass @2\n");
}

TEST_CASE("URLs and the like are skipped, and what is no name is rejected") {
  CHECK(OfType("string", R"("https://a.example/x", "192.0.2.1", 7, "a..example")").Notes() ==
        "skipped 1: an entry that is no name alone @1 'https://a.example/x'\n"
        "rejected 2: an IP address, and names are wanted here @1 '192.0.2.1'\n"
        "rejected 1: an empty label (two dots, or a dot at the start) @1 'a..example'\n");
}

TEST_CASE("What is no warning list is rejected") {
  CHECK(Read(R"({"name": "n"})").Notes() == "rejected 1: no MISP warning list @1 'n'\n");
  CHECK(Read("[]").Notes() == "rejected 1: no MISP warning list @1 ''\n");
  CHECK(Read("a.example\n").Notes() ==
        "rejected 1: not JSON: a comma, a colon, a bracket or a value out of place @1 ''\n");
  CHECK(OfType("fuzzy", R"("a.example")").Notes() ==
        "rejected 1: an entry of a list of unknown type @1 'a.example'\n");
}

}  // namespace tollgate::source
