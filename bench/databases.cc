// SPDX-License-Identifier: BSD-3-Clause

#include "bench/databases.h"

#include <cerrno>  // program_invocation_short_name
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>
#include <tuple>

#include "ruleset/compiler.h"
#include "ruleset/database/writer.h"
#include "ruleset/version.h"

namespace tollgate::bench {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void Die(const std::string& sentence) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, sentence.c_str());
  std::exit(1);
}

fs::path DataFolder() {
  const char* given = std::getenv("TOLLGATE_BENCH_DATA");
  return given != nullptr && *given != '\0' ? given : TOLLGATE_BENCH_DATA;
}

// The compiler is linked in: a database older than this program may be another compiler's.
bool IsCurrent(const fs::path& database) {
  std::error_code error;
  const fs::file_time_type program = fs::last_write_time("/proc/self/exe", error);
  if (error) return false;
  const fs::file_time_type written = fs::last_write_time(database, error);
  return !error && written > program;
}

void WriteCampaign(const fs::path& path, const std::vector<GeneratedPattern>& patterns) {
  std::ofstream out(path);
  out << "id: generated\ntitle: Generated patterns\ncategory: other\nseverity: low\npatterns:\n";
  for (size_t i = 0; i < patterns.size(); ++i) {
    const GeneratedPattern& pattern = patterns[i];
    out << "  - id: p" << i << "\n    meaning: generated\n    match: '" << pattern.match << "'\n";
    if (pattern.whole_name) out << "    on: name\n";
    if (!pattern.suffixes.empty()) out << "    suffixes: [" << pattern.suffixes << "]\n";
  }
  if (!out.flush()) Die("cannot write " + path.string());
}

void WriteNames(const fs::path& path, const std::vector<std::string>& names) {
  std::ofstream out(path);
  for (const std::string& name : names) out << name << '\n';
  if (!out.flush()) Die("cannot write " + path.string());
}

void Build(const fs::path& folder, const Contents& contents, const BenchDatabase& database) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) Die("cannot make " + folder.string() + ": " + error.message());
  const fs::path manifest = folder / "tollgate.yaml";
  std::ofstream out(manifest);
  out << "policies:\n";
  if (!database.listed.empty()) {
    WriteNames(folder / "names.txt", database.listed);
    out << "  - file: names.txt\n    syntax: domains\n";
  }
  if (!database.patterns.empty()) {
    WriteCampaign(folder / "patterns.yaml", database.patterns);
    out << "  - file: patterns.yaml\n";
  }
  if (contents.shipped) {
    for (const char* campaign : {"good-names", "smishing-triad", "roaming-mantis"}) {
      out << "  - file: " << TOLLGATE_CAMPAIGNS << '/' << campaign << ".yaml\n";
    }
  }
  if (!out.flush()) Die("cannot write " + manifest.string());

  CompileOptions options;
  options.public_suffix_list = TOLLGATE_DEFAULT_PUBLIC_SUFFIX_LIST;
  const CompileReport report = Compile(manifest.string(), options);
  for (const text::Diagnostic& fault : report.faults.list()) {
    if (fault.severity == text::Severity::kError) Die(fault.ToString());
  }
  const absl::Status written = database::ReplaceFile(database.path, report.database);
  if (!written.ok()) Die(std::string(written.message()));
}

}  // namespace

const BenchDatabase& OpenDatabase(const Contents& contents) {
  static std::map<std::tuple<size_t, size_t, bool, bool>, BenchDatabase> open;
  const std::tuple key(contents.names, contents.patterns, contents.shipped, contents.copied);
  auto [entry, is_new] = open.try_emplace(key);
  BenchDatabase& database = entry->second;
  if (!is_new) return database;

  database.listed = DistinctDomains(kListedSeed, contents.names);
  database.patterns = DistinctPatterns(kPatternSeed, contents.patterns);
  const fs::path folder =
      DataFolder() / ("names-" + std::to_string(contents.names) + "-patterns-" +
                      (contents.shipped ? "shipped" : std::to_string(contents.patterns)));
  database.path = (folder / "tollgate.db").string();
  if (!IsCurrent(database.path)) {
    std::fprintf(stderr, "%s: compiling %s\n", program_invocation_short_name,
                 database.path.c_str());
    Build(folder, contents, database);
  }
  absl::StatusOr<std::unique_ptr<const RuleSet>> rules =
      contents.copied ? RuleSet::OpenCopy(database.path) : RuleSet::Open(database.path);
  if (!rules.ok()) Die(std::string(rules.status().message()));
  database.rules = *std::move(rules);
  return database;
}

}  // namespace tollgate::bench
