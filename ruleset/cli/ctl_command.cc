// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate ctl

#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ruleset/cli/arguments.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/cli/ctl_text.h"
#include "ruleset/cli/stats_text.h"
#include "ruleset/cli/status_text.h"
#include "ruleset/control/client.h"
#include "ruleset/control/openmetrics.h"
#include "ruleset/control/request.h"
#include "ruleset/control/snapshot_json.h"
#include "ruleset/text/json_text.h"

namespace tollgate::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  tollgate ctl status                                       is it well, and with which rules?
  tollgate ctl stats                                        what has it done?
  tollgate ctl pause --for 5m --client 192.0.2.7            look away for this one
  tollgate ctl explain usps.com-isjjz.top --client 192.0.2.7
  tollgate ctl reload                                       take the database that lies there now

Speaks to the module in a running Unbound, over the socket that 'control:' in its module.yaml names. Nothing
that is changed here outlives a restart. 'tollgate ctl VERB --help' teaches each of them. Exit status: 0 done
('status': all is well), 1 refused ('status': no database, or the last one was refused), 2 no answer, or
wrong usage.
)";

constexpr int kNoAnswer = 2;

struct Arguments {
  std::string socket;
  std::string timeout = "30s";
  bool json = false;

  bool prometheus = false;
  bool force = false;
  bool off = false;
  std::string span, client, policy, name, type = "A", level, after;
};

// What a verb makes of the answer, given that it is one and no fault: prints it, and says how to
// exit.
using Show = int (*)(const Arguments&, const std::string& answer, text::JsonValue root);

void AddWord(control::Request& request, std::string_view key, const std::string& value) {
  if (!value.empty()) request.words.push_back({std::string(key), value});
}

std::string SocketOf(const Arguments& arguments) {
  if (!arguments.socket.empty()) return arguments.socket;
  const char* variable = std::getenv("TOLLGATE_SOCKET");
  if (variable != nullptr && *variable != '\0') return variable;
  return std::string(control::kDefaultSocket);
}

int PrintFault(text::JsonValue root) {
  const text::JsonValue hint = root["hint"];
  PrintError(absl::StrCat(std::string(root["error"].Text()), hint.exists() ? "; " : "",
                          std::string(hint.Text())));
  return kProblems;
}

// Asks, and hands the answer to `show`; with --json prints it as it is.
int AskAndShow(const Arguments& arguments, const control::Request& request, Show show) {
  absl::Duration timeout;
  if (!absl::ParseDuration(arguments.timeout, &timeout) || timeout <= absl::ZeroDuration()) {
    PrintError("--timeout: '" + arguments.timeout + "' is no span of time; write 10s or 1m");
    return kWrongUsage;
  }
  const absl::StatusOr<std::string> answer =
      control::Ask(SocketOf(arguments), control::RequestText(request), timeout);
  if (!answer.ok()) {
    PrintError(answer.status());
    return kNoAnswer;
  }
  const text::JsonText json(*answer);
  const text::JsonValue root = json.root();
  if (!root["ok"].exists()) {
    PrintError(SocketOf(arguments) + ": what listens there is not Tollgate");
    return kNoAnswer;
  }
  const bool is_good = root["ok"].IsTrue();
  if (arguments.json) {
    if (!Print(*answer + "\n") || !is_good) return kProblems;
    return show(arguments, *answer, root);
  }
  return is_good ? show(arguments, *answer, root) : PrintFault(root);
}

// Prints for people; where the answer has been printed as it is, nothing.
int PrintText(const Arguments& arguments, const std::string& text) {
  return arguments.json || Print(text) ? kDone : kProblems;
}

int WithSnapshot(const Arguments& arguments, const std::string& answer,
                 int (*show)(const Arguments&, const control::Snapshot&)) {
  const absl::StatusOr<control::Snapshot> snapshot = control::FromJson(answer);
  if (snapshot.ok()) return show(arguments, *snapshot);
  PrintError(snapshot.status());
  return kNoAnswer;
}

int ShowStatus(const Arguments& arguments, const std::string& answer, text::JsonValue) {
  return WithSnapshot(arguments, answer, [](const Arguments& given, const control::Snapshot& now) {
    const int printed = PrintText(given, StatusText(now));
    return IsHealthy(now) ? printed : kProblems;
  });
}

int ShowStats(const Arguments& arguments, const std::string& answer, text::JsonValue) {
  return WithSnapshot(arguments, answer, [](const Arguments& given, const control::Snapshot& now) {
    return PrintText(given, given.prometheus ? control::ToOpenMetrics(now) : StatsText(now));
  });
}

int ShowReload(const Arguments& arguments, const std::string&, text::JsonValue) {
  return PrintText(arguments, "The database is in use.\n");
}

