// SPDX-License-Identifier: BSD-3-Clause
//
// Before a database goes out: which of its rules would block names that are known to be good, or
// that the site never blocks, and what becomes of them.

#ifndef TOLLGATE_RULESET_COMPILE_BLAST_CHECK_H_
#define TOLLGATE_RULESET_COMPILE_BLAST_CHECK_H_

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ruleset/policy/rule.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::compile {

// A pattern, or one listed name, that is put into shadow mode.
struct Demotion {
  uint32_t policy = 0;
  std::string name;  // wire format without the root label; empty for a pattern
  std::string rule;  // of a pattern: the rule's id
  uint32_t line = 0;

  auto operator<=>(const Demotion&) const = default;
};

// How the sentence ends that says of a rule that it was put there.
inline constexpr std::string_view kKeptInShadow = "; kept in shadow mode";

// Whether there is anything to check.
bool NeedsBlastCheck(const policy::RuleModel& model, const std::vector<std::string>& never_block);

// Asks `database`, made of `model`, about the names in the files `known_good` (plain or compressed,
// in any form of inspect/name_log.h) and about those that are never blocked, given in wire format
// without the root label. What blocks more known good names than its policy's max_blast, and every
// pattern that blocks a name of `never_block`, is an error; or, where the policy's terms say so and
// for the patterns of feeds, a warning and one of the demotions that are returned.
std::vector<Demotion> CheckBlast(const policy::RuleModel& model, std::string_view database,
                                 const std::vector<std::string>& known_good,
                                 const std::vector<std::string>& never_block, policy::Day today,
                                 text::Diagnostics& faults);

// Puts what is named into shadow mode. For a model as it was read, before anything is folded.
void Demote(const std::vector<Demotion>& demotions, policy::RuleModel& model);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_BLAST_CHECK_H_
