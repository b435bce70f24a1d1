// SPDX-License-Identifier: BSD-3-Clause
//
// STIX bundles: which indicators become rules, until when, and what becomes of the rest.

#include "ruleset/source/stix.h"

#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::source {
namespace {

test::ReadAlone Read(std::string_view text, const PolicyEntry& entry = test::ReadAlone::Entry()) {
  return test::ReadAlone(Syntax::kStix, text, entry);
}

// An indicator of evil.top with these fields besides.
std::string Indicator(const std::string& fields, const std::string& id = "indicator--1") {
  return R"({"type": "indicator", "id": ")" + id + R"(", "pattern": "[domain-name:value = ')" +
         "evil.top" + R"(']")" + (fields.empty() ? "" : ", " + fields) + "}";
}

std::string WithPattern(const std::string& pattern) {
  return R"([{"type": "indicator", "pattern": ")" + pattern + "\"}]";
}

const std::string kTaken = "domain evil.top nxdomain @1\n";

}  // namespace

TEST_CASE("An indicator of a bundle is a rule, on the line of its pattern") {
  const test::ReadAlone feed = Read(R"({
  "type": "bundle",
  "id": "bundle--1",
  "objects": [
    {
      "type": "indicator",
      "spec_version": "2.1",
      "id": "indicator--1",
      "pattern": "[domain-name:value='evil.top']",
      "pattern_type": "stix",
      "valid_from": "2025-01-01T00:00:00Z"
    },
    {
      "type": "indicator",
      "id": "indicator--2",
      "pattern": "[url:value = 'https://www.bad.top/us']"
    }
  ]
})");
  CHECK(feed.Rules() == "domain evil.top nxdomain @9\nhost www.bad.top nxdomain @16\n");
  CHECK(feed.Notes() == "");
  REQUIRE(feed.model.rules.size() == 2);
  CHECK(feed.model.rules[0].id == "domain-name");
  CHECK(feed.model.rules[1].id == "url");
}

TEST_CASE("Objects may come in a bundle, a TAXII envelope, an array, or alone") {
  const std::string one = Indicator("");
  CHECK(Read(R"({"type": "bundle", "objects": [)" + one + "]}").Rules() == kTaken);
  CHECK(Read(R"({"more": false, "objects": [)" + one + "]}").Rules() == kTaken);
  CHECK(Read("[" + one + "]").Rules() == kTaken);
  CHECK(Read(R"([{"type": "bundle", "objects": [)" + one + "]}]").Rules() == kTaken);
  CHECK(Read(one).Rules() == kTaken);
}

TEST_CASE("A bundle without objects is an empty one") {
  const test::ReadAlone feed = Read(R"({"type": "bundle", "id": "bundle--1"})");
  CHECK(feed.Rules() == "");
  CHECK(feed.Notes() == "");
}

TEST_CASE("A domain name stands for all below it, and the manifest may see that otherwise") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.scope = policy::NameScope::kHost;
  CHECK(Read(Indicator("")).Rules() == kTaken);
  CHECK(Read(Indicator(""), entry).Rules() == "host evil.top nxdomain @1\n");
}

TEST_CASE("What is valid until an instant is kept until the last day before it") {
  CHECK(Read(Indicator(R"("valid_until": "2025-10-01T00:00:00Z")")).Rules() ==
        "domain evil.top nxdomain until 2025-09-30 @1\n");
  CHECK(Read(Indicator(R"("valid_until": "2025-10-01T00:00:01.000Z")")).Rules() ==
        "domain evil.top nxdomain until 2025-10-01 @1\n");
}

TEST_CASE("A lifetime counts from valid_from, or from created, and valid_until may be earlier") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.terms.lifetime = 30;
  CHECK(Read(Indicator(R"("valid_from": "2025-01-01T10:00:00Z")"), entry).Rules() ==
        "domain evil.top nxdomain until 2025-01-31 @1\n");
  CHECK(Read(Indicator(R"("created": "2025-01-02T10:00:00Z")"), entry).Rules() ==
        "domain evil.top nxdomain until 2025-02-01 @1\n");
  CHECK(Read(Indicator(R"("valid_from": "2025-01-01T10:00:00Z",
                          "valid_until": "2025-01-05T10:00:00Z")"),
             entry)
            .Rules() == "domain evil.top nxdomain until 2025-01-05 @1\n");
  CHECK(Read(Indicator(""), entry).Rules() == kTaken);
}

TEST_CASE("A date that is none rejects its indicator") {
  const test::ReadAlone feed = Read("[" + Indicator(R"("valid_until": "soon")") + ",\n" +
                                    Indicator(R"("valid_from": "now")", "indicator--2") + "]");
  CHECK(feed.Rules() == "");
  CHECK(feed.Notes() ==
        "rejected 1: no timestamp (valid_until) @1 'soon'\n"
        "rejected 1: no timestamp (valid_from) @2 'now'\n");
}

