// SPDX-License-Identifier: BSD-3-Clause
//
// Small random rulesets over a tiny alphabet, so that names collide, nest and repeat all the time.

#ifndef TOLLGATE_TESTS_MATCH_RANDOM_MODEL_H_
#define TOLLGATE_TESTS_MATCH_RANDOM_MODEL_H_

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "ruleset/dns/name.h"
#include "ruleset/policy/rule.h"
#include "ruleset/source/public_suffix_list.h"

namespace tollgate::testing {

// The labels that everything here is made of.
inline constexpr std::string_view kLabels[] = {"a", "b", "c"};

// Every name of one to `most_labels` of kLabels.
std::vector<dns::Name> AllNames(size_t most_labels);

// Normal, wildcard, exception and private rules over kLabels; the top-level domain "c" is on no
// list.
source::PublicSuffixList TinySuffixList();

// The days around which the rules of a random model expire.
inline constexpr policy::Day kFirstLastDay = 10;
inline constexpr policy::Day kSecondLastDay = 20;
inline constexpr policy::Day kQueryDays[] = {5, 10, 11, 20, 21};

// One to four policies, each with names, patterns, or both: at most one rule for hosts, up to two
// for domains, whose different answers make folding harder than any source does, and one for what
// is below; then patterns in their order. Tiers and QTYPEs as they fall. One policy in four is a
// zone. The same seed gives the same model on every machine.
policy::RuleModel RandomModel(uint32_t seed);

// Which of the model's policies are in shadow mode at run time, as RuleSet::Match takes it: at
// least one. The same seed gives the same octets on every machine.
std::vector<uint8_t> RandomShadows(uint32_t seed, const policy::RuleModel& model);

// The model as a person would read it, for the message of a failing test.
std::string Describe(const policy::RuleModel& model);

}  // namespace tollgate::testing

#endif  // TOLLGATE_TESTS_MATCH_RANDOM_MODEL_H_
