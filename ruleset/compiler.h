// SPDX-License-Identifier: BSD-3-Clause
//
// The compiler: a manifest in, one immutable database out.
//
//   tollgate::CompileOptions options;
//   tollgate::CompileReport report = tollgate::Compile("tollgate.yaml", options);
//   for (const text::Diagnostic& fault : report.faults.list()) std::cerr << fault.ToString() <<
//   '\n'; if (report.ok()) database::ReplaceFile("tollgate.db", report.database);

#ifndef TOLLGATE_RULESET_COMPILER_H_
#define TOLLGATE_RULESET_COMPILER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ruleset/policy/rule.h"
#include "ruleset/source/feed_report.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate {

// Octets of the largest file of first sights that is read.
inline constexpr size_t kLargestFirstSights = size_t{4} << 30;

struct CompileOptions {
  std::string public_suffix_list;  // path
  policy::Day today = 0;           // what expired before it is left out
  uint64_t created = 0;            // seconds since 1970-01-01 UTC, for the file's header
  // A database that an earlier run wrote, whose compiled patterns may be used again; may be empty.
  std::string previous;
  // What an earlier run left in CompileReport::first_sights; empty where there was none. A damaged
  // one is a warning, and every name is then seen for the first time.
  std::string first_sights;
  std::string first_sights_file = "first sights";  // its name in diagnostics
  // What was fetched: files by source::Origin::Key. An origin without one is left out, with a
  // warning; or an error, where its policy passes.
  std::map<std::string, std::string> copies;
  std::string only;  // the key of one origin, which alone is compiled; empty: the whole manifest
  bool keep_all_lines = false;  // whether CompileReport::feeds has every line that was not taken
  // Told of each step ("reading smishing-triad.yaml"); may be empty.
  std::function<void(const std::string&)> on_step;
};

struct CompileCounts {
  uint64_t policies = 0;
  uint64_t names = 0;  // name triggers in the database
  uint64_t patterns = 0;
  uint64_t prefixes = 0;    // prefix triggers in the database
  uint64_t duplicates = 0;  // the same name with the same scope again in one policy
  uint64_t subsumed = 0;    // names below a domain of the same policy that does the same
  uint64_t expired = 0;     // names and patterns whose last day is past
  uint64_t rejected = 0;    // lines of feeds that are wrong, or name what no rule may touch
  uint64_t skipped = 0;     // lines of feeds that have nothing to do with DNS
  uint64_t not_yet = 0;     // lines of feeds that ask for what Tollgate cannot do yet
};

// The same for one policy; what a policy is worth is seen from these.
struct PolicyCounts {
  uint64_t taken = 0;  // names, patterns and prefixes as written, the rejected apart
  uint64_t names = 0;
  uint64_t patterns = 0;
  uint64_t prefixes = 0;
  uint64_t duplicates = 0;
  uint64_t subsumed = 0;
  uint64_t expired = 0;
};

struct CompileReport {
  text::Diagnostics faults;
  CompileCounts counts;
  std::vector<PolicyCounts> policies;     // in order of precedence
  std::vector<source::FeedReport> feeds;  // what became of the lines of each
  std::string first_sights;               // to keep for the next run; empty where no policy has a
                                          // lifetime
  bool patterns_reused = false;           // from CompileOptions::previous
  std::string database;                   // the file's octets; empty where there are errors

  bool ok() const { return faults.error_count() == 0; }
};

// Reads the manifest and everything that it names, checks, folds, and builds the database in
// memory. Never writes a file.
CompileReport Compile(const std::string& manifest, const CompileOptions& options);

}  // namespace tollgate

#endif  // TOLLGATE_RULESET_COMPILER_H_
