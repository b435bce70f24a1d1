// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/pattern_sections.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <thread>

#include "ruleset/database/hyperscan.h"
#include "ruleset/database/reader.h"
#include "ruleset/source/pattern_check.h"

namespace tollgate::compile {
namespace {

// The indices, below `count`, of the expressions that match everything.
std::vector<size_t> FindBoundless(const database::PatternDatabase& patterns, size_t count) {
  database::PatternScratch scratch;
  if (!scratch.Allocate(patterns).ok()) return {};
  std::vector<size_t> matched(count);  // by expression: how many of the names
  for (std::string_view name : source::kUnrelatedNames) {
    Scan(
        patterns, name, scratch,
        [](unsigned id, void* counts) noexcept {
          ++(*static_cast<std::vector<size_t>*>(counts))[id];
        },
        &matched);
  }
  std::vector<size_t> boundless;
  for (size_t i = 0; i < count; ++i) {
    if (matched[i] == source::kUnrelatedNames.size()) boundless.push_back(i);
  }
  return boundless;
}

// The patterns of one shard.
struct Shard {
  std::vector<std::string> expressions;
  std::vector<uint32_t> rules;  // of each
};

std::vector<Shard> ShardsOf(const policy::RuleModel& model, const ShardPlan& plan) {
  std::vector<Shard> shards(plan.shards.size());
  for (size_t i = 0; i < model.pattern_triggers.size(); ++i) {
    const policy::PatternTrigger& trigger = model.pattern_triggers[i];
    if (trigger.mixed_scripts) continue;
    Shard& shard = shards[plan.shard_of[i]];
    shard.expressions.push_back(trigger.expression);
    shard.rules.push_back(trigger.rule);
  }
  return shards;
}

// The shards of an older database whose compiled form fits this Hyperscan and this processor.
class Compiled {
 public:
  explicit Compiled(const std::string& path) {
    if (path.empty()) return;
    absl::StatusOr<std::unique_ptr<const database::Reader>> opened = database::Reader::Open(path);
    if (!opened.ok()) return;  // then there is nothing to take from it
    if ((*opened)->String((*opened)->meta().hyperscan) != database::HyperscanVersion()) return;
    reader_ = *std::move(opened);
    expressions_.resize(reader_->shards().size());
    for (const database::PatternRecord& pattern : reader_->patterns()) {
      if (pattern.scope == static_cast<uint8_t>(database::PatternScope::kMixedScripts)) continue;
      expressions_[pattern.shard].push_back(reader_->String(pattern.expression));
    }
  }

  // That of these very expressions, compared one by one: no hash stands for them. Empty where there
  // is none.
  std::string Find(const Shard& shard) const {
    for (size_t i = 0; i < expressions_.size(); ++i) {
      if (!std::equal(expressions_[i].begin(), expressions_[i].end(), shard.expressions.begin(),
                      shard.expressions.end())) {
        continue;
      }
      for (std::span<const uint8_t> octets : reader_->HyperscanDatabases(i)) {
        // Deserializing checks version and processor.
        if (database::PatternDatabase::Deserialize(octets).ok()) {
          return {reinterpret_cast<const char*>(octets.data()), octets.size()};
        }
      }
    }
    return "";
  }

