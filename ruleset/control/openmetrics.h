// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_CONTROL_OPENMETRICS_H_
#define TOLLGATE_RULESET_CONTROL_OPENMETRICS_H_

#include <string>

#include "ruleset/control/snapshot.h"

namespace tollgate::control {

// The OpenMetrics 1.0 text exposition of `snapshot`, "# EOF" included.
std::string ToOpenMetrics(const Snapshot& snapshot);

}  // namespace tollgate::control

#endif  // TOLLGATE_RULESET_CONTROL_OPENMETRICS_H_
