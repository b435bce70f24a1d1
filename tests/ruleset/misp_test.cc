// SPDX-License-Identifier: BSD-3-Clause
//
// MISP events and feeds: which attributes become rules, and what becomes of the rest.

#include "ruleset/source/misp.h"

#include "tests/support/catch.h"
#include "tests/support/feed_fixture.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::source {
namespace {

const std::string kUuid = "00000000-0000-4000-8000-000000000001";
const std::string kOtherUuid = "00000000-0000-4000-8000-000000000002";

test::ReadAlone Read(std::string_view text, const PolicyEntry& entry = test::ReadAlone::Entry()) {
  return test::ReadAlone(Syntax::kMisp, text, entry);
}

std::string Attribute(const std::string& type, const std::string& value,
                      const std::string& fields = R"("to_ids": true)") {
  return R"({"type": ")" + type + R"(", "value": ")" + value + "\", " + fields + "}";
}

std::string Event(const std::string& attributes, const std::string& uuid = kUuid) {
  return R"({"Event": {"uuid": ")" + uuid + R"(", "info": "Parcel scams", "Attribute": [)" +
         attributes + "]}}";
}

const std::string kTaken = "domain evil.top nxdomain @1\n";

}  // namespace

TEST_CASE("Attributes of an event are rules, on the lines of their values") {
  const test::ReadAlone feed = Read(R"({"Event": {
  "info": "Parcel\nscams", "uuid": ")" +
                                    kUuid + R"(",
  "published": false,
  "Attribute": [
    {"type": "domain", "to_ids": true,
     "value": "evil.top"},
    {"type": "hostname", "to_ids": true,
     "value": "www.bad.top"}],
  "Object": [{"name": "domain-ip", "Attribute": [
    {"type": "domain", "to_ids": true, "object_relation": "domain",
     "value": "worse.top"}]}]}})");
  CHECK(feed.Rules() ==
        "domain evil.top nxdomain @6\nhost www.bad.top nxdomain @8\ndomain worse.top nxdomain "
        "@11\n");
  CHECK(feed.Notes() == "");
  REQUIRE(feed.model.rules.size() == 1);
  CHECK(feed.model.rules[0].id == kUuid);
  CHECK(feed.model.rules[0].meaning == "Parcel scams");
}

TEST_CASE("Events come alone, in arrays, and as MISP's API wraps them") {
  const std::string one = Event(Attribute("domain", "evil.top"));
  CHECK(Read(one).Rules() == kTaken);
  CHECK(Read("[" + one + "]").Rules() == kTaken);
  CHECK(Read(R"({"response": [)" + one + "]}").Rules() == kTaken);
  CHECK(Read(R"({"response": )" + one + "}").Rules() == kTaken);
  CHECK(Read(R"({"response": {"Attribute": [)" + Attribute("domain", "evil.top") + "]}}").Rules() ==
        kTaken);
  CHECK(Read(R"({"info": "x", "Attribute": [], "Object": [{"Attribute": [)" +
             Attribute("domain", "evil.top") + "]}]}")
            .Rules() == kTaken);
}

TEST_CASE("Types with a name in them: a domain with all below it, and hosts alone") {
  CHECK(Read(Event(Attribute("domain", "evil.top") + "," +
                   Attribute("domain|ip", "bad.top|192.0.2.1") + "," +
                   Attribute("hostname", "a.example") + "," +
                   Attribute("hostname|port", "b.example|8443") + "," +
                   Attribute("url", "https://c.example/x|y") + "," +
                   Attribute("uri", "https://d.example:8080/")))
            .Rules() ==
        "domain evil.top nxdomain @1\ndomain bad.top nxdomain @1\nhost a.example nxdomain @1\n"
        "host b.example nxdomain @1\nhost c.example nxdomain @1\nhost d.example nxdomain @1\n");
}

TEST_CASE("Addresses that are connected to are rules about answers") {
  CHECK(Read(Event(Attribute("ip-dst", "192.0.2.1") + "," +
                   Attribute("ip-dst|port", "2001:db8::1|443") + "," +
                   Attribute("hostname|port", "192.0.2.2|8443")))
            .Rules() ==
        "address 192.0.2.1/32 nxdomain @1\naddress 2001:db8::1/128 nxdomain @1\n"
        "address 192.0.2.2/32 nxdomain @1\n");
}

