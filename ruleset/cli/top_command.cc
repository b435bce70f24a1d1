// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate top

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/cli/top_model.h"
#include "ruleset/cli/top_screen.h"
#include "ruleset/cli/top_terminal.h"
#include "ruleset/control/client.h"
#include "ruleset/control/recent.h"
#include "ruleset/control/snapshot_json.h"

namespace tollgate::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  tollgate top --interval 5s
  tollgate top --once

A terminal view to leave open: queries per second, the share that is blocked, how long verdicts take, how old
the database is, which campaigns, rules, names and clients there are most of, and the last decisions as they
happen. Needs the right to open the module's control socket (the group of 'control:' in module.yaml). When the
module is restarted it waits, and goes on.
Keys: q end, p hold the display, s one list after the other in full, ? help.
In a pipe, or with --once, it prints one picture of an interval as plain text; exit status 1 if there is no
module to ask.
)";

// A module that hangs must not make the keys hang for longer.
constexpr absl::Duration kPatience = absl::Seconds(1);
constexpr absl::Duration kShortest = absl::Milliseconds(100);
constexpr absl::Duration kLongest = absl::Hours(1);
// In a pipe.
constexpr size_t kPlainWidth = 100;
constexpr size_t kPlainHeight = 60;

struct Arguments {
  std::string socket{control::kDefaultSocket};
  std::string interval = "1s";
  bool once = false;
};

volatile sig_atomic_t asked_to_end = 0;

// "1s", "500ms", "2m", or seconds.
bool ParseInterval(const std::string& text, absl::Duration& interval) {
  double seconds = 0;
  if (absl::SimpleAtod(text, &seconds)) {
    interval = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(text, &interval)) {
    return false;
  }
  return interval >= kShortest && interval <= kLongest;
}

double SteadySeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Asks the module once, and gives what it says to the model.
void Feed(const std::string& socket, TopModel& model) {
  auto ask = [&]() -> absl::Status {
    const absl::StatusOr<std::string> stats = control::Ask(socket, "stats", kPatience);
    if (!stats.ok()) return stats.status();
    if (absl::Status refusal = control::RefusalIn(*stats); !refusal.ok()) return refusal;
    absl::StatusOr<control::Snapshot> state = control::FromJson(*stats);
    if (!state.ok()) return state.status();
    model.TakeState(*std::move(state), SteadySeconds());
    const absl::StatusOr<std::string> answer =
        control::Ask(socket, absl::StrCat("recent after=", model.latest()), kPatience);
    if (!answer.ok()) return answer.status();
    absl::StatusOr<control::Recent> recent = control::RecentFromJson(*answer);
    if (!recent.ok()) return recent.status();
    model.TakeRecent(*std::move(recent));
    return absl::OkStatus();
  };
  if (const absl::Status status = ask(); !status.ok()) {
    model.TakeFault(std::string(status.message()));
  }
}

int PrintOnce(const Arguments& arguments, absl::Duration interval) {
  TopModel model;
  Feed(arguments.socket, model);
  if (model.fault().empty()) {
    absl::SleepFor(interval);
    Feed(arguments.socket, model);
  }
  if (!model.fault().empty()) {
    PrintError(absl::StrCat("waiting for ", arguments.socket, " in vain: ", model.fault()));
    return kProblems;
  }
  TopSettings settings;
  settings.socket = arguments.socket;
  settings.footer = false;
  return Print(PlainText(DrawTop(model, settings, kPlainWidth, kPlainHeight))) ? kDone : kProblems;
}

int Watch(const Arguments& arguments, absl::Duration interval) {
  TopSettings settings;
  settings.socket = arguments.socket;
  settings.block_chars = Terminal::ShowsUtf8();
  // Before ncurses, which otherwise ends the program by itself, with an exit status of its own.
  struct sigaction action = {};
  action.sa_handler = [](int) { asked_to_end = 1; };
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
  absl::StatusOr<std::unique_ptr<Terminal>> terminal = Terminal::Open(OutputInColour());
  if (!terminal.ok()) {
    PrintError(terminal.status());
    return kProblems;
  }
  TopModel model;
  absl::Time next = absl::Now();
  while (asked_to_end == 0) {
    const absl::Time now = absl::Now();
    // A clock that was set back must not make us wait for it.
    if (now >= next || next - now > interval) {
      if (!settings.held) Feed(arguments.socket, model);
      next = std::max(next + interval, absl::Now());
    }
    (*terminal)->Draw(DrawTop(model, settings, (*terminal)->width(), (*terminal)->height()));
    const auto wait = absl::ToInt64Milliseconds(
        std::clamp(next - absl::Now(), absl::Milliseconds(1), absl::Milliseconds(500)));
    switch ((*terminal)->Key(static_cast<int>(wait))) {
      case 'q':
      case 'Q':
        return kDone;
      case 'p':
      case ' ':
        settings.held = !settings.held;
        break;
      case 's':
      case '\t':
        settings.help = false;
        settings.view = static_cast<TopView>((static_cast<size_t>(settings.view) + 1) % kTopViews);
        break;
      case '?':
      case 'h':
        settings.help = !settings.help;
        break;
      default:
        break;
    }
  }
  return kDone;
}

int RunTop(const Arguments& arguments) {
  absl::Duration interval;
  if (!ParseInterval(arguments.interval, interval)) {
    PrintError(absl::StrCat("--interval: '", arguments.interval,
                            "' is no time from 100ms to 1h such as 2s or 500ms"));
    return kWrongUsage;
  }
  const bool on_terminal = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0;
  return arguments.once || !on_terminal ? PrintOnce(arguments, interval)
                                        : Watch(arguments, interval);
}

}  // namespace

void AddTop(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("top", "Watch a running module in a terminal");
  command->add_option("--socket", arguments->socket, "control socket of the module")
      ->envname("TOLLGATE_SOCKET")
      ->capture_default_str();
  command->add_option("--interval", arguments->interval, "time between two looks, 100ms to 1h")
      ->capture_default_str();
  command->add_flag("--once", arguments->once, "print one picture as plain text, and end");
  command->footer(kFooter);
  command->callback([=] { *run = [=] { return RunTop(*arguments); }; });
}

}  // namespace tollgate::cli
