// SPDX-License-Identifier: BSD-3-Clause
//
// Grams: runs of four to eight neighbouring octets of a name's text, as numbers. The compiler
// writes those that patterns cannot match without, the matcher looks for them
// (docs/database-format.md, "Grams").

#ifndef TOLLGATE_RULESET_DATABASE_GRAM_H_
#define TOLLGATE_RULESET_DATABASE_GRAM_H_

#include <cstddef>
#include <cstdint>

namespace tollgate::database {

// The first octet is in the lowest bits, as it is where eight octets are read at once. All begin
// with their head, which is looked for first.
inline constexpr size_t kGramLengths[] = {4, 5, 6, 8};
inline constexpr size_t kHeadLength = 4;
inline constexpr uint64_t GramMask(size_t length) noexcept {
  return ~uint64_t{0} >> (64 - 8 * length);
}

inline uint64_t GramHash(uint64_t gram) noexcept { return gram * 0x9e3779b97f4a7c15; }

// Where a hash belongs in a table of 2^n places, n at most 28; `mask` is that less one.
inline size_t PlaceOf(uint64_t hash, size_t mask) noexcept {
  return static_cast<size_t>(hash >> 32) & mask;
}
inline constexpr size_t kMostPlaces = size_t{1} << 28;

// The two bits of a filter's word that are set where the gram is one of the set.
inline unsigned FirstBit(uint64_t hash) noexcept { return static_cast<unsigned>(hash >> 58); }
inline unsigned SecondBit(uint64_t hash) noexcept { return static_cast<unsigned>(hash >> 52) & 63; }

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_GRAM_H_
