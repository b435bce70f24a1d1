// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/pattern_sections.h"

#include <algorithm>
#include <memory>
#include <vector>

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

// The expressions of one scope.
struct Scope {
  std::vector<std::string> expressions;
  std::vector<uint32_t> rules;  // of each
};

Scope ScopeOf(const policy::RuleModel& model, bool whole_name) {
  Scope scope;
  for (const policy::PatternTrigger& trigger : model.pattern_triggers) {
    if (trigger.whole_name != whole_name || trigger.mixed_scripts) continue;
    scope.expressions.push_back(trigger.expression);
    scope.rules.push_back(trigger.rule);
  }
  return scope;
}

// The compiled database of these expressions from an older file; empty where it has none that
// fits. The expressions are compared one by one: no hash stands for them.
std::string FindCompiled(const Scope& scope, database::PatternScope which,
                         const database::Reader& reader) {
  size_t next = 0;
  for (const database::PatternRecord& pattern : reader.patterns()) {
    if (pattern.scope != static_cast<uint8_t>(which)) continue;
    if (next == scope.expressions.size() ||
        reader.String(pattern.expression) != scope.expressions[next++]) {
      return "";
    }
  }
  if (next != scope.expressions.size()) return "";
  if (reader.String(reader.meta().hyperscan) != database::HyperscanVersion()) return "";
  for (std::span<const uint8_t> octets : reader.HyperscanDatabases(which)) {
    // Deserializing checks version and processor.
    if (database::PatternDatabase::Deserialize(octets).ok()) {
      return {reinterpret_cast<const char*>(octets.data()), octets.size()};
    }
  }
  return "";
}

// Compiles the expressions of one scope; on failure finds out which of them is to blame.
std::string CompileScope(const policy::RuleModel& model, const Scope& scope,
                         text::Diagnostics& faults) {
  const std::vector<std::string>& expressions = scope.expressions;
  const std::vector<uint32_t>& rules = scope.rules;
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

}  // namespace

PatternSections BuildPatterns(const policy::RuleModel& model, const std::string& previous,
                              text::Diagnostics& faults) {
  std::unique_ptr<const database::Reader> reader;
  if (!previous.empty() && !model.pattern_triggers.empty()) {
    absl::StatusOr<std::unique_ptr<const database::Reader>> opened =
        database::Reader::Open(previous);
    if (opened.ok()) reader = *std::move(opened);  // otherwise there is nothing to take from it
  }
  PatternSections sections;
  sections.reused = reader != nullptr;
  auto build = [&](bool whole_name) -> std::string {
    const Scope scope = ScopeOf(model, whole_name);
    if (scope.expressions.empty()) return "";
    if (reader != nullptr) {
      std::string found = FindCompiled(
          scope, whole_name ? database::PatternScope::kName : database::PatternScope::kDomain,
          *reader);
      if (!found.empty()) return found;
    }
    sections.reused = false;
    return CompileScope(model, scope, faults);
  };
  sections.domain = build(false);
  sections.name = build(true);
  return sections;
}

}  // namespace tollgate::compile
