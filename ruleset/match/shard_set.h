// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_MATCH_SHARD_SET_H_
#define TOLLGATE_RULESET_MATCH_SHARD_SET_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "ruleset/database/format.h"

namespace tollgate::match {

// Some of a database's shards of patterns, as bits. How many words are in use is its owner's to
// know: most databases have one.
struct ShardSet {
  std::array<uint64_t, database::kMostShards / 64> words;

  void Clear(size_t word_count) noexcept {
    for (size_t i = 0; i < word_count; ++i) words[i] = 0;
  }
  void Add(size_t shard) noexcept { words[shard / 64] |= uint64_t{1} << (shard % 64); }
  bool Has(size_t shard) const noexcept { return (words[shard / 64] >> (shard % 64) & 1) != 0; }
};

}  // namespace tollgate::match

#endif  // TOLLGATE_RULESET_MATCH_SHARD_SET_H_
