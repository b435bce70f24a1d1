// SPDX-License-Identifier: BSD-3-Clause
//
// A client's address under a key: as another address of the same number of bits, and as a label of
// a domain name. Who has the key gets the address back; who has not learns nothing but that two
// clients are the same or not.

#ifndef TOLLGATE_RULESET_PATIENT_CIPHER_H_
#define TOLLGATE_RULESET_PATIENT_CIPHER_H_

#include <nettle/aes.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tollgate::patient {

// What it gives is written down in logs that outlive the program: it never changes
// (tests/ruleset/patient_cipher_test.cc has examples). Immutable; safe from any number of threads.
class Cipher {
 public:
  static constexpr unsigned kFewestBits = 4;

  // `key` has any number of octets.
  explicit Cipher(std::string_view key) noexcept;

  // Replaces the last `bits` bits of `octets`, of which there are 16 at most: a permutation of all
  // 2^bits values. From kFewestBits to 8 * octets.size() bits. Few values are no secret from
  // somebody who sees many of them: of 8 bits, there are 256 clients to guess from.
  void Hide(std::span<uint8_t> octets, unsigned bits) const noexcept;
  void Show(std::span<uint8_t> octets, unsigned bits) const noexcept;

  // A label of base32hex in small letters (RFC 4648 section 7, without padding): case does not
  // matter, as little as it does in DNS.
  using Address = std::array<uint8_t, 16>;
  using Label = std::array<char, 32>;
  Label Seal(const Address& address) const noexcept;
  // Nothing where the label was not made with this key: one in four thousand million that were not
  // is taken for one that was.
  std::optional<Address> Open(std::string_view label) const noexcept;

 private:
  using Block = std::array<uint8_t, AES_BLOCK_SIZE>;

  uint64_t Round(unsigned round, unsigned bits, uint64_t half) const noexcept;
  void RunRounds(std::span<uint8_t> octets, unsigned bits, bool backwards) const noexcept;
  uint32_t TagOf(const Block& sealed) const noexcept;

  aes256_ctx round_key_;
  aes256_ctx sealing_key_;
  aes256_ctx opening_key_;
  aes256_ctx tag_key_;
};

}  // namespace tollgate::patient

#endif  // TOLLGATE_RULESET_PATIENT_CIPHER_H_
