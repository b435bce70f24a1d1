// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_CLI_STATS_TEXT_H_
#define TOLLGATE_RULESET_CLI_STATS_TEXT_H_

#include <string>

#include "ruleset/control/snapshot.h"

namespace tollgate::cli {

// `tollgate ctl stats`, for people: several lines, in plain text.
std::string StatsText(const control::Snapshot& snapshot);

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_STATS_TEXT_H_
