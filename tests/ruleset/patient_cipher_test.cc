// SPDX-License-Identifier: BSD-3-Clause
//
// Clients' addresses under a key.

#include <algorithm>
#include <set>
#include <string>

#include "ruleset/patient/cipher.h"
#include "tests/support/catch.h"

namespace tollgate::patient {
namespace {

constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";

std::string Hex(std::span<const uint8_t> octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (uint8_t octet : octets) {
    text += kDigits[octet >> 4];
    text += kDigits[octet & 15];
  }
  return text;
}

std::string Text(const Cipher::Label& label) { return {label.data(), label.size()}; }

Cipher::Address AddressOf(uint8_t seed) {
  Cipher::Address address;
  for (size_t i = 0; i < address.size(); ++i) address[i] = static_cast<uint8_t>(seed + 37 * i);
  return address;
}

TEST_CASE("Hiding permutes: of all values of so many bits each comes once", "[patient]") {
  const Cipher cipher(kKey);
  for (const unsigned bits : {4u, 5u, 8u, 11u, 16u}) {
    std::set<std::string> seen;
    for (uint32_t value = 0; value < 1u << bits; ++value) {
      std::array<uint8_t, 4> octets = {192, 0, static_cast<uint8_t>(value >> 8),
                                       static_cast<uint8_t>(value)};
      cipher.Hide(octets, bits);
      seen.insert(Hex(octets));
    }
    CHECK(seen.size() == size_t{1} << bits);
  }
}

TEST_CASE("What is in front of the bits stays", "[patient]") {
  const Cipher cipher(kKey);
  for (unsigned bits = Cipher::kFewestBits; bits <= 128; ++bits) {
    Cipher::Address address = AddressOf(200);
    cipher.Hide(address, bits);
    for (unsigned bit = 0; bit < 128 - bits; ++bit) {
      REQUIRE((address[bit / 8] >> (7 - bit % 8) & 1) ==
              (AddressOf(200)[bit / 8] >> (7 - bit % 8) & 1));
    }
  }
}

TEST_CASE("Showing undoes hiding, of any number of bits", "[patient]") {
  const Cipher cipher(kKey);
  for (unsigned bits = Cipher::kFewestBits; bits <= 128; ++bits) {
    Cipher::Address address = AddressOf(static_cast<uint8_t>(bits));
    cipher.Hide(address, bits);
    cipher.Show(address, bits);
    REQUIRE(address == AddressOf(static_cast<uint8_t>(bits)));
  }
}

TEST_CASE("Another key hides otherwise", "[patient]") {
  Cipher::Address one = AddressOf(1);
  Cipher::Address two = one;
  Cipher(kKey).Hide(one, 64);
  Cipher("another key of some octets").Hide(two, 64);
  CHECK(one != two);
}

TEST_CASE("One bit of difference changes about half of the bits", "[patient]") {
  const Cipher cipher(kKey);
  unsigned changed = 0;
  for (unsigned bit = 64; bit < 128; ++bit) {
    Cipher::Address one = AddressOf(1);
    Cipher::Address two = one;
    two[bit / 8] ^= static_cast<uint8_t>(0x80 >> bit % 8);
    cipher.Hide(one, 64);
    cipher.Hide(two, 64);
    for (size_t i = 0; i < one.size(); ++i) {
      changed += static_cast<unsigned>(__builtin_popcount(one[i] ^ two[i]));
    }
  }
  CHECK(changed > 64 * 64 * 4 / 10);
  CHECK(changed < 64 * 64 * 6 / 10);
}

TEST_CASE("A label is opened again, in any spelling", "[patient]") {
  const Cipher cipher(kKey);
  for (unsigned seed = 0; seed < 256; ++seed) {
    const Cipher::Address address = AddressOf(static_cast<uint8_t>(seed));
    std::string label = Text(cipher.Seal(address));
    REQUIRE(cipher.Open(label) == address);
    std::transform(label.begin(), label.end(), label.begin(), ::toupper);
    REQUIRE(cipher.Open(label) == address);
  }
}

TEST_CASE("A label that was changed, or is another key's, opens to nothing", "[patient]") {
  const Cipher cipher(kKey);
  const std::string label = Text(cipher.Seal(AddressOf(7)));
  CHECK_FALSE(Cipher("another key of some octets").Open(label));
  CHECK_FALSE(cipher.Open(""));
  CHECK_FALSE(cipher.Open(label.substr(1)));
  CHECK_FALSE(cipher.Open(label + "0"));
  for (size_t i = 0; i < label.size(); ++i) {
    for (const char other : {'0', 'v', 'w', '-', '\0'}) {
      std::string changed = label;
      if (changed[i] == other) continue;
      changed[i] = other;
      REQUIRE_FALSE(cipher.Open(changed));
    }
  }
}

// These stand in logs already: a change here is a fault, whatever the reason.
TEST_CASE("What was given before is given today", "[patient]") {
  const Cipher cipher(kKey);
  Cipher::Address address = AddressOf(1);
  cipher.Hide(address, 64);
  CHECK(Hex(address) == "01264b7095badf04bd729db8fa2102d3");
  std::array<uint8_t, 4> small = {198, 51, 100, 7};
  cipher.Hide(small, 8);
  CHECK(Hex(small) == "c633641c");
  CHECK(Text(cipher.Seal(AddressOf(1))) == "p6g9dop2iobojela9q6nc3uc32anka1q");
}

}  // namespace
}  // namespace tollgate::patient
