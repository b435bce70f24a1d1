// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate overlap

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "ruleset/cli/arguments.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/compile/overlap.h"
#include "ruleset/compile/prepare.h"
#include "ruleset/compiler.h"
#include "ruleset/text/json_writer.h"
#include "ruleset/text/yaml.h"
#include "ruleset/version.h"

namespace tollgate::cli {
namespace {

using compile::PairOverlap;
using compile::PolicyOverlap;

constexpr char kFooter[] = R"(Examples:
  tollgate overlap /etc/tollgate/tollgate.yaml
  tollgate overlap tollgate.yaml --state /var/lib/unbound/tollgate.db.seen

Which feeds are worth keeping? Reads MANIFEST as 'compile' does, writes nothing, and shows for each policy what
became of its names and patterns:
  taken       as written           duplicates  twice in it          expired   past their last day or the lifetime
  rejected    wrong or protected   subsumed    below another of it
and of the names that are left:
  unique      no other policy blocks them                           own       unique and partly
  partly      others block less of them: not what is below, fewer types, in shadow mode only
  shared      others hold the very name                             covered   others hold a domain above it
'own' is what would be lost without the policy. Drop one at a time and ask again: two policies with the same
names both have nothing of their own. Names that patterns match, or that a policy passes, are not looked at.
)";

constexpr double kLittle = 0.01;  // of a policy's names

struct Arguments {
  std::string manifest;
  std::string public_suffix_list = TOLLGATE_DEFAULT_PUBLIC_SUFFIX_LIST;
  std::string date;
  std::string state;
  bool json = false;
};

// "12.3%"; never "0.0%" for a little, nor "100.0%" for nearly all.
std::string Percent(uint64_t part, uint64_t whole) {
  if (part == 0 || whole == 0) return "0%";
  if (part == whole) return "100%";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.1) return "<0.1%";
  return absl::StrFormat("%.1f%%", std::min(percent, 99.9));
}

// Names that the other one holds as a whole.
uint64_t Held(const PairOverlap& pair) { return pair.shared + pair.covered; }

// "blp-scam 64.0% and 3.1% partly": the share of `names` names.
std::string HolderText(const std::string& id, const PairOverlap& pair, uint64_t names) {
  std::string out = id;
  if (Held(pair) > 0) absl::StrAppend(&out, " ", Percent(Held(pair), names));
  if (pair.partly > 0) {
    absl::StrAppend(&out, Held(pair) > 0 ? " and " : " ", Percent(pair.partly, names), " partly");
  }
  return out;
}

class Reporter {
 public:
  Reporter(const std::vector<policy::Policy>& policies, const CompileReport& report,
           const compile::Overlap& overlap, bool knows_first_sights)
      : policies_(policies),
        report_(report),
        overlap_(overlap),
        knows_first_sights_(knows_first_sights),
        rejected_(policies.size()) {
    for (const source::FeedReport& feed : report.feeds) {
      rejected_[feed.policy] += feed.Count(source::LineFate::kRejected);
    }
  }

  std::string Text() const {
    std::string out = "     taken  rejected duplicates  subsumed   expired  policy\n";
    for (size_t i = 0; i < policies_.size(); ++i) {
      const PolicyCounts& counts = report_.policies[i];
      absl::StrAppendFormat(&out, "%10s%10s%11s%10s%10s  %s\n", Grouped(counts.taken),
                            Grouped(rejected_[i]), Grouped(counts.duplicates),
                            Grouped(counts.subsumed), Grouped(counts.expired), policies_[i].id);
    }
    out +=
        "\n     names    unique    partly    shared   covered     own  policy, and how much of it "
        "others hold\n";
    for (size_t i = 0; i < policies_.size(); ++i) {
      if (Blocks(i)) AppendPolicy(i, out);
    }
    absl::StrAppendFormat(&out, "%10s  different names\n", Grouped(overlap_.names));
    AppendNotCompared(out);
    AppendAges(out);
    AppendLittle(out);
    return out;
  }

