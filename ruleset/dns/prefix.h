// SPDX-License-Identifier: BSD-3-Clause
//
// Addresses and prefixes of IPv4 and IPv6, and their text.

#ifndef TOLLGATE_RULESET_DNS_PREFIX_H_
#define TOLLGATE_RULESET_DNS_PREFIX_H_

#include <arpa/inet.h>

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::dns {

// The first `length` bits of an address; the others are zero.
struct Prefix {
  std::array<uint8_t, 16> address{};  // network order; IPv4 in the first four octets
  uint8_t family = 0;                 // 4 or 6
  uint8_t length = 0;                 // at most 32, or 128

  auto operator<=>(const Prefix&) const = default;

  size_t octets() const { return family == 4 ? 4 : 16; }

  // Whether `other`, an address of 4 or 16 octets in network order, lies in it.
  bool Holds(std::span<const uint8_t> other) const noexcept {
    if (other.size() != octets()) return false;
    const size_t whole = length / 8;
    if (std::memcmp(address.data(), other.data(), whole) != 0) return false;
    const unsigned rest = length % 8;
    return rest == 0 || ((address[whole] ^ other[whole]) >> (8 - rest)) == 0;
  }

  // Whether every address of `other` lies in it.
  bool Holds(const Prefix& other) const noexcept {
    return other.family == family && other.length >= length &&
           Holds(std::span<const uint8_t>(other.address.data(), octets()));
  }

  // As RFC 4291 and RFC 4632 write it: "192.0.2.0/24", "2001:db8::/32".
  std::string Text() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(family == 4 ? AF_INET : AF_INET6, address.data(), text.data(), text.size());
    return std::string(text.data()) + "/" + std::to_string(length);
  }

  // The prefix of `length` bits around an address of 4 or 16 octets; nothing where there is none of
  // that length.
  static std::optional<Prefix> Of(std::span<const uint8_t> octets, unsigned length) noexcept {
    if ((octets.size() != 4 && octets.size() != 16) || length > octets.size() * 8) {
      return std::nullopt;
    }
    Prefix prefix;
    prefix.family = octets.size() == 4 ? 4 : 6;
    prefix.length = static_cast<uint8_t>(length);
    std::memcpy(prefix.address.data(), octets.data(), (length + 7) / 8);
    if (length % 8 != 0) {
      prefix.address[length / 8] &= static_cast<uint8_t>(0xff << (8 - length % 8));
    }
    return prefix;
  }

  // Reads "192.0.2.0/24" or, for one address alone, "192.0.2.1". Nothing where it is neither, or
  // where bits are set behind the prefix: somebody meant another one.
  static std::optional<Prefix> Parse(std::string_view text) {
    const size_t slash = text.find('/');
    const std::string host(text.substr(0, slash));
    std::array<uint8_t, 16> octets{};
    size_t size = 4;
    if (inet_pton(AF_INET, host.c_str(), octets.data()) != 1) {
      size = 16;
      if (inet_pton(AF_INET6, host.c_str(), octets.data()) != 1) return std::nullopt;
    }
    unsigned length = static_cast<unsigned>(size) * 8;
    if (slash != std::string_view::npos) {
      const std::string_view digits = text.substr(slash + 1);
      if (digits.empty() || digits.size() > 3) return std::nullopt;
      length = 0;
      for (char digit : digits) {
        if (digit < '0' || digit > '9') return std::nullopt;
        length = length * 10 + static_cast<unsigned>(digit - '0');
      }
    }
    std::optional<Prefix> prefix = Of({octets.data(), size}, length);
    if (prefix && std::memcmp(prefix->address.data(), octets.data(), size) != 0) {
      return std::nullopt;
    }
    return prefix;
  }
};

}  // namespace tollgate::dns

#endif  // TOLLGATE_RULESET_DNS_PREFIX_H_
