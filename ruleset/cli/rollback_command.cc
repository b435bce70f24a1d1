// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate rollback

#include <ctime>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ruleset/cli/arguments.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/text/json_writer.h"
#include "ruleset/update/publish.h"

namespace tollgate::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  tollgate rollback               the database before this one, at once
  tollgate rollback --list        which are kept
  tollgate rollback --to 41

The resolver takes the older database by itself. From then on 'tollgate update' goes on fetching and publishes
nothing (exit status 4), until you change the manifest or a file that it names, or say 'tollgate update --force'.
)";

struct Arguments {
  std::string state = kDefaultUpdateState;
  std::string output;
  uint64_t to = 0;
  bool list = false;
  bool json = false;
};

std::string ListText(const update::State& state) {
  std::string out;
  for (const update::Published& one : state.history) {
    absl::StrAppendFormat(&out, "%6d  %s  %12s names%s\n", one.number, TimeText(one.at),
                          Grouped(one.names), one.number == state.current ? "  in use" : "");
  }
  if (state.hold) {
    absl::StrAppend(&out, "database ", state.hold->number, " was taken back at ",
                    TimeText(state.hold->since),
                    "; updates publish nothing before the rules change, or 'update --force'\n");
  }
  return out;
}

std::string ListJson(const update::State& state) {
  text::JsonWriter json;
  json.Open('{').Key("current").Number(state.current).Key("held").Bool(state.hold.has_value());
  json.Key("databases").Open('[');
  for (const update::Published& one : state.history) {
    json.Open('{').Key("number").Number(one.number).Key("at").Number(one.at);
    json.Key("names").Number(one.names).Key("checksum");
    json.String(absl::StrFormat("%016x", one.checksum)).Close('}');
  }
  json.Close(']').Close('}');
  return std::string(json.TakeLine());
}

int RunList(const Arguments& arguments) {
  const absl::StatusOr<update::State> state = update::LoadState(arguments.state);
  if (!state.ok()) {
    PrintError(state.status());
    return kProblems;
  }
  Print(arguments.json ? ListJson(*state) : ListText(*state));
  return kDone;
}

int RunRollback(const Arguments& arguments) {
  if (arguments.list) return RunList(arguments);
  const absl::StatusOr<update::Published> now_in_use =
      update::Rollback({.state = arguments.state,
                        .database = arguments.output,
                        .to = arguments.to,
                        .now = static_cast<uint64_t>(std::time(nullptr))});
  if (!now_in_use.ok()) {
    PrintError(now_in_use.status());
    return absl::IsAborted(now_in_use.status()) ? kBusy : kProblems;
  }
  if (arguments.json) return RunList(arguments);
  Print(absl::StrCat("back to database ", now_in_use->number, " of ", TimeText(now_in_use->at),
                     "; updates publish nothing before the rules change, or 'update --force'\n"));
  return kDone;
}

}  // namespace

void AddRollback(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("rollback", "Bring back a database that 'tollgate update' replaced");
  command->add_option("--state", arguments->state, "state folder of 'tollgate update'")
      ->capture_default_str();
  command->add_option("-o,--output", arguments->output,
                      "database that the resolver reads, if not where the last update put it");
  command->add_option("--to", arguments->to, "number of the database to go back to");
  command->add_flag("--list", arguments->list, "show what is kept, and change nothing");
  command->add_flag("--json", arguments->json, "the list as one JSON object");
  command->footer(kFooter);
  command->callback([=] { *run = [=] { return RunRollback(*arguments); }; });
}

}  // namespace tollgate::cli
