// SPDX-License-Identifier: BSD-3-Clause
//
// Grams: runs of four or six neighbouring octets of a name's text, as numbers. The compiler writes
// those that patterns cannot match without, the matcher looks for them (docs/database-format.md,
// "Grams").

#ifndef TOLLGATE_RULESET_DATABASE_GRAM_H_
#define TOLLGATE_RULESET_DATABASE_GRAM_H_

#include <cstddef>
#include <cstdint>

namespace tollgate::database {

// The first octet is in the lowest bits, as it is where eight octets are read at once. A short gram
// is below 2^32 and a long one is not: no octet but its last one is 0.
inline constexpr size_t kShortGram = 4;
inline constexpr size_t kLongGram = 6;
inline constexpr uint64_t kShortGramMask = (uint64_t{1} << (8 * kShortGram)) - 1;
inline constexpr uint64_t kLongGramMask = (uint64_t{1} << (8 * kLongGram)) - 1;

inline uint64_t GramHash(uint64_t gram) noexcept { return gram * 0x9e3779b97f4a7c15; }

// Where a hash belongs in a table of 2^n places, n at most 20; `mask` is that less one.
inline size_t PlaceOf(uint64_t hash, size_t mask) noexcept {
  return static_cast<size_t>(hash >> 32) & mask;
}
inline constexpr size_t kMostPlaces = size_t{1} << 20;

// The two bits of a filter's word that are set where the gram is one of the set.
inline unsigned FirstBit(uint64_t hash) noexcept { return static_cast<unsigned>(hash >> 58); }
inline unsigned SecondBit(uint64_t hash) noexcept { return static_cast<unsigned>(hash >> 52) & 63; }

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_GRAM_H_
