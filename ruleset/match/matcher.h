// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_MATCH_MATCHER_H_
#define TOLLGATE_RULESET_MATCH_MATCHER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/database/hyperscan.h"
#include "ruleset/database/reader.h"
#include "ruleset/dns/name.h"
#include "ruleset/dns/name_parts.h"
#include "ruleset/match/script_mix.h"
#include "ruleset/policy/verdict.h"

namespace tollgate::match {

// The patterns of one scope, ready to scan.
struct PatternScan {
  database::PatternDatabase database;
  std::vector<uint32_t> patterns;  // from Hyperscan's ids to indices of Reader::patterns()
  uint32_t first_layer;  // the smallest layer with such a pattern: later decisions need a scan
};

// Immutable, for any number of threads. The Reader must outlive it.
class Matcher {
 public:
  // Loads the patterns, or compiles them again where the file has no Hyperscan database for this
  // machine.
  static absl::StatusOr<std::unique_ptr<const Matcher>> Create(const database::Reader& reader);

  // Working memory that suits this matcher.
  absl::StatusOr<database::PatternScratch> NewScratch() const { return scratch_.Clone(); }

  // RuleSet::Match.
  policy::Verdict Match(const dns::Name& qname, uint16_t qtype, uint32_t today,
                        const database::PatternScratch& scratch,
                        std::span<const uint8_t> shadowed) const noexcept;

  // RuleSet::Explain.
  std::vector<policy::Candidate> Explain(const dns::Name& qname, uint16_t qtype, uint32_t today,
                                         const database::PatternScratch& scratch,
                                         std::span<const uint8_t> shadowed) const;

  // RuleSet::Parts.
  dns::NameParts Parts(const dns::Name& qname) const noexcept;

  bool patterns_recompiled() const noexcept { return patterns_recompiled_; }

 private:
  class Best;
  class All;
  struct Walk;
  template <typename Sink>
  struct ScanContext;

  explicit Matcher(const database::Reader& reader);
  absl::Status LoadPatterns(database::PatternScope scope, std::optional<PatternScan>& scan);

  void LoadScripts();

  // Tells `sink` of everything that matches `qname`, whatever its rank.
  template <typename Sink>
  void Collect(const dns::Name& qname, const database::PatternScratch& scratch, Sink& sink) const
      noexcept(Sink::kNoexcept);
  template <typename Sink>
  void ScanPatterns(const PatternScan& scan, const Walk& walk, size_t label,
                    const dns::NameText& text, const database::PatternScratch& scratch,
                    Sink& sink) const noexcept(Sink::kNoexcept);
  // The label of QNAME at which the pattern's exception begins, if there is one.
  std::optional<size_t> FindException(const database::PatternRecord& pattern,
                                      const dns::Name& qname) const noexcept;
  // The label at which the name begins that keeps a wildcard of a policy zone from QNAME, if any.
  std::optional<size_t> FindStop(const database::RuleRecord& rule, size_t label, const Walk& walk,
                                 uint32_t today) const noexcept;
  bool IsAbout(const database::RuleRecord& rule, uint16_t qtype) const noexcept;

  std::span<const database::RuleRecord> rules_;
  std::span<const database::PatternRecord> patterns_;
  const database::Reader& reader_;
  database::NameIndex names_;
  uint32_t max_name_labels_;
  std::optional<PatternScan> domain_scan_;
  std::optional<PatternScan> name_scan_;
  ScriptTable scripts_;
  std::vector<uint32_t> script_patterns_;  // indices of Reader::patterns()
  uint32_t first_script_layer_ = ~uint32_t{0};
  database::PatternScratch scratch_;  // only cloned, never used
  bool patterns_recompiled_ = false;
};

}  // namespace tollgate::match

#endif  // TOLLGATE_RULESET_MATCH_MATCHER_H_
