// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/report_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tollgate::source {
namespace {

// IPv4 addresses stand in the last four octets of ::ffff:0:0/96.
using Octets = std::array<uint8_t, 16>;
constexpr Octets kMappedIpv4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct Block {
  std::string_view prefix;
  int length;
};

// https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast.
constexpr std::array<Block, 14> kReservedIpv4 = {{{"0.0.0.0", 8},
                                                  {"10.0.0.0", 8},
                                                  {"100.64.0.0", 10},
                                                  {"127.0.0.0", 8},
                                                  {"169.254.0.0", 16},
                                                  {"172.16.0.0", 12},
                                                  {"192.0.0.0", 24},
                                                  {"192.0.2.0", 24},
                                                  {"192.168.0.0", 16},
                                                  {"198.18.0.0", 15},
                                                  {"198.51.100.0", 24},
                                                  {"203.0.113.0", 24},
                                                  {"224.0.0.0", 4},
                                                  {"240.0.0.0", 4}}};

// Of IPv6, what is not 2000::/3, and in it what is set aside.
constexpr std::array<Block, 3> kReservedIpv6 = {
    {{"2001::", 23}, {"2001:db8::", 32}, {"3fff::", 20}}};

std::optional<Octets> Parse(std::string_view text) {
  Octets octets = kMappedIpv4;
  const std::string address(text);
  if (inet_pton(AF_INET, address.c_str(), octets.data() + 12) == 1) return octets;
  if (inet_pton(AF_INET6, address.c_str(), octets.data()) == 1) return octets;
  return std::nullopt;
}

bool IsMapped(const Octets& octets) {
  return std::equal(octets.begin(), octets.begin() + 12, kMappedIpv4.begin());
}

// Whether `octets` has the first `length` bits of `other`.
bool Shares(const Octets& octets, const Octets& other, size_t length) {
  const size_t whole = length / 8;
  if (!std::equal(octets.begin(), octets.begin() + whole, other.begin())) return false;
  return length % 8 == 0 || ((octets[whole] ^ other[whole]) >> (8 - length % 8)) == 0;
}

std::string Ipv4Text(const in_addr& address) {
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &address, text, sizeof text);
}

}  // namespace

bool IsNumber(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  return (hexadecimal || !text.empty()) &&
         std::all_of(text.begin(), text.end(),
                     hexadecimal ? absl::ascii_isxdigit : absl::ascii_isdigit);
}

bool LooksLikeIpv4(std::string_view text) {
  return std::count(text.begin(), text.end(), '.') == 3 &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return c == '.' || absl::ascii_isdigit(c); });
}

std::optional<std::string> ReadDottedQuad(std::string_view text) {
  in_addr address;
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return Ipv4Text(address);
}

std::optional<std::string> ReadIpv4(std::string_view text) {
  // inet_aton passes over what follows a space.
  const bool shaped = std::all_of(text.begin(), text.end(), [](char c) {
    return c == '.' || c == 'x' || absl::ascii_isxdigit(c);
  });
  in_addr address;
  if (!shaped || inet_aton(std::string(text).c_str(), &address) == 0) return std::nullopt;
  return Ipv4Text(address);
}

std::optional<std::string> ReadIpv6(std::string_view text) {
  in6_addr address;
  if (inet_pton(AF_INET6, std::string(text).c_str(), &address) != 1) return std::nullopt;
  char canonical[INET6_ADDRSTRLEN];
  return inet_ntop(AF_INET6, &address, canonical, sizeof canonical);
}

std::optional<std::string> ReadPrefix(std::string_view address, std::string_view length) {
  const std::optional<Octets> octets = Parse(address);
  size_t bits;
  if (!octets || !absl::SimpleAtoi({length.data(), length.size()}, &bits)) return std::nullopt;
  const size_t offset = IsMapped(*octets) ? 96 : 0;
  if (bits == 0 || bits + offset > 128) return std::nullopt;
  for (size_t bit = offset + bits; bit < 128; ++bit) {
    if (((*octets)[bit / 8] >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  }
  return absl::StrCat(absl::string_view(address.data(), address.size()), "/", bits);
}

bool IsReserved(std::string_view address) {
  const std::optional<Octets> octets = Parse(address.substr(0, address.find('/')));
  if (!octets) return false;
  const auto within = [&](const Block& block) {
    const size_t offset = block.prefix.find('.') == std::string_view::npos ? 0 : 96;
    return Shares(*octets, *Parse(block.prefix), offset + static_cast<size_t>(block.length));
  };
  if (IsMapped(*octets)) return std::any_of(kReservedIpv4.begin(), kReservedIpv4.end(), within);
  const bool global = ((*octets)[0] & 0xe0) == 0x20;
  return !global || std::any_of(kReservedIpv6.begin(), kReservedIpv6.end(), within);
}

}  // namespace tollgate::source
