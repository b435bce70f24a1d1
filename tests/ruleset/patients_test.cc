// SPDX-License-Identifier: BSD-3-Clause
//
// Sinkholes that name their patients: which settings are taken, who gets what, and who was it.

#include "ruleset/patient/patients.h"

#include <sys/stat.h>

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::patient {
namespace {

using test::NameOf;

// `sinkholes` is what stands under that word, in YAML's flow style.
struct Desk {
  explicit Desk(const std::string& sinkholes, std::string_view key = "0123456789abcdef") {
    const std::string key_file = folder.Write("patient.key", key);
    chmod(key_file.c_str(), 0600);
    const std::string text = "{key_file: patient.key, sinkholes: " + sinkholes + "}";
    settings = ReadSettings(text::ParseYaml(text, "module.yaml", faults), folder.path());
    absl::StatusOr<Patients> made = Patients::Make(settings);
    if (made.ok()) patients = *std::move(made);
  }

  std::string Faults() const { return test::AsText(faults); }

  // The address that `client` gets in the place of `address`; empty where that stays.
  std::string Given(const std::string& client, const std::string& address) const {
    dns::Prefix given = *dns::Prefix::Parse(address);
    const dns::Prefix asking = *dns::Prefix::Parse(client);
    if (!patients.Name({asking.address.data(), asking.octets()},
                       std::span<uint8_t>(given.address.data(), given.octets()))) {
      return "";
    }
    const std::string text = given.Text();
    return text.substr(0, text.find('/'));
  }

  std::string GivenName(const std::string& client, std::string_view target) const {
    const dns::Prefix asking = *dns::Prefix::Parse(client);
    const auto own = patients.Name({asking.address.data(), asking.octets()}, NameOf(target));
    return own ? own->Text() : "";
  }

  std::string Who(const std::string& given) const {
    std::optional<dns::Prefix> client;
    if (const auto address = dns::Prefix::Parse(given)) {
      client = patients.Who(std::span<const uint8_t>(address->address.data(), address->octets()));
    } else {
      client = patients.Who(NameOf(given));
    }
    return client ? client->Text() : "";
  }

  test::TemporaryFolder folder;
  text::Diagnostics faults;
  Settings settings;
  Patients patients;
};

TEST_CASE("In a /64 every IPv4 client has an address of its own", "[patient]") {
  const Desk desk("[{prefix: '2001:db8:5:1::/64'}]");
  REQUIRE(desk.Faults() == "");
  const std::string one = desk.Given("192.0.2.7", "2001:db8:5:1::1");
  CHECK(one.starts_with("2001:db8:5:1:"));
  CHECK(desk.Who(one) == "192.0.2.7/32");
  const std::string two = desk.Given("192.0.2.8", "2001:db8:5:1::1");
  CHECK(two != one);
  CHECK(desk.Who(two) == "192.0.2.8/32");
}

TEST_CASE("In a /64 an IPv6 client is told by its /64", "[patient]") {
  const Desk desk("[{prefix: '2001:db8:5:1::/64'}]");
  const std::string one = desk.Given("2001:db8:77:8::9", "2001:db8:5:1::1");
  CHECK(desk.Who(one) == "2001:db8:77:8::/64");
  CHECK(desk.Given("2001:db8:77:8::a", "2001:db8:5:1::1") == one);
}

TEST_CASE("What the rule's own address has in the prefix makes no difference", "[patient]") {
  const Desk desk("[{prefix: '2001:db8:5:1::/64'}]");
  CHECK(desk.Given("192.0.2.7", "2001:db8:5:1::1") == desk.Given("192.0.2.7", "2001:db8:5:1::2"));
}

TEST_CASE("With clients, all of their addresses is told", "[patient]") {
  const Desk desk(
      "[{prefix: 198.51.100.0/24, clients: 10.1.7.0/24},"
      " {prefix: '2001:db8:6::/64', clients: '2001:db8:1:1::/64'},"
      " {prefix: 'fd00::/48', clients: '2001:db8:1::/48'},"
      " {prefix: '2001:db8:7::/112', clients: 10.1.0.0/16}]");
  REQUIRE(desk.Faults() == "");
  for (const auto& [client, base] :
       {std::pair("10.1.7.201", "198.51.100.1"), std::pair("2001:db8:1:1::abcd", "2001:db8:6::1"),
        std::pair("2001:db8:1:ffff:1:2:3:4", "fd00::1"),
        std::pair("10.1.200.3", "2001:db8:7::1")}) {
    const std::string given = desk.Given(client, base);
    CHECK(given != "");
    CHECK(desk.Who(given) == dns::Prefix::Parse(client)->Text());
  }
}

TEST_CASE("Who is none of the clients gets what the rule says", "[patient]") {
  const Desk desk("[{prefix: 198.51.100.0/24, clients: 10.1.7.0/24}]");
  CHECK(desk.Given("10.1.8.1", "198.51.100.1") == "");
  CHECK(desk.Given("2001:db8::1", "198.51.100.1") == "");
}

TEST_CASE("An address outside of every prefix stays, and is nobody's", "[patient]") {
  const Desk desk("[{prefix: 198.51.100.0/24, clients: 10.1.7.0/24}]");
  CHECK(desk.Given("10.1.7.1", "198.51.101.1") == "");
  CHECK(desk.Given("10.1.7.1", "2001:db8::1") == "");
  CHECK(desk.Who("198.51.101.1") == "");
}

TEST_CASE("The name of a sinkhole gets a label in front for each client", "[patient]") {
  const Desk desk("[{name: P.garden.example.}]");
  REQUIRE(desk.Faults() == "");
  for (const char* client : {"192.0.2.7", "2001:db8:77:8::9", "::1", "0.0.0.0"}) {
    const std::string own = desk.GivenName(client, "p.garden.example");
    CHECK(own.ends_with(".p.garden.example"));
    CHECK(desk.Who(own) == dns::Prefix::Parse(client)->Text());
    CHECK(desk.Who("www.evil.example." + own) == dns::Prefix::Parse(client)->Text());
  }
  CHECK(desk.GivenName("192.0.2.7", "garden.example") == "");
  CHECK(desk.GivenName("192.0.2.7", "x.p.garden.example") == "");
}

TEST_CASE("Other names are nobody's", "[patient]") {
  const Desk desk("[{name: p.garden.example}]");
  CHECK(desk.Who("p.garden.example") == "");
  CHECK(desk.Who("www.p.garden.example") == "");
  CHECK(desk.Who("00000000000000000000000000000000.p.garden.example") == "");
  CHECK(desk.Who("garden.example") == "");
}

TEST_CASE("Another key knows a name for another's", "[patient]") {
  const Desk one("[{name: p.garden.example}]", "0123456789abcdef");
  const Desk two("[{name: p.garden.example}]", "fedcba9876543210");
  CHECK(two.Who(one.GivenName("192.0.2.7", "p.garden.example")) == "");
}

TEST_CASE("Without settings nobody is named", "[patient]") {
  const Patients patients;
  CHECK(patients.empty());
  std::array<uint8_t, 4> address = {198, 51, 100, 1};
  CHECK_FALSE(patients.Name(address, address));
  CHECK_FALSE(patients.Name(address, NameOf("p.garden.example")));
  CHECK_FALSE(patients.Who(address));
  CHECK_FALSE(patients.Who(NameOf("x.p.garden.example")));
}

TEST_CASE("A sinkhole that cannot name its clients is refused, with what to do", "[patient]") {
  const auto faults = [](const std::string& sinkhole) {
    const Desk desk("[{prefix: 192.0.2.0/24, clients: 10.9.9.0/24}, " + sinkhole + "]");
    CHECK(desk.settings.prefixes.size() + desk.settings.names.size() == 1);
    return desk.Faults();
  };
  CHECK(faults("{prefix: 198.51.100.0/24}").find("no room for every client") != std::string::npos);
  CHECK(faults("{prefix: '2001:db8::/96'}").find("leaves 32") != std::string::npos);
  CHECK(faults("{prefix: 198.51.100.0/24, clients: 10.0.0.0/8}").find("have 24 bits") !=
        std::string::npos);
  CHECK(faults("{prefix: 198.51.100.0/24, clients: 10.0.0.0/30}").find("fewer than 16") !=
        std::string::npos);
  CHECK(faults("{prefix: 192.0.2.128/25, clients: 10.0.0.0/25}").find("overlap") !=
        std::string::npos);
  CHECK(faults("{prefix: 192.0.2.128/24, clients: 10.0.0.0/24}").find("is no prefix") !=
        std::string::npos);
  CHECK(faults("{prefix: '2001:db8::/64', clients: everybody}").find("is no prefix") !=
        std::string::npos);
  CHECK(faults("{name: 'a..b'}").find("is no name") != std::string::npos);
  CHECK(faults("{name: garden.example, prefix: '2001:db8::/64'}").find("a prefix or a name") !=
        std::string::npos);
  CHECK(faults("2001:db8:5::/64").find("a prefix or a name") != std::string::npos);
  const std::string label(63, 'x');
  CHECK(faults("{name: " + label + "." + label + "." + label + "." + std::string(40, 'x') + "}")
            .find("no room for a label") != std::string::npos);
}

TEST_CASE("No more than sixteen sinkholes", "[patient]") {
  std::string names = "{name: p.garden.example}";
  for (int i = 0; i < 16; ++i) names += ", {name: p" + std::to_string(i) + ".garden.example}";
  const Desk desk("[" + names + "]");
  CHECK(desk.Faults().find("more than 16") != std::string::npos);
  CHECK(desk.settings.names.empty());
}

TEST_CASE("A key that everybody may read is none", "[patient]") {
  const Desk desk("[{name: p.garden.example}]");
  chmod(desk.settings.key_file.c_str(), 0644);
  CHECK(Patients::Make(desk.settings).status().message().find("chmod") != absl::string_view::npos);
}

}  // namespace
}  // namespace tollgate::patient