TEST_CASE("An indicator that is not valid yet is left out, and one of today is in") {
  const std::string manifest = "policies:\n  - file: f.json\n    syntax: stix\n";
  const std::string later = R"({"type": "indicator", "valid_from": "2025-06-02T00:00:00Z",
                                "pattern": "[domain-name:value = 'late.com']"})";
  const std::string today = R"({"type": "indicator", "valid_from": "2025-06-01T23:00:00Z",
                                "pattern": "[domain-name:value = 'new.com']"})";
  test::Compiled rules({{"tollgate.yaml", manifest}, {"f.json", "[" + later + "," + today + "]"}});
  REQUIRE(rules.ok());
  CHECK(rules.Ask("late.com") == "none");
  CHECK(rules.Ask("new.com") == "nxdomain f/domain-name");
  CHECK(rules.Faults().find("an indicator that is not valid yet (valid_from)") !=
        std::string::npos);
}

TEST_CASE("A revoked indicator is no rule") {
  CHECK(Read(Indicator(R"("revoked": true)")).Notes() ==
        "skipped 1: a revoked indicator @1 'indicator--1'\n");
  CHECK(Read(Indicator(R"("revoked": false)")).Rules() == kTaken);
}

TEST_CASE("Of several versions of an indicator the newest counts, wherever it stands") {
  const std::string old_one = Indicator(R"("modified": "2025-01-01T00:00:00Z")");
  const std::string new_one = Indicator(R"("modified": "2025-01-01T00:00:00.5Z", "revoked": true)");
  for (const std::string& text :
       {"[" + old_one + "," + new_one + "]", "[" + new_one + "," + old_one + "]"}) {
    const test::ReadAlone feed = Read(text);
    CHECK(feed.Rules() == "");
    CHECK(feed.report.notes.size() == 2);
    CHECK(feed.Notes().find("skipped 1: a version of an indicator that a newer one replaces") !=
          std::string::npos);
  }
}

TEST_CASE("What is said to be benign is never blocked") {
  CHECK(Read(Indicator(R"("indicator_types": ["malicious-activity", "benign"])")).Notes() ==
        "skipped 1: an indicator of something benign @1 'indicator--1'\n");
  CHECK(Read(Indicator(R"("labels": ["benign"])")).Rules() == "");
  CHECK(Read(Indicator(R"("indicator_types": ["anonymization"])")).Rules() == kTaken);
}

TEST_CASE("min_confidence leaves out what is less sure, and not what says nothing") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.min_confidence = 50;
  CHECK(Read(Indicator(R"("confidence": 49)"), entry).Notes() ==
        "skipped 1: less confidence than 'min_confidence' asks for @1 'indicator--1'\n");
  CHECK(Read(Indicator(R"("confidence": 50)"), entry).Rules() == kTaken);
  CHECK(Read(Indicator(""), entry).Rules() == kTaken);
  CHECK(Read(Indicator(R"("confidence": 0)")).Rules() == kTaken);
}

TEST_CASE("Patterns in other languages are skipped") {
  CHECK(Read(Indicator(R"("pattern_type": "sigma")")).Notes() ==
        "skipped 1: a pattern in another language than STIX's (pattern_type) @1 'sigma'\n");
}

TEST_CASE("Objects that are no indicators are skipped, names that were only observed too") {
  CHECK(Read(R"([{"type": "malware", "id": "malware--1"},
                 {"type": "domain-name", "id": "domain-name--1", "value": "evil.top"},
                 {"type": "observed-data", "objects": {"0": {"type": "domain-name"}}}])")
            .Notes() == "skipped 3: an object that is no indicator @1 'malware--1'\n");
}

TEST_CASE("What asks for more than a name is not yet enforced") {
  const test::ReadAlone both =
      Read(WithPattern("[domain-name:value = 'evil.top' AND file:name = 'x']"));
  CHECK(both.Rules() == "");
  CHECK(both.Notes() ==
        "not yet 1: an indicator that needs several things together @1 "
        "'[domain-name:value = 'evil.top' AND file:name = 'x']'\n");
  CHECK(Read(WithPattern("[ipv4-addr:value LIKE '192.0.2.%']")).Notes() ==
        "not yet 1: an expression for addresses @1 '[ipv4-addr:value LIKE '192.0.2.%']'\n");
}

TEST_CASE("Addresses are rules about answers, prefixes and ends of traffic too") {
  CHECK(Read(WithPattern("[domain-name:value = 'evil.top' OR ipv4-addr:value = '192.0.2.1']"))
            .Rules() == "domain evil.top nxdomain @1\naddress 192.0.2.1/32 nxdomain @1\n");
  CHECK(Read(WithPattern("[ipv6-addr:value ISSUBSET '2001:db8::/32']")).Rules() ==
        "address 2001:db8::/32 nxdomain @1\n");
  CHECK(Read(WithPattern("[network-traffic:dst_ref.value = '192.0.2.1']")).Rules() ==
        "address 192.0.2.1/32 nxdomain @1\n");
}

