// SPDX-License-Identifier: BSD-3-Clause
//
// What may stand behind the keys of a request.

#include "module/control/values.h"
#include "tests/support/catch.h"

namespace tollgate::module {
namespace {

// The value as text, or the fault in full.
std::string Seconds(std::string_view text) {
  uint64_t value = 0;
  const auto fault = ReadSeconds(text, value);
  return fault ? fault->error + "; " + fault->hint : std::to_string(value);
}

std::string ReadAs(std::string_view text) {
  Prefix value;
  const auto fault = ReadPrefix(text, value);
  if (!fault) return ToText(value);
  CHECK(value.family == 0);  // as it was
  return fault->error + "; " + fault->hint;
}

TEST_CASE("A span of time: seconds, or with units", "[control]") {
  for (const auto& [text, seconds] :
       {std::pair("300", "300"), std::pair("1", "1"), std::pair("604800", "604800"),
        std::pair("90s", "90"), std::pair("5m", "300"), std::pair("1h30m", "5400"),
        std::pair("168h", "604800"), std::pair("1.5m", "90"), std::pair("1500ms", "2")}) {
    CHECK(Seconds(text) == seconds);
  }
}

TEST_CASE("A span of time that is none, too short or too long", "[control]") {
  for (const char* text : {"x", "5 m", "5min", "m", "1d", "%"})
    CHECK(Seconds(text) ==
          "'" + std::string(text) + "' is no span of time; write 90s, 5m, 1h30m, or seconds");
  for (const char* text : {"0", "0s", "-5m", "10ms", "604801", "169h", "inf", "-inf",
                           "99999999999999999999999", "9000000000h"}) {
    CHECK(Seconds(text) == "'" + std::string(text) +
                               "' is not between a second and a week (168h); without 'for' a "
                               "pause lasts until 'resume', or a restart");
  }
}

TEST_CASE("A prefix is an address, and a length where there is one", "[control]") {
  for (const char* text : {"192.0.2.7", "192.0.2.0/24", "0.0.0.0/0", "10.0.0.0/7", "2001:db8::1",
                           "2001:db8::/32", "::/0", "2001:db8::/33", "fe80::/10"}) {
    CHECK(ReadAs(text) == text);
  }
  CHECK(ReadAs("2001:DB8:0:0::/32") == "2001:db8::/32");
  CHECK(ReadAs("192.0.2.7/32") == "192.0.2.7");
  CHECK(ReadAs("::1/128") == "::1");
}

TEST_CASE("What is no prefix, and what to write", "[control]") {
  CHECK(ReadAs("192.0.2.7/24") ==
        "'192.0.2.7/24' has bits behind its prefix; write 192.0.2.0/24 for all of it, or 192.0.2.7 "
        "for one client");
  CHECK(ReadAs("fe80::1%eth0") ==
        "'fe80::1%eth0' is no address and no prefix; write 192.0.2.1, 192.0.2.0/24 or "
        "2001:db8::/32");
  CHECK(ReadAs("192.0.2.0/33") ==
        "/33 is longer than an IPv4 address of 32 bits; the number behind '/' counts bits");
}

TEST_CASE("Every client is no text", "[control]") { CHECK(ToText(Prefix()) == ""); }

TEST_CASE("A record type by name or number", "[control]") {
  for (const auto& [text, type] :
       {std::pair("A", 1), std::pair("aaaa", 28), std::pair("HTTPS", 65), std::pair("TYPE65", 65),
        std::pair("type65535", 65535), std::pair("255", 255), std::pair("ANY", 255)}) {
    uint16_t value = 0;
    CHECK_FALSE(ReadType(text, value));
    CHECK(value == type);
  }
  for (const char* text : {"", "X", "TYPE", "TYPE65536", "65536", "-1", "+1", " 1", "TYPE 1"}) {
    uint16_t value = 7;
    CHECK(ReadType(text, value));
    CHECK(value == 7);
  }
}

}  // namespace
}  // namespace tollgate::module
