// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate compile, tollgate check

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ruleset/cli/arguments.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/compiler.h"
#include "ruleset/database/writer.h"
#include "ruleset/text/json_writer.h"
#include "ruleset/text/yaml.h"
#include "ruleset/update/state_folder.h"
#include "ruleset/version.h"

namespace tollgate::cli {
namespace {

constexpr char kCompileFooter[] = R"(Example:
  tollgate compile /etc/tollgate/tollgate.yaml -o /var/lib/unbound/tollgate.db

MANIFEST lists the policies in order of precedence; a single campaign or feed will do too. The database is
replaced in one step, and only if every file was without error. SOURCE_DATE_EPOCH is honoured.
)";

constexpr char kCheckFooter[] = R"(Example:
  tollgate check smishing-triad.yaml

Does all that 'compile' does, and writes nothing: run it while you write rules.
)";

struct Arguments {
  std::string manifest;
  std::string output;  // empty for check
  std::string public_suffix_list = TOLLGATE_DEFAULT_PUBLIC_SUFFIX_LIST;
  std::string date;
  std::string state;
  std::string copies = kDefaultUpdateState;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
};

uint64_t CreationTime() {
  uint64_t epoch = 0;
  const char* given = std::getenv("SOURCE_DATE_EPOCH");
  if (given != nullptr && absl::SimpleAtoi(given, &epoch)) return epoch;
  return static_cast<uint64_t>(std::time(nullptr));
}

void PrintSummary(const Arguments& arguments, const CompileReport& report, double seconds) {
  const CompileCounts& counts = report.counts;
  std::string out = absl::StrCat(
      arguments.output.empty() ? arguments.manifest : arguments.output, ": ",
      Counted(counts.policies, "policy"), ", ", Counted(counts.names, "name"), ", ",
      Counted(counts.patterns, "pattern"),
      counts.prefixes > 0 ? ", " + Counted(counts.prefixes, "prefix") : "", "; ",
      Grouped(report.database.size()), " bytes, ", absl::StrFormat("%.2f", seconds), " s\n");
  absl::StrAppend(&out, "left out: ", Counted(counts.duplicates, "duplicate"), ", ",
                  Grouped(counts.subsumed), " subsumed, ", Grouped(counts.expired), " expired, ",
                  Grouped(counts.rejected), " rejected");
  if (counts.skipped > 0) absl::StrAppend(&out, ", ", Grouped(counts.skipped), " skipped");
  if (counts.not_yet > 0) absl::StrAppend(&out, ", ", Grouped(counts.not_yet), " not enforced yet");
  absl::StrAppend(&out, "\n");
  Print(out);
}

constexpr std::string_view kFates[] = {"rejected", "skipped", "not yet"};

void WriteFeeds(const std::vector<source::FeedReport>& feeds, text::JsonWriter& json) {
  json.Open('[');
  for (const source::FeedReport& feed : feeds) {
    json.Open('{').Key("file").String(feed.path).Key("taken").Number(feed.taken);
    json.Key("left_out").Open('[');
    for (const source::LineNote& note : feed.notes) {
      json.Open('{').Key("fate").String(kFates[static_cast<size_t>(note.fate)]);
      json.Key("reason").String(note.reason).Key("count").Number(note.count);
      json.Key("lines").Open('[');
      for (const source::NotedLine& noted : note.all) {
        json.Open('{').Key("line").Number(noted.line).Key("text").String(noted.text).Close('}');
      }
      json.Close(']').Close('}');
    }
    json.Close(']').Close('}');
  }
  json.Close(']');
}

// Every line that was left out, on standard error: "feed.txt:2: rejected: an IP address:
// '1.2.3.4'".
void PrintFeeds(const std::vector<source::FeedReport>& feeds) {
  for (const source::FeedReport& feed : feeds) {
    for (const source::LineNote& note : feed.notes) {
      for (const source::NotedLine& noted : note.all) {
        std::fputs(absl::StrCat(feed.path, ":", noted.line, ": ",
                                absl::string_view(kFates[static_cast<size_t>(note.fate)].data()),
                                ": ", note.reason, ": '", noted.text, "'\n")
                       .c_str(),
                   stderr);
      }
    }
  }
}

// What took how long: each step until the next one began.
class Stages {
 public:
  void Begin(const std::string& step) {
    const auto now = std::chrono::steady_clock::now();
    End(now);
    steps_.push_back({step, now, {}});
  }
  void End(std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now()) {
    if (!steps_.empty()) steps_.back().seconds = now - steps_.back().start;
  }
  void Write(text::JsonWriter& json) const {
    json.Open('[');
    for (const Step& step : steps_) {
      json.Open('{').Key("step").String(step.name);
      json.Key("seconds").Seconds(step.seconds.count()).Close('}');
    }
    json.Close(']');
  }

 private:
  struct Step {
    std::string name;
    std::chrono::steady_clock::time_point start;
    std::chrono::duration<double> seconds;
  };
  std::vector<Step> steps_;
};

