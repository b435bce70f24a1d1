// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate update

#include <unistd.h>

#include <ctime>
#include <memory>
#include <optional>

#include "ruleset/cli/arguments.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/cli/update_text.h"
#include "ruleset/update/update.h"
#include "ruleset/version.h"

namespace tollgate::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  tollgate update /etc/tollgate/tollgate.yaml -o /var/lib/unbound/tollgate/tollgate.db
  tollgate update tollgate.yaml -o tollgate.db --state state --dry-run

Asks the sources of the manifest ('url:' and 'transfer:') that are due, compiles, checks, and publishes:
  - A source that fails, shrinks, grows, or is suddenly a web page keeps its last good copy.
  - A database that fails a self-test or a blast limit, or is too different from the one in use, is not published.
  - What is published replaces the old database in one step; 'tollgate rollback' brings the old one back.
A timer runs it every quarter of an hour; each source says by 'interval:' how often it wants to be asked.

Exit status: 0 done, or nothing to do; 1 nothing is published, the rules have errors; 2 wrong usage;
3 done, but a source failed or was held back; 4 the new database was held back; 5 another update is at work.
)";

struct Arguments {
  std::string manifest;
  std::string output;
  std::string state = kDefaultUpdateState;
  std::string public_suffix_list = TOLLGATE_DEFAULT_PUBLIC_SUFFIX_LIST;
  std::string date;
  uint32_t retries = 2;
  bool dry_run = false;
  bool force = false;
  bool json = false;
  bool quiet = false;
};

int RunUpdate(const Arguments& arguments) {
  const std::optional<uint32_t> today = ParseToday(arguments.date);
  if (!today) return kWrongUsage;
  const bool by_hand = isatty(STDERR_FILENO) != 0;
  update::UpdateOptions options;
  options.manifest = arguments.manifest;
  options.state = arguments.state;
  options.database = arguments.output;
  options.public_suffix_list = arguments.public_suffix_list;
  options.dry_run = arguments.dry_run;
  options.force = arguments.force;
  options.retries = arguments.retries;
  options.now = static_cast<uint64_t>(std::time(nullptr));
  options.today = *today;
  absl::StatusOr<update::UpdateReport> report = absl::CancelledError();
  {
    Progress progress;
    if (!arguments.quiet) options.on_step = [&](const std::string& step) { progress.Show(step); };
    report = update::Update(options);
  }
  if (!report.ok()) {
    PrintError(report.status());
    return absl::IsAborted(report.status()) ? kBusy : kProblems;
  }
  const int code = UpdateExitCode(*report);
  if (arguments.json) {
    Print(UpdateJson(*report));
  } else if (by_hand) {
    PrintDiagnostics(report->faults);
    if (!arguments.quiet || code != kDone) {
      Print(UpdateTable(*report, options.now, OutputInColour()));
    }
  } else if (!arguments.quiet || code != kDone) {
    Print(UpdateLine(*report, options.now) + "\n");
  }
  return code;
}

}  // namespace

void AddUpdate(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "update", "Fetch what is new, compile, check, and replace the resolver's database");
  command->add_option("MANIFEST", arguments->manifest, "manifest (tollgate.yaml)")->required();
  command->add_option("-o,--output", arguments->output, "database that the resolver reads")
      ->required();
  command->add_option("--state", arguments->state, "folder for copies, history, and what is known")
      ->capture_default_str();
  command->add_option("--public-suffix-list", arguments->public_suffix_list,
                      "Public Suffix List, if not the system's");
  command->add_option("--date", arguments->date, "compile as if on this day (YYYY-MM-DD)");
  command->add_option("--retries", arguments->retries, "how often a source is asked again")
      ->check(CLI::Range(0, 10))
      ->capture_default_str();
  command->add_flag("-n,--dry-run", arguments->dry_run, "fetch and check, and change nothing");
  command->add_flag("--force", arguments->force,
                    "ask every source now, take changes of any size, publish after a rollback");
  command->add_flag("--json", arguments->json, "one JSON object on standard output");
  command->add_flag("-q,--quiet", arguments->quiet, "say something only where something is wrong");
  command->footer(kFooter);
  command->callback([=] { *run = [=] { return RunUpdate(*arguments); }; });
}

}  // namespace tollgate::cli
