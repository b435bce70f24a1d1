// SPDX-License-Identifier: BSD-3-Clause
//
// What feeds can say and campaigns cannot, strewn over a random model: rules for some QTYPEs,
// tiers, wildcards, policy zones and names that only stop wildcards.

#ifndef TOLLGATE_TESTS_MATCH_RANDOM_FEATURES_H_
#define TOLLGATE_TESTS_MATCH_RANDOM_FEATURES_H_

#include <cstdint>

#include "ruleset/policy/rule.h"

namespace tollgate::testing {

// Changes some of the rules and triggers of `model`. The same seed gives the same changes on every
// machine. The triggers need SortTriggers afterwards.
void AddRandomFeatures(uint32_t seed, policy::RuleModel& model);

}  // namespace tollgate::testing

#endif  // TOLLGATE_TESTS_MATCH_RANDOM_FEATURES_H_
