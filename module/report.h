// SPDX-License-Identifier: BSD-3-Clause
//
// What can be said of the database in force: what its rules did, and what they say of a name.

#ifndef TOLLGATE_MODULE_REPORT_H_
#define TOLLGATE_MODULE_REPORT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "module/control/steering.h"
#include "module/counters/counters.h"
#include "module/live/live.h"
#include "ruleset/control/snapshot.h"

namespace tollgate::module {

// Fills in what the counters know.
void ReportCounters(const Counters& counters, control::Snapshot& snapshot);

// Fills in what is in force: the database, its policies and rules, modes and pauses.
void ReportLive(const Live& live, uint64_t now, control::Snapshot& snapshot);

// Steering::Explain. `thread` is a number that no query thread has.
absl::StatusOr<Explanation> ExplainName(const Live& live, const std::string& name, uint16_t qtype,
                                        const std::string& client, uint64_t now);

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_REPORT_H_