TEST_CASE("Addresses that attacks come from are skipped, and URLs that need no DNS") {
  CHECK(Read(Event(Attribute("ip-src", "192.0.2.1") + "," + Attribute("ip-src|port", "a|1") + "," +
                   Attribute("url", "http://192.0.2.1/x")))
            .Notes() ==
        "skipped 2: an address that attacks come from (ip-src) @1 '192.0.2.1'\n"
        "skipped 1: a URL with an address, for which DNS is not asked @1 'http://192.0.2.1/x'\n");
  CHECK(Read(Event(Attribute("domain", "192.0.2.1"))).Notes() ==
        "rejected 1: an IP address, and names are wanted here @1 '192.0.2.1'\n");
}

TEST_CASE("Attributes about other things are skipped, links to reports among them") {
  CHECK(Read(Event(Attribute("sha256", "ab") + "," + Attribute("email-src", "a@evil.top") + "," +
                   Attribute("link", "https://vendor.example/report")))
            .Notes() == "skipped 3: an attribute that is not about names or addresses @1 'ab'\n");
  CHECK(Read(Event(Attribute("uri", "/gate.php"))).Notes() ==
        "skipped 1: a URI without a host @1 '/gate.php'\n");
}

TEST_CASE("Attributes that are not meant for detection are skipped, unless 'to_ids: any'") {
  const std::string text = Event(Attribute("domain", "evil.top", R"("to_ids": false)"));
  CHECK(Read(text).Notes() ==
        "skipped 1: an attribute that is not meant for detection (to_ids) @1 'evil.top'\n");
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.to_ids_only = false;
  CHECK(Read(text, entry).Rules() == kTaken);
  CHECK(Read(Event(Attribute("domain", "evil.top", R"("to_ids": "1")"))).Rules() == kTaken);
}

TEST_CASE("The manifest says which attributes are taken") {
  const std::string event = Event(Attribute("domain", "evil.com", R"("to_ids": false)") + "," +
                                  Attribute("domain", "bad.com"));
  test::Compiled only(
      {{"tollgate.yaml", "policies: [{file: e.json, syntax: misp}]"}, {"e.json", event}});
  CHECK(only.Ask("evil.com") == "none");
  CHECK(only.Ask("bad.com") == "nxdomain e/" + kUuid);
  test::Compiled any({{"tollgate.yaml", "policies: [{file: e.json, syntax: misp, to_ids: any}]"},
                      {"e.json", event}});
  CHECK(any.Ask("evil.com") == "nxdomain e/" + kUuid);
  test::Compiled none({{"tollgate.yaml", "policies: [{file: e.json, syntax: misp, to_ids: no}]"},
                       {"e.json", event}});
  CHECK_FALSE(none.ok());
}

TEST_CASE("Deleted attributes, attributes of deleted objects and proposals are skipped") {
  const std::string in_object = R"({"info": "x", "Object": [{"deleted": true, "Attribute": [)" +
                                Attribute("domain", "evil.top") + "]}]}";
  CHECK(
      Read(Event(Attribute("domain", "evil.top", R"("to_ids": true, "deleted": true)"))).Notes() ==
      "skipped 1: a deleted attribute @1 'evil.top'\n");
  CHECK(Read(in_object).Notes() == "skipped 1: a deleted attribute @1 'evil.top'\n");
  CHECK(Read(R"({"info": "x", "Attribute": [], "ShadowAttribute": [)" +
             Attribute("domain", "evil.top") + "]}")
            .Notes() ==
        "skipped 1: a proposal that nobody has accepted (ShadowAttribute) @1 'evil.top'\n");
}

TEST_CASE("A lifetime counts from first_seen, an object's too, or else from the timestamp") {
  PolicyEntry entry = test::ReadAlone::Entry();
  entry.terms.lifetime = 10;
  CHECK(Read(Event(Attribute("domain", "a.top",
                             R"("to_ids": true, "timestamp": "1735689600",
                                "first_seen": "2025-02-01T00:00:00.000000+00:00")") +
                   "," +
                   Attribute("domain", "b.top",
                             R"("to_ids": true, "timestamp": "1735689600", "first_seen": null)") +
                   "," + Attribute("domain", "c.top")),
             entry)
            .Rules() ==
        "domain a.top nxdomain until 2025-02-11 @1\n"
        "domain b.top nxdomain until 2025-01-11 @2\n"
        "domain c.top nxdomain @2\n");
  CHECK(Read(R"({"date": "2025-03-01", "Attribute": [)" + Attribute("domain", "d.top") +
                 R"(], "Object": [{"first_seen": "2025-04-01T00:00:00Z", "Attribute": [)" +
                 Attribute("domain", "e.top") + "]}]}",
             entry)
            .Rules() ==
        "domain d.top nxdomain until 2025-03-11 @1\ndomain e.top nxdomain until 2025-04-11 @1\n");
}

