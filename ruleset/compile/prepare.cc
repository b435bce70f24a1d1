// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/prepare.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ruleset/compile/admissible.h"
#include "ruleset/compile/first_sights.h"
#include "ruleset/compile/redundant.h"

namespace tollgate::compile {
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

// A feed in which nothing was found, or with more bad lines than its policy stands, is an error.
void CheckFeeds(const policy::RuleModel& model, const std::vector<source::FeedReport>& feeds,
                text::Diagnostics& faults) {
  for (const source::FeedReport& feed : feeds) {
    const uint64_t rejected = feed.Count(source::LineFate::kRejected);
    const policy::Terms& terms = model.policies[feed.policy].terms;
    const std::string lines =
        absl::StrCat(rejected, rejected == 1 ? " line rejected" : " lines rejected");
    if (feed.taken == 0 && rejected == 0 && !feed.notes.empty()) {
      // A report of hashes only, a policy zone of triggers on addresses: right, and of no use here.
      faults.Warning({feed.path, 0, 0}, "no rule for this filter is in it");
    } else if (feed.taken == 0) {
      faults.Error({feed.path, 0, 0}, absl::StrCat("no rule was found in it (", lines, ")"),
                   "if it is in another syntax than it looks, say 'syntax:' in the manifest");
    } else if (terms.max_error_lines && rejected > *terms.max_error_lines) {
      faults.Error({feed.path, 0, 0},
                   absl::StrCat(lines, ", and 'max_errors' allows ", *terms.max_error_lines));
    } else if (terms.max_error_percent &&
               static_cast<double>(rejected) * 100 >
                   *terms.max_error_percent * static_cast<double>(rejected + feed.taken)) {
      faults.Error({feed.path, 0, 0}, absl::StrCat(rejected, " of ", rejected + feed.taken,
                                                   " lines rejected, and 'max_errors' allows ",
                                                   *terms.max_error_percent, "%"));
    }
  }
}

void ApplyLifetimes(const CompileOptions& options, policy::RuleModel& model,
                    CompileReport& report) {
  const bool any = std::any_of(model.policies.begin(), model.policies.end(),
                               [](const auto& policy) { return policy.terms.lifetime != 0; });
  if (!any) return;
  FirstSights sights;
  if (!options.first_sights.empty()) {
    absl::StatusOr<FirstSights> known = FirstSights::Parse(options.first_sights);
    if (known.ok()) {
      sights = *std::move(known);
    } else {
      report.faults.Warning({options.first_sights_file, 0, 0},
                            std::string(known.status().message()),
                            "every name now counts as seen for the first time today");
    }
  }
  sights.Apply(options.today, model);
  report.first_sights = sights.Serialize();
}

void CountTaken(const policy::RuleModel& model, CompileReport& report) {
  report.policies.resize(model.policies.size());
  auto count = [&](uint32_t number) {
    const policy::Rule& rule = model.rules[number];
    if (!rule.is_marker) ++report.policies[rule.policy].taken;
  };
  for (const policy::NameTrigger& trigger : model.name_triggers) count(trigger.rule);
  for (const policy::PatternTrigger& trigger : model.pattern_triggers) count(trigger.rule);
  for (const policy::PrefixTrigger& trigger : model.prefix_triggers) count(trigger.rule);
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
  for (const policy::PrefixTrigger& trigger : model.prefix_triggers) {
    ++report.policies[model.rules[trigger.rule].policy].prefixes;
  }
  report.counts.policies = model.policies.size();
  report.counts.patterns = model.pattern_triggers.size();
  report.counts.prefixes = model.prefix_triggers.size();
}

}  // namespace

std::optional<Prepared> Prepare(const std::string& manifest, const CompileOptions& options,
                                const std::vector<Demotion>& demotions, CompileReport& report) {
  text::Diagnostics& faults = report.faults;
  auto step = [&](const std::string& what) {
    if (options.on_step) options.on_step(what);
  };

  absl::StatusOr<source::PublicSuffixList> suffixes =
      source::PublicSuffixList::Load(options.public_suffix_list);
  if (!suffixes.ok()) {
    faults.Error({options.public_suffix_list, 0, 0}, std::string(suffixes.status().message()));
    return std::nullopt;
  }
  const source::LoadOptions load{options.keep_all_lines,
                                 [&](const std::string& file) { step("reading " + file); },
                                 options.today, options.copies, options.only};
  source::LoadedRules loaded = source::LoadManifest(manifest, load, faults);
  policy::RuleModel& model = loaded.model;
  if (model.names_that_did_not_fit > 0) {
    faults.Error({manifest, 0, 0},
                 absl::StrCat(model.names_that_did_not_fit, " names more than 4 GiB can hold"),
                 "split the ruleset into several databases");
  }
  Demote(demotions, model);
  step("checking names");
  EnforceFloor(*suffixes, loaded.never_block, model, faults, loaded.feeds);
  CheckFeeds(model, loaded.feeds, faults);
  ReportFeeds(loaded.feeds, report);
  CountTaken(model, report);
  ApplyLifetimes(options, model, report);
  DropExpired(options.today, model, report.counts, &report.policies);
  step("sorting names");
  NameOrder order = OrderNames(model, NameSeed(model));
  step("folding names");
  DropRedundant(model, order, report.counts, &report.policies);
  CountRules(model, report);
  return Prepared{*std::move(suffixes), std::move(loaded), std::move(order)};
}

}  // namespace tollgate::compile
