// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate blast

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "ruleset/cli/arguments.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/inspect/blast.h"
#include "ruleset/inspect/name_log.h"
#include "ruleset/ruleset.h"
#include "ruleset/source/feed_file.h"
#include "ruleset/source/indicator.h"
#include "ruleset/text/json_writer.h"
#include "ruleset/text/yaml.h"

namespace tollgate::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  tollgate blast tollgate.db --against known-good.txt
  tollgate blast tollgate.db --against /var/log/unbound.log --examples 20
  tollgate blast tollgate.db --against known-good.txt --max 0 && install -m 644 tollgate.db /var/lib/unbound/

What would these rules break? Asks them about every name of the files: lists with a name a line (or a name and
a count, or a rank and a name), and query logs of Unbound, BIND, dnsmasq and dnstap, each line recognised by
itself. For each rule, the worst first:
  blocks    names for which it decides, or would but for its shadow mode
  covered   names that it matches, and another rule decides before it, such as one of an allow list
)";

struct Arguments {
  std::string database;
  std::vector<std::string> against;
  std::string date;
  size_t examples = 5;
  std::optional<uint64_t> max;
  bool json = false;
};

// The text of `path`. Lists and logs are read whole.
std::optional<std::string> ReadNames(const std::string& path) {
  absl::StatusOr<std::string> text =
      source::ReadFeedFile(path == "-" ? "/dev/stdin" : path, std::numeric_limits<uint32_t>::max());
  if (text.ok()) return *std::move(text);
  PrintError(absl::StrCat(path, ": ", text.status().message()));
  return std::nullopt;
}

class Reporter {
 public:
  Reporter(const RuleSet& rules, const inspect::BlastReport& report,
           const inspect::NameCounts& names)
      : rules_(rules), report_(report), names_(names), is_log_(report.queries != report.names) {}

  std::string Text() const {
    std::string out = absl::StrCat(Counted(report_.names, "name"));
    if (is_log_) absl::StrAppend(&out, " in ", QueriesText(report_.queries));
    absl::StrAppend(&out, ": ", Share(report_.blocked), " would be blocked");
    if (report_.shadow.names > 0) {
      absl::StrAppend(&out, ", and ", Share(report_.shadow), " but for rules in shadow mode");
    }
    out += "\n";
    if (names_.lines().unknown > 0) {
      absl::StrAppend(
          &out, Counted(names_.lines().unknown, "line"), " without a name, the first is line ",
          Grouped(names_.lines().first_unknown_at), ": ", names_.lines().first_unknown, "\n");
    }
    if (report_.rules.empty()) return out + "No rule matches any of them.\n";
    out += "\n    blocks   covered  policy\n";
    for (const inspect::PolicyBlast& policy : report_.policies) {
      absl::StrAppendFormat(&out, "%10s%10s  %s\n", Grouped(policy.blocks.names),
                            Grouped(policy.covered.names),
                            std::string(rules_.Policy(policy.policy).id));
    }
    out += "\n    blocks   covered  rule, and the first names\n";
    for (const inspect::RuleBlast& rule : report_.rules) AppendRule(rule, out);
    return out;
  }

  std::string_view Line(text::JsonWriter& json) const {
    json.Open('{').Key("names").Number(report_.names).Key("queries").Number(report_.queries);
    WriteTally("blocked", report_.blocked, json);
    WriteTally("shadow", report_.shadow, json);
    const inspect::NameCounts::Lines& lines = names_.lines();
    json.Key("lines").Open('{').Key("names").Number(lines.names);
    json.Key("queries").Number(lines.queries).Key("other").Number(lines.other);
    json.Key("unknown").Number(lines.unknown);
    json.Key("first_unknown").StringOrNull(lines.first_unknown).Close('}');
    json.Key("policies").Open('[');
    for (const inspect::PolicyBlast& policy : report_.policies) {
      json.Open('{').Key("policy").String(rules_.Policy(policy.policy).id);
      WriteBlast(policy, json);
      json.Close('}');
    }
    json.Close(']').Key("rules").Open('[');
    for (const inspect::RuleBlast& rule : report_.rules) WriteRule(rule, json);
    json.Close(']').Close('}');
    return json.TakeLine();
  }

  // Whether an enforced rule blocks more than `most` names.
  bool Exceeds(uint64_t most) const {
    return std::any_of(report_.rules.begin(), report_.rules.end(), [&](const auto& rule) {
      return rule.blocks.names > most && rules_.Rule(rule.rule).mode == policy::Mode::kEnforce;
    });
  }

 private:
  static std::string QueriesText(uint64_t queries) {
    return absl::StrCat(Grouped(queries), queries == 1 ? " query" : " queries");
  }

  // "3 (0.001%), in 12 queries"
  std::string Share(const inspect::BlastTally& tally) const {
    std::string out = Grouped(tally.names);
    if (report_.names > 0 && tally.names > 0) {
      absl::StrAppendFormat(
          &out, " (%.3g%%)",
          100.0 * static_cast<double>(tally.names) / static_cast<double>(report_.names));
    }
    if (is_log_ && tally.names > 0) absl::StrAppend(&out, ", in ", QueriesText(tally.queries), ",");
    return out;
  }

  void AppendExamples(const char* what, const inspect::BlastTally& tally, std::string& out) const {
    if (tally.examples.empty()) return;
    absl::StrAppend(&out, "                      ", what, ": ", absl::StrJoin(tally.examples, ", "),
                    tally.names > tally.examples.size() ? ", ..." : "");
    if (is_log_) absl::StrAppend(&out, " (", QueriesText(tally.queries), ")");
    out += "\n";
  }