void PrintJson(const Arguments& arguments, const CompileReport& report, bool written,
               double seconds, const Stages& stages) {
  text::JsonWriter json;
  json.Open('{').Key("ok").Bool(report.ok());
  json.Key("manifest").String(arguments.manifest);
  json.Key("database").StringOrNull(written ? arguments.output : "");
  const CompileCounts& counts = report.counts;
  json.Key("policies").Number(counts.policies).Key("names").Number(counts.names);
  json.Key("patterns").Number(counts.patterns).Key("prefixes").Number(counts.prefixes);
  json.Key("duplicates").Number(counts.duplicates);
  json.Key("subsumed").Number(counts.subsumed).Key("expired").Number(counts.expired);
  json.Key("rejected").Number(counts.rejected).Key("bytes").Number(report.database.size());
  json.Key("seconds").Seconds(seconds).Key("patterns_reused").Bool(report.patterns_reused);
  json.Key("stages");
  stages.Write(json);
  json.Key("skipped").Number(counts.skipped).Key("not_yet").Number(counts.not_yet);
  json.Key("feeds");
  WriteFeeds(report.feeds, json);
  json.Key("diagnostics").Open('[');
  for (const text::Diagnostic& fault : report.faults.list()) {
    json.Open('{')
        .Key("severity")
        .String(fault.severity == text::Severity::kError ? "error" : "warning");
    json.Key("file").String(fault.where.file).Key("line").Number(fault.where.line);
    json.Key("column").Number(fault.where.column).Key("what").String(fault.what);
    json.Key("fix").StringOrNull(fault.fix).Close('}');
  }
  json.Close(']').Close('}');
  Print(json.TakeLine());
}

int RunCompile(const Arguments& arguments) {
  const auto start = std::chrono::steady_clock::now();
  CompileOptions options;
  options.public_suffix_list = arguments.public_suffix_list;
  options.created = CreationTime();
  options.previous = arguments.output;
  options.keep_all_lines = arguments.verbose || arguments.json;
  const std::optional<uint32_t> today = ParseToday(arguments.date);
  if (!today) return kWrongUsage;
  options.today = *today;

  // Beside the database unless it is said; `check` without either knows no first sights.
  const std::string state = !arguments.state.empty() || arguments.output.empty()
                                ? arguments.state
                                : arguments.output + ".seen";
  std::string reason;
  if (!state.empty()) {
    options.first_sights_file = state;
    options.first_sights = text::ReadFile(state, kLargestFirstSights, reason).value_or("");
  }

  absl::StatusOr<std::map<std::string, std::string>> copies = update::CopiesIn(arguments.copies);
  if (copies.ok()) {
    options.copies = *std::move(copies);
  } else if (arguments.copies != kDefaultUpdateState) {
    PrintError(copies.status());
    return kProblems;
  }  // else a manifest that has such sources says what is missing

  CompileReport report;
  Stages stages;
  absl::Status written = absl::CancelledError();
  {
    Progress progress;
    options.on_step = [&](const std::string& step) {
      stages.Begin(step);
      if (!arguments.quiet) progress.Show(step);
    };
    report = Compile(arguments.manifest, options);
    if (report.ok() && !arguments.output.empty()) {
      options.on_step("writing " + arguments.output);
      written = database::ReplaceFile(arguments.output, report.database);
      if (written.ok() && !report.first_sights.empty()) {
        written = database::ReplaceFile(state, report.first_sights);
      }
    }
  }
  stages.End();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  const bool failed_to_write = report.ok() && !arguments.output.empty() && !written.ok();
  if (arguments.json) {
    PrintJson(arguments, report, written.ok(), elapsed.count(), stages);
  } else {
    if (arguments.verbose) PrintFeeds(report.feeds);
    PrintDiagnostics(report.faults);
  }
  if (failed_to_write) PrintError(written);
  if (!report.ok() && !arguments.json) {
    PrintError(absl::StrCat(Counted(report.faults.error_count(), "error"),
                            arguments.output.empty() ? "" : "; nothing was written"));
  }
  if (!report.ok() || failed_to_write) return kProblems;
  if (!arguments.json && !arguments.quiet) PrintSummary(arguments, report, elapsed.count());
  return kDone;
}

void AddArguments(CLI::App* command, const std::shared_ptr<Arguments>& arguments) {
  command
      ->add_option("MANIFEST", arguments->manifest, "manifest (tollgate.yaml) or one campaign file")
      ->required();
  command->add_option("--public-suffix-list", arguments->public_suffix_list,
                      "Public Suffix List, if not the system's");
  command->add_option("--state", arguments->state,
                      "file of first sights, for policies with a lifetime (DATABASE.seen)");
  command
      ->add_option("--copies", arguments->copies,
                   "state folder of 'tollgate update', for what it has fetched")
      ->capture_default_str();
  command->add_option("--date", arguments->date,
                      "compile as if on this day (YYYY-MM-DD): what has expired?");
  command->add_flag("--json", arguments->json, "report as one JSON object on standard output");
  command->add_flag("-q,--quiet", arguments->quiet,
                    "no progress and no summary, only what is wrong");
  command->add_flag("-v,--verbose", arguments->verbose,
                    "every line of every feed that was left out, with the reason");
}

}  // namespace

void AddCompile(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("compile", "Turn a manifest and its policies into a database");
  AddArguments(command, arguments);
  command->add_option("-o,--output", arguments->output, "database to write")->required();
  command->footer(kCompileFooter);
  command->callback([=] { *run = [=] { return RunCompile(*arguments); }; });
}

void AddCheck(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("check", "The same without writing: are the rules right?");
  AddArguments(command, arguments);
  command->footer(kCheckFooter);
  command->callback([=] { *run = [=] { return RunCompile(*arguments); }; });
}

}  // namespace tollgate::cli