int ShowPause(const Arguments& arguments, const std::string&, text::JsonValue root) {
  uint64_t until = 0;
  if (!absl::SimpleAtoi(std::string(root["until"].Text()), &until) || until == 0)
    return PrintText(arguments, "Paused until 'tollgate ctl resume', or a restart.\n");
  return PrintText(arguments, absl::StrCat("Paused until ", TimeText(until), ".\n"));
}

int ShowResume(const Arguments& arguments, const std::string&, text::JsonValue root) {
  uint64_t ended = 0;
  if (!absl::SimpleAtoi(std::string(root["ended"].Text()), &ended) || ended == 0)
    return PrintText(arguments, "There was no such pause; 'tollgate ctl status' lists them.\n");
  return PrintText(arguments, absl::StrCat(Counted(ended, "pause"), " ended.\n"));
}

int ShowShadow(const Arguments& arguments, const std::string&, text::JsonValue) {
  return PrintText(arguments,
                   absl::StrCat("Policy ", arguments.policy,
                                arguments.off ? " is in the mode of its file again.\n"
                                              : " is in shadow mode, until a restart.\n"));
}

int ShowExplanation(const Arguments& arguments, const std::string&, text::JsonValue root) {
  return PrintText(arguments, ExplanationText(root));
}

int ShowLevel(const Arguments& arguments, const std::string&, text::JsonValue root) {
  return PrintText(arguments, std::string(root["level"].Text()) + "\n");
}

int ShowReopened(const Arguments& arguments, const std::string&, text::JsonValue root) {
  return PrintText(arguments,
                   root["files"].Text() == "0"
                       ? "Events go to no file: module.yaml has no 'file' under 'events'.\n"
                       : "The file of events is open anew.\n");
}

int ShowAsItIs(const Arguments& arguments, const std::string& answer, text::JsonValue) {
  return PrintText(arguments, answer + "\n");
}

// `tollgate ctl` and its verbs, while they are being added.
class Verbs {
 public:
  Verbs(CLI::App* ctl, Command* run, std::shared_ptr<Arguments> arguments)
      : ctl_(ctl), run_(run), arguments_(std::move(arguments)) {}

  // `complete` puts the words of the request together; false, after it has said why, where that
  // cannot be done.
  CLI::App* Add(const char* name, const char* about, const char* example, Show show,
                bool (*complete)(const Arguments&, control::Request&) = nullptr) {
    CLI::App* verb = ctl_->add_subcommand(name, about);
    verb->fallthrough();  // --socket and --json may stand behind the verb
    verb->footer(
        std::string(example) +
        "\n--socket, --timeout and --json may stand here, too: see 'tollgate ctl --help'.\n");
    verb->callback([run = run_, arguments = arguments_, request = control::Request{name, {}}, show,
                    complete]() mutable {
      *run = [=]() mutable {
        if (complete != nullptr && !complete(*arguments, request)) return kWrongUsage;
        return AskAndShow(*arguments, request, show);
      };
    });
    return verb;
  }

 private:
  CLI::App* ctl_;
  Command* run_;
  std::shared_ptr<Arguments> arguments_;
};

bool CompleteReload(const Arguments& arguments, control::Request& request) {
  AddWord(request, "force", arguments.force ? "yes" : "");
  return true;
}

// What `pause` and `resume` are about.
bool CompletePause(const Arguments& arguments, control::Request& request) {
  AddWord(request, "for", arguments.span);
  AddWord(request, "client", arguments.client);
  AddWord(request, "policy", arguments.policy);
  if (arguments.name.empty()) return true;
  const absl::StatusOr<dns::Name> name = ParseQname(arguments.name);
  if (!name.ok()) {
    PrintError(absl::StrCat("--name: '", arguments.name, "': ", name.status().message()));
    return false;
  }
  AddWord(request, "name", name->Text());
  return true;
}

bool CompleteShadow(const Arguments& arguments, control::Request& request) {
  AddWord(request, "policy", arguments.policy);
  AddWord(request, "on", arguments.off ? "no" : "yes");
  return true;
}

bool CompleteExplain(const Arguments& arguments, control::Request& request) {
  const absl::StatusOr<dns::Name> name = ParseQname(arguments.name);
  if (!name.ok()) {
    PrintError(absl::StrCat("'", arguments.name, "': ", name.status().message()));
    return false;
  }
  const std::optional<uint16_t> type = ParseQtype(arguments.type);
  if (!type) return false;
  AddWord(request, "name", name->Text());
  AddWord(request, "type", std::to_string(*type));
  AddWord(request, "client", arguments.client);
  return true;
}

bool CompleteLevel(const Arguments& arguments, control::Request& request) {
  AddWord(request, "level", arguments.level);
  return true;
}

bool CompleteRecent(const Arguments& arguments, control::Request& request) {
  AddWord(request, "after", arguments.after);
  return true;
}

