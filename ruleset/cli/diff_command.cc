// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate diff

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/database/reader.h"
#include "ruleset/inspect/difference.h"
#include "ruleset/text/json_writer.h"

namespace tollgate::cli {
namespace {

using inspect::Change;

constexpr char kFooter[] = R"(Examples:
  tollgate diff /var/lib/unbound/tollgate.db tollgate.db
  tollgate diff --names yesterday.db today.db | grep '^+'

Says what a new database would change: names, patterns and policies that were added, removed or changed, by
policy. A name that merely stands on another line is no change. Exit status, as diff(1) has it: 0 the same
rules, 1 different ones, 2 trouble.
)";

constexpr int kSame = 0;
constexpr int kDifferent = 1;
constexpr int kTrouble = 2;

struct Arguments {
  std::string before;
  std::string after;
  bool names = false;
  bool json = false;
};

char Sign(Change change) {
  return change == Change::kAdded ? '+' : change == Change::kRemoved ? '-' : '~';
}

std::string_view Word(Change change) {
  constexpr std::string_view kWords[] = {"same", "added", "removed", "changed"};
  return kWords[static_cast<size_t>(change)];
}

// "+12 -3 ~1 names"
std::string CountsText(uint64_t added, uint64_t removed, uint64_t changed, const char* noun) {
  return absl::StrCat("+", Grouped(added), " -", Grouped(removed), " ~", Grouped(changed), " ",
                      noun);
}

void AppendPolicy(const inspect::PolicyDifference& policy, std::string& out) {
  if (policy.equal()) return;
  absl::StrAppend(&out,
                  policy.change == Change::kNone ? "  " : std::string{Sign(policy.change), ' '},
                  "policy ", policy.id);
  if (policy.change == Change::kAdded) out += " is new";
  if (policy.change == Change::kRemoved) out += " is gone";
  if (!policy.what.empty()) absl::StrAppend(&out, " changed: ", absl::StrJoin(policy.what, ", "));
  out += "\n";
  if (policy.names_added + policy.names_removed + policy.names_changed > 0) {
    absl::StrAppend(
        &out, "    ",
        CountsText(policy.names_added, policy.names_removed, policy.names_changed, "names"), "\n");
  }
  for (const auto& [what, count] : policy.name_changes) {
    absl::StrAppend(&out, "      ~ ", Counted(count, "name"), ": ", what, "\n");
  }
  for (const inspect::PatternChange& pattern : policy.patterns) {
    absl::StrAppend(&out, "    ", std::string(1, Sign(pattern.change)), " pattern ", pattern.rule,
                    ": ", pattern.what, "\n");
  }
}

void PrintText(const Arguments& arguments, const inspect::Difference& difference) {
  if (difference.equal()) {
    Print(absl::StrCat(arguments.before, " and ", arguments.after, " hold the same rules\n"));
    return;
  }
  std::string out;
  if (!difference.order_before.empty()) {
    absl::StrAppend(&out, "~ order of policies: ", absl::StrJoin(difference.order_before, ", "),
                    " -> ", absl::StrJoin(difference.order_after, ", "), "\n");
  }
  if (difference.suffixes_added + difference.suffixes_removed + difference.suffixes_changed > 0) {
    absl::StrAppend(&out, "  ",
                    CountsText(difference.suffixes_added, difference.suffixes_removed,
                               difference.suffixes_changed, "public suffixes"),
                    "\n");
  }
  for (const inspect::PolicyDifference& policy : difference.policies) AppendPolicy(policy, out);
  Print(out);
}

void WriteNames(const inspect::PolicyDifference& policy, text::JsonWriter& json) {
  json.Key("names").Open('{').Key("added").Number(policy.names_added);
  json.Key("removed").Number(policy.names_removed);
  json.Key("changed").Number(policy.names_changed);
  json.Key("changes").Open('[');
  for (const auto& [what, count] : policy.name_changes) {
    json.Open('{').Key("what").String(what).Key("names").Number(count).Close('}');
  }
  json.Close(']').Close('}');
}

void PrintJson(const Arguments& arguments, const inspect::Difference& difference) {
  text::JsonWriter json;
  json.Open('{').Key("equal").Bool(difference.equal());
  json.Key("before").String(arguments.before).Key("after").String(arguments.after);
  auto list = [&](std::string_view key, const std::vector<std::string>& items) {
    json.Key(key).Open('[');
    for (const std::string& item : items) json.String(item);
    json.Close(']');
  };
  list("order_before", difference.order_before);
  list("order_after", difference.order_after);
  json.Key("public_suffixes").Open('{').Key("added").Number(difference.suffixes_added);
  json.Key("removed").Number(difference.suffixes_removed);
  json.Key("changed").Number(difference.suffixes_changed).Close('}');
  json.Key("policies").Open('[');
  for (const inspect::PolicyDifference& policy : difference.policies) {
    json.Open('{').Key("policy").String(policy.id).Key("change").String(Word(policy.change));
    list("what", policy.what);
    WriteNames(policy, json);
    json.Key("patterns").Open('[');
    for (const inspect::PatternChange& pattern : policy.patterns) {
      json.Open('{').Key("rule").String(pattern.rule).Key("change").String(Word(pattern.change));
      json.Key("what").String(pattern.what).Close('}');
    }
    json.Close(']').Close('}');
  }
  json.Close(']').Close('}');
  Print(json.TakeLine());
}

// Prints each name as it is found.
class NamePrinter {
 public:
  explicit NamePrinter(bool as_json) : as_json_(as_json) {}
  ~NamePrinter() { Flush(); }

