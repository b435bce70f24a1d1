// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_COMPILE_REDUNDANT_H_
#define TOLLGATE_RULESET_COMPILE_REDUNDANT_H_

#include "ruleset/compile/name_order.h"
#include "ruleset/compiler.h"
#include "ruleset/policy/rule.h"

namespace tollgate::compile {

// From the rules as written to those that are worth storing: nothing twice, nothing that a shorter
// name already says. Every verdict stays what it was.
//
//  - A name that stands twice in one group (name_order.h) with one scope: the one that lives
//  longest
//    stays, the first of equals. Counted as a duplicate.
//  - A name and all below it as two triggers that do the same for as long: one domain. Not counted.
//  - A name below a domain of its group whose rule does the same at least as long. Counted as
//    subsumed. Policy zones are left alone: there every name also says how far the wildcards above
//    it reach.
//  - A prefix that stands twice in one group, like a name.
//
// Names of name servers are only left out where they stand twice: an answer has several servers,
// and the longest name of all that match decides. So it is with prefixes.
//
// `model` and `order` are what OrderNames left, and stay in that order. `policy_counts`, where not
// null, has an element for each policy and counts for each.
void DropRedundant(policy::RuleModel& model, NameOrder& order, CompileCounts& counts,
                   std::vector<PolicyCounts>* policy_counts = nullptr);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_REDUNDANT_H_
