// SPDX-License-Identifier: BSD-3-Clause
//
// The sub-commands of `tollgate`. Each registers itself with the command line, and runs with what
// it was given.

#ifndef TOLLGATE_RULESET_CLI_COMMANDS_H_
#define TOLLGATE_RULESET_CLI_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <functional>

namespace tollgate::cli {

// Exit codes, the same for every sub-command.
inline constexpr int kDone = 0;
inline constexpr int kProblems = 1;  // in the input; nothing was written
inline constexpr int kWrongUsage = 2;
// Of `tollgate update` alone.
inline constexpr int kSourceTrouble = 3;  // all else is done
inline constexpr int kHeldBack = 4;       // a new database is not published
inline constexpr int kBusy = 5;           // another update is at work

// Adds a sub-command to `app`. When the user has chosen it, `*run` is set to what runs it and
// returns the exit code.
using Command = std::function<int()>;
void AddCompile(CLI::App& app, Command* run);
void AddCheck(CLI::App& app, Command* run);
void AddQuery(CLI::App& app, Command* run);
void AddExtract(CLI::App& app, Command* run);
void AddExplain(CLI::App& app, Command* run);
void AddBlast(CLI::App& app, Command* run);
void AddDiff(CLI::App& app, Command* run);
void AddOverlap(CLI::App& app, Command* run);
void AddExport(CLI::App& app, Command* run);
void AddInfo(CLI::App& app, Command* run);
void AddDump(CLI::App& app, Command* run);
void AddCtl(CLI::App& app, Command* run);
void AddTop(CLI::App& app, Command* run);
void AddExporter(CLI::App& app, Command* run);
void AddWho(CLI::App& app, Command* run);
void AddUpdate(CLI::App& app, Command* run);
void AddRollback(CLI::App& app, Command* run);

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_COMMANDS_H_
