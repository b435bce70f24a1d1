// SPDX-License-Identifier: BSD-3-Clause

#include "bench/blocker.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>

#include "bench/timeline.h"
#include "ruleset/dns/type.h"

namespace tollgate::bench {

absl::StatusOr<std::unique_ptr<Blocker>> Blocker::Open(const std::string& database, uint32_t today,
                                                       bool patterns_only,
                                                       const source::PublicSuffixList& suffixes) {
  std::unique_ptr<Blocker> blocker(new Blocker(today, suffixes));
  absl::StatusOr<std::unique_ptr<const RuleSet>> rules = RuleSet::Open(database);
  if (!rules.ok()) return rules.status();
  blocker->rules_ = *std::move(rules);
  absl::StatusOr<Scratch> scratch = blocker->rules_->NewScratch();
  if (!scratch.ok()) return scratch.status();
  blocker->scratch_.emplace(*std::move(scratch));
  if (!patterns_only) return blocker;

  absl::StatusOr<std::unique_ptr<const database::Reader>> reader = database::Reader::Open(database);
  if (!reader.ok()) return reader.status();
  blocker->reader_ = *std::move(reader);
  for (database::PatternScope scope :
       {database::PatternScope::kDomain, database::PatternScope::kName}) {
    if (absl::Status status = blocker->LoadPatterns(scope); !status.ok()) return status;
  }
  return blocker;
}

absl::Status Blocker::LoadPatterns(database::PatternScope scope) {
  const std::span<const database::PatternRecord> all = reader_->patterns();
  std::vector<uint32_t> records;
  std::vector<std::string> expressions;
  for (uint32_t i = 0; i < all.size(); ++i) {
    if (all[i].scope != static_cast<uint8_t>(scope)) continue;
    records.push_back(i);
    expressions.emplace_back(reader_->String(all[i].expression));
  }
  if (records.empty()) return absl::OkStatus();
  absl::StatusOr<database::PatternDatabase> compiled =
      database::PatternDatabase::Compile(expressions);
  if (!compiled.ok()) return compiled.status();
  if (absl::Status status = pattern_scratch_.Allocate(*compiled); !status.ok()) return status;
  patterns_.emplace_back(scope, Patterns{*std::move(compiled), std::move(records)});
  return absl::OkStatus();
}

std::optional<uint32_t> Blocker::Find(const dns::Name& name) {
  const policy::Match decision = rules_->Match(name, dns::kTypeA, today_, *scratch_).decision;
  if (!decision || rules_->Answer(decision.rule).action == policy::Action::kPass) {
    return std::nullopt;
  }
  if (reader_ != nullptr && rules_->Rule(decision.rule).pattern.empty()) return FindPattern(name);
  return decision.rule;
}

std::vector<uint32_t> Blocker::FindWithParts(const dns::Name& name,
                                             const policy::AnswerEvidence& hosting) {
  std::vector<uint32_t> rules;
  for (const policy::Candidate& candidate :
       rules_->Explain(name, dns::kTypeA, today_, *scratch_, {}, {}, hosting)) {
    const bool matches = candidate.standing == policy::Standing::kDecides ||
                         candidate.standing == policy::Standing::kWouldDecide ||
                         candidate.standing == policy::Standing::kOutranked;
    if (candidate.kind == policy::TriggerKind::kParts && matches) {
      rules.push_back(candidate.match.rule);
    }
  }
  return rules;
}

bool Blocker::Blocks(const database::PatternRecord& pattern, const dns::Name& name) const {
  const database::RuleRecord& rule = reader_->rules()[pattern.rule];
  if (rule.mode != static_cast<uint8_t>(policy::Mode::kEnforce)) return false;
  if (rule.expires != policy::kNever && today_ > rule.expires) return false;
  if (rules_->Answer(pattern.rule).action == policy::Action::kPass) return false;
  std::span<const uint8_t> names = reader_->Exceptions(pattern);
  while (!names.empty() && names.size() - 1 >= names[0]) {
    if (name.IsWithin(names.subspan(1, names[0]))) return false;
    names = names.subspan(1 + size_t{names[0]});
  }
  return true;
}

std::optional<uint32_t> Blocker::FindPattern(const dns::Name& name) const {
  std::vector<unsigned> ids;
  std::optional<uint32_t> first;
  for (const auto& [scope, patterns] : patterns_) {
    const std::string text =
        scope == database::PatternScope::kDomain ? RegistrableDomain(name, suffixes_) : name.Text();
    if (text.empty()) continue;
    ids.clear();
    Scan(
        patterns.database, text, pattern_scratch_,
        [](unsigned id, void* context) noexcept {
          static_cast<std::vector<unsigned>*>(context)->push_back(id);
        },
        &ids);
    for (unsigned id : ids) {
      const database::PatternRecord& pattern = reader_->patterns()[patterns.records[id]];
      if (Blocks(pattern, name)) first = std::min(first.value_or(pattern.rule), pattern.rule);
    }
  }
  return first;
}

}  // namespace tollgate::bench