  void Take(const inspect::NameChange& name) {
    const std::string_view policy = name.policy.empty() ? "-" : name.policy;
    if (as_json_) {
      json_.Open('{').Key("name").String(name.name).Key("policy").StringOrNull(name.policy);
      json_.Key("change").String(Word(name.change)).Key("what").String(name.what).Close('}');
      output_ += json_.TakeLine();
    } else {
      output_ += Sign(name.change);
      output_ += ' ';
      output_ += name.name;
      for (std::string_view field : {policy, name.what}) {
        output_ += '\t';
        output_ += field;
      }
      output_ += '\n';
    }
    if (output_.size() > kFlushAt) Flush();
  }

  void Flush() {
    Print(output_);
    output_.clear();
  }

 private:
  static constexpr size_t kFlushAt = 1 << 16;
  bool as_json_;
  text::JsonWriter json_;
  std::string output_;
};

int RunDiff(const Arguments& arguments) {
  std::unique_ptr<const database::Reader> readers[2];
  const std::string* paths[2] = {&arguments.before, &arguments.after};
  for (int i = 0; i < 2; ++i) {
    absl::StatusOr<std::unique_ptr<const database::Reader>> reader =
        database::Reader::Open(*paths[i]);
    if (!reader.ok()) {
      PrintError(reader.status());
      return kTrouble;
    }
    readers[i] = *std::move(reader);
  }
  NamePrinter printer(arguments.json);
  std::function<void(const inspect::NameChange&)> on_name;
  if (arguments.names) on_name = [&](const inspect::NameChange& name) { printer.Take(name); };
  const inspect::Difference difference = inspect::Compare(*readers[0], *readers[1], on_name);
  printer.Flush();
  arguments.json ? PrintJson(arguments, difference) : PrintText(arguments, difference);
  return difference.equal() ? kSame : kDifferent;
}

}  // namespace

void AddDiff(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("diff", "Say what is different between two databases");
  command->add_option("OLD", arguments->before, "database")->required();
  command->add_option("NEW", arguments->after, "database")->required();
  command->add_flag("--names", arguments->names,
                    "each name before the summary: + added, - removed, ~ changed, and in what");
  command->add_flag("--json", arguments->json,
                    "one JSON object; with --names one more before it for each name");
  command->footer(kFooter);
  command->callback([=] { *run = [=] { return RunDiff(*arguments); }; });
}

}  // namespace tollgate::cli
