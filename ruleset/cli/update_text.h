// SPDX-License-Identifier: BSD-3-Clause
//
// What an update did, for a person at a terminal, for a journal, and for a script.

#ifndef TOLLGATE_RULESET_CLI_UPDATE_TEXT_H_
#define TOLLGATE_RULESET_CLI_UPDATE_TEXT_H_

#include <cstdint>
#include <string>

#include "ruleset/update/update.h"

namespace tollgate::cli {

// The exit code for it (commands.h).
int UpdateExitCode(const update::UpdateReport& report);

// A line for each source, and one for the database. `now` is in seconds since 1970.
std::string UpdateTable(const update::UpdateReport& report, uint64_t now, bool colour);

// All of it in one line, without its end.
std::string UpdateLine(const update::UpdateReport& report, uint64_t now);

// One JSON object.
std::string UpdateJson(const update::UpdateReport& report);

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_UPDATE_TEXT_H_
