// SPDX-License-Identifier: BSD-3-Clause
//
// PatternGate: which shards of patterns a name can match in at all.
//
// Idea: nearly all names have nothing of what patterns are about, and can be told so without
// Hyperscan. Each pattern in a gated shard has some grams, four to eight neighbouring octets each,
// of which every name that it matches has one. So at each octet of a name one bit is looked up,
// that of the four octets from there on; where it is set, a Bloom filter is asked for the gram of
// each length; and where that does not say no, a table has the shards. Bits and filter fit into the
// second-level cache, and no look-up waits for the one before it.
//
// A name costs a look-up for each octet, and a scan for each shard that it holds a gram of: one
// that was made of the words of many patterns some dozens, and none more than there are shards.

#ifndef TOLLGATE_RULESET_MATCH_PATTERN_GATE_H_
#define TOLLGATE_RULESET_MATCH_PATTERN_GATE_H_

#include <cstdint>
#include <cstring>
#include <span>

#include "ruleset/database/format.h"
#include "ruleset/database/gram.h"
#include "ruleset/match/shard_set.h"

namespace tollgate::match {

// A view of the three sections of grams. Trivially copyable, for any number of threads.
class PatternGate {
 public:
  PatternGate() = default;
  // All of a power of two, kMostPlaces at most, and one place in the table at least free; or all
  // empty.
  PatternGate(std::span<const uint64_t> heads, std::span<const uint64_t> filter,
              std::span<const database::GramRecord> table) noexcept
      : heads_(heads), filter_(filter), table_(table) {}

  // Adds the shards of the grams in [begin, end). Reads up to seven octets behind it, whatever they
  // are.
  void Find(const char* begin, const char* end, ShardSet& shards) const noexcept {
    if (heads_.empty()) return;
    const size_t mask = heads_.size() - 1;
    for (const char* at = begin; at < end; ++at) {
      uint64_t octets;
      std::memcpy(&octets, at, sizeof(octets));
      const uint64_t hash = database::GramHash(octets & database::GramMask(database::kHeadLength));
      const uint64_t word = heads_[database::PlaceOf(hash, mask)];
      if ((word >> database::FirstBit(hash) & 1) != 0) [[unlikely]] {
        FindFrom(octets, static_cast<size_t>(end - at), shards);
      }
    }
  }

 private:
  // Those of the grams that `octets` begins with, of which `left` are the name's.
  void FindFrom(uint64_t octets, size_t left, ShardSet& shards) const noexcept {
    for (size_t length : database::kGramLengths) {
      if (length > left) break;
      const uint64_t gram = octets & database::GramMask(length);
      const uint64_t hash = database::GramHash(gram);
      const uint64_t word = filter_[database::PlaceOf(hash, filter_.size() - 1)];
      if ((word >> database::FirstBit(hash) & word >> database::SecondBit(hash) & 1) != 0) {
        Look(gram, hash, shards);
      }
    }
  }

  void Look(uint64_t gram, uint64_t hash, ShardSet& shards) const noexcept {
    const size_t mask = table_.size() - 1;
    for (size_t place = database::PlaceOf(hash, mask); table_[place].gram != 0;  // one is free
         place = (place + 1) & mask) {
      if (table_[place].gram != gram) continue;
      for (uint16_t shard : table_[place].shards) {
        if (shard != database::kNoShard) shards.Add(shard);
      }
    }
  }

  std::span<const uint64_t> heads_;
  std::span<const uint64_t> filter_;
  std::span<const database::GramRecord> table_;
};

}  // namespace tollgate::match

#endif  // TOLLGATE_RULESET_MATCH_PATTERN_GATE_H_
