// SPDX-License-Identifier: BSD-3-Clause
//
// A Snapshot as the control socket carries it. The fields of the JSON are those of the structure;
// numbers stand under their names from metrics.def.

#ifndef TOLLGATE_RULESET_CONTROL_SNAPSHOT_JSON_H_
#define TOLLGATE_RULESET_CONTROL_SNAPSHOT_JSON_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ruleset/control/snapshot.h"

namespace tollgate::control {

// One line, without the newline.
std::string ToJson(const Snapshot& snapshot);

// Numbers that this version does not know are left out; those that are missing are 0.
absl::StatusOr<Snapshot> FromJson(std::string_view json);

}  // namespace tollgate::control

#endif  // TOLLGATE_RULESET_CONTROL_SNAPSHOT_JSON_H_
