// SPDX-License-Identifier: BSD-3-Clause
//
// How many names that nobody had listed yet do the rules block, and which good ones?

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "bench/blocker.h"
#include "bench/timeline.h"
#include "ruleset/source/indicator.h"
#include "ruleset/text/json_writer.h"
#include "ruleset/version.h"

namespace tollgate::bench {
namespace {

constexpr char kFooter[] = R"(Example:
  tollgate compile ruleset/campaigns/tollgate.yaml -o /tmp/campaigns.db
  campaign_timeline /tmp/campaigns.db smishing-timeline.tsv.gz known-good.txt.gz --after 2024-12-31

TIMELINE has rows of three fields with tabs between them: a name, the day on which it was first seen
(YYYY-MM-DD), and the families that it belongs to, with commas between them. GOOD has one name a
line. Both may be compressed by gzip.

A root is a registrable domain: a public suffix (ICANN section) and one label. It was first seen on
the earliest day of any name under it in the timeline, it belongs to every family that one of them
has, and it is blocked if the database blocks at least one of them, by any action but 'pass'. Rules
in shadow mode block nothing. A root of several families counts for each of them, and once in the
last line.

With --address and --name-server, every name is taken to be hosted so, and of each rule that asks
for several things at once is said how many roots it catches then, how many of them nothing else
blocks, and how many good names: what such a rule would do if all the world were hosted there. It
says how far the names alone narrow it down.

Measure with a day before which the rules were written, or with names that their author has not
seen: what the rules were tuned on says nothing about the next name.

Exit: 0 done, 1 a file cannot be read or a limit (--at-least, --at-most-good) is missed, 2 wrong
usage.)";

constexpr int kDone = 0;
constexpr int kProblems = 1;
constexpr int kWrongUsage = 2;

struct Arguments {
  std::string database;
  std::string timeline;
  std::string good;
  std::string after = "2024-12-31";
  std::vector<std::string> families = {"com-*", "gov-*",          "org-*",   "paytoll*", "toll",
                                       "etc",   "delivery-brand", "dmv-irs", "sagawa*"};
  std::string public_suffix_list = TOLLGATE_DEFAULT_PUBLIC_SUFFIX_LIST;
  std::vector<std::string> addresses;
  std::vector<std::string> name_servers;
  bool patterns_only = false;
  bool list_missed = false;
  bool json = false;
  double at_least = -1;
  double at_most_good = -1;
};

struct Tally {
  uint64_t roots = 0;
  uint64_t blocked = 0;
  double share() const {
    return roots == 0 ? 0 : 100.0 * static_cast<double>(blocked) / static_cast<double>(roots);
  }
};

struct BlockedGood {
  std::string name;
  uint32_t rule;
};

// Of a rule that asks for several things at once.
struct Reach {
  uint64_t roots = 0;
  uint64_t alone = 0;  // that nothing else blocks
  uint64_t good = 0;
};

struct Result {
  std::map<std::string, Tally> families;  // every family of the timeline
  Tally total;                            // of the families named
  std::vector<std::string> missed;        // roots of those
  uint64_t good_names = 0;
  std::vector<BlockedGood> good_blocked;
  std::map<uint32_t, Reach> reaches;  // by rule
  double per_100000() const {
    return good_names == 0
               ? 0
               : 1e5 * static_cast<double>(good_blocked.size()) / static_cast<double>(good_names);
  }
};

int Fail(int code, std::string_view sentence) {
  std::fprintf(stderr, "campaign_timeline: %.*s\n", static_cast<int>(sentence.size()),
               sentence.data());
  return code;
}

int Fail(const absl::Status& status) {
  return Fail(kProblems, {status.message().data(), status.message().size()});
}

void MeasureRoots(const Timeline& timeline, policy::Day after, const Arguments& arguments,
                  const policy::AnswerEvidence& hosting, Blocker& blocker, Result& result) {
  const std::set<std::string> named(arguments.families.begin(), arguments.families.end());
  for (const auto& [domain, root] : timeline.roots) {
    for (const std::string& family : root.families) result.families[family];
    if (root.first_seen <= after) continue;
    const bool blocked =
        std::any_of(root.names.begin(), root.names.end(),
                    [&](const dns::Name& name) { return blocker.Find(name).has_value(); });
    auto count = [&](Tally& tally) {
      ++tally.roots;
      if (blocked) ++tally.blocked;
    };
    bool is_named = false;
    for (const std::string& family : root.families) {
      count(result.families[family]);
      is_named = is_named || named.contains(family);
    }
    if (!is_named) continue;
    count(result.total);
    std::set<uint32_t> rules;
    for (const dns::Name& name : root.names) {
      for (uint32_t rule : blocker.FindWithParts(name, hosting)) rules.insert(rule);
    }
    for (uint32_t rule : rules) {
      ++result.reaches[rule].roots;
      if (!blocked) ++result.reaches[rule].alone;
    }
    if (!blocked) result.missed.push_back(domain);
  }
}

absl::Status MeasureGood(const std::string& path, const policy::AnswerEvidence& hosting,
                         Blocker& blocker, Result& result) {
  return ForEachLine(path, [&](std::string_view line) {
    const absl::StatusOr<dns::Name> name = dns::Name::FromText(line);
    if (!name.ok()) return;
    ++result.good_names;
    if (auto rule = blocker.Find(*name)) result.good_blocked.push_back({name->Text(), *rule});
    for (uint32_t rule : blocker.FindWithParts(*name, hosting)) ++result.reaches[rule].good;
  });
}

std::string Row(std::string_view family, const Tally& tally) {
  return absl::StrFormat("%-24s %9d %9d %8.2f%%\n", absl::string_view(family.data(), family.size()),
                         tally.roots, tally.blocked, tally.share());
}

void PrintTable(const Arguments& arguments, const Result& result, const RuleSet& rules) {
  std::string out = absl::StrFormat("%-24s %9s %9s %9s\n", "family", "roots", "blocked", "share");
  const std::set<std::string> named(arguments.families.begin(), arguments.families.end());
  for (const std::string& family : arguments.families) {
    out += Row(family, result.families.at(family));
  }
  out += Row("all of these, once", result.total);
  out += "\n";
  for (const auto& [family, tally] : result.families) {
    if (!named.contains(family) && tally.roots > 0) out += Row(family, tally);
  }
  absl::StrAppendFormat(&out, "\nRoots first seen after %s. Blocked%s.\n", arguments.after,
                        arguments.patterns_only ? " by patterns alone" : "");
  absl::StrAppendFormat(&out, "Good names blocked: %d of %d, %.2f in 100,000\n",
                        result.good_blocked.size(), result.good_names, result.per_100000());
  for (const BlockedGood& good : result.good_blocked) {
    const RuleView rule = rules.Rule(good.rule);
    absl::StrAppend(&out, "  ", good.name, "  by ", std::string(rules.Policy(rule.policy).id), ", ",
                    std::string(rule.id), "\n");
  }
  if (!result.reaches.empty()) {
    absl::StrAppendFormat(&out, "\n%-32s %9s %9s %9s\n", "if all were hosted so", "roots", "alone",
                          "good");
  }
  for (const auto& [number, reach] : result.reaches) {
    absl::StrAppendFormat(&out, "%-32s %9d %9d %9d\n", std::string(rules.Rule(number).id),
                          reach.roots, reach.alone, reach.good);
  }
  if (arguments.list_missed) {
    out += "\nMissed:\n";
    for (const std::string& root : result.missed) absl::StrAppend(&out, "  ", root, "\n");
  }
  std::fputs(out.c_str(), stdout);
}

void WriteTally(text::JsonWriter& json, const Tally& tally) {
  json.Open('{').Key("roots").Number(tally.roots).Key("blocked").Number(tally.blocked);
  json.Key("share_percent").Seconds(tally.share()).Close('}');
}

void PrintJson(const Arguments& arguments, const Result& result, const RuleSet& rules) {
  text::JsonWriter json;
  json.Open('{')
      .Key("after")
      .String(arguments.after)
      .Key("patterns_only")
      .Bool(arguments.patterns_only);
  json.Key("families").Open('{');
  for (const auto& [family, tally] : result.families) WriteTally(json.Key(family), tally);
  json.Close('}').Key("total_of").Open('[');
  for (const std::string& family : arguments.families) json.String(family);
  WriteTally(json.Close(']').Key("total"), result.total);
  json.Key("good_names").Number(result.good_names);
  json.Key("good_blocked_per_100000").Seconds(result.per_100000());
  json.Key("good_blocked").Open('[');
  for (const BlockedGood& good : result.good_blocked) {
    const RuleView rule = rules.Rule(good.rule);
    json.Open('{').Key("name").String(good.name).Key("policy").String(rules.Policy(rule.policy).id);
    json.Key("rule").String(rule.id).Close('}');
  }
  json.Close(']').Key("if_hosted_so").Open('{');
  for (const auto& [number, reach] : result.reaches) {
    json.Key(rules.Rule(number).id).Open('{').Key("roots").Number(reach.roots);
    json.Key("alone").Number(reach.alone).Key("good_names").Number(reach.good).Close('}');
  }
  json.Close('}');
  if (arguments.list_missed) {
    json.Key("missed").Open('[');
    for (const std::string& root : result.missed) json.String(root);
    json.Close(']');
  }
  const std::string_view line = json.Close('}').TakeLine();
  std::fwrite(line.data(), 1, line.size(), stdout);
}

// Nothing where one is not what it should be.
std::optional<policy::AnswerEvidence> HostingOf(const Arguments& arguments) {
  policy::AnswerEvidence hosting;
  for (const std::string& text : arguments.addresses) {
    const std::optional<dns::Prefix> address = dns::Prefix::Parse(text);
    if (!address) return std::nullopt;
    hosting.addresses.push_back(*address);
  }
  for (const std::string& text : arguments.name_servers) {
    const absl::StatusOr<dns::Name> name = dns::Name::FromText(text);
    if (!name.ok()) return std::nullopt;
    hosting.name_servers.push_back(*name);
  }
  return hosting;
}

int Run(const Arguments& arguments) {
  const std::optional<policy::AnswerEvidence> hosting = HostingOf(arguments);
  if (!hosting) return Fail(kWrongUsage, "--address takes addresses, --name-server takes names");
  const absl::StatusOr<policy::Day> after = source::ParseDay(arguments.after);
  if (!after.ok()) return Fail(kWrongUsage, "--after: " + std::string(after.status().message()));

  const absl::StatusOr<source::PublicSuffixList> suffixes =
      source::PublicSuffixList::Load(arguments.public_suffix_list);
  if (!suffixes.ok()) return Fail(suffixes.status());
  const absl::StatusOr<Timeline> timeline = ReadTimeline(arguments.timeline, *suffixes);
  if (!timeline.ok()) return Fail(timeline.status());
  const auto today = static_cast<uint32_t>(std::time(nullptr) / 86400);
  const absl::StatusOr<std::unique_ptr<Blocker>> blocker =
      Blocker::Open(arguments.database, today, arguments.patterns_only, *suffixes);
  if (!blocker.ok()) return Fail(blocker.status());

  Result result;
  MeasureRoots(*timeline, *after, arguments, *hosting, **blocker, result);
  for (const std::string& family : arguments.families) {
    if (result.families.contains(family)) continue;
    std::vector<std::string> known;
    for (const auto& entry : result.families) known.push_back(entry.first);
    return Fail(kWrongUsage, absl::StrCat("--families: no name of the timeline is of the family '",
                                          family, "'; there are ", absl::StrJoin(known, ", ")));
  }
  if (absl::Status status = MeasureGood(arguments.good, *hosting, **blocker, result); !status.ok())
    return Fail(status);

  if (timeline->skipped > 0) {
    std::fprintf(
        stderr,
        "campaign_timeline: passed over %zu of %zu rows: no name with a day, or a public suffix\n",
        timeline->skipped, timeline->rows);
  }
  arguments.json ? PrintJson(arguments, result, (*blocker)->rules())
                 : PrintTable(arguments, result, (*blocker)->rules());
  if (std::fflush(stdout) != 0) return kProblems;
  if (arguments.at_least >= 0 && result.total.share() < arguments.at_least) {
    return Fail(kProblems, absl::StrFormat("%.2f%% of the roots are blocked, fewer than %g%%",
                                           result.total.share(), arguments.at_least));
  }
  if (arguments.at_most_good >= 0 && result.per_100000() > arguments.at_most_good) {
    return Fail(kProblems, absl::StrFormat("%.2f in 100,000 good names are blocked, more than %g",
                                           result.per_100000(), arguments.at_most_good));
  }
  return kDone;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) {
  tollgate::bench::Arguments arguments;
  CLI::App app(
      "Measures rules against a timeline of names: what share of those first seen after a day do "
      "they\n"
      "block, family by family, and which good names do they block?");
  app.add_option("DATABASE", arguments.database, "database that 'tollgate compile' wrote")
      ->required();
  app.add_option("TIMELINE", arguments.timeline,
                 "names with the days on which they were first seen")
      ->required();
  app.add_option("GOOD", arguments.good, "names that no rule should block")->required();
  app.add_option("--after", arguments.after, "count roots first seen after this day")
      ->capture_default_str();
  app.add_option("--families", arguments.families,
                 "families of the total, with commas between them")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--address", arguments.addresses, "as if every name had this address");
  app.add_option("--name-server", arguments.name_servers, "as if every name had this name server");
  app.add_option("--public-suffix-list", arguments.public_suffix_list,
                 "Public Suffix List, if not the system's");
  app.add_flag("--patterns-only", arguments.patterns_only,
               "what an indicator blocks counts only where a pattern matches it as well");
  app.add_flag("--list-missed", arguments.list_missed,
               "print the roots of the total that are not blocked");
  app.add_option("--at-least", arguments.at_least,
                 "exit 1 if less than this share (%) of the total is blocked");
  app.add_option("--at-most-good", arguments.at_most_good,
                 "exit 1 if more than this many in 100,000 good names are blocked");
  app.add_flag("--json", arguments.json, "one JSON object on standard output");
  app.footer(tollgate::bench::kFooter);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : tollgate::bench::kWrongUsage;
  }
  return tollgate::bench::Run(arguments);
}