  void AppendRule(const inspect::RuleBlast& blast, std::string& out) const {
    const RuleView rule = rules_.Rule(blast.rule);
    absl::StrAppendFormat(&out, "%10s%10s  %s/%s", Grouped(blast.blocks.names),
                          Grouped(blast.covered.names), std::string(rules_.Policy(rule.policy).id),
                          std::string(rule.id));
    absl::StrAppend(&out, ", ", std::string(policy::ActionName(rules_.Answer(blast.rule).action)));
    if (rule.mode == policy::Mode::kShadow) out += ", in shadow mode";
    if (!rule.qtypes.empty()) out += ", for some types only";
    out += "\n";
    AppendExamples("blocks", blast.blocks, out);
    AppendExamples("covered", blast.covered, out);
    constexpr size_t kMostIndicators = 5;
    for (size_t i = 0; i < std::min(blast.indicators.size(), kMostIndicators); ++i) {
      const inspect::IndicatorBlast& indicator = blast.indicators[i];
      absl::StrAppend(&out, "                      by ", indicator.name, ", ",
                      std::string(rule.file), ":", indicator.line, ": blocks ",
                      Grouped(indicator.blocks.names), ", covered ",
                      Grouped(indicator.covered.names), "\n");
    }
    if (blast.indicators.size() > kMostIndicators) {
      absl::StrAppend(&out, "                      and by ",
                      Grouped(blast.indicators.size() - kMostIndicators),
                      " more of its names; '--json' has them all\n");
    }
  }

  static void WriteTally(std::string_view key, const inspect::BlastTally& tally,
                         text::JsonWriter& json) {
    json.Key(key).Open('{').Key("names").Number(tally.names);
    json.Key("queries").Number(tally.queries).Key("examples").Open('[');
    for (const std::string& example : tally.examples) json.String(example);
    json.Close(']').Close('}');
  }

  static void WriteBlast(const inspect::Blast& blast, text::JsonWriter& json) {
    WriteTally("blocks", blast.blocks, json);
    WriteTally("covered", blast.covered, json);
  }

  void WriteRule(const inspect::RuleBlast& blast, text::JsonWriter& json) const {
    const RuleView rule = rules_.Rule(blast.rule);
    json.Open('{').Key("policy").String(rules_.Policy(rule.policy).id);
    json.Key("rule").String(rule.id);
    json.Key("action").String(policy::ActionName(rules_.Answer(blast.rule).action));
    json.Key("mode").String(policy::ModeName(rule.mode));
    json.Key("pattern").StringOrNull(rule.pattern).Key("file").String(rule.file);
    WriteBlast(blast, json);
    json.Key("indicators").Open('[');
    for (const inspect::IndicatorBlast& indicator : blast.indicators) {
      json.Open('{').Key("name").String(indicator.name).Key("line").Number(indicator.line);
      WriteBlast(indicator, json);
      json.Close('}');
    }
    json.Close(']').Close('}');
  }

  const RuleSet& rules_;
  const inspect::BlastReport& report_;
  const inspect::NameCounts& names_;
  bool is_log_;
};

int RunBlast(const Arguments& arguments) {
  const std::optional<uint32_t> today = ParseToday(arguments.date);
  if (!today) return kWrongUsage;
  absl::StatusOr<std::unique_ptr<const RuleSet>> rules = RuleSet::Open(arguments.database);
  if (!rules.ok()) {
    PrintError(rules.status());
    return kProblems;
  }
  inspect::NameCounts names;
  for (const std::string& path : arguments.against) {
    const std::optional<std::string> text = ReadNames(path);
    if (!text) return kProblems;
    names.AddText(*text);
  }
  absl::StatusOr<inspect::BlastReport> report =
      inspect::MeasureBlast(**rules, names,
                            {.today = *today,
                             .threads = std::max(std::thread::hardware_concurrency(), 1u),
                             .examples = arguments.examples});
  if (!report.ok()) {
    PrintError(report.status());
    return kProblems;
  }
  const Reporter reporter(**rules, *report, names);
  text::JsonWriter json;
  const bool printed = arguments.json ? Print(reporter.Line(json)) : Print(reporter.Text());
  if (!printed) return kProblems;
  if (names.size() == 0) {
    PrintError("there is no name in what was given");
    return kProblems;
  }
  if (!arguments.max || !reporter.Exceeds(*arguments.max)) return kDone;
  PrintError(absl::StrCat("a rule blocks more than ", Counted(*arguments.max, "name")));
  return kProblems;
}

}  // namespace

void AddBlast(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("blast", "Count the good names, or the queries, that rules would block");
  command->add_option("DATABASE", arguments->database, "database that 'tollgate compile' wrote")
      ->required();
  command
      ->add_option("--against", arguments->against,
                   "lists of names and query logs; '-' reads standard input")
      ->required();
  command->add_option("--examples", arguments->examples, "names to show for each rule")
      ->capture_default_str();
  command->add_option("--max", arguments->max,
                      "exit with 1 where an enforced rule blocks more names than this");
  command->add_option("--date", arguments->date, "ask as if on this day (YYYY-MM-DD)");
  command->add_flag("--json", arguments->json, "one JSON object");
  command->footer(kFooter);
  command->callback([=] { *run = [=] { return RunBlast(*arguments); }; });
}

}  // namespace tollgate::cli
