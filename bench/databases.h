// SPDX-License-Identifier: BSD-3-Clause
//
// Databases of generated rules, compiled as a user's would be and kept in the build folder: the
// second run finds them there.

#ifndef TOLLGATE_BENCH_DATABASES_H_
#define TOLLGATE_BENCH_DATABASES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/names.h"
#include "ruleset/ruleset.h"

namespace tollgate::bench {

inline constexpr uint64_t kListedSeed = 1;  // `generate_names` prints these by default
inline constexpr uint64_t kPatternSeed = 2;
inline constexpr uint64_t kQuerySeed = 3;

// What a database holds: a list of `names` domains before a campaign of `patterns`, both generated.
// Where `shipped`, the campaigns of this checkout stand in for the generated one.
struct Contents {
  size_t names = 0;
  size_t patterns = 0;
  bool shipped = false;
  bool copied = false;  // opened by RuleSet::OpenCopy and not mapped
};

// A database, and the rules that it was made of.
struct BenchDatabase {
  std::string path;
  std::vector<std::string> listed;
  std::vector<GeneratedPattern> patterns;
  std::unique_ptr<const RuleSet> rules;
};

// Compiles the database, unless an earlier run of this very program left it; ends the program with
// a sentence where that fails.
const BenchDatabase& OpenDatabase(const Contents& contents);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_DATABASES_H_
