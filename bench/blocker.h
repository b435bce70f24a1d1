// SPDX-License-Identifier: BSD-3-Clause
//
// Whether a database blocks a name; with the patterns alone, too.

#ifndef TOLLGATE_BENCH_BLOCKER_H_
#define TOLLGATE_BENCH_BLOCKER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/database/hyperscan.h"
#include "ruleset/database/reader.h"
#include "ruleset/ruleset.h"
#include "ruleset/source/public_suffix_list.h"

namespace tollgate::bench {

class Blocker {
 public:
  // With `patterns_only`, a name that an indicator blocks counts only where a pattern matches it as
  // well.
  static absl::StatusOr<std::unique_ptr<Blocker>> Open(const std::string& database, uint32_t today,
                                                       bool patterns_only,
                                                       const source::PublicSuffixList& suffixes);

  // The rule that blocks `name`: any action but `pass`.
  std::optional<uint32_t> Find(const dns::Name& name);

  // The rules with parts of which all match `name` where its answer holds `hosting`, in shadow mode
  // or not, and whatever decides before them.
  std::vector<uint32_t> FindWithParts(const dns::Name& name, const policy::AnswerEvidence& hosting);

  const RuleSet& rules() const { return *rules_; }

 private:
  // The patterns of one scope, and the indices of their records.
  struct Patterns {
    database::PatternDatabase database;
    std::vector<uint32_t> records;
  };

  Blocker(uint32_t today, const source::PublicSuffixList& suffixes)
      : today_(today), suffixes_(suffixes) {}
  absl::Status LoadPatterns(database::PatternScope scope);
  std::optional<uint32_t> FindPattern(const dns::Name& name) const;
  bool Blocks(const database::PatternRecord& pattern, const dns::Name& name) const;

  uint32_t today_;
  const source::PublicSuffixList& suffixes_;
  std::unique_ptr<const RuleSet> rules_;
  std::optional<Scratch> scratch_;
  // Only for patterns_only: the patterns once more, since a verdict tells one rule alone.
  std::unique_ptr<const database::Reader> reader_;
  std::vector<std::pair<database::PatternScope, Patterns>> patterns_;
  database::PatternScratch pattern_scratch_;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_BLOCKER_H_
