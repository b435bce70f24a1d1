// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_COMPILE_PATTERN_SECTIONS_H_
#define TOLLGATE_RULESET_COMPILE_PATTERN_SECTIONS_H_

#include <string>
#include <vector>

#include "ruleset/compile/pattern_shards.h"
#include "ruleset/database/writer.h"
#include "ruleset/policy/rule.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::compile {

struct PatternSections {
  ShardPlan plan;
  std::vector<std::string> hyperscan;  // of each shard, serialised
  bool reused = false;                 // none of them had to be compiled

  // Adds the sections of shards, Hyperscan databases and grams; none where there are no patterns.
  void AddTo(database::Writer& writer) const;
};

// Compiles all patterns, on all processors. Those that Hyperscan refuses, and those that match
// everything, are reported to `faults` with their file and line. Where the database at `previous`
// (which may be empty, or no database) has a shard with the very same expressions compiled by the
// same Hyperscan for the same kind of processor, it is taken: a change costs the compilation of the
// patterns in its shard.
PatternSections BuildPatterns(const policy::RuleModel& model, const std::string& previous,
                              text::Diagnostics& faults);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_PATTERN_SECTIONS_H_
