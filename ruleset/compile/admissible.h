// SPDX-License-Identifier: BSD-3-Clause
//
// What the rules as written may not say, or no longer say.

#ifndef TOLLGATE_RULESET_COMPILE_ADMISSIBLE_H_
#define TOLLGATE_RULESET_COMPILE_ADMISSIBLE_H_

#include <string>
#include <vector>

#include "ruleset/compiler.h"
#include "ruleset/policy/rule.h"
#include "ruleset/source/feed_report.h"
#include "ruleset/source/public_suffix_list.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::compile {

// Removes what the floor protects: the root, top-level domains, public suffixes of both sections,
// everything in arpa, and what the site never blocks: `never_block`, names in wire format without
// the root label, each with everything below it. Rules that pass may name all of them but the root,
// and a policy may block what its terms name. In a campaign such a name is an error; in a feed the
// line is rejected, and noted in the report of its policy.
void EnforceFloor(const source::PublicSuffixList& suffixes,
                  const std::vector<std::string>& never_block, policy::RuleModel& model,
                  text::Diagnostics& faults, std::vector<source::FeedReport>& feeds);

// Removes triggers whose last day is before `today`. `policy_counts`, where not null, has an
// element for each policy and counts for each.
void DropExpired(policy::Day today, policy::RuleModel& model, CompileCounts& counts,
                 std::vector<PolicyCounts>* policy_counts = nullptr);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_ADMISSIBLE_H_
