// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_DATABASE_PREFIX_INDEX_BUILDER_H_
#define TOLLGATE_RULESET_DATABASE_PREFIX_INDEX_BUILDER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/database/format.h"
#include "ruleset/dns/prefix.h"

namespace tollgate::database {

struct PrefixEntry {
  dns::Prefix prefix;
  PrefixPosting posting;
};

// The octets of the two sections of a PrefixIndex; empty where there is no prefix of that family.
struct PrefixSections {
  std::string section4;
  std::string section6;
};

// Sorts `entries`, in any order, into the two tables, and appends their postings to `postings`,
// which all tables of a file share: of one prefix by rule, what is equal in the order given.
// ResourceExhausted where one prefix has more than 65,535 postings.
absl::StatusOr<PrefixSections> BuildPrefixes(std::vector<PrefixEntry> entries,
                                             std::vector<PrefixPosting>& postings);

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_PREFIX_INDEX_BUILDER_H_