 private:
  std::unique_ptr<const database::Reader> reader_;
  std::vector<std::vector<std::string_view>> expressions_;  // of each shard
};

// What came of compiling a shard.
struct Outcome {
  std::string octets;                                   // empty where it failed
  std::vector<std::pair<size_t, std::string>> refused;  // expressions, and Hyperscan's reasons
  std::vector<size_t> boundless;
};

// Compiles one shard; on failure finds out which expressions are to blame.
Outcome CompileShard(const Shard& shard) {
  const std::vector<std::string>& expressions = shard.expressions;
  Outcome outcome;
  size_t bad = expressions.size();
  absl::StatusOr<database::PatternDatabase> compiled =
      database::PatternDatabase::Compile(expressions, &bad);
  if (!compiled.ok()) {
    // Each one alone, so that every bad one is named and not only the first.
    for (size_t i = 0; i < expressions.size(); ++i) {
      if (auto fault = database::FindCompileFault(expressions[i])) {
        outcome.refused.emplace_back(i, *std::move(fault));
      }
    }
    if (outcome.refused.empty()) {
      outcome.refused.emplace_back(std::min(bad, expressions.size() - 1),
                                   std::string(compiled.status().message()));
    }
    return outcome;
  }
  outcome.boundless = FindBoundless(*compiled, expressions.size());
  absl::StatusOr<std::string> octets = compiled->Serialize();
  if (octets.ok()) {
    outcome.octets = *std::move(octets);
  } else {
    outcome.refused.emplace_back(0, std::string(octets.status().message()));
  }
  return outcome;
}

// Compiles the shards with these numbers, each processor the next one that is left.
void CompileShards(const std::vector<Shard>& shards, const std::vector<size_t>& numbers,
                   std::vector<Outcome>& outcomes) {
  std::atomic<size_t> next = 0;
  auto work = [&] {
    for (size_t i = next++; i < numbers.size(); i = next++) {
      outcomes[numbers[i]] = CompileShard(shards[numbers[i]]);
    }
  };
  std::vector<std::thread> threads;
  const size_t cores = std::max<size_t>(1, std::thread::hardware_concurrency());
  for (size_t i = 1; i < std::min(cores, numbers.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

void Report(const policy::RuleModel& model, const Shard& shard, const Outcome& outcome,
            text::Diagnostics& faults) {
  auto error = [&](size_t expression, const std::string& what, const std::string& fix) {
    const policy::Rule& rule = model.rules[shard.rules[expression]];
    faults.Error({model.policies[rule.policy].path, rule.line, 0},
                 "pattern '" + rule.id + "'" + what, fix);
  };
  for (const auto& [expression, reason] : outcome.refused) {
    error(expression, ": Hyperscan refuses it: " + reason, "make it shorter or split it");
  }
  for (size_t expression : outcome.boundless) {
    if (model.rules[shard.rules[expression]].answer.action == policy::Action::kPass) continue;
    error(expression, " matches any name at all",
          "say in it what the campaign's names have in common");
  }
}

}  // namespace

void PatternSections::AddTo(database::Writer& writer) const {
  if (plan.shards.empty()) return;
  writer.AddRecords<database::PatternShard>(database::SectionKind::kPatternShards, plan.shards);
  std::vector<database::HyperscanRecord> records;
  std::string octets;
  for (size_t i = 0; i < hyperscan.size(); ++i) {
    octets.resize((octets.size() + database::kSectionAlignment - 1) / database::kSectionAlignment *
                  database::kSectionAlignment);
    records.push_back({static_cast<uint32_t>(i), 0, octets.size(), hyperscan[i].size()});
    octets += hyperscan[i];
  }
  writer.AddRecords<database::HyperscanRecord>(database::SectionKind::kHyperscan, records);
  writer.Add(database::SectionKind::kHyperscanOctets, octets);
  const GramSections grams = BuildGrams(plan);
  if (grams.table.empty()) return;
  writer.AddRecords<uint64_t>(database::SectionKind::kGramHeads, grams.heads);
  writer.AddRecords<uint64_t>(database::SectionKind::kGramFilter, grams.filter);
  writer.AddRecords<database::GramRecord>(database::SectionKind::kGrams, grams.table);
}

PatternSections BuildPatterns(const policy::RuleModel& model, const std::string& previous,
                              text::Diagnostics& faults) {
  PatternSections sections;
  sections.plan = PlanShards(model.pattern_triggers);
  const std::vector<Shard> shards = ShardsOf(model, sections.plan);
  if (shards.empty()) return sections;

  const Compiled compiled(previous);
  std::vector<Outcome> outcomes(shards.size());
  std::vector<size_t> missing;
  for (size_t i = 0; i < shards.size(); ++i) {
    outcomes[i].octets = compiled.Find(shards[i]);
    if (outcomes[i].octets.empty()) missing.push_back(i);
  }
  sections.reused = missing.empty();
  CompileShards(shards, missing, outcomes);
  for (size_t i = 0; i < shards.size(); ++i) {
    Report(model, shards[i], outcomes[i], faults);
    sections.hyperscan.push_back(std::move(outcomes[i].octets));
  }
  return sections;
}

}  // namespace tollgate::compile
