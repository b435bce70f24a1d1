// SPDX-License-Identifier: BSD-3-Clause
//
// What rules would break: asked about every name of a list of good names, or of a query log.
//
//   inspect::NameCounts names;
//   names.AddText(known_good);
//   absl::StatusOr<inspect::BlastReport> report = inspect::MeasureBlast(rules, names, {today});
//   for (const inspect::RuleBlast& rule : report->rules) ...   // the worst first

#ifndef TOLLGATE_RULESET_INSPECT_BLAST_H_
#define TOLLGATE_RULESET_INSPECT_BLAST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/inspect/name_log.h"
#include "ruleset/ruleset.h"

namespace tollgate::inspect {

struct BlastOptions {
  uint32_t today = 0;      // days since 1970-01-01 UTC: what has expired by then blocks nothing
  unsigned threads = 2;    // at least 1
  size_t examples = 5;     // kept for each tally
  bool indicators = true;  // tell the listed names of a rule apart, too
};

struct BlastTally {
  uint64_t names = 0;                 // distinct
  uint64_t queries = 0;               // for those; for a list of names the same
  std::vector<std::string> examples;  // the first ones, in the order of the input
};

// Of what a rule matches and would not let pass: `blocks`, where it decides, or would but for its
// shadow mode; `covered`, where another rule decides before it, such as one of an allow list, and
// only that keeps the name (or blocks it as well).
struct Blast {
  BlastTally blocks;
  BlastTally covered;
};

// One listed name of a rule.
struct IndicatorBlast : Blast {
  std::string name;  // in presentation format
  uint32_t line = 0;
};

struct RuleBlast : Blast {
  uint32_t rule = 0;                       // index in the RuleSet
  std::vector<IndicatorBlast> indicators;  // the worst first; empty for patterns
};

struct PolicyBlast : Blast {
  uint32_t policy = 0;  // index in the RuleSet
};

struct BlastReport {
  uint64_t names = 0;            // distinct ones that were asked about
  uint64_t queries = 0;          // for them
  BlastTally blocked;            // by rules that are enforced
  BlastTally shadow;             // would be blocked besides, were the rules in shadow mode enforced
  std::vector<RuleBlast> rules;  // those that match any, by blocks, then covered, falling
  std::vector<PolicyBlast> policies;  // those that match any, in order of precedence
};

// Asks `rules` about every name. A rule that holds for some QTYPEs only counts as if a query of
// such a type had come. Memory grows with the rules and indicators that match, not with the names.
absl::StatusOr<BlastReport> MeasureBlast(const RuleSet& rules, const NameCounts& names,
                                         const BlastOptions& options);

}  // namespace tollgate::inspect

#endif  // TOLLGATE_RULESET_INSPECT_BLAST_H_
