// SPDX-License-Identifier: BSD-3-Clause
//
// Bits of an address go through a Feistel network, as in FF1 of NIST SP 800-38G but on bits: ten
// rounds, AES as the function of each, the halves alternate. It permutes any number of bits, which
// a block cipher alone does not.
//
// A label has room for a whole block of AES, and for the first four octets of its AES under another
// key, by which a label of somebody else's making, or of another key's, is known.

#include "ruleset/patient/cipher.h"

#include <nettle/hmac.h>

#include <cstring>

namespace tollgate::patient {
namespace {

constexpr unsigned kRounds = 10;
constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuv";
constexpr unsigned kBitsOfDigit = 5;
constexpr size_t kTagLength = 4;
constexpr size_t kSealedLength = AES_BLOCK_SIZE + kTagLength;
static_assert(std::tuple_size_v<Cipher::Label> * kBitsOfDigit == kSealedLength * 8);

// A key for each purpose: HMAC-SHA-256 of the purpose (as HKDF-Expand of RFC 5869 does).
void Derive(std::string_view key, std::string_view purpose, uint8_t* derived) {
  hmac_sha256_ctx hmac;
  hmac_sha256_set_key(&hmac, key.size(), reinterpret_cast<const uint8_t*>(key.data()));
  hmac_sha256_update(&hmac, purpose.size(), reinterpret_cast<const uint8_t*>(purpose.data()));
  hmac_sha256_digest(&hmac, AES256_KEY_SIZE, derived);
}

// `count` bits from bit `begin` on, of numbers whose first bit is the most significant one.
uint64_t BitsAt(std::span<const uint8_t> octets, size_t begin, size_t count) noexcept {
  uint64_t bits = 0;
  for (size_t i = begin; i < begin + count; ++i) {
    bits = bits << 1 | (octets[i / 8] >> (7 - i % 8) & 1u);
  }
  return bits;
}

void SetBitsAt(std::span<uint8_t> octets, size_t begin, size_t count, uint64_t bits) noexcept {
  for (size_t i = begin + count; i-- > begin; bits >>= 1) {
    const auto mask = static_cast<uint8_t>(0x80u >> i % 8);
    octets[i / 8] =
        static_cast<uint8_t>((bits & 1) != 0 ? octets[i / 8] | mask : octets[i / 8] & ~mask);
  }
}

uint64_t LowBits(unsigned count) noexcept {
  return count >= 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
}

std::optional<uint64_t> DigitOf(char letter) noexcept {
  const char small = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter | 0x20) : letter;
  const size_t digit = kDigits.find(small);
  if (digit == std::string_view::npos) return std::nullopt;
  return digit;
}

}  // namespace

Cipher::Cipher(std::string_view key) noexcept {
  std::array<uint8_t, AES256_KEY_SIZE> derived;
  Derive(key, "tollgate patient 1 address", derived.data());
  aes256_set_encrypt_key(&round_key_, derived.data());
  Derive(key, "tollgate patient 1 label", derived.data());
  aes256_set_encrypt_key(&sealing_key_, derived.data());
  aes256_set_decrypt_key(&opening_key_, derived.data());
  Derive(key, "tollgate patient 1 tag", derived.data());
  aes256_set_encrypt_key(&tag_key_, derived.data());
}

uint64_t Cipher::Round(unsigned round, unsigned bits, uint64_t half) const noexcept {
  Block block{};
  block[0] = static_cast<uint8_t>(round);
  block[1] = static_cast<uint8_t>(bits);
  SetBitsAt(block, 64, 64, half);
  aes256_encrypt(&round_key_, block.size(), block.data(), block.data());
  return BitsAt(block, 0, 64);
}

void Cipher::RunRounds(std::span<uint8_t> octets, unsigned bits, bool backwards) const noexcept {
  const size_t begin = octets.size() * 8 - bits;
  const unsigned left_bits = bits / 2;
  const unsigned right_bits = bits - left_bits;
  uint64_t left = BitsAt(octets, begin, left_bits);
  uint64_t right = BitsAt(octets, begin + left_bits, right_bits);
  for (unsigned i = 0; i < kRounds; ++i) {
    const unsigned round = backwards ? kRounds - 1 - i : i;
    if (round % 2 == 0) {
      left ^= Round(round, bits, right) & LowBits(left_bits);
    } else {
      right ^= Round(round, bits, left) & LowBits(right_bits);
    }
  }
  SetBitsAt(octets, begin, left_bits, left);
  SetBitsAt(octets, begin + left_bits, right_bits, right);
}

void Cipher::Hide(std::span<uint8_t> octets, unsigned bits) const noexcept {
  RunRounds(octets, bits, false);
}

void Cipher::Show(std::span<uint8_t> octets, unsigned bits) const noexcept {
  RunRounds(octets, bits, true);
}

uint32_t Cipher::TagOf(const Block& sealed) const noexcept {
  Block block;
  aes256_encrypt(&tag_key_, block.size(), block.data(), sealed.data());
  return static_cast<uint32_t>(BitsAt(block, 0, 8 * kTagLength));
}

Cipher::Label Cipher::Seal(const Address& address) const noexcept {
  std::array<uint8_t, kSealedLength> octets;
  Block sealed;
  aes256_encrypt(&sealing_key_, sealed.size(), sealed.data(), address.data());
  std::memcpy(octets.data(), sealed.data(), sealed.size());
  SetBitsAt(octets, 8 * sealed.size(), 8 * kTagLength, TagOf(sealed));
  Label label;
  for (size_t i = 0; i < label.size(); ++i) {
    label[i] = kDigits[BitsAt(octets, i * kBitsOfDigit, kBitsOfDigit)];
  }
  return label;
}

std::optional<Cipher::Address> Cipher::Open(std::string_view label) const noexcept {
  std::array<uint8_t, kSealedLength> octets{};
  if (label.size() != std::tuple_size_v<Label>) return std::nullopt;
  for (size_t i = 0; i < label.size(); ++i) {
    const std::optional<uint64_t> digit = DigitOf(label[i]);
    if (!digit) return std::nullopt;
    SetBitsAt(octets, i * kBitsOfDigit, kBitsOfDigit, *digit);
  }
  Block sealed;
  std::memcpy(sealed.data(), octets.data(), sealed.size());
  if (BitsAt(octets, 8 * sealed.size(), 8 * kTagLength) != TagOf(sealed)) return std::nullopt;
  Address address;
  aes256_decrypt(&opening_key_, address.size(), address.data(), sealed.data());
  return address;
}

}  // namespace tollgate::patient
