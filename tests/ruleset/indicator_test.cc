// SPDX-License-Identifier: BSD-3-Clause
//
// Indicators as reports print them: what is written on the left, the name on the right.

#include "ruleset/source/indicator.h"

#include <string>

#include "tests/support/catch.h"

namespace tollgate::source {
namespace {

std::string Parsed(std::string_view text) {
  absl::StatusOr<dns::Name> name = ParseIndicator(text);
  return name.ok() ? name->Text() : "error: " + std::string(name.status().message());
}

std::string ParsedDay(std::string_view text) {
  absl::StatusOr<policy::Day> day = ParseDay(text);
  return day.ok() ? std::to_string(*day) : "error: " + std::string(day.status().message());
}

}  // namespace

TEST_CASE("An indicator may be a plain name") {
  const auto [written, name] = GENERATE(table<std::string, std::string>({
      {"usps.com-isjjz.top", "usps.com-isjjz.top"},
      {"USPS.COM-ISJJZ.TOP", "usps.com-isjjz.top"},
      {"usps.com-isjjz.top.", "usps.com-isjjz.top"},
      {"  usps.com-isjjz.top  ", "usps.com-isjjz.top"},
      {"_dmarc.example.com", "_dmarc.example.com"},
      {"top", "top"},
      {"example.com1", "example.com1"},
      {"1.2.3.example", "1.2.3.example"},
      {"xn--bcher-kva.example", "xn--bcher-kva.example"},
  }));
  INFO(written);
  CHECK(Parsed(written) == name);
}

TEST_CASE("An indicator may be defanged") {
  const std::string written =
      GENERATE(as<std::string>{},  //
               "usps.com-isjjz[.]top", "usps[.]com-isjjz[.]top", "usps.com-isjjz(.)top",
               "usps.com-isjjz{.}top", "usps.com-isjjz[dot]top", "usps.com-isjjz(dot)top",
               "usps.com-isjjz{dot}top", "usps.com-isjjz[DOT]top", "usps.com-isjjz[.top",
               "usps.com-isjjz.]top", "USPS[.]COM-ISJJZ[.]TOP", "hxxps[:]//usps.com-isjjz[.]top/us",
               "hxxps[://]usps.com-isjjz[.]top/us", "hxxp(:)//usps.com-isjjz[.]top",
               "hXXp://usps.com-isjjz[.]top", "fxp://usps.com-isjjz[.]top");
  INFO(written);
  CHECK(Parsed(written) == "usps.com-isjjz.top");
}

TEST_CASE("An indicator may be a URL, of which the host is taken") {
  const auto [written, name] = GENERATE(table<std::string, std::string>({
      {"https://evil.top", "evil.top"},
      {"https://evil.top/", "evil.top"},
      {"https://evil.top/a/b?c=d#e", "evil.top"},
      {"https://evil.top?c=d", "evil.top"},
      {"https://evil.top#e", "evil.top"},
      {"https://evil.top:8443", "evil.top"},
      {"https://evil.top:8443/a", "evil.top"},
      {"https://evil.top:8443/a:80", "evil.top"},
      {"https://usps.com@evil.top/a", "evil.top"},
      {"https://user:secret@evil.top:8443/a", "evil.top"},
      {"https://evil.top/a@usps.com", "evil.top"},
      {"https://evil.top/https://usps.com", "evil.top"},
      {"evil.top/a", "evil.top"},
      {"evil.top/", "evil.top"},
      {"evil.top:8443", "evil.top"},
      {"name.example.:8443", "name.example"},
  }));
  INFO(written);
  CHECK(Parsed(written) == name);
}

TEST_CASE("U-labels become A-labels") {
  const auto [written, name] = GENERATE(table<std::string, std::string>({
      {"bücher.example", "xn--bcher-kva.example"},
      {"BÜCHER.example", "xn--bcher-kva.example"},
      {"bücher[.]example", "xn--bcher-kva.example"},
      {"https://bücher.example/ä", "xn--bcher-kva.example"},
      {"straße.example", "xn--strae-oqa.example"},
      {"佐川急便.jp", "xn--qqq7jy78a0gc.jp"},
      {"evil。top", "evil.top"},
  }));
  INFO(written);
  CHECK(Parsed(written) == name);
}

TEST_CASE("What is no name says why, and what to write") {
  const auto [written, reason] = GENERATE(table<std::string, std::string>({
      {"", "no name in it"},
      {"   ", "no name in it"},
      {"https://", "no name in it"},
      {"https:///path", "no name in it"},
      {"/path", "no name in it"},
      {"192.0.2.1", "an IP address, and names are wanted here"},
      {"192[.]0[.]2[.]1", "an IP address, and names are wanted here"},
      {"192.0.2.0/24", "an IP address, and names are wanted here"},
      {"https://192.0.2.1/us", "an IP address, and names are wanted here"},
      {"192.0.2.1:8080", "an IP address, and names are wanted here"},
      {"2001:db8::1", "an IP address, and names are wanted here"},
      {"https://[2001:db8::1]/us", "an IP address, and names are wanted here"},
      {"user@example.com", "an e-mail address, and names are wanted here"},
      {"*.example.com",
       "a wildcard; leave '*.' out: 'domains' takes the name and everything below it"},
      {"*[.]example[.]com",
       "a wildcard; leave '*.' out: 'domains' takes the name and everything below it"},
      {"evil .top", "a space or control character in the name"},
      {"a..b", "an empty label (two dots, or a dot at the start)"},
  }));
  INFO(written);
  CHECK(Parsed(written) == "error: " + reason);
}

TEST_CASE("A U-label that IDNA forbids asks for its A-label") {
  const std::string message = Parsed("a\xef\xbf\xbd.example");  // U+FFFD
  INFO(message);
  CHECK(message.find("error: not a valid internationalised name (") == 0);
  CHECK(message.find("); write its A-label (xn--...)") != std::string::npos);
}

TEST_CASE("Refang takes the defanging off and leaves the rest") {
  CHECK(Refang("hxxps[:]//a[.]b(dot)c") == "hxxps://a.b.c");
  CHECK(Refang("a.b") == "a.b");
  CHECK(Refang("") == "");
}

TEST_CASE("A day is written as YYYY-MM-DD") {
  CHECK(ParsedDay("1970-01-02") == "1");
  CHECK(ParsedDay("2025-06-01") == "20240");
  CHECK(ParsedDay("2024-02-29") == "19782");
}

TEST_CASE("What is no day is refused") {
  const std::string written =
      GENERATE(as<std::string>{},  //
               "", "tomorrow", "2025-6-1", "01-06-2025", "2025/06/01", "2025-13-01", "2025-00-10",
               "2025-02-30", "2025-02-29", "2025-06-01T00:00", "2025-06-0x", "1970-01-01",
               "1969-12-31", " 2025-06-1");
  INFO(written);
  CHECK(ParsedDay(written) == "error: '" + written + "' is not a date such as 2025-10-23");
}

TEST_CASE("DayText is the other way round, and empty for never") {
  CHECK(DayText(20240) == "2025-06-01");
  CHECK(DayText(policy::kNever) == "");
}

}  // namespace tollgate::source
