// SPDX-License-Identifier: BSD-3-Clause
//
// What each policy contributes that no other has, and how much of it others hold too: which feeds
// are worth keeping.
//
// Compared are the rules that block, by what they block: at a name, the name itself and what is
// below it, each for some QTYPEs, enforced or in shadow mode. What is enforced is also held in
// shadow mode, not the other way round. Rules that pass, and patterns, are not looked at: a name
// that another policy passes, or that another's pattern matches, counts as if there were neither.

#ifndef TOLLGATE_RULESET_COMPILE_OVERLAP_H_
#define TOLLGATE_RULESET_COMPILE_OVERLAP_H_

#include <cstdint>
#include <vector>

#include "ruleset/compile/name_order.h"
#include "ruleset/policy/rule.h"

namespace tollgate::compile {

// How many names of one policy another one holds.
struct PairOverlap {
  uint64_t shared = 0;   // as a whole, by the very name
  uint64_t covered = 0;  // as a whole, by a domain above it
  uint64_t partly = 0;   // it blocks less of them
};

struct PolicyOverlap {
  uint64_t names = 0;  // different names that it blocks: the sum of the next four

  // Blocked by no other policy.
  uint64_t unique = 0;
  // Others block less of it: not what is below, fewer QTYPEs, in shadow mode only.
  uint64_t partly = 0;
  // Others hold the very name, and block all that this one blocks there.
  uint64_t shared = 0;
  // The same, but it takes a domain above the name.
  uint64_t covered = 0;

  uint64_t shadow = 0;              // of `names`, those that it has in shadow mode only
  uint64_t passes = 0;              // different names that it passes
  std::vector<PairOverlap> others;  // an element for each policy; its own is 0

  // Names that would be blocked less, or not at all, without this policy.
  uint64_t lost_without() const { return unique + partly; }
};

struct Overlap {
  uint64_t names = 0;  // different names that any policy blocks
  std::vector<PolicyOverlap> policies;
};

// `order` is that of `model`, as OrderNames and DropRedundant leave it. Takes 24 octets of memory
// for each pair of policies, on each thread. Of more than 15 different QTYPEs in the rules, the
// highest count as one.
Overlap MeasureOverlap(const policy::RuleModel& model, const NameOrder& order);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_OVERLAP_H_
