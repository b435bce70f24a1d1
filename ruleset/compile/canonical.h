// SPDX-License-Identifier: BSD-3-Clause
//
// From the rules as written to the rules that are worth storing: no name that no rule may touch,
// nothing expired, nothing twice, nothing that a shorter name already says. Every verdict stays
// what it was.

#ifndef TOLLGATE_RULESET_COMPILE_CANONICAL_H_
#define TOLLGATE_RULESET_COMPILE_CANONICAL_H_

#include "ruleset/compiler.h"
#include "ruleset/policy/rule.h"
#include "ruleset/source/public_suffix_list.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::compile {

// Removes what the floor protects: the root, top-level domains, public suffixes of both sections,
// and everything in arpa. Rules that pass may name all of them but the root. In a campaign such a
// name is an error; in a plain list a warning, counted as rejected.
void EnforceFloor(const source::PublicSuffixList& suffixes, policy::RuleModel& model,
                  text::Diagnostics& faults, CompileCounts& counts);

// Removes triggers whose last day is before `today`.
void DropExpired(policy::Day today, policy::RuleModel& model, CompileCounts& counts);

// Removes names that stand twice in one policy (the one that lives longest stays, the first of
// equals) and names below a domain of the same policy whose rule does the same at least as long.
void DropRedundant(policy::RuleModel& model, CompileCounts& counts);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_CANONICAL_H_
