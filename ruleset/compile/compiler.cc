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
  source::LoadedRules loaded = source::LoadManifest(
      manifest, faults, [&](const std::string& file) { step("reading " + file); });
  policy::RuleModel& model = loaded.model;
  report.counts.rejected = loaded.rejected;
  step("folding names");
  compile::EnforceFloor(*suffixes, model, faults, report.counts);
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
