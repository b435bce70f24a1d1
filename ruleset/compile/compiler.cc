// SPDX-License-Identifier: BSD-3-Clause
//
// The order of steps: read, floor, lifetimes, expired, redundant (prepare.cc), patterns, file, and
// the question what the file would break.

#include "ruleset/compiler.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "ruleset/compile/blast_check.h"
#include "ruleset/compile/database_file.h"
#include "ruleset/compile/pattern_sections.h"
#include "ruleset/compile/prepare.h"
#include "ruleset/compile/self_test.h"

namespace tollgate {

namespace {

// Compiles with these rules in shadow mode, and returns those that must be put there besides.
std::vector<compile::Demotion> CompileInto(CompileReport& report, const std::string& manifest,
                                           const CompileOptions& options,
                                           const std::vector<compile::Demotion>& demotions) {
  text::Diagnostics& faults = report.faults;
  auto step = [&](const std::string& what) {
    if (options.on_step) options.on_step(what);
  };

  std::optional<compile::Prepared> prepared =
      compile::Prepare(manifest, options, demotions, report);
  if (!prepared) return {};
  const source::LoadedRules& loaded = prepared->loaded;

  step(absl::StrCat("compiling ", loaded.model.pattern_triggers.size(), " patterns"));
  const compile::PatternSections patterns =
      compile::BuildPatterns(loaded.model, options.previous, faults);
  report.patterns_reused = patterns.reused;
  if (!report.ok()) return {};

  step("indexing names");
  absl::StatusOr<std::string> file = compile::BuildFile({.model = loaded.model,
                                                         .order = prepared->order,
                                                         .suffixes = prepared->suffixes,
                                                         .patterns = patterns,
                                                         .manifest = manifest,
                                                         .created = options.created});
  if (!file.ok()) {
    faults.Error({manifest, 0, 0}, std::string(file.status().message()));
    return {};
  }
  report.database = *std::move(file);
  std::vector<compile::Demotion> more;
  if (compile::NeedsBlastCheck(loaded.model, loaded.never_block)) {
    step("asking about good names");
    more = compile::CheckBlast(loaded.model, report.database, loaded.known_good, loaded.never_block,
                               options.today, faults);
  }
  // One policy alone does not do what all of them do together.
  const std::vector<policy::SelfTest> of_all =
      options.only.empty() ? loaded.self_tests : std::vector<policy::SelfTest>();
  if (more.empty() && compile::HasSelfTests(loaded.model, of_all)) {
    step("asking the self-tests");
    compile::CheckSelfTests(loaded.model, manifest, of_all, report.database, options.today, faults);
  }
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
      if (fault.what.ends_with(compile::kKeptInShadow)) warnings.push_back(fault);
    }
  }
}

}  // namespace tollgate
