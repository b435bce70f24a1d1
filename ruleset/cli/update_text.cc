// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/update_text.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/cli/humane.h"
#include "ruleset/text/json_writer.h"

namespace tollgate::cli {
namespace {

using update::Publication;
using update::SourceOutcome;
using update::SourceReport;
using update::UpdateReport;

// In the order of SourceOutcome.
constexpr std::array<const char*, 5> kOutcomes = {"not due", "unchanged", "new", "failed",
                                                  "held back"};
constexpr std::array<const char*, 5> kPublications = {"nothing new", "published", "would publish",
                                                      "held back", "failed"};

std::string CopyText(const SourceReport& source, uint64_t now) {
  if (!source.has_copy) return "there is no copy yet";
  const uint64_t age = now > source.confirmed ? now - source.confirmed : 0;
  return absl::StrCat("its copy of ", DurationText(age), " ago stays");
}

std::string Outcome(const SourceReport& source) {
  return kOutcomes[static_cast<size_t>(source.outcome)];
}

// "new, 12,010 rules before"; "held back: ...; its copy of 3 h ago stays"
std::string SourceText(const SourceReport& source, uint64_t now) {
  if (!source.is_well()) {
    // What strangers' servers say may be anything.
    return absl::StrCat(
        source.outcome == SourceOutcome::kNotDue ? "failed before" : Outcome(source), ": ",
        Harmless(source.problem), "; ", CopyText(source, now));
  }
  if (source.outcome == SourceOutcome::kNew && source.rules_before > 0) {
    return absl::StrCat("new, ", Grouped(source.rules_before), " before");
  }
  return Outcome(source);
}

std::string SizeText(const UpdateReport& report) {
  std::string out = absl::StrCat(Counted(report.counts.names, "name"), ", ",
                                 Counted(report.counts.patterns, "pattern"));
  if (report.counts.prefixes > 0) {
    absl::StrAppend(&out, ", ", Counted(report.counts.prefixes, "prefix"));
  }
  if (report.compared) {
    absl::StrAppend(&out, "; +", Grouped(report.change.added), " -",
                    Grouped(report.change.removed));
  }
  return out;
}

std::string FirstError(const UpdateReport& report) {
  for (const text::Diagnostic& fault : report.faults.list()) {
    if (fault.severity == text::Severity::kError) return Harmless(fault.ToString());
  }
  return "";
}

std::string DatabaseText(const UpdateReport& report, bool with_error) {
  const std::string stays = report.number == 0
                                ? "nothing is published yet"
                                : absl::StrCat("database ", report.number, " stays in use");
  switch (report.publication) {
    case Publication::kNothingNew:
      return absl::StrCat("nothing new; ", stays);
    case Publication::kPublished:
      return absl::StrCat("published database ", report.number, ": ", SizeText(report));
    case Publication::kWouldPublish:
      return absl::StrCat("would publish: ", SizeText(report));
    case Publication::kHeldBack:
      return absl::StrCat("HELD BACK: ", report.reason, "; ", stays);
    case Publication::kFailed:
      break;
  }
  std::string out = absl::StrCat("FAILED: ", report.reason, "; ", stays);
  if (with_error && report.faults.error_count() > 0) {
    absl::StrAppend(&out, "; ", FirstError(report));
    if (report.faults.error_count() > 1) {
      absl::StrAppend(&out, "; and ", report.faults.error_count() - 1, " more");
    }
  }
  return out;
}

}  // namespace

int UpdateExitCode(const UpdateReport& report) {
  if (report.publication == Publication::kFailed) return kProblems;
  if (report.publication == Publication::kHeldBack) return kHeldBack;
  const bool well = std::all_of(report.sources.begin(), report.sources.end(),
                                [](const SourceReport& source) { return source.is_well(); });
  return well ? kDone : kSourceTrouble;
}

std::string UpdateTable(const UpdateReport& report, uint64_t now, bool colour) {
  constexpr const char* kRed = "\033[31m";
  constexpr const char* kGreen = "\033[32m";
  auto painted = [&](const std::string& text, const char* paint) {
    return colour ? absl::StrCat(paint, text, "\033[0m") : text;
  };
  size_t width = 0;
  size_t digits = 0;
  for (const SourceReport& source : report.sources) {
    width = std::max(width, source.shown.size());
    digits = std::max(digits, Grouped(source.rules).size());
  }
  std::string out;
  for (const SourceReport& source : report.sources) {
    const std::string rules = Grouped(source.rules);
    std::string text = SourceText(source, now);
    if (!source.is_well()) text = painted(text, kRed);
    if (source.outcome == SourceOutcome::kNew) text = painted(text, kGreen);
    absl::StrAppend(&out, source.shown, std::string(width - source.shown.size() + 2, ' '),
                    std::string(digits - rules.size(), ' '), rules, " rules  ", text, "\n");
  }
  const bool bad =
      report.publication == Publication::kHeldBack || report.publication == Publication::kFailed;
  const std::string text = DatabaseText(report, /*with_error=*/false);
  absl::StrAppend(&out, bad ? painted(text, kRed) : text, "\n");
  return out;
}

std::string UpdateLine(const UpdateReport& report, uint64_t now) {
  std::string out = DatabaseText(report, /*with_error=*/true);
  if (report.sources.empty()) return out;
  std::array<uint64_t, kOutcomes.size()> counts{};
  std::vector<std::string> troubles;
  for (const SourceReport& source : report.sources) {
    ++counts[static_cast<size_t>(source.outcome)];
    if (!source.is_well()) {
      troubles.push_back(absl::StrCat(source.shown, " ", SourceText(source, now)));
    }
  }
  std::vector<std::string> parts;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) parts.push_back(absl::StrCat(counts[i], " ", kOutcomes[i]));
  }
  absl::StrAppend(&out, "; ", Counted(report.sources.size(), "source"), ": ",
                  absl::StrJoin(parts, ", "));
  for (const std::string& trouble : troubles) absl::StrAppend(&out, "; ", trouble);
  return out;
}

std::string UpdateJson(const UpdateReport& report) {
  text::JsonWriter json;
  json.Open('{').Key("publication").String(kPublications[static_cast<size_t>(report.publication)]);
  json.Key("reason").StringOrNull(report.reason).Key("database").Number(report.number);
  json.Key("names").Number(report.counts.names).Key("patterns").Number(report.counts.patterns);
  json.Key("prefixes").Number(report.counts.prefixes);
  json.Key("added").Number(report.change.added).Key("removed").Number(report.change.removed);
  json.Key("changed").Number(report.change.changed);
  json.Key("sources").Open('[');
  for (const SourceReport& source : report.sources) {
    json.Open('{').Key("source").String(source.shown).Key("outcome").String(Outcome(source));
    json.Key("problem").StringOrNull(source.problem).Key("has_copy").Bool(source.has_copy);
    json.Key("confirmed").Number(source.confirmed).Key("rules").Number(source.rules);
    json.Key("rules_before").Number(source.rules_before).Close('}');
  }
  json.Close(']').Key("diagnostics").Open('[');
  for (const text::Diagnostic& fault : report.faults.list()) json.String(fault.ToString());
  json.Close(']').Close('}');
  return std::string(json.TakeLine());
}

}  // namespace tollgate::cli
