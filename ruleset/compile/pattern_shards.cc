// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/pattern_shards.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>

#include "ruleset/compile/literal_rarity.h"
#include "ruleset/compile/required_literals.h"
#include "ruleset/database/gram.h"

namespace tollgate::compile {
namespace {

using database::PatternScope;
using database::PatternShard;

// A name with a gram costs the scan of a shard: small ones are quick, and each costs some memory.
constexpr size_t kPatternsInShard = 16;
// Most patterns are on registrable domains. With two for each scope, of those that are not gated
// and of those whose words are common, these are below kMostShards.
constexpr size_t kMostDomainShards = 512;
constexpr size_t kMostNameShards = 256;
static_assert(kMostDomainShards + kMostNameShards + 4 <= database::kMostShards);
// What more names than this hold, such as a common suffix, is kept from the other shards.
constexpr double kCommonShare = 0.02;

// What a pattern needs of a name.
struct Need {
  std::vector<uint64_t> grams;
  bool is_common = false;  // of names
};
using Needs =
    std::vector<std::optional<Need>>;  // of each pattern; nothing where it can only be tried

Needs ListNeeds(const std::vector<policy::PatternTrigger>& patterns) {
  Needs needs(patterns.size());
  for (size_t i = 0; i < patterns.size(); ++i) {
    if (patterns[i].mixed_scripts) continue;
    const auto literals = RequiredLiterals(patterns[i].expression);
    if (!literals) continue;
    needs[i] =
        Need{.grams = GramsOf(*literals), .is_common = ShareOfNames(*literals) > kCommonShare};
  }
  return needs;
}

// Deals the patterns of one scope out.
void PlanScope(const std::vector<policy::PatternTrigger>& patterns, const Needs& needs,
               PatternScope scope, ShardPlan& plan) {
  std::vector<size_t> gated;
  std::vector<size_t> common;
  std::vector<size_t> others;
  for (size_t i = 0; i < patterns.size(); ++i) {
    if (patterns[i].mixed_scripts || patterns[i].whole_name != (scope == PatternScope::kName)) {
      continue;
    }
    (!needs[i] ? others : needs[i]->is_common ? common : gated).push_back(i);
  }
  auto add_shard = [&](bool is_gated) {
    PatternShard shard{};
    shard.scope = static_cast<uint8_t>(scope);
    shard.is_gated = is_gated ? 1 : 0;
    plan.shards.push_back(shard);
    return static_cast<uint16_t>(plan.shards.size() - 1);
  };
  if (!others.empty()) {
    const uint16_t shard = add_shard(false);
    for (size_t i : others) plan.shard_of[i] = shard;
  }
  auto put = [&](size_t i, uint16_t shard) {
    plan.shard_of[i] = shard;
    for (uint64_t gram : needs[i]->grams) plan.grams[gram].insert(shard);
  };
  if (!common.empty()) {
    const uint16_t shard = add_shard(true);
    for (size_t i : common) put(i, shard);
  }
  if (gated.empty()) return;
  const size_t most = scope == PatternScope::kName ? kMostNameShards : kMostDomainShards;
  // A power of two, so that it changes seldom.
  const size_t count =
      std::min(most, std::bit_ceil((gated.size() + kPatternsInShard - 1) / kPatternsInShard));
  std::vector<std::optional<uint16_t>> shards(count);  // only those that get a pattern
  for (size_t i : gated) {
    const std::vector<uint64_t>& grams = needs[i]->grams;
    const uint64_t first = grams.empty() ? 0 : grams.front();
    std::optional<uint16_t>& shard =
        shards[database::PlaceOf(database::GramHash(first), count - 1)];
    if (!shard) shard = add_shard(true);
    put(i, *shard);
  }
}

}  // namespace

ShardPlan PlanShards(const std::vector<policy::PatternTrigger>& patterns) {
  ShardPlan plan;
  plan.shard_of.resize(patterns.size());
  const Needs needs = ListNeeds(patterns);
  PlanScope(patterns, needs, PatternScope::kDomain, plan);
  PlanScope(patterns, needs, PatternScope::kName, plan);
  return plan;
}

GramSections BuildGrams(const ShardPlan& plan) {
  GramSections sections;
  if (std::none_of(plan.shards.begin(), plan.shards.end(),
                   [](const PatternShard& shard) { return shard.is_gated != 0; })) {
    return sections;
  }
  // Of the heads one bit in 64 is set, or in 128; of the filter one in eight at most, two of which
  // must be set; the table is half full at most.
  auto places = [](size_t wanted) {
    constexpr size_t kLeast = 64;
    return std::bit_ceil(std::max(kLeast, wanted));
  };
  sections.heads.resize(places(plan.grams.size()));
  sections.filter.resize(places(plan.grams.size() / 4));
  size_t records = 0;
  for (const auto& [gram, shards] : plan.grams) {
    records += (shards.size() + database::kShardsOfGram - 1) / database::kShardsOfGram;
  }
  sections.table.resize(places(2 * records));
  auto set = [](std::vector<uint64_t>& words, uint64_t hash, unsigned bit) {
    words[database::PlaceOf(hash, words.size() - 1)] |= uint64_t{1} << bit;
  };
  for (const auto& [gram, shards] : plan.grams) {
    const uint64_t head = database::GramHash(gram & database::GramMask(database::kHeadLength));
    set(sections.heads, head, database::FirstBit(head));
    const uint64_t hash = database::GramHash(gram);
    set(sections.filter, hash, database::FirstBit(hash));
    set(sections.filter, hash, database::SecondBit(hash));
    const size_t mask = sections.table.size() - 1;
    size_t place = database::PlaceOf(hash, mask);
    for (auto next = shards.begin(); next != shards.end();) {
      while (sections.table[place].gram != 0) place = (place + 1) & mask;
      database::GramRecord& record = sections.table[place];
      record.gram = gram;
      for (uint16_t& shard : record.shards) {
        shard = next == shards.end() ? database::kNoShard : *next++;
      }
    }
  }
  return sections;
}

}  // namespace tollgate::compile
