// SPDX-License-Identifier: BSD-3-Clause
//
// The order of steps: read, floor, lifetimes, expired, redundant, patterns, file.

#include "ruleset/compiler.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "ruleset/compile/admissible.h"
#include "ruleset/compile/blast_check.h"
#include "ruleset/compile/database_file.h"
#include "ruleset/compile/first_sights.h"
#include "ruleset/compile/name_order.h"
#include "ruleset/compile/pattern_sections.h"
#include "ruleset/compile/redundant.h"
#include "ruleset/source/manifest.h"
#include "ruleset/source/public_suffix_list.h"

namespace tollgate {

namespace {

// The first line of each reason becomes a warning that stands for all of them.
void ReportFeeds(std::vector<source::FeedReport>& feeds, CompileReport& report) {
  using source::LineFate;
  for (const source::FeedReport& feed : feeds) {
    report.counts.rejected += feed.Count(LineFate::kRejected);
    report.counts.skipped += feed.Count(LineFate::kSkipped);
    report.counts.not_yet += feed.Count(LineFate::kNotYet);
    for (const source::LineNote& note : feed.notes) {
      constexpr absl::string_view kFates[] = {"rejected", "skipped", "not enforced yet"};
      report.faults.Warning(
          {feed.path, note.first.line, 0},
          absl::StrCat(note.count, note.count == 1 ? " line " : " lines ",
                       kFates[static_cast<size_t>(note.fate)], ": ", note.reason,
                       note.count == 1 ? ": '" : ", first: '", note.first.text, "'"));
    }
  }
  report.feeds = std::move(feeds);
}

void ApplyLifetimes(const CompileOptions& options, policy::RuleModel& model,
                    CompileReport& report) {
  const bool any = std::any_of(model.policies.begin(), model.policies.end(),
                               [](const auto& policy) { return policy.terms.lifetime != 0; });
  if (!any) return;
  compile::FirstSights sights;
  if (!options.first_sights.empty()) {
    absl::StatusOr<compile::FirstSights> known = compile::FirstSights::Parse(options.first_sights);
    if (known.ok()) {
      sights = *std::move(known);
    } else {
      report.faults.Warning({"the state file", 0, 0}, std::string(known.status().message()),
                            "every name now counts as seen for the first time today");
    }
  }
  sights.Apply(options.today, model);
  report.first_sights = sights.Serialize();
}

void CountRules(const policy::RuleModel& model, CompileReport& report) {
  for (const policy::NameTrigger& trigger : model.name_triggers) {
    const policy::Rule& rule = model.rules[trigger.rule];
    if (rule.is_marker) continue;
    ++report.counts.names;
    ++report.policies[rule.policy].names;
  }
  for (const policy::PatternTrigger& trigger : model.pattern_triggers) {
    ++report.policies[model.rules[trigger.rule].policy].patterns;
  }
  report.counts.policies = model.policies.size();
  report.counts.patterns = model.pattern_triggers.size();
}

// Compiles with these rules in shadow mode, and returns those that must be put there besides.
std::vector<compile::Demotion> CompileInto(CompileReport& report, const std::string& manifest,
                                           const CompileOptions& options,
                                           const std::vector<compile::Demotion>& demotions) {
  text::Diagnostics& faults = report.faults;
  auto step = [&](const std::string& what) {
    if (options.on_step) options.on_step(what);
  };

  absl::StatusOr<source::PublicSuffixList> suffixes =
      source::PublicSuffixList::Load(options.public_suffix_list);
  if (!suffixes.ok()) {
    faults.Error({options.public_suffix_list, 0, 0}, std::string(suffixes.status().message()));
    return {};
  }
  const source::LoadOptions load{options.keep_all_lines,
                                 [&](const std::string& file) { step("reading " + file); },
                                 options.today};
  source::LoadedRules loaded = source::LoadManifest(manifest, load, faults);
  policy::RuleModel& model = loaded.model;
  if (model.names_that_did_not_fit > 0) {
    faults.Error({manifest, 0, 0},
                 absl::StrCat(model.names_that_did_not_fit, " names more than 4 GiB can hold"),
                 "split the ruleset into several databases");
  }
  compile::Demote(demotions, model);
  step("folding names");
  compile::EnforceFloor(*suffixes, loaded.never_block, model, faults, loaded.feeds);
  ReportFeeds(loaded.feeds, report);
  report.policies.resize(model.policies.size());
  ApplyLifetimes(options, model, report);
  compile::DropExpired(options.today, model, report.counts, &report.policies);
  compile::NameOrder order = compile::OrderNames(model, compile::NameSeed(model));
  compile::DropRedundant(model, order, report.counts, &report.policies);
  CountRules(model, report);

  step(absl::StrCat("compiling ", model.pattern_triggers.size(), " patterns"));
  const compile::PatternSections patterns = compile::BuildPatterns(model, options.previous, faults);
  report.patterns_reused = patterns.reused;
  if (!report.ok()) return {};

  step("indexing names");
  absl::StatusOr<std::string> file = compile::BuildFile({.model = model,
                                                         .order = order,
                                                         .suffixes = *suffixes,
                                                         .patterns = patterns,
                                                         .manifest = manifest,
                                                         .created = options.created});
  if (!file.ok()) {
    faults.Error({manifest, 0, 0}, std::string(file.status().message()));
    return {};
  }
  report.database = *std::move(file);
  if (!compile::NeedsBlastCheck(model, loaded.never_block)) return {};
  step("asking about good names");
  std::vector<compile::Demotion> more = compile::CheckBlast(
      model, report.database, loaded.known_good, loaded.never_block, options.today, faults);
  if (!report.ok()) report.database.clear();
  return more;
}

}  // namespace

CompileReport Compile(const std::string& manifest, const CompileOptions& options) {
  // What is put into shadow mode can bring to light what it had subsumed: the rules are read again,
  // as they are, until nothing more is found. Each round finds something, or is the last.
  std::vector<compile::Demotion> demotions;
  std::vector<text::Diagnostic> warnings;
  for (;;) {
    CompileReport report;
    const std::vector<compile::Demotion> more = CompileInto(report, manifest, options, demotions);
    const bool again = report.ok() && !more.empty();
    if (!again) {
      for (const text::Diagnostic& warning : warnings) {
        report.faults.Warning(warning.where, warning.what, warning.fix);
      }
      report.faults.Sort();
      return report;
    }
    demotions.insert(demotions.end(), more.begin(), more.end());
    // Only the last round's diagnostics are kept, and these are not among them.
    for (const text::Diagnostic& fault : report.faults.list()) {
      if (fault.what.ends_with("; kept in shadow mode")) warnings.push_back(fault);
    }
  }
}

}  // namespace tollgate
