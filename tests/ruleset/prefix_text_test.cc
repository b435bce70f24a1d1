// SPDX-License-Identifier: BSD-3-Clause
//
// Addresses and prefixes as people write them, and what is too wide for a rule.

#include "ruleset/source/prefix_text.h"

#include <string>

#include "tests/support/catch.h"

namespace tollgate::source {
namespace {

std::string Read(const std::string& text) {
  const absl::StatusOr<dns::Prefix> prefix = ParsePrefix(text);
  return prefix.ok() ? prefix->Text() : std::string(prefix.status().message());
}

bool IsTooWide(const std::string& text, policy::Action action = policy::Action::kNxdomain) {
  return !WhyTooWide(*dns::Prefix::Parse(text), action).empty();
}

}  // namespace

TEST_CASE("Addresses and prefixes are read as reports print them") {
  const auto [text, prefix] = GENERATE(table<std::string, std::string>({
      {"192.0.2.7", "192.0.2.7/32"},
      {"192.0.2.0/24", "192.0.2.0/24"},
      {"104.21.0[.]0/16", "104.21.0.0/16"},
      {" 192[.]0[.]2[.]7 ", "192.0.2.7/32"},
      {"2001:DB8::/32", "2001:db8::/32"},
      {"2001[:]db8[:][:]1", "2001:db8::1/128"},
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1/128"},
      {"0.0.0.0/8", "0.0.0.0/8"},
  }));
  CHECK(Read(text) == prefix);
}

TEST_CASE("What is no prefix is told with what to write") {
  const auto [text, fault] = GENERATE(table<std::string, std::string>({
      {"evil.example", "no address; write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"},
      {"", "no address; write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"},
      {"192.0.2", "no address; write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"},
      {"192.0.2.0-192.0.2.9", "no address; write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"},
      {"192.0.2.0/33", "behind the '/' stands the number of bits, 0 to 32"},
      {"2001:db8::/129", "behind the '/' stands the number of bits, 0 to 128"},
      {"192.0.2.0/255.255.255.0", "behind the '/' stands the number of bits, 0 to 32"},
      {"192.0.2.0/", "behind the '/' stands the number of bits, 0 to 32"},
      {"192.0.2.7/24",
       "bits are set behind its prefix; write 192.0.2.0/24 for the network, or 192.0.2.7 for the "
       "one address"},
      {"2001:db8::1/32",
       "bits are set behind its prefix; write 2001:db8::/32 for the network, or 2001:db8::1 for "
       "the one address"},
      {std::string("192.0.2.1\0x", 11), "a NUL character in the address"},
  }));
  INFO(text);
  CHECK(Read(text) == fault);
}

TEST_CASE("A rule takes a /8 of IPv4 and a /19 of IPv6 at most") {
  CHECK_FALSE(IsTooWide("10.0.0.0/8"));
  CHECK(IsTooWide("10.0.0.0/7"));
  CHECK(IsTooWide("128.0.0.0/1"));
  CHECK_FALSE(IsTooWide("2a01:2000::/19"));
  CHECK(IsTooWide("2a01::/18"));
  CHECK(IsTooWide("2000::/3"));
}

TEST_CASE("Addresses that no network answers with may be named as wide as they are") {
  const auto text = GENERATE(as<std::string>{}, "0.0.0.0/8", "127.0.0.0/8", "::1", "224.0.0.0/4",
                             "240.0.0.0/4", "fc00::/7", "fe80::/10", "ff00::/8", "e000::/3");
  CHECK_FALSE(IsTooWide(text));
}

TEST_CASE("What is let pass may be wide, but not everything") {
  CHECK_FALSE(IsTooWide("128.0.0.0/1", policy::Action::kPass));
  CHECK(IsTooWide("0.0.0.0/0", policy::Action::kPass));
  CHECK(IsTooWide("::/0", policy::Action::kPass));
}

}  // namespace tollgate::source
