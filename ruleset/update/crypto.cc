// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/crypto.h"

#include <sodium.h>

namespace tollgate::update {
namespace {

const unsigned char* Octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* Octets(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

std::string Sha256Hex(std::string_view octets) {
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(Octets(hash), Octets(octets), octets.size());
  std::string hex;
  for (const char c : hash) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::string Blake2b512(std::string_view octets) {
  std::string hash(64, '\0');
  crypto_generichash_blake2b(Octets(hash), hash.size(), Octets(octets), octets.size(), nullptr, 0);
  return hash;
}

bool Ed25519Verifies(std::string_view signature, std::string_view message,
                     std::string_view public_key) {
  return signature.size() == crypto_sign_ed25519_BYTES &&
         public_key.size() == crypto_sign_ed25519_PUBLICKEYBYTES &&
         crypto_sign_ed25519_verify_detached(Octets(signature), Octets(message), message.size(),
                                             Octets(public_key)) == 0;
}

std::string Hmac(HmacHash hash, std::string_view key, std::span<const std::string_view> parts) {
  if (hash == HmacHash::kSha256) {
    std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, Octets(key), key.size());
    for (std::string_view part : parts) {
      crypto_auth_hmacsha256_update(&state, Octets(part), part.size());
    }
    crypto_auth_hmacsha256_final(&state, Octets(mac));
    return mac;
  }
  std::string mac(crypto_auth_hmacsha512_BYTES, '\0');
  crypto_auth_hmacsha512_state state;
  crypto_auth_hmacsha512_init(&state, Octets(key), key.size());
  for (std::string_view part : parts) {
    crypto_auth_hmacsha512_update(&state, Octets(part), part.size());
  }
  crypto_auth_hmacsha512_final(&state, Octets(mac));
  return mac;
}

bool SameSecret(std::string_view one, std::string_view other) {
  return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::optional<std::string> FromBase64(std::string_view text) {
  std::string octets(text.size(), '\0');
  size_t size = 0;
  if (sodium_base642bin(Octets(octets), octets.size(), text.data(), text.size(), nullptr, &size,
                        nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
    return std::nullopt;
  }
  octets.resize(size);
  return octets;
}

}  // namespace tollgate::update
