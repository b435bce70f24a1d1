// SPDX-License-Identifier: BSD-3-Clause
//
// Events as JSON and as dnstap, and how much of a client they tell.

#include <sys/stat.h>

#include <set>

#include "module/events/client_form.h"
#include "module/events/dnstap.pb-c.h"
#include "module/events/dnstap_message.h"
#include "module/events/json_line.h"
#include "ruleset/dns/type_text.h"
#include "ruleset/source/zone_text.h"
#include "ruleset/text/json_text.h"
#include "tests/module/event_fixture.h"
#include "tests/support/catch.h"

namespace tollgate::module {
namespace {

using test::ClientAt;
using test::EventFor;

ClientForms FormsOf(ClientForm form, const std::string& key_file = "") {
  EventSettings settings;
  settings.clients = form;
  settings.key_file = key_file;
  return ClientForms::Make(settings).value();
}

std::string KeyFile(const test::TemporaryFolder& folder, const std::string& name,
                    std::string_view key) {
  const std::string path = folder.Write(name, key);
  chmod(path.c_str(), 0600);
  return path;
}

std::string Line(const Event& event, const ClientForms& forms = FormsOf(ClientForm::kWhole)) {
  return JsonLines(forms).Decision(event);
}

// One field of a line, which must be JSON: "null" for null.
std::string Field(const std::string& line, const char* field) {
  const text::JsonText json(line);
  if (json.fault()) return "no JSON: " + json.fault()->reason;
  const text::JsonValue value = json.root()[field];
  return value.kind() == text::JsonKind::kNull ? "null" : std::string(value.Text());
}

TEST_CASE("A client as it is", "[events]") {
  const ClientForms forms = FormsOf(ClientForm::kWhole);
  CHECK(forms.Text(ClientAt("192.0.2.1")) == "192.0.2.1");
  CHECK(forms.Text(ClientAt("2001:db8::1")) == "2001:db8::1");
  CHECK(forms.Text(Client{}) == "");
}

TEST_CASE("A client as its prefix", "[events]") {
  EventSettings settings;
  settings.clients = ClientForm::kPrefix;
  settings.ipv4_prefix = 20;
  settings.ipv6_prefix = 61;
  const ClientForms forms = ClientForms::Make(settings).value();
  CHECK(forms.Text(ClientAt("192.0.255.255")) == "192.0.240.0/20");
  CHECK(forms.Text(ClientAt("2001:db8:ffff:ffff:ffff::1")) == "2001:db8:ffff:fff8::/61");
  settings.ipv4_prefix = settings.ipv6_prefix = 0;
  CHECK(ClientForms::Make(settings)->Text(ClientAt("192.0.2.1")) == "0.0.0.0/0");
}

TEST_CASE("Pseudonyms: HMAC-SHA-256, as any other program computes it", "[events]") {
  // printf '\x04\xc0\x00\x02\x01' | openssl dgst -sha256 -mac HMAC -macopt key:0123456789abcdef
  test::TemporaryFolder folder;
  const ClientForms forms =
      FormsOf(ClientForm::kPseudonym, KeyFile(folder, "key", "0123456789abcdef"));
  CHECK(forms.Text(ClientAt("192.0.2.1")) == "17ca34516b7f2026");
  CHECK(forms.Text(ClientAt("2001:db8::1")).size() == 16);
}

TEST_CASE("Pseudonyms are the same every time, and differ by client and by key", "[events]") {
  test::TemporaryFolder folder;
  const std::string one = KeyFile(folder, "one", "0123456789abcdef");
  const std::string other = KeyFile(folder, "other", "0123456789abcdeg");
  std::set<std::string> seen;
  for (const char* client : {"192.0.2.1", "192.0.2.2", "2001:db8::1"}) {
    seen.insert(FormsOf(ClientForm::kPseudonym, one).Text(ClientAt(client)));
    seen.insert(FormsOf(ClientForm::kPseudonym, one).Text(ClientAt(client)));
    seen.insert(FormsOf(ClientForm::kPseudonym, other).Text(ClientAt(client)));
  }
  CHECK(seen.size() == 6);
}

TEST_CASE("A key that is short, absent or open to everybody is refused", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings;
  settings.clients = ClientForm::kPseudonym;
  settings.key_file = KeyFile(folder, "short", "0123456789abcde");
  CHECK(ClientForms::Make(settings).status().message().find("15 octets") !=
        absl::string_view::npos);
  settings.key_file = folder.path() + "/absent";
  CHECK_FALSE(ClientForms::Make(settings).ok());
  settings.key_file = KeyFile(folder, "open", "0123456789abcdef");
  chmod(settings.key_file.c_str(), 0644);
  CHECK(ClientForms::Make(settings).status().message().find("chmod") != absl::string_view::npos);
}

TEST_CASE("JSON: all of a decision", "[events]") {
  CHECK(Line(EventFor("Www.NxDomain.com", 28)) ==
        R"({"type":"decision","time":"2026-01-31T12:00:00.000001Z","client":"192.0.2.1",)"
        R"("port":54321,"protocol":"udp","qname":"Www.NxDomain.com","qtype":"AAAA",)"
        R"("action":"nxdomain","mode":"enforce","rcode":"NXDOMAIN","ede":"blocked",)"
        R"("policy":"parcels","campaign":"parcels","rule":"domains","meaning":null,)"
        R"("report":null,"file":"nxdomain.yaml","line":5,"trigger":"qname",)"
        R"("indicator":"nxdomain.com",)"
        R"("database":")" +
            Field(Line(EventFor("nxdomain.com")), "database") + "\"}\n");
  CHECK(Field(Line(EventFor("nxdomain.com")), "database").size() == 16);
}

TEST_CASE("JSON: the indicator of a pattern is the pattern", "[events]") {
  const std::string line = Line(EventFor("a.trackmyparcel.com"));
  CHECK(Field(line, "rule") == "track");
  CHECK(Field(line, "indicator") == "track[a-z]+");
  CHECK(Field(line, "meaning") == "Tracking of parcels");
}

TEST_CASE("JSON: the response code of each action", "[events]") {
  const auto rcode = [](const char* name, uint16_t qtype = 1) {
    return Field(Line(EventFor(name, qtype)), "rcode");
  };
  CHECK(rcode("nxdomain.com") == "NXDOMAIN");
  CHECK(rcode("nodata.com") == "NOERROR");
  CHECK(rcode("refused.com") == "REFUSED");
  CHECK(rcode("sinkhole.com") == "NOERROR");
  CHECK(rcode("drop.com") == "null");
  CHECK(rcode("pass.com") == "null");
  CHECK(rcode("shadow.com") == "null");
}

TEST_CASE("JSON: a match in shadow mode answers nothing", "[events]") {
  const std::string line = Line(EventFor("shadow.com"));
  CHECK(Field(line, "type") == "shadow");
  CHECK(Field(line, "mode") == "shadow");
  CHECK(Field(line, "action") == "nxdomain");
  CHECK(Field(line, "ede") == "null");
}

TEST_CASE("JSON: transports and types", "[events]") {
  Event event = EventFor("nxdomain.com", 65280);
  event.client.transport = Transport::kHttps;
  CHECK(Field(Line(event), "protocol") == "https");
  CHECK(Field(Line(event), "qtype") == "TYPE65280");
  event.client.transport = Transport::kTls;
  CHECK(Field(Line(event), "protocol") == "tls");
}

TEST_CASE("JSON: a port would tell clients of one prefix apart", "[events]") {
  const ClientForms forms = FormsOf(ClientForm::kPrefix);
  CHECK(Field(Line(EventFor("nxdomain.com"), forms), "client") == "192.0.2.0/24");
  CHECK(Field(Line(EventFor("nxdomain.com"), forms), "port") == "null");
}

TEST_CASE("JSON: it is JSON whatever octets QNAME has", "[events]") {
  Event event = EventFor("x.nxdomain.com");
  const std::string rest(
      "\x08nxdomain\x03"
      "com\x00",
      14);
  for (int octet = 0; octet < 256; ++octet) {
    const std::string label = {3, 'a', static_cast<char>(octet), 'B'};
    std::copy(label.begin(), label.end(), event.qname.begin());
    std::copy(rest.begin(), rest.end(), event.qname.begin() + 4);
    event.qname_length = static_cast<uint8_t>(4 + rest.size());
    const std::string qname = Field(Line(event), "qname");
    // Read back, it is the same name.
    const absl::StatusOr<dns::Name> read = dns::Name::FromText(qname);
    REQUIRE(read.ok());
    const auto sent = dns::Name::FromWire({event.qname.data(), event.qname_length});
    CHECK(*read == *sent);
    CHECK(qname[0] == 'a');
    CHECK(qname.find("B.nxdomain.com") != std::string::npos);
  }
}

TEST_CASE("JSON: the longest name", "[events]") {
  std::string name = "nxdomain.com";
  while (name.size() + 2 <= 253) name = "A." + name;
  Event event = EventFor(name);
  CHECK(Field(Line(event), "qname") == name);
}

TEST_CASE("JSON: no line of a name that is none", "[events]") {
  Event event = EventFor("nxdomain.com");
  event.qname_length = 3;
  CHECK(Line(event) == "");
}

TEST_CASE("JSON: what was left out, and from when to when", "[events]") {
  const ClientForms forms = FormsOf(ClientForm::kWhole);
  CHECK(JsonLines(forms).Summary({.ring_full = 1,
                                  .per_client = 2,
                                  .per_name = 3,
                                  .per_second = 4,
                                  .sampling = 5,
                                  .lost = 6},
                                 1'000'000, 11'500'000) ==
        R"({"type":"suppressed","time":"1970-01-01T00:00:11.500000Z",)"
        R"("since":"1970-01-01T00:00:01.000000Z","ring_full":1,"per_client":2,"per_name":3,)"
        R"("per_second":4,"sampling":5,"lost":6})"
        "\n");
}

TEST_CASE("The mnemonics of types are those of ldns, where it has one", "[events]") {
  size_t compared = 0;
  for (uint32_t type = 1; type <= 0xffff; ++type) {
    const std::string theirs = source::TypeText(static_cast<uint16_t>(type));
    const std::string ours = dns::TypeText(static_cast<uint16_t>(type));
    if (theirs.starts_with("TYPE")) continue;
    ++compared;
    CHECK(ours == theirs);
  }
  CHECK(compared > 70);
}

struct Unpacked {
  explicit Unpacked(const Event& event, const ClientForms& forms = FormsOf(ClientForm::kWhole)) {
    const std::string octets = DnstapMessages("resolver", forms).Message(event);
    dnstap = tollgate__dnstap__dnstap__unpack(nullptr, octets.size(),
                                              reinterpret_cast<const uint8_t*>(octets.data()));
    REQUIRE(dnstap != nullptr);
  }
  ~Unpacked() { tollgate__dnstap__dnstap__free_unpacked(dnstap, nullptr); }
  const Tollgate__Dnstap__Message* operator->() const { return dnstap->message; }
  static std::string Text(const ProtobufCBinaryData& data) {
    return {reinterpret_cast<const char*>(data.data), data.len};
  }
  Tollgate__Dnstap__Dnstap* dnstap;
};

TEST_CASE("dnstap: a response with its policy", "[events]") {
  const Unpacked message(EventFor("www.nxdomain.com"));
  CHECK(Unpacked::Text(message.dnstap->identity) == "resolver");
  CHECK(message->type == TOLLGATE__DNSTAP__MESSAGE__TYPE__CLIENT_RESPONSE);
  CHECK(message->socket_family == TOLLGATE__DNSTAP__SOCKET_FAMILY__INET);
  CHECK(message->socket_protocol == TOLLGATE__DNSTAP__SOCKET_PROTOCOL__UDP);
  CHECK(Unpacked::Text(message->query_address) == std::string("\xc0\x00\x02\x01", 4));
  CHECK(message->query_port == 54321);
  CHECK(message->query_time_sec == 1769860800);
  CHECK(message->query_time_nsec == 1000);
  CHECK(message->has_response_message);
  CHECK_FALSE(message->has_query_message);
  CHECK(std::string(message->policy->type) == "tollgate");
  CHECK(Unpacked::Text(message->policy->rule) == "parcels/domains/parcels");
  CHECK(message->policy->action == TOLLGATE__DNSTAP__POLICY__ACTION__NXDOMAIN);
  CHECK(message->policy->match == TOLLGATE__DNSTAP__POLICY__MATCH__QNAME);
  CHECK(Unpacked::Text(message->policy->value) == "nxdomain.com");
}

TEST_CASE("dnstap: where there is no response of ours, the query", "[events]") {
  for (const char* name : {"drop.com", "pass.com", "shadow.com"}) {
    const Unpacked message(EventFor(name));
    CHECK(message->type == TOLLGATE__DNSTAP__MESSAGE__TYPE__CLIENT_QUERY);
    CHECK_FALSE(message->has_response_message);
    CHECK(message->query_message.len == 12 + std::string(name).size() + 2 + 4);
  }
  CHECK(std::string(Unpacked(EventFor("shadow.com"))->policy->type) == "tollgate-shadow");
}

TEST_CASE("dnstap: actions, and none for REFUSED", "[events]") {
  const auto action = [](const char* name) { return Unpacked(EventFor(name))->policy->action; };
  CHECK(action("drop.com") == TOLLGATE__DNSTAP__POLICY__ACTION__DROP);
  CHECK(action("pass.com") == TOLLGATE__DNSTAP__POLICY__ACTION__PASS);
  CHECK(action("nodata.com") == TOLLGATE__DNSTAP__POLICY__ACTION__NODATA);
  CHECK(action("sinkhole.com") == TOLLGATE__DNSTAP__POLICY__ACTION__LOCAL_DATA);
  CHECK_FALSE(Unpacked(EventFor("refused.com"))->policy->has_action);
}

TEST_CASE("dnstap: clients in the configured form", "[events]") {
  const Unpacked prefix(EventFor("nxdomain.com", 1, "2001:db8:0:aaff::1"),
                        FormsOf(ClientForm::kPrefix));
  CHECK(prefix->socket_family == TOLLGATE__DNSTAP__SOCKET_FAMILY__INET6);
  CHECK(Unpacked::Text(prefix->query_address) ==
        std::string("\x20\x01\x0d\xb8\0\0\xaa\0\0\0\0\0\0\0\0\0", 16));
  CHECK_FALSE(prefix->has_query_port);
  test::TemporaryFolder folder;
  const Unpacked pseudonym(
      EventFor("nxdomain.com"),
      FormsOf(ClientForm::kPseudonym, KeyFile(folder, "key", "0123456789abcdef")));
  CHECK_FALSE(pseudonym->has_query_address);
  CHECK_FALSE(pseudonym->has_query_port);
}

}  // namespace
}  // namespace tollgate::module
