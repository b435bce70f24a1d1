// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_COMPILE_PATTERN_SECTIONS_H_
#define TOLLGATE_RULESET_COMPILE_PATTERN_SECTIONS_H_

#include <string>

#include "ruleset/policy/rule.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::compile {

// Serialised Hyperscan databases; empty where no pattern has that scope.
struct PatternSections {
  std::string domain;
  std::string name;
  bool reused = false;  // none of them had to be compiled
};

// Compiles all patterns. Those that Hyperscan refuses, and those that match everything, are
// reported to `faults` with their file and line. Where the database at `previous` (which may be
// empty, or no database) has the very same expressions compiled by the same Hyperscan for the same
// kind of processor, its are taken: a change in one feed does not cost the compilation of all
// patterns.
PatternSections BuildPatterns(const policy::RuleModel& model, const std::string& previous,
                              text::Diagnostics& faults);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_PATTERN_SECTIONS_H_
