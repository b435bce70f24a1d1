// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_CLI_STATUS_TEXT_H_
#define TOLLGATE_RULESET_CLI_STATUS_TEXT_H_

#include <string>

#include "ruleset/control/snapshot.h"

namespace tollgate::cli {

// Whether there is a database, and it is the one that lies there.
bool IsHealthy(const control::Snapshot& snapshot);

// `tollgate ctl status`, for people: several lines, in plain text.
std::string StatusText(const control::Snapshot& snapshot);

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_STATUS_TEXT_H_
