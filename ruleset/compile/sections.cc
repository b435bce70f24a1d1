// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/sections.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "ruleset/database/hyperscan.h"
#include "ruleset/database/writer.h"
#include "ruleset/version.h"

namespace tollgate::compile {

using database::Posting;
using database::PostingKind;

namespace {

std::span<const uint8_t> Octets(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string_view Key(std::span<const uint8_t> name) {
  return {reinterpret_cast<const char*>(name.data()), name.size()};
}

PostingKind KindOf(policy::NameScope scope) {
  switch (scope) {
    case policy::NameScope::kHost:
      return PostingKind::kHost;
    case policy::NameScope::kBelow:
      return PostingKind::kBelow;
    case policy::NameScope::kDomain:
      break;
  }
  return PostingKind::kDomain;
}

// Names that have nothing in common but being names: what matches them all, matches everything.
constexpr std::array<std::string_view, 5> kUnrelated = {"wikipedia.org", "7-zip.com", "bbc.co.uk",
                                                        "nic.ac", "xn--fiqs8s.cn"};

// The indices, below `count`, of the expressions that match everything.
std::vector<size_t> FindBoundless(const database::PatternDatabase& patterns, size_t count) {
  database::PatternScratch scratch;
  if (!scratch.Allocate(patterns).ok()) return {};
  std::vector<size_t> matched(count);  // by expression: how many of the names
  for (std::string_view name : kUnrelated) {
    Scan(
        patterns, name, scratch,
        [](unsigned id, void* counts) noexcept {
          ++(*static_cast<std::vector<size_t>*>(counts))[id];
        },
        &matched);
  }
  std::vector<size_t> boundless;
  for (size_t i = 0; i < count; ++i) {
    if (matched[i] == kUnrelated.size()) boundless.push_back(i);
  }
  return boundless;
}

// Compiles the expressions of one scope; on failure finds out which of them is to blame.
std::string BuildScope(const policy::RuleModel& model, bool whole_name, text::Diagnostics& faults) {
  std::vector<std::string> expressions;
  std::vector<uint32_t> rules;
  for (const policy::PatternTrigger& trigger : model.pattern_triggers) {
    if (trigger.whole_name != whole_name) continue;
    expressions.push_back(trigger.expression);
    rules.push_back(trigger.rule);
  }
  if (expressions.empty()) return "";
  auto report = [&](size_t i, const std::string& reason) {
    const policy::Rule& rule = model.rules[rules[i]];
    faults.Error({model.policies[rule.policy].path, rule.line, 0},
                 "pattern '" + rule.id + "': Hyperscan refuses it: " + reason,
                 "make it shorter or split it");
  };
  size_t bad = expressions.size();
  absl::StatusOr<database::PatternDatabase> compiled =
      database::PatternDatabase::Compile(expressions, &bad);
  if (!compiled.ok()) {
    // Each one alone, so that every bad one is named and not only the first.
    const size_t errors_before = faults.error_count();
    for (size_t i = 0; i < expressions.size(); ++i) {
      if (auto fault = database::FindCompileFault(expressions[i])) report(i, *fault);
    }
    if (faults.error_count() == errors_before) {
      report(std::min(bad, expressions.size() - 1), std::string(compiled.status().message()));
    }
    return "";
  }
  for (size_t i : FindBoundless(*compiled, expressions.size())) {
    const policy::Rule& rule = model.rules[rules[i]];
    if (rule.answer.action == policy::Action::kPass) continue;
    faults.Error({model.policies[rule.policy].path, rule.line, 0},
                 "pattern '" + rule.id + "' matches any name at all",
                 "say in it what the campaign's names have in common");
  }
  absl::StatusOr<std::string> octets = compiled->Serialize();
  if (!octets.ok()) {
    report(0, std::string(octets.status().message()));
    return "";
  }
  return *std::move(octets);
}

// For each rule its layer: the number of its policy and tier, in the order of precedence.
std::vector<uint32_t> LayersOf(const policy::RuleModel& model) {
  std::set<std::pair<uint32_t, uint8_t>> tiers;
  for (const policy::Rule& rule : model.rules) tiers.emplace(rule.policy, rule.tier);
  std::vector<uint32_t> layers;
  for (const policy::Rule& rule : model.rules) {
    layers.push_back(
        static_cast<uint32_t>(std::distance(tiers.begin(), tiers.find({rule.policy, rule.tier}))));
  }
  return layers;
}

// Fills the fixed-size sections.
class RecordBuilder {
 public:
  explicit RecordBuilder(const FileParts& parts) : parts_(parts), model_(parts.model) {}

  std::string Run() {
    BuildRules();
    BuildPolicies();
    BuildPatternRecords();
    const database::Meta meta = BuildMeta();

    database::Writer writer(parts_.seed, parts_.created);
    writer.AddRecords<database::Meta>(database::SectionKind::kMeta, {&meta, 1});
    writer.AddRecords<database::PolicyRecord>(database::SectionKind::kPolicies, policies_);
    writer.AddRecords<database::RuleRecord>(database::SectionKind::kRules, rules_);
    writer.AddRecords<database::AnswerRecord>(database::SectionKind::kAnswers, answers_);
    writer.AddRecords<database::PatternRecord>(database::SectionKind::kPatterns, patterns_);
    writer.Add(database::SectionKind::kExceptions, exceptions_);
    writer.Add(database::SectionKind::kStrings, strings_.octets());
    writer.AddRecords<database::NameBucket>(database::SectionKind::kNameBuckets,
                                            parts_.names.buckets);
    writer.AddRecords<uint32_t>(database::SectionKind::kNameBucketStarts, parts_.names.starts);
    writer.Add(database::SectionKind::kNameRecords, parts_.names.records);
    if (!parts_.patterns.domain.empty()) {
      writer.Add(database::SectionKind::kHyperscanDomain, parts_.patterns.domain);
    }
    if (!parts_.patterns.name.empty()) {
      writer.Add(database::SectionKind::kHyperscanName, parts_.patterns.name);
    }
    return writer.Finish();
  }

 private:
  uint32_t AnswerIndex(const policy::Answer& answer) {
    auto [known, is_new] =
        answer_index_.try_emplace(answer, static_cast<uint32_t>(answers_.size()));
    if (is_new) {
      std::string records;
      for (const policy::Record& record : answer.records) {
        const auto rdlength = static_cast<uint16_t>(record.rdata.size());
        records.append(reinterpret_cast<const char*>(&record.type), sizeof(record.type));
        records.append(reinterpret_cast<const char*>(&rdlength), sizeof(rdlength));
        records += record.rdata;
      }
      answers_.push_back({.action = static_cast<uint8_t>(answer.action),
                          .reserved = 0,
                          .ede = static_cast<uint16_t>(answer.ede),
                          .ttl = answer.ttl,
                          .record_count = static_cast<uint32_t>(answer.records.size()),
                          .records = strings_.Add(records)});
    }
    return known->second;
  }

  void BuildRules() {
    const std::vector<uint32_t> layers = LayersOf(model_);
    for (size_t i = 0; i < model_.rules.size(); ++i) {
      const policy::Rule& rule = model_.rules[i];
      uint8_t flags = 0;
      if (rule.qtypes.except) flags |= database::kRuleExceptQtypes;
      if (rule.is_zone) flags |= database::kRuleZone;
      if (rule.is_marker) flags |= database::kRuleMarker;
      std::string qtypes(reinterpret_cast<const char*>(rule.qtypes.types.data()),
                         rule.qtypes.types.size() * sizeof(uint16_t));
      rules_.push_back({.policy = rule.policy,
                        .answer = AnswerIndex(rule.answer),
                        .line = rule.line,
                        .expires = rule.expires,
                        .layer = layers[i],
                        .mode = static_cast<uint8_t>(rule.mode),
                        .flags = flags,
                        .reserved = 0,
                        .qtypes = strings_.Add(qtypes),
                        .id = strings_.Add(rule.id),
                        .meaning = strings_.Add(rule.meaning),
                        .report = strings_.Add(rule.report),
                        .file = strings_.Add(rule.file),
                        .pattern = strings_.Add(rule.pattern)});
    }
  }

  void BuildPolicies() {
    for (const policy::Policy& policy : model_.policies) {
      policies_.push_back({.id = strings_.Add(policy.id),
                           .campaign = strings_.Add(policy.campaign),
                           .title = strings_.Add(policy.title),
                           .category = strings_.Add(policy.category),
                           .severity = strings_.Add(policy.severity),
                           .name_count = 0,
                           .rule_count = 0,
                           .pattern_count = 0});
    }
    for (const policy::Rule& rule : model_.rules) ++policies_[rule.policy].rule_count;
    for (const policy::NameTrigger& trigger : model_.name_triggers) {
      if (model_.rules[trigger.rule].is_marker) continue;
      ++policies_[model_.rules[trigger.rule].policy].name_count;
    }
    for (const policy::PatternTrigger& trigger : model_.pattern_triggers) {
      ++policies_[model_.rules[trigger.rule].policy].pattern_count;
    }
  }

  void BuildPatternRecords() {
    for (const policy::PatternTrigger& trigger : model_.pattern_triggers) {
      database::PatternRecord record{};
      record.rule = trigger.rule;
      record.scope = static_cast<uint8_t>(trigger.whole_name ? database::PatternScope::kName
                                                             : database::PatternScope::kDomain);
      record.expression = strings_.Add(trigger.expression);
      record.exceptions = static_cast<uint32_t>(exceptions_.size());
      for (const dns::Name& name : trigger.exceptions) {
        const std::span<const uint8_t> wire = name.wire();
        exceptions_.push_back(static_cast<char>(wire.size() - 1));
        exceptions_ += Key(wire.first(wire.size() - 1));
      }
      record.exception_octets = static_cast<uint32_t>(exceptions_.size()) - record.exceptions;
      patterns_.push_back(record);
    }
  }

  database::Meta BuildMeta() {
    return {.compiler = strings_.Add("tollgate " TOLLGATE_VERSION),
            .manifest = strings_.Add(parts_.manifest),
            .suffixes = strings_.Add(parts_.suffixes),
            .hyperscan = strings_.Add(database::HyperscanVersion()),
            .name_count = model_.name_triggers.size(),
            .max_name_labels = parts_.names.max_labels,
            .max_probes = parts_.names.max_probes};
  }

  const FileParts& parts_;
  const policy::RuleModel& model_;
  database::StringTable strings_;
  std::map<policy::Answer, uint32_t> answer_index_;
  std::vector<database::PolicyRecord> policies_;
  std::vector<database::RuleRecord> rules_;
  std::vector<database::AnswerRecord> answers_;
  std::vector<database::PatternRecord> patterns_;
  std::string exceptions_;
};

}  // namespace

uint64_t NameSeed(const policy::RuleModel& model) {
  return XXH3_64bits(model.names.data(), model.names.size());
}

absl::StatusOr<database::NameSections> BuildNames(const policy::RuleModel& model,
                                                  const source::PublicSuffixList& suffixes,
                                                  uint64_t seed) {
  database::NameIndexBuilder builder(seed);
  std::vector<Posting> postings;
  // Both the triggers and the public suffixes are sorted by name: they are merged as they go.
  auto suffix = suffixes.rules().begin();
  const auto suffix_end = suffixes.rules().end();
  auto add_suffix = [&](const auto& rule) {
    const Posting posting{PostingKind::kSuffix, rule.second};
    builder.Add(Octets(rule.first), {&posting, 1});
  };
  const std::vector<policy::NameTrigger>& triggers = model.name_triggers;
  for (size_t i = 0; i < triggers.size();) {
    const std::span<const uint8_t> name = model.NameOf(triggers[i]);
    for (; suffix != suffix_end && suffix->first < Key(name); ++suffix) add_suffix(*suffix);
    postings.clear();
    if (suffix != suffix_end && suffix->first == Key(name)) {
      postings.push_back({PostingKind::kSuffix, suffix->second});
      ++suffix;
    }
    for (; i < triggers.size() && Key(model.NameOf(triggers[i])) == Key(name); ++i) {
      const policy::NameTrigger& trigger = triggers[i];
      // A day is stored only where it is earlier than the rule's, which every lookup reads anyway.
      const policy::Day last_day = model.LastDay(trigger);
      const policy::Day own_day =
          last_day == model.rules[trigger.rule].expires ? policy::kNever : last_day;
      postings.push_back({KindOf(trigger.scope), trigger.rule, trigger.line, own_day});
    }
    builder.Add(name, postings);
  }
  for (; suffix != suffix_end; ++suffix) add_suffix(*suffix);
  return builder.Build();
}

PatternSections BuildPatterns(const policy::RuleModel& model, text::Diagnostics& faults) {
  PatternSections sections;
  sections.domain = BuildScope(model, false, faults);
  sections.name = BuildScope(model, true, faults);
  return sections;
}

std::string BuildFile(const FileParts& parts) { return RecordBuilder(parts).Run(); }

}  // namespace tollgate::compile
