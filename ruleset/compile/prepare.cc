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
      report.faults.Warning({"the state file", 0, 0}, std::string(known.status().message()),
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

}  // namespace

std::optional<Prepared> Prepare(const std::string& manifest, const CompileOptions& options,
                                CompileReport& report) {
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
                                 options.today};
  source::LoadedRules loaded = source::LoadManifest(manifest, load, faults);
  policy::RuleModel& model = loaded.model;
  if (model.names_that_did_not_fit > 0) {
    faults.Error({manifest, 0, 0},
                 absl::StrCat(model.names_that_did_not_fit, " names more than 4 GiB can hold"),
                 "split the ruleset into several databases");
  }
  step("folding names");
  EnforceFloor(*suffixes, loaded.never_block, model, faults, loaded.feeds);
  ReportFeeds(loaded.feeds, report);
  CountTaken(model, report);
  ApplyLifetimes(options, model, report);
  DropExpired(options.today, model, report.counts, &report.policies);
  NameOrder order = OrderNames(model, NameSeed(model));
  DropRedundant(model, order, report.counts, &report.policies);
  CountRules(model, report);
  return Prepared{*std::move(suffixes), std::move(loaded), std::move(order)};
}

}  // namespace tollgate::compile
