// SPDX-License-Identifier: BSD-3-Clause
//
// The key `events` of module.yaml.

#include "module/events/settings.h"
#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::module {
namespace {

struct Read {
  explicit Read(std::string_view yaml)
      : settings(ReadEventSettings(text::ParseYaml(yaml, "module.yaml", faults), "/etc/tollgate")) {
  }
  std::string Faults() const { return test::AsText(faults); }

  text::Diagnostics faults;
  EventSettings settings;
};

TEST_CASE("events: every key", "[events]") {
  const Read read(R"(
file: /var/log/tollgate.json
datagram: /run/collector.sock
syslog: yes
dnstap: /run/dnstap.sock
shadow: yes
clients: prefix
client_prefix: {ipv4: 16, ipv6: 48}
sample: 10
per_client: 1
per_name: 2
per_second: 3
ring: 8192
)");
  CHECK(read.Faults() == "");
  CHECK(read.settings.file == "/var/log/tollgate.json");
  CHECK(read.settings.datagram == "/run/collector.sock");
  CHECK(read.settings.syslog);
  CHECK(read.settings.dnstap == "/run/dnstap.sock");
  CHECK(read.settings.shadow);
  CHECK(read.settings.clients == ClientForm::kPrefix);
  CHECK(read.settings.ipv4_prefix == 16);
  CHECK(read.settings.ipv6_prefix == 48);
  CHECK(read.settings.sample == 10);
  CHECK(read.settings.per_client == 1);
  CHECK(read.settings.per_name == 2);
  CHECK(read.settings.per_second == 3);
  CHECK(read.settings.ring == 8192);
}

TEST_CASE("events: what is on or off is written as elsewhere", "[events]") {
  const Read on("{syslog: true, shadow: true}");
  CHECK(on.settings.syslog);
  CHECK(on.settings.shadow);
  const Read off("{syslog: false, shadow: no}");
  CHECK_FALSE(off.settings.syslog);
  CHECK_FALSE(off.settings.shadow);
  CHECK(on.Faults() + off.Faults() == "");
}

TEST_CASE("events: relative paths begin at the folder of module.yaml", "[events]") {
  const Read read("{file: log/events.json, clients: pseudonym, key_file: client.key}");
  CHECK(read.settings.file == "/etc/tollgate/log/events.json");
  CHECK(read.settings.key_file == "/etc/tollgate/client.key");
  CHECK(read.Faults() == "");
}

TEST_CASE("events: the ring is rounded up to a power of two", "[events]") {
  CHECK(Read("ring: 100").settings.ring == 128);
  CHECK(Read("ring: 64").settings.ring == 64);
  CHECK(Read("ring: 65536").settings.ring == 65536);
}

TEST_CASE("events: a ring out of bounds is a fault, and keeps the default", "[events]") {
  const std::string_view yaml = GENERATE("ring: 63", "ring: 65537", "ring: many");
  const Read read(yaml);
  CHECK(read.Faults().find("module.yaml:1:7: error: ") == 0);
  CHECK(read.settings.ring == EventSettings().ring);
}

TEST_CASE("events: prefixes longer than an address are faults", "[events]") {
  const Read read("clients: prefix\nclient_prefix: {ipv4: 33, ipv6: 129}");
  CHECK(read.faults.error_count() == 2);
  CHECK(read.settings.ipv4_prefix == 24);
  CHECK(read.settings.ipv6_prefix == 56);
}

TEST_CASE("events: a misspelt form of clients tells of none of them", "[events]") {
  const Read read("clients: pseudonim");
  CHECK(read.Faults().find("did you mean 'pseudonym'?") != std::string::npos);
  CHECK(read.settings.clients == ClientForm::kPseudonym);
  CHECK(read.settings.key_file.empty());
}

TEST_CASE("events: pseudonyms need a key", "[events]") {
  const Read read("clients: pseudonym");
  CHECK(read.Faults().find("module.yaml:1:10: error: pseudonyms need a key") == 0);
}

TEST_CASE("events: a key or a prefix that is not used is worth a warning", "[events]") {
  const Read read("key_file: /etc/key\nclient_prefix: {ipv4: 24}");
  CHECK(read.faults.error_count() == 0);
  CHECK(read.faults.warning_count() == 2);
}

TEST_CASE("events: a socket's path is at most 107 octets long", "[events]") {
  const std::string path = "/" + std::string(106, 's');
  CHECK(Read("dnstap: " + path).settings.dnstap == path);
  const Read read("dnstap: " + path + "s");
  CHECK(read.Faults().find("too long for a Unix socket; keep it to 107") != std::string::npos);
  CHECK(read.settings.dnstap.empty());
}

TEST_CASE("events: an empty path is a fault", "[events]") {
  CHECK(Read("file: ''").faults.error_count() == 1);
}

TEST_CASE("events: an unknown key is a fault with a suggestion", "[events]") {
  CHECK(Read("datagramm: /run/x").Faults().find("datagram") != std::string::npos);
  CHECK(Read("datagramm: /run/x").faults.error_count() == 1);
}

TEST_CASE("events: 0 of a sample is a fault, 0 of a limit is none", "[events]") {
  CHECK(Read("sample: 0").faults.error_count() == 1);
  CHECK(Read("{per_client: 0, per_name: 0, per_second: 0}").Faults() == "");
}

}  // namespace
}  // namespace tollgate::module
