// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate exporter

#include <signal.h>

#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/cli/metrics_server.h"
#include "ruleset/control/client.h"
#include "ruleset/control/openmetrics.h"
#include "ruleset/control/recent.h"
#include "ruleset/control/snapshot_json.h"

namespace tollgate::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  tollgate exporter --listen 127.0.0.1:19167
  tollgate exporter --socket /run/tollgate/control.sock --listen '[::1]:19167'

Serves the numbers of a running module to Prometheus and whatever else reads OpenMetrics:
  scrape_configs: [{job_name: tollgate, static_configs: [{targets: ['127.0.0.1:19167']}]}]
A program of its own, outside the resolver: it asks the module anew for each scrape, and holds nothing. It
needs no root, only the right to open the socket (the group of 'control:' in module.yaml). A module that does
not answer within two seconds is reported as tollgate_up 0, so that "the resolver is down" can be told from
"the exporter is down". Ends on SIGTERM or SIGINT.
Every metric: docs/metrics.md. A dashboard and alert rules: packaging/monitoring.
)";

// Prometheus gives a scrape ten seconds, and /metrics must come within them.
constexpr absl::Duration kPatience = absl::Seconds(2);

struct Arguments {
  std::string socket{control::kDefaultSocket};
  std::string listen = "127.0.0.1:19167";
};

absl::StatusOr<control::Snapshot> AskState(const std::string& socket) {
  const absl::StatusOr<std::string> answer = control::Ask(socket, "stats", kPatience);
  if (!answer.ok()) return answer.status();
  if (absl::Status refusal = control::RefusalIn(*answer); !refusal.ok()) return refusal;
  return control::FromJson(*answer);
}

int RunExporter(const Arguments& arguments) {
  // Before any thread is started, so that none of them takes these.
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  signal(SIGPIPE, SIG_IGN);

  absl::StatusOr<std::unique_ptr<MetricsServer>> server = MetricsServer::Start(
      arguments.listen, [socket = arguments.socket](control::Exposition exposition) {
        const absl::StatusOr<control::Snapshot> snapshot = AskState(socket);
        return snapshot.ok() ? control::Expose(*snapshot, exposition)
                             : control::ExposeDown(exposition);
      });
  if (!server.ok()) {
    PrintError(server.status());
    return absl::IsInvalidArgument(server.status()) ? kWrongUsage : kProblems;
  }
  if ((*server)->is_public()) {
    PrintError(absl::StrCat("warning: ", arguments.listen,
                            " is not a loopback address: whoever reaches it can read the names "
                            "of your policies and rules"));
  }
  if (const absl::StatusOr<control::Snapshot> now = AskState(arguments.socket); !now.ok()) {
    PrintError(absl::StrCat("warning: tollgate_up is 0 for now: ", now.status().message()));
  }
  Print(absl::StrCat("serving ", (*server)->url(), "\n"));
  std::fflush(stdout);
  int signal_number = 0;
  while (sigwait(&ending, &signal_number) != 0) {
  }
  return kDone;
}

}  // namespace

void AddExporter(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("exporter", "Serve the numbers of a running module to Prometheus");
  command->add_option("--socket", arguments->socket, "control socket of the module")
      ->envname("TOLLGATE_SOCKET")
      ->capture_default_str();
  command->add_option("--listen", arguments->listen, "address and port to serve /metrics on")
      ->capture_default_str();
  command->footer(kFooter);
  command->callback([=] { *run = [=] { return RunExporter(*arguments); }; });
}

}  // namespace tollgate::cli
