// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/database_file.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ruleset/compile/name_records.h"
#include "ruleset/compile/prefix_tables.h"
#include "ruleset/compile/script_table.h"
#include "ruleset/database/hyperscan.h"
#include "ruleset/database/writer.h"
#include "ruleset/version.h"

namespace tollgate::compile {
namespace {

// Fills the fixed-size sections.
class RecordBuilder {
 public:
  explicit RecordBuilder(const FileParts& parts) : parts_(parts), model_(parts.model) {}

  absl::StatusOr<std::string> Run() {
    NameRecords names(model_, parts_.order, parts_.suffixes);
    if (absl::Status status = names.Plan(); !status.ok()) return status;
    absl::StatusOr<PrefixTables> prefixes = BuildPrefixTables(model_);
    if (!prefixes.ok()) return prefixes.status();
    if (absl::Status status = BuildRules(); !status.ok()) return status;
    BuildPolicies();
    BuildPatternRecords();
    for (const policy::ClientGroup& group : model_.groups) {
      groups_.push_back({strings_.Add(group.id)});
    }
    const database::Meta meta = BuildMeta(names);

    database::Writer writer(parts_.order.seed, parts_.created);
    writer.AddRecords<database::Meta>(database::SectionKind::kMeta, {&meta, 1});
    writer.AddRecords<database::PolicyRecord>(database::SectionKind::kPolicies, policies_);
    writer.AddRecords<database::RuleRecord>(database::SectionKind::kRules, rules_);
    writer.AddRecords<database::AnswerRecord>(database::SectionKind::kAnswers, answers_);
    writer.AddRecords<database::PatternRecord>(database::SectionKind::kPatterns, patterns_);
    writer.Add(database::SectionKind::kExceptions, exceptions_);
    writer.Add(database::SectionKind::kStrings, strings_.octets());
    writer.AddRecords<database::NameBucket>(database::SectionKind::kNameBuckets,
                                            names.index().buckets());
    writer.AddRecords<uint32_t>(database::SectionKind::kNameBucketStarts, names.index().starts());
    writer.AddSpace(database::SectionKind::kNameRecords, names.index().record_octets(),
                    [&](std::span<char> records) { names.Write(records); });
    parts_.patterns.AddTo(writer);
    if (has_scripts_) {
      const ScriptSections scripts = BuildScriptTable();
      writer.AddRecords<database::ScriptRange>(database::SectionKind::kScriptRanges,
                                               scripts.ranges);
      writer.AddRecords<database::ScriptSet>(database::SectionKind::kScriptSets, scripts.sets);
    }
    prefixes->AddTo(writer);
    if (!groups_.empty()) {
      writer.AddRecords<database::ClientGroupRecord>(database::SectionKind::kClientGroups, groups_);
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

  absl::Status BuildRules() {
    const std::vector<uint32_t> layers = LayersOf(model_);
    std::vector<uint32_t> triggers(model_.rules.size());
    for (const policy::NameTrigger& trigger : model_.name_triggers) ++triggers[trigger.rule];
    for (const policy::PatternTrigger& trigger : model_.pattern_triggers) ++triggers[trigger.rule];
    for (const policy::PrefixTrigger& trigger : model_.prefix_triggers) ++triggers[trigger.rule];
    for (size_t i = 0; i < model_.rules.size(); ++i) {
      const policy::Rule& rule = model_.rules[i];
      uint8_t flags = 0;
      if (rule.qtypes.except) flags |= database::kRuleExceptQtypes;
      if (rule.is_zone) flags |= database::kRuleZone;
      if (rule.is_marker) flags |= database::kRuleMarker;
      uint8_t part = 0;
      if (rule.part_of != policy::kNotAPart) {
        if (rule.part_of >= i || rules_[rule.part_of].parts == policy::kMostParts) {
          return absl::InvalidArgumentError(
              absl::StrCat("rule '", model_.rules[std::min<size_t>(rule.part_of, i)].id,
                           "' has more than ", policy::kMostParts, " parts"));
        }
        part = rules_[rule.part_of].parts++;
        rules_[rule.part_of].flags |= database::kRuleParts;
      }
      std::string qtypes(reinterpret_cast<const char*>(rule.qtypes.types.data()),
                         rule.qtypes.types.size() * sizeof(uint16_t));
      rules_.push_back({.policy = rule.policy,
                        .answer = AnswerIndex(rule.answer),
                        .line = rule.line,
                        .expires = rule.expires,
                        .layer = layers[i],
                        .mode = static_cast<uint8_t>(rule.mode),
                        .flags = flags,
                        .subject = static_cast<uint8_t>(rule.subject),
                        .parts = part,
                        .part_of = rule.part_of,
                        .triggers = triggers[i],
                        .qtypes = strings_.Add(qtypes),
                        .id = strings_.Add(rule.id),
                        .meaning = strings_.Add(rule.meaning),
                        .report = strings_.Add(rule.report),
                        .file = strings_.Add(rule.file),
                        .pattern = strings_.Add(rule.pattern)});
    }
    return absl::OkStatus();
  }

  void BuildPolicies() {
    for (const policy::Policy& policy : model_.policies) {
      std::vector<uint32_t> clients = policy.clients;
      std::sort(clients.begin(), clients.end());
      clients.erase(std::unique(clients.begin(), clients.end()), clients.end());
      policies_.push_back({.id = strings_.Add(policy.id),
                           .campaign = strings_.Add(policy.campaign),
                           .title = strings_.Add(policy.title),
                           .category = strings_.Add(policy.category),
                           .severity = strings_.Add(policy.severity),
                           .name_count = 0,
                           .rule_count = 0,
                           .pattern_count = 0,
                           .prefix_count = 0,
                           .reserved = 0,
                           .clients = strings_.Add({reinterpret_cast<const char*>(clients.data()),
                                                    clients.size() * sizeof(uint32_t)})});
    }
    for (const policy::Rule& rule : model_.rules) ++policies_[rule.policy].rule_count;
    for (const policy::NameTrigger& trigger : model_.name_triggers) {
      if (model_.rules[trigger.rule].is_marker) continue;
      ++policies_[model_.rules[trigger.rule].policy].name_count;
    }
    for (const policy::PatternTrigger& trigger : model_.pattern_triggers) {
      ++policies_[model_.rules[trigger.rule].policy].pattern_count;
    }
    for (const policy::PrefixTrigger& trigger : model_.prefix_triggers) {
      ++policies_[model_.rules[trigger.rule].policy].prefix_count;
    }
  }

  void BuildPatternRecords() {
    for (size_t i = 0; i < model_.pattern_triggers.size(); ++i) {
      const policy::PatternTrigger& trigger = model_.pattern_triggers[i];
      database::PatternRecord record{};
      record.rule = trigger.rule;
      record.shard = parts_.patterns.plan.shard_of[i];
      record.scope = static_cast<uint8_t>(trigger.whole_name ? database::PatternScope::kName
                                                             : database::PatternScope::kDomain);
      if (trigger.mixed_scripts) {
        record.scope = static_cast<uint8_t>(database::PatternScope::kMixedScripts);
        has_scripts_ = true;
      }
      record.expression = strings_.Add(trigger.expression);
      record.exceptions = static_cast<uint32_t>(exceptions_.size());
      for (const dns::Name& name : trigger.exceptions) {
        exceptions_.push_back(static_cast<char>(name.Stored().size()));
        exceptions_ += KeyOf(name.Stored());
      }
      record.exception_octets = static_cast<uint32_t>(exceptions_.size()) - record.exceptions;
      patterns_.push_back(record);
    }
  }

  uint64_t CountNames() const {
    return static_cast<uint64_t>(
        std::count_if(model_.name_triggers.begin(), model_.name_triggers.end(),
                      [&](const auto& trigger) { return !model_.rules[trigger.rule].is_marker; }));
  }

  database::Meta BuildMeta(const NameRecords& names) {
    return {.compiler = strings_.Add("tollgate " TOLLGATE_VERSION),
            .manifest = strings_.Add(parts_.manifest),
            .suffixes = strings_.Add(parts_.suffixes.version()),
            .hyperscan = strings_.Add(database::HyperscanVersion()),
            .name_count = CountNames(),
            .max_name_labels = names.max_labels(),
            .max_probes = names.index().max_probes()};
  }

  const FileParts& parts_;
  const policy::RuleModel& model_;
  database::StringTable strings_;
  std::map<policy::Answer, uint32_t> answer_index_;
  std::vector<database::PolicyRecord> policies_;
  std::vector<database::RuleRecord> rules_;
  std::vector<database::AnswerRecord> answers_;
  std::vector<database::PatternRecord> patterns_;
  std::vector<database::ClientGroupRecord> groups_;
  std::string exceptions_;
  bool has_scripts_ = false;
};

}  // namespace

absl::StatusOr<std::string> BuildFile(const FileParts& parts) { return RecordBuilder(parts).Run(); }

}  // namespace tollgate::compile