TEST_CASE("An address that is none, or that stands for much of the Internet, is rejected") {
  CHECK(Read(WithPattern("[ipv4-addr:value = '192.0.2.300']")).Notes() ==
        "rejected 1: no address, nor a prefix without bits set behind it @1 '192.0.2.300'\n");
  CHECK(Read(WithPattern("[ipv4-addr:value = '0.0.0.0/0']")).Notes() ==
        "rejected 1: every address @1 '0.0.0.0/0'\n");
}

TEST_CASE("A URL with an address is skipped: DNS is not asked for it") {
  CHECK(Read(WithPattern("[url:value = 'http://192.0.2.1:8080/x']")).Notes() ==
        "skipped 1: a URL with an address, for which DNS is not asked @1 "
        "'http://192.0.2.1:8080/x'\n");
}

TEST_CASE("What is about files, processes and the like is skipped once for each indicator") {
  CHECK(Read(WithPattern("[file:name = 'x' OR file:name = 'y']")).Notes() ==
        "skipped 1: an indicator that is not about names or addresses @1 '[file:name = 'x' OR "
        "file:name = "
        "'y']'\n");
}

TEST_CASE("LIKE and MATCHES become patterns, in whatever case they are written") {
  CHECK(Read(WithPattern("[domain-name:value LIKE '%.evil.top']")).Rules() ==
        "below evil.top nxdomain @1\n");
  CHECK(Read(WithPattern("[domain-name:value LIKE 'usps-%.top']")).Rules() ==
        "pattern /^usps\\-.*\\.top\\z/ on name nxdomain @1\n");
  CHECK(Read(WithPattern("[domain-name:value MATCHES '^USPS-[a-z]+']")).Rules() ==
        "pattern /(?i)^USPS-[a-z]+/ on name nxdomain @1\n");
  CHECK(Read(R"([{"type": "indicator", "valid_until": "2025-10-01T00:00:00Z",
                  "pattern": "[domain-name:value MATCHES '^usps-']"}])")
            .Rules() == "pattern /^usps-/ on name nxdomain until 2025-09-30 @2\n");
}

TEST_CASE("A MATCHES that Hyperscan does not know is rejected") {
  const test::ReadAlone feed = Read(WithPattern("[domain-name:value MATCHES '(?<=a)b']"));
  CHECK(feed.Rules() == "");
  REQUIRE(feed.report.notes.size() == 1);
  CHECK(feed.report.notes[0].reason.substr(0, 33) == "a pattern that Hyperscan refuses:");
}

TEST_CASE("A pattern that matches every name, or nothing at all, is rejected") {
  for (const std::string pattern : {"MATCHES '.'", "MATCHES '[a-z]'", "LIKE '%_'"}) {
    CHECK(Read(WithPattern("[domain-name:value " + pattern + "]")).Notes() ==
          "rejected 1: a pattern that matches every name @1 '[domain-name:value " + pattern +
              "]'\n");
  }
  CHECK(Read(WithPattern("[domain-name:value MATCHES '.*']")).Notes().substr(0, 44) ==
        "rejected 1: a pattern that Hyperscan refuses");
}

TEST_CASE("An address where a domain name should be is rejected") {
  CHECK(Read(WithPattern("[domain-name:value = '192.0.2.1']")).Notes() ==
        "rejected 1: an IP address, and names are wanted here @1 '192.0.2.1'\n");
}

TEST_CASE("A pattern that is none, and an indicator without one, are rejected") {
  CHECK(Read(WithPattern("evil.top")).Notes() ==
        "rejected 1: not a STIX pattern: '[' is missing @1 'evil.top'\n");
  CHECK(Read(R"([{"type": "indicator", "id": "indicator--1"}])").Notes() ==
        "rejected 1: an indicator without a pattern @1 'indicator--1'\n");
}

TEST_CASE("An indicator that says a thing twice is rejected: it could mean either") {
  const test::ReadAlone feed = Read(Indicator(R"("revoked": true, "revoked": false)"));
  CHECK(feed.Rules() == "");
  CHECK(feed.Notes() == "rejected 1: a key twice in one object @1 'revoked'\n");
}

TEST_CASE("What is no STIX is rejected") {
  CHECK(Read(R"({"a": 1})").Notes() == "rejected 1: no STIX object @1 ''\n");
  CHECK(Read(R"(["x", 7])").Notes() == "rejected 2: no STIX object @1 'x'\n");
}

TEST_CASE("Of a bundle that is cut off nothing is taken") {
  const test::ReadAlone feed = Read("[" + Indicator("") + ",\n{\"type\": ");
  CHECK(feed.Rules() == "");
  CHECK(feed.Notes() == "rejected 1: not JSON: it ends too early @2 ''\n");
}

}  // namespace tollgate::source
