// SPDX-License-Identifier: BSD-3-Clause
//
// What is different between two databases. Names are compared through both name indices, so that
// the memory needed does not grow with them. Policies are the same where their ids are; where a
// rule stands, in which file and line and under which id, is no difference for a name.

#ifndef TOLLGATE_RULESET_INSPECT_DIFFERENCE_H_
#define TOLLGATE_RULESET_INSPECT_DIFFERENCE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ruleset/database/reader.h"

namespace tollgate::inspect {

enum class Change : uint8_t { kNone, kAdded, kRemoved, kChanged };

struct PatternChange {
  Change change;
  std::string rule;  // its id
  std::string what;  // for kChanged: "action nxdomain -> drop, expires never -> 2026-12-31"
};

struct PolicyDifference {
  std::string id;
  Change change = Change::kNone;  // kChanged: `what` says in what, names and patterns apart
  std::vector<std::string> what;  // "title", "the order of its patterns"
  uint64_t names_added = 0;       // of names and prefixes
  uint64_t names_removed = 0;
  uint64_t names_changed = 0;
  std::map<std::string, uint64_t> name_changes;  // what changed, and for how many names
  std::vector<PatternChange> patterns;

  bool equal() const {
    return change == Change::kNone && names_added + names_removed + names_changed == 0 &&
           patterns.empty();
  }
};

struct Difference {
  // All policies of both: those of the newer database in order of precedence, then those that are
  // gone.
  std::vector<PolicyDifference> policies;
  // The policies that are in both, where their order is not the same in both; otherwise empty.
  std::vector<std::string> order_before;
  std::vector<std::string> order_after;
  // Public suffixes, which bound the registrable domains that patterns see.
  uint64_t suffixes_added = 0;
  uint64_t suffixes_removed = 0;
  uint64_t suffixes_changed = 0;

  bool equal() const;
};

// One name of one policy. The views live for the call.
struct NameChange {
  std::string_view policy;  // its id; empty for a public suffix
  Change change;
  std::string_view name;  // in presentation format; or a prefix
  std::string_view what;  // for kChanged; for the others what it is: "domain, nxdomain"
};

// Compares. `on_name`, where given, is told of each name as it is found: first what was removed and
// changed, then what was added, each in the order of the index; prefixes last.
Difference Compare(const database::Reader& before, const database::Reader& after,
                   const std::function<void(const NameChange&)>& on_name = nullptr);

}  // namespace tollgate::inspect

#endif  // TOLLGATE_RULESET_INSPECT_DIFFERENCE_H_
