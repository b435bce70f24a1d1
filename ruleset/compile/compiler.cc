// SPDX-License-Identifier: BSD-3-Clause
//
// The order of steps: read, floor, expired, redundant, names, patterns, records, file.

#include "ruleset/compiler.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "ruleset/compile/canonical.h"
#include "ruleset/compile/sections.h"
#include "ruleset/database/writer.h"
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

void CompileInto(CompileReport& report, const std::string& manifest,
                 const CompileOptions& options) {
  text::Diagnostics& faults = report.faults;
  auto step = [&](const std::string& what) {
    if (options.on_step) options.on_step(what);
  };

  absl::StatusOr<source::PublicSuffixList> suffixes =
      source::PublicSuffixList::Load(options.public_suffix_list);
  if (!suffixes.ok()) {
    faults.Error({options.public_suffix_list, 0, 0}, std::string(suffixes.status().message()));
    return;
  }
  const source::LoadOptions load{options.keep_all_lines,
                                 [&](const std::string& file) { step("reading " + file); }};
  source::LoadedRules loaded = source::LoadManifest(manifest, load, faults);
  policy::RuleModel& model = loaded.model;
  if (model.names_that_did_not_fit > 0) {
    faults.Error({manifest, 0, 0},
                 absl::StrCat(model.names_that_did_not_fit, " names more than 4 GiB can hold"),
                 "split the ruleset into several databases");
  }
  step("folding names");
  compile::EnforceFloor(*suffixes, loaded.never_block, model, faults, loaded.feeds);
  ReportFeeds(loaded.feeds, report);
  compile::DropExpired(options.today, model, report.counts);
  compile::DropRedundant(model, report.counts);
  report.counts.policies = model.policies.size();
  report.counts.names = model.name_triggers.size();
  report.counts.patterns = model.pattern_triggers.size();

  step(absl::StrCat("compiling ", model.pattern_triggers.size(), " patterns"));
  compile::PatternSections patterns = compile::BuildPatterns(model, faults);
  if (!report.ok()) return;

  step("indexing names");
  const uint64_t seed = compile::NameSeed(model);
  absl::StatusOr<database::NameSections> names = compile::BuildNames(model, *suffixes, seed);
  if (!names.ok()) {
    faults.Error({manifest, 0, 0}, std::string(names.status().message()));
    return;
  }
  report.database = compile::BuildFile({.model = model,
                                        .names = *names,
                                        .patterns = patterns,
                                        .manifest = manifest,
                                        .suffixes = suffixes->version(),
                                        .seed = seed,
                                        .created = options.created});
}

}  // namespace

CompileReport Compile(const std::string& manifest, const CompileOptions& options) {
  CompileReport report;
  CompileInto(report, manifest, options);
  report.faults.Sort();
  return report;
}

}  // namespace tollgate