TEST_CASE("What is no event and no attribute is rejected") {
  CHECK(Read(R"({"a": 1})").Notes() == "rejected 1: no MISP event @1 ''\n");
  CHECK(Read(R"([{"Event": 7}])").Notes() == "rejected 1: no MISP event @1 ''\n");
  CHECK(Read(Event(R"({"value": "evil.top"}, 7)")).Notes() ==
        "rejected 2: no MISP attribute @1 'evil.top'\n");
  CHECK(
      Read(Event(Attribute("domain", "evil.top", R"("to_ids": true, "to_ids": false)"))).Notes() ==
      "rejected 1: a key twice in one object @1 'to_ids'\n");
  CHECK(Read("[").Notes() == "rejected 1: not JSON: it ends too early @1 ''\n");
}

namespace {

// A feed of two events, of which `first` has the first.
std::vector<test::RuleFile> FeedFiles(const std::string& manifest, const std::string& first) {
  return {{"tollgate.yaml", manifest},
          {"feed/manifest.json", "{\"" + kUuid + R"(": {"info": "Parcel scams"},)" + "\n\"" +
                                     kOtherUuid + R"(": {"info": "Toll scams"}})"},
          {"feed/hashes.csv", "0123456789abcdef0123456789abcdef," + kUuid + "\n"},
          {"feed/" + kUuid + ".json", first},
          {"feed/" + kOtherUuid + ".json",
           Event(Attribute("domain", "bad.com") + "," + Attribute("ip-dst", "192.0.2.300"),
                 kOtherUuid)}};
}

}  // namespace

TEST_CASE("A feed's manifest is read with the files of its events, and each rule knows its own") {
  test::Compiled rules(FeedFiles("policies: [{file: feed/manifest.json, syntax: misp, id: m}]",
                                 Event(Attribute("domain", "evil.com"))));
  REQUIRE(rules.ok());
  CHECK(rules.Ask("evil.com") == "nxdomain m/" + kUuid);
  CHECK(rules.Ask("bad.com") == "nxdomain m/" + kOtherUuid);
  CHECK(rules.rules().Rule(0).file == "feed/" + kUuid + ".json");
  CHECK(rules.rules().Rule(1).file == "feed/" + kOtherUuid + ".json");
  CHECK(rules.Faults().find("behind it: '" + kOtherUuid + ": 192.0.2.300'") != std::string::npos);
}

TEST_CASE("A feed's folder stands for its manifest") {
  test::Compiled rules(
      FeedFiles("policies: [{file: feed, syntax: misp}]", Event(Attribute("domain", "evil.com"))));
  REQUIRE(rules.ok());
  CHECK(rules.Ask("evil.com") == "nxdomain feed/" + kUuid);
  CHECK(rules.rules().Rule(0).file == "feed/" + kUuid + ".json");
}

TEST_CASE("An event's file that is damaged or absent does not keep the others out") {
  test::Compiled damaged(FeedFiles("policies: [{file: feed, syntax: misp}]", "{\n"));
  REQUIRE(damaged.ok());
  CHECK(damaged.Ask("bad.com") == "nxdomain feed/" + kOtherUuid);
  CHECK(damaged.Faults().find("not JSON: it ends too early: '" + kUuid + ".json'") !=
        std::string::npos);
  std::vector<test::RuleFile> files = FeedFiles("policies: [{file: feed, syntax: misp}]", "");
  files.erase(files.begin() + 3);
  test::Compiled absent(files);
  REQUIRE(absent.ok());
  CHECK(absent.Ask("bad.com") == "nxdomain feed/" + kOtherUuid);
  CHECK(absent.Faults().find("an event whose file cannot be read") != std::string::npos);
}

TEST_CASE("A manifest names events by UUID, and nothing else leads to a file") {
  CHECK(Read(R"({"../../../../../etc/passwd": {"info": "x"}})").Notes() ==
        "rejected 1: no MISP event @1 ''\n");
  CHECK(Read("{\"" + kUuid + R"(": {}, "/0000000-0000-4000-8000-000000000001": {}})").Notes() ==
        "rejected 1: no MISP event @1 ''\n");
}

}  // namespace tollgate::source
