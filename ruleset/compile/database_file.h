// SPDX-License-Identifier: BSD-3-Clause
//
// From a canonical rule model to the octets of a database file (database/format.h).

#ifndef TOLLGATE_RULESET_COMPILE_DATABASE_FILE_H_
#define TOLLGATE_RULESET_COMPILE_DATABASE_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "ruleset/compile/name_order.h"
#include "ruleset/compile/pattern_sections.h"
#include "ruleset/policy/rule.h"
#include "ruleset/source/public_suffix_list.h"

namespace tollgate::compile {

struct FileParts {
  const policy::RuleModel& model;
  const NameOrder& order;  // of the model's names
  const source::PublicSuffixList& suffixes;
  const PatternSections& patterns;
  std::string manifest;
  uint64_t created;
};

// The whole file. ResourceExhausted where it cannot hold all names.
absl::StatusOr<std::string> BuildFile(const FileParts& parts);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_DATABASE_FILE_H_
