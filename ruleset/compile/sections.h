// SPDX-License-Identifier: BSD-3-Clause
//
// From the rule model to the sections of the database file (database/format.h).

#ifndef TOLLGATE_RULESET_COMPILE_SECTIONS_H_
#define TOLLGATE_RULESET_COMPILE_SECTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/database/name_index_builder.h"
#include "ruleset/policy/rule.h"
#include "ruleset/source/public_suffix_list.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::compile {

// A seed that depends on every name: nobody who writes one of them can know it beforehand, and the
// same rules make the same file.
uint64_t NameSeed(const policy::RuleModel& model);

// The index over names and public suffixes. `model` is canonical: its triggers are sorted by name.
absl::StatusOr<database::NameSections> BuildNames(const policy::RuleModel& model,
                                                  const source::PublicSuffixList& suffixes,
                                                  uint64_t seed);

// Serialised Hyperscan databases; empty where no pattern has that scope.
struct PatternSections {
  std::string domain;
  std::string name;
};

// Compiles all patterns. Those that Hyperscan refuses are reported to `faults` with their file and
// line.
PatternSections BuildPatterns(const policy::RuleModel& model, text::Diagnostics& faults);

struct FileParts {
  const policy::RuleModel& model;
  const database::NameSections& names;
  const PatternSections& patterns;
  std::string manifest;
  std::string suffixes;  // version of the Public Suffix List
  uint64_t seed;
  uint64_t created;
};

// The whole file.
std::string BuildFile(const FileParts& parts);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_SECTIONS_H_