  std::string_view Line(text::JsonWriter& json) const {
    json.Open('{').Key("names").Number(overlap_.names).Key("policies").Open('[');
    for (size_t i = 0; i < policies_.size(); ++i) WritePolicy(i, json);
    json.Close(']').Key("pairs").Open('[');
    for (size_t i = 0; i < policies_.size(); ++i) {
      for (size_t j : HoldersOf(i)) {
        const PairOverlap& pair = overlap_.policies[i].others[j];
        json.Open('{').Key("policy").String(policies_[i].id);
        json.Key("other").String(policies_[j].id);
        json.Key("shared").Number(pair.shared).Key("covered").Number(pair.covered);
        json.Key("partly").Number(pair.partly).Close('}');
      }
    }
    json.Close(']').Close('}');
    return json.TakeLine();
  }

 private:
  bool Blocks(size_t i) const { return overlap_.policies[i].names > 0; }

  // Those that hold something of policy `i`, who holds most first.
  std::vector<size_t> HoldersOf(size_t i) const {
    const std::vector<PairOverlap>& others = overlap_.policies[i].others;
    std::vector<size_t> holders(others.size());
    std::iota(holders.begin(), holders.end(), size_t{0});
    auto order = [&](size_t j) { return std::pair(Held(others[j]), others[j].partly); };
    std::erase_if(holders, [&](size_t j) { return order(j) == std::pair<uint64_t, uint64_t>(); });
    std::stable_sort(holders.begin(), holders.end(),
                     [&](size_t a, size_t b) { return order(a) > order(b); });
    return holders;
  }

  void AppendPolicy(size_t i, std::string& out) const {
    constexpr size_t kMostHolders = 3;
    const PolicyOverlap& policy = overlap_.policies[i];
    absl::StrAppendFormat(&out, "%10s%10s%10s%10s%10s%8s  %s", Grouped(policy.names),
                          Grouped(policy.unique), Grouped(policy.partly), Grouped(policy.shared),
                          Grouped(policy.covered), Percent(policy.lost_without(), policy.names),
                          policies_[i].id);
    if (policy.shadow == policy.names) out += " (in shadow mode)";
    std::vector<std::string> holders;
    for (size_t j : HoldersOf(i)) {
      if (holders.size() == kMostHolders) {
        holders.push_back("...");
        break;
      }
      holders.push_back(HolderText(policies_[j].id, policy.others[j], policy.names));
    }
    absl::StrAppend(&out, holders.empty() ? "" : ": ", absl::StrJoin(holders, ", "), "\n");
  }

  void AppendNotCompared(std::string& out) const {
    std::vector<std::string> parts;
    for (size_t i = 0; i < policies_.size(); ++i) {
      const uint64_t passes = overlap_.policies[i].passes;
      const uint64_t patterns = report_.policies[i].patterns;
      if (passes > 0) {
        parts.push_back(
            absl::StrCat(Counted(passes, "name"), " that ", policies_[i].id, " passes"));
      }
      if (patterns > 0) {
        parts.push_back(absl::StrCat(Counted(patterns, "pattern"), " of ", policies_[i].id));
      }
    }
    if (!parts.empty()) {
      absl::StrAppend(&out, "\nNot compared: ", absl::StrJoin(parts, ", "), ".\n");
    }
  }

  void AppendLittle(std::string& out) const {
    std::vector<std::string> little;
    size_t blocking = 0;
    for (size_t i = 0; i < policies_.size(); ++i) {
      if (!Blocks(i)) continue;
      ++blocking;
      const PolicyOverlap& policy = overlap_.policies[i];
      if (IsLittle(policy)) {
        little.push_back(
            absl::StrCat(policies_[i].id, " (", Percent(policy.lost_without(), policy.names), ")"));
      }
    }
    if (blocking < 2) {
      out += "\nThere are no two policies that block names: nothing to compare.\n";
    } else if (little.empty()) {
      out += "\nEvery policy has at least 1% of its own.\n";
    } else {
      const bool one = little.size() == 1;
      absl::StrAppend(&out, "\nLess than 1% of ", one ? "its" : "their",
                      " own: ", absl::StrJoin(little, ", "),
                      one ? ".\n" : ". Drop one at a time.\n");
    }
  }

