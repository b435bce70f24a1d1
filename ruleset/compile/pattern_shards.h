// SPDX-License-Identifier: BSD-3-Clause
//
// Which patterns are scanned together, and which names need not be scanned for them.

#ifndef TOLLGATE_RULESET_COMPILE_PATTERN_SHARDS_H_
#define TOLLGATE_RULESET_COMPILE_PATTERN_SHARDS_H_

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "ruleset/database/format.h"
#include "ruleset/policy/rule.h"

namespace tollgate::compile {

struct ShardPlan {
  std::vector<database::PatternShard> shards;
  std::vector<uint16_t> shard_of;                // of each pattern trigger; 0 for mixed scripts
  std::map<uint64_t, std::set<uint16_t>> grams;  // and the shards that names with each may match in
};

// Deals the patterns out. Those that say what a name must hold (required_literals.h) go to gated
// shards, by their first gram: patterns that need the same come together, and a new pattern changes
// no shard but its own. The others have one shard for each scope, which every name is scanned with.
ShardPlan PlanShards(const std::vector<policy::PatternTrigger>& patterns);

// The sections that the matcher looks grams up in; empty where there are no gated patterns.
struct GramSections {
  std::vector<uint64_t> heads;
  std::vector<uint64_t> filter;
  std::vector<database::GramRecord> table;
};
GramSections BuildGrams(const ShardPlan& plan);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_PATTERN_SHARDS_H_