void AddPauseOptions(CLI::App* verb, Arguments& arguments) {
  verb->add_option("--client", arguments.client, "for these clients: an address or a prefix");
  verb->add_option("--policy", arguments.policy, "of this policy alone");
  verb->add_option("--name", arguments.name, "for this name and what is below it");
}

}  // namespace

void AddCtl(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  Arguments& given = *arguments;
  CLI::App* ctl = app.add_subcommand("ctl", "Ask and steer the module in a running Unbound");
  ctl->require_subcommand(1);
  ctl->add_option("--socket", given.socket,
                  absl::StrCat("of the module; else $TOLLGATE_SOCKET, else ",
                               std::string(control::kDefaultSocket)));
  ctl->add_option("--timeout", given.timeout, "how long to wait for the answer")
      ->capture_default_str();
  ctl->add_flag("--json", given.json, "print the module's answer as it is: one JSON object");
  ctl->footer(kFooter);

  Verbs verbs(ctl, run, arguments);
  verbs.Add("status", "Show what the filter is, and whether it is well",
            "Examples:\n  tollgate ctl status\n  tollgate ctl status --json | jq .database\n\n"
            "Exit status: 0 all is well, 1 there is no database or the last one was refused, 2 no "
            "answer.\n",
            &ShowStatus);
  verbs
      .Add("stats", "Show what it has counted",
           "Examples:\n  tollgate ctl stats\n  tollgate ctl stats --prometheus\n", &ShowStats)
      ->add_flag("--prometheus", given.prometheus, "in OpenMetrics' text format");
  verbs
      .Add("reload", "Open the database again, and wait until it is in use",
           "Example:\n  tollgate ctl reload --timeout 2m\n\n"
           "The module notices a new database by itself. This is for when it must be known that it "
           "is\nin use, and for one that was refused because it has shrunk.\n",
           &ShowReload, &CompleteReload)
      ->add_flag("--force", given.force, "also one that has shrunk by more than 'max_shrink'");

  CLI::App* pause = verbs.Add(
      "pause", "Look away: for a time, a client, a policy, a name, or any of these together",
      "Examples:\n  tollgate ctl pause --for 5m\n"
      "  tollgate ctl pause --for 1h --client 192.0.2.0/24 --policy smishing\n"
      "  tollgate ctl pause --name shop.example\n\n"
      "Without --for until 'resume'. A restart of Unbound filters again. 'status' lists pauses.\n",
      &ShowPause, &CompletePause);
  pause->add_option("--for", given.span, "how long: 90s, 5m, 1h30m; a week at most");
  AddPauseOptions(pause, given);
  CLI::App* resume =
      verbs.Add("resume", "End pauses",
                "Examples:\n  tollgate ctl resume\n  tollgate ctl resume --client 192.0.2.0/24\n\n"
                "Ends the pause that was given with the same options; without any, all pauses.\n",
                &ShowResume, &CompletePause);
  AddPauseOptions(resume, given);

  CLI::App* shadow = verbs.Add(
      "shadow", "Let a policy be matched and counted, and decide nothing",
      "Examples:\n  tollgate ctl shadow smishing\n  tollgate ctl shadow smishing --off\n\n"
      "Waits until that is in force. Lasts until --off or a restart.\n",
      &ShowShadow, &CompleteShadow);
  shadow->add_option("POLICY", given.policy, "id of the policy")->required();
  shadow->add_flag("--off", given.off, "let it decide again");

  CLI::App* explain =
      verbs.Add("explain", "Say what a client would get for a name now, and why",
                "Examples:\n  tollgate ctl explain usps.com-isjjz.top\n"
                "  tollgate ctl explain 'hxxps[:]//irs.gov-tax[.]cfd/pay' --type AAAA --client "
                "192.0.2.7\n\n"
                "With the database, the pauses and the shadowed policies of this moment.\n",
                &ShowExplanation, &CompleteExplain);
  explain->add_option("NAME", given.name, "name, defanged or not")->required();
  explain->add_option("--type", given.type, "record type asked for")->capture_default_str();
  explain->add_option("--client", given.client, "address of who asks");

  verbs
      .Add("log-level", "Show the log level, or set it until a restart",
           "Examples:\n  tollgate ctl log-level\n  tollgate ctl log-level debug\n", &ShowLevel,
           &CompleteLevel)
      ->add_option("LEVEL", given.level, "error, warning, info or debug");
  verbs.Add("reopen", "Open the file that events go to anew, after it was rotated",
            "Example:\n  tollgate ctl reopen\n", &ShowReopened);
  verbs
      .Add("recent", "Print the last decisions, as JSON",
           "Example:\n  tollgate ctl recent --after 1200\n", &ShowAsItIs, &CompleteRecent)
      ->add_option("--after", given.after, "those with a larger number alone");
}

}  // namespace tollgate::cli
