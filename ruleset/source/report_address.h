// SPDX-License-Identifier: BSD-3-Clause
//
// Addresses and prefixes as reports write them, once the defanging is gone.

#ifndef TOLLGATE_RULESET_SOURCE_REPORT_ADDRESS_H_
#define TOLLGATE_RULESET_SOURCE_REPORT_ADDRESS_H_

#include <optional>
#include <string>
#include <string_view>

namespace tollgate::source {

// Whether `text` is one of the numbers of which browsers take IPv4 addresses: digits, or
// hexadecimal ones behind "0x".
bool IsNumber(std::string_view text);

// Whether `text` is made of digits and three dots.
bool LooksLikeIpv4(std::string_view text);

// "192.0.2.1", and nothing else.
std::optional<std::string> ReadDottedQuad(std::string_view text);

// The same, and the forms that browsers take too (the URL Standard's IPv4 parser, inet_aton):
// hexadecimal and octal parts, and fewer than four of them, with at least one dot.
std::optional<std::string> ReadIpv4(std::string_view text);

// An IPv6 address in any form of RFC 4291, as RFC 5952 writes it.
std::optional<std::string> ReadIpv6(std::string_view text);

// The prefix of `length` (decimal) at the canonical `address`: nothing where bits of the address
// stand behind it, which then is an address with a path or an interface's.
std::optional<std::string> ReadPrefix(std::string_view address, std::string_view length);

// Whether the canonical address or prefix is one that no server in the Internet has: private,
// loopback, link-local, documentation, multicast and the rest of IANA's special-purpose registries
// (RFC 6890) that are not globally reachable.
bool IsReserved(std::string_view address);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_REPORT_ADDRESS_H_
