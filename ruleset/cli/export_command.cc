// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate export

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ruleset/cli/arguments.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/inspect/enumerate.h"
#include "ruleset/inspect/export.h"
#include "ruleset/ruleset.h"
#include "ruleset/text/json_writer.h"

namespace tollgate::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  tollgate export tollgate.db --format rpz -o tollgate.rpz
  tollgate export tollgate.db --format dnsmasq --policy smishing-triad > blocked.conf

  rpz       a policy zone: NXDOMAIN, NODATA, drop, local data, and what passes below a blocked name
  hosts     0.0.0.0 NAME, or a sinkhole's addresses: names alone
  domains   names, each with everything below it
  dnsmasq   address=/NAME/ and, for what passes below it, server=/NAME/#
  unbound   local-zone: "NAME." always_nxdomain, always_transparent and so on, and local-data

What is written is what the rules come to: policies in their order, today. Patterns, shadow mode and QTYPEs
cannot be said in any of these formats; what was left out or said otherwise is counted on standard error.
)";

struct Arguments {
  std::string database;
  std::string format;
  std::string output;
  std::vector<std::string> policies;
  std::string date;
  bool widen = false;
  bool json = false;
};

// A file that comes into being under its name when it is complete, or standard output.
class Output {
 public:
  explicit Output(std::string path) : path_(std::move(path)) {
    if (path_.empty()) return;
    partial_ = path_ + ".part";
    file_ = std::fopen(partial_.c_str(), "wbe");
  }
  ~Output() {
    if (file_ != nullptr) std::fclose(file_);
    if (!partial_.empty()) unlink(partial_.c_str());
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  bool is_open() const { return path_.empty() || file_ != nullptr; }
  bool Write(std::string_view octets) {
    if (file_ == nullptr) return Print(octets);
    return std::fwrite(octets.data(), 1, octets.size(), file_) == octets.size();
  }
  bool Finish() {
    if (file_ == nullptr) return std::fflush(stdout) == 0;
    std::FILE* file = file_;
    file_ = nullptr;
    if (std::fflush(file) != 0 || fsync(fileno(file)) != 0) {
      std::fclose(file);
      return false;
    }
    if (std::fclose(file) != 0 || std::rename(partial_.c_str(), path_.c_str()) != 0) return false;
    partial_.clear();
    return true;
  }

 private:
  std::string path_;
  std::string partial_;
  std::FILE* file_ = nullptr;
};

// "12 names blocked, 1 name passing; left out: patterns: 3 (smishing-triad 2, roaming-mantis 1)"
std::string SummaryText(const RuleSet& rules, const inspect::ExportReport& report) {
  const inspect::ExportCounts sum = report.Sum();
  std::string out = absl::StrCat("exported: ", Counted(sum.blocks, "blocked name"), ", ",
                                 Counted(sum.passes, "exception"), "\n");
  for (size_t gap = 0; gap < inspect::kExportGaps; ++gap) {
    if (sum.gaps[gap] == 0) continue;
    const auto kind = static_cast<inspect::ExportGap>(gap);
    absl::StrAppend(&out, std::string(inspect::ExportGapText(kind)), ": ", Grouped(sum.gaps[gap]));
    const char* separator = " (";
    for (uint32_t i = 0; i < report.policies.size(); ++i) {
      if (report.policies[i][kind] == 0) continue;
      absl::StrAppend(&out, separator, std::string(rules.Policy(i).id), " ",
                      Grouped(report.policies[i][kind]));
      separator = ", ";
    }
    out += ")\n";
  }
  return out;
}

void WriteCounts(const inspect::ExportCounts& counts, text::JsonWriter& json) {
  json.Key("blocks").Number(counts.blocks).Key("passes").Number(counts.passes);
  json.Key("gaps").Open('{');
  for (size_t gap = 0; gap < inspect::kExportGaps; ++gap) {
    json.Key(inspect::ExportGapName(static_cast<inspect::ExportGap>(gap)));
    json.Number(counts.gaps[gap]);
  }
  json.Close('}');
}

void PrintJson(const Arguments& arguments, const RuleSet& rules,
               const inspect::ExportReport& report) {
  text::JsonWriter json;
  json.Open('{').Key("format").String(arguments.format).Key("output").String(arguments.output);
  WriteCounts(report.Sum(), json);
  json.Key("policies").Open('[');
  for (uint32_t i = 0; i < report.policies.size(); ++i) {
    json.Open('{').Key("policy").String(rules.Policy(i).id);
    WriteCounts(report.policies[i], json);
    json.Close('}');
  }
  json.Close(']').Close('}');
  Print(json.TakeLine());
}

// The policies of --policy. Nothing where one of them is not there.
std::optional<std::vector<uint32_t>> PoliciesOf(const Arguments& arguments, const RuleSet& rules) {
  std::vector<uint32_t> policies;
  for (const std::string& id : arguments.policies) {
    const std::optional<uint32_t> policy = inspect::FindPolicy(rules.reader(), id);
    if (!policy) {
      PrintError(absl::StrCat("--policy: there is no policy '", id, "' in ", arguments.database,
                              "; 'tollgate info' lists them"));
      return std::nullopt;
    }
    policies.push_back(*policy);
  }
  return policies;
}

int RunExport(const Arguments& arguments) {
  inspect::ExportOptions options;
  const auto& names = inspect::kExportFormatNames;
  options.format = static_cast<inspect::ExportFormat>(
      std::find(names.begin(), names.end(), arguments.format) - names.begin());
  options.widen = arguments.widen;
  const std::optional<uint32_t> today = ParseToday(arguments.date);
  if (!today) return kWrongUsage;
  options.today = *today;
  if (arguments.json && arguments.output.empty()) {
    PrintError("--json: say with '--output FILE' where the export itself goes");
    return kWrongUsage;
  }
  absl::StatusOr<std::unique_ptr<const RuleSet>> rules = RuleSet::Open(arguments.database);
  if (!rules.ok()) {
    PrintError(rules.status());
    return kProblems;
  }
  const std::optional<std::vector<uint32_t>> policies = PoliciesOf(arguments, **rules);
  if (!policies) return kWrongUsage;
  options.policies = *policies;

  Output output(arguments.output);
  bool good = output.is_open();
  absl::StatusOr<inspect::ExportReport> report = absl::CancelledError();
  if (good) {
    report = inspect::Export(**rules, options,
                             [&](std::string_view octets) { return output.Write(octets); });
    good = report.ok() && output.Finish();
  }
  if (!good) {
    PrintError(absl::StrCat("cannot write ",
                            arguments.output.empty() ? "standard output" : arguments.output, ": ",
                            std::strerror(errno)));
    return kProblems;
  }
  if (arguments.json) {
    PrintJson(arguments, **rules, *report);
  } else {
    std::fputs(SummaryText(**rules, *report).c_str(), stderr);
  }
  return kDone;
}

}  // namespace

void AddExport(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("export", "Write the names of a database in another tool's format");
  command->add_option("DATABASE", arguments->database, "database that 'tollgate compile' wrote")
      ->required();
  command->add_option("--format", arguments->format, "rpz, hosts, domains, dnsmasq or unbound")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>(inspect::kExportFormatNames.begin(),
                                                     inspect::kExportFormatNames.end())));
  command->add_option("-o,--output", arguments->output,
                      "file to write; standard output by default");
  command->add_option("--policy", arguments->policies, "only what these policies block");
  command->add_flag(
      "--widen", arguments->widen,
      "names that are blocked alone: with all below them, where there is no other way");
  command->add_option("--date", arguments->date, "export as if on this day (YYYY-MM-DD)");
  command->add_flag("--json", arguments->json, "the counts as one JSON object; needs --output");
  command->footer(kFooter);
  command->callback([=] { *run = [=] { return RunExport(*arguments); }; });
}

}  // namespace tollgate::cli