  void AppendAges(std::string& out) const {
    const bool ages = std::any_of(policies_.begin(), policies_.end(),
                                  [](const auto& policy) { return policy.terms.lifetime != 0; });
    if (!ages || knows_first_sights_) return;
    out +=
        "\nWithout --state every name counts as seen for the first time today, and no lifetime is "
        "past.\n";
  }

  static bool IsLittle(const PolicyOverlap& policy) {
    return static_cast<double>(policy.lost_without()) < kLittle * static_cast<double>(policy.names);
  }

  void WritePolicy(size_t i, text::JsonWriter& json) const {
    const PolicyCounts& counts = report_.policies[i];
    const PolicyOverlap& policy = overlap_.policies[i];
    json.Open('{').Key("policy").String(policies_[i].id).Key("taken").Number(counts.taken);
    json.Key("rejected").Number(rejected_[i]).Key("duplicates").Number(counts.duplicates);
    json.Key("subsumed").Number(counts.subsumed).Key("expired").Number(counts.expired);
    json.Key("patterns").Number(counts.patterns).Key("passes").Number(policy.passes);
    json.Key("names").Number(policy.names).Key("shadow").Number(policy.shadow);
    json.Key("unique").Number(policy.unique).Key("partly").Number(policy.partly);
    json.Key("shared").Number(policy.shared).Key("covered").Number(policy.covered).Close('}');
  }

  const std::vector<policy::Policy>& policies_;
  const CompileReport& report_;
  const compile::Overlap& overlap_;
  bool knows_first_sights_;
  std::vector<uint64_t> rejected_;  // of each policy
};

int RunOverlap(const Arguments& arguments) {
  CompileOptions options;
  options.public_suffix_list = arguments.public_suffix_list;
  const std::optional<uint32_t> today = ParseToday(arguments.date);
  if (!today) return kWrongUsage;
  options.today = *today;
  if (!arguments.state.empty()) {
    std::string reason;
    std::optional<std::string> state = text::ReadFile(arguments.state, kLargestFirstSights, reason);
    if (!state) {
      PrintError(absl::StrCat(arguments.state, ": ", reason));
      return kProblems;
    }
    options.first_sights = *std::move(state);
  }

  CompileReport report;
  std::optional<compile::Prepared> prepared;
  compile::Overlap overlap;
  {
    Progress progress;
    options.on_step = [&](const std::string& step) { progress.Show(step); };
    prepared = compile::Prepare(arguments.manifest, options, {}, report);
    if (prepared && report.ok()) {
      progress.Show("comparing policies");
      overlap = compile::MeasureOverlap(prepared->loaded.model, prepared->order);
    }
  }
  report.faults.Sort();
  PrintDiagnostics(report.faults);
  if (!report.ok()) {
    PrintError(Counted(report.faults.error_count(), "error"));
    return kProblems;
  }
  const Reporter reporter(prepared->loaded.model.policies, report, overlap,
                          !arguments.state.empty());
  text::JsonWriter json;
  const bool printed = arguments.json ? Print(reporter.Line(json)) : Print(reporter.Text());
  return printed ? kDone : kProblems;
}

}  // namespace

void AddOverlap(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("overlap", "Show what each policy has that no other has");
  command->add_option("MANIFEST", arguments->manifest, "manifest (tollgate.yaml)")->required();
  command->add_option("--public-suffix-list", arguments->public_suffix_list,
                      "Public Suffix List, if not the system's");
  command->add_option("--state", arguments->state,
                      "file of first sights that 'compile' keeps (DATABASE.seen)");
  command->add_option("--date", arguments->date, "ask as if on this day (YYYY-MM-DD)");
  command->add_flag("--json", arguments->json, "one JSON object, with every pair of policies");
  command->footer(kFooter);
  command->callback([=] { *run = [=] { return RunOverlap(*arguments); }; });
}

}  // namespace tollgate::cli
