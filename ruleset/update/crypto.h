// SPDX-License-Identifier: BSD-3-Clause
//
// Hashes and signatures. The only file that speaks to libsodium.

#ifndef TOLLGATE_RULESET_UPDATE_CRYPTO_H_
#define TOLLGATE_RULESET_UPDATE_CRYPTO_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tollgate::update {

// 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view octets);

// 64 octets.
std::string Blake2b512(std::string_view octets);

// Whether `signature`, 64 octets, is that of `message` by the owner of `public_key`, 32 octets.
bool Ed25519Verifies(std::string_view signature, std::string_view message,
                     std::string_view public_key);

enum class HmacHash : uint8_t { kSha256, kSha512 };

// HMAC (RFC 2104) of the parts one behind another.
std::string Hmac(HmacHash hash, std::string_view key, std::span<const std::string_view> parts);

// Whether both are the same, in a time that does not depend on where they differ.
bool SameSecret(std::string_view one, std::string_view other);

// Standard base64 with padding (RFC 4648 section 4); nothing where it is something else.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_CRYPTO_H_
