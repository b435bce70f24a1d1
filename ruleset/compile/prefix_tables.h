// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_COMPILE_PREFIX_TABLES_H_
#define TOLLGATE_RULESET_COMPILE_PREFIX_TABLES_H_

#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/database/prefix_index_builder.h"
#include "ruleset/database/writer.h"
#include "ruleset/policy/rule.h"

namespace tollgate::compile {

// The prefixes of a model as the sections of a file: those of rules about answers and name servers,
// and those of clients.
struct PrefixTables {
  database::PrefixSections answers;
  database::PrefixSections clients;
  std::vector<database::PrefixPosting> postings;  // of both

  // Adds the sections that are not empty.
  void AddTo(database::Writer& writer) const;
};

// ResourceExhausted where more rules than a file can hold have one prefix.
absl::StatusOr<PrefixTables> BuildPrefixTables(const policy::RuleModel& model);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_PREFIX_TABLES_H_
