// SPDX-License-Identifier: BSD-3-Clause
//
// Random rulesets with all that rules can be about, and random answers for them: few names and few
// addresses, so that everything meets everything.

#ifndef TOLLGATE_TESTS_MATCH_RANDOM_ANSWERS_H_
#define TOLLGATE_TESTS_MATCH_RANDOM_ANSWERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "ruleset/dns/name.h"
#include "ruleset/dns/prefix.h"
#include "ruleset/policy/rule.h"

namespace tollgate::testing {

// A RandomModel and beside it rules about addresses, name servers, their addresses and clients,
// rules with parts, groups of clients, and policies for some of them. The same seed gives the same
// model on every machine.
policy::RuleModel RandomAnswerModel(uint32_t seed);

// An answer with some of everything.
policy::AnswerEvidence RandomAnswer(uint32_t seed);

// Every address that matters: 16 of each family, as prefixes of full length.
std::vector<dns::Prefix> AllAddresses();

// The octets of an address.
inline std::span<const uint8_t> OctetsOf(const dns::Prefix& address) {
  return {address.address.data(), address.octets()};
}

// As a person would read it.
std::string Describe(const policy::AnswerEvidence& answer);
std::string DescribeWhole(const policy::RuleModel& model);

}  // namespace tollgate::testing

#endif  // TOLLGATE_TESTS_MATCH_RANDOM_ANSWERS_H_
