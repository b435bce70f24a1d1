// SPDX-License-Identifier: BSD-3-Clause

#include "tests/match/random_model.h"

#include <map>
#include <sstream>

#include "ruleset/dns/type.h"
#include "ruleset/source/pattern_text.h"
#include "tests/match/database_image.h"
#include "tests/match/dice.h"

namespace tollgate::testing {
namespace {

using policy::NameScope;

constexpr size_t kMostLabels = 4;

class ModelMaker {
 public:
  explicit ModelMaker(uint32_t seed) : dice_(seed) {}

  policy::RuleModel Run() {
    // Half of the models have no patterns: those are quicker by far.
    patterns_ = dice_.OneIn(2);
    const uint32_t policies = 1 + dice_.Below(4);
    for (uint32_t i = 0; i < policies; ++i) AddPolicy();
    return std::move(model_);
  }

 private:
  void AddPolicy() {
    const std::string id = "policy-" + std::to_string(model_.policies.size());
    model_.policies.push_back({.id = id, .campaign = id, .file = id + ".yaml"});
    line_ = 0;
    if (dice_.OneIn(4)) return AddZone();
    if (!dice_.OneIn(3)) AddNames("hosts", NameScope::kHost);
    domains_.clear();
    if (!dice_.OneIn(4)) AddNames("domains", NameScope::kDomain);
    if (dice_.OneIn(2)) AddNames("more-domains", NameScope::kDomain);
    domains_.clear();
    if (dice_.OneIn(4)) AddNames("below", NameScope::kBelow);
    if (!patterns_) return;
    for (uint32_t i = dice_.Below(4); i > 0; --i) AddPattern();
  }

  // As a policy zone has them: names, wildcards, and names between the two.
  void AddZone() {
    domains_.clear();
    AddNames("names", NameScope::kHost, /*zone=*/true);
    AddNames("wildcards", NameScope::kBelow, /*zone=*/true);
    if (dice_.OneIn(2)) AddNames("more-wildcards", NameScope::kBelow, /*zone=*/true);
    if (dice_.OneIn(2)) return;
    AddNames("markers", NameScope::kHost, /*zone=*/true);
    model_.rules.back().is_marker = true;
    model_.rules.back().mode = policy::Mode::kEnforce;
  }

  uint32_t AddRule(std::string id) {
    constexpr policy::Action kActions[] = {policy::Action::kPass, policy::Action::kNxdomain,
                                           policy::Action::kNodata};
    policy::Rule rule;
    rule.policy = static_cast<uint32_t>(model_.policies.size() - 1);
    rule.id = std::move(id);
    rule.file = model_.policies.back().file;
    rule.line = ++line_;
    rule.answer.action = kActions[dice_.Below(std::size(kActions))];
    if (dice_.OneIn(4)) rule.answer.ttl = 5;
    if (dice_.OneIn(4)) rule.answer.ede = policy::Ede::kFiltered;
    if (dice_.OneIn(3)) rule.mode = policy::Mode::kShadow;
    rule.expires = LastDay();
    if (dice_.OneIn(3)) rule.tier = 1;
    if (dice_.OneIn(4)) rule.qtypes = {.types = {dns::kTypeA}, .except = dice_.OneIn(2)};
    model_.rules.push_back(std::move(rule));
    return static_cast<uint32_t>(model_.rules.size() - 1);
  }

  policy::Day LastDay() {
    const policy::Day days[] = {policy::kNever, policy::kNever, kFirstLastDay, kSecondLastDay};
    return days[dice_.Below(std::size(days))];
  }

  void AddNames(std::string id, NameScope scope, bool zone = false) {
    const uint32_t rule = AddRule(std::move(id));
    if (zone) {
      model_.rules[rule].is_zone = true;
      model_.rules[rule].tier = 0;
      model_.rules[rule].qtypes = {};
    }
    for (uint32_t i = 1 + dice_.Below(12); i > 0; --i) {
      const std::string name = Name(kMostLabels);
      // Two rules of one policy never share a domain: nothing would say which of them decides.
      if (scope != NameScope::kHost && domains_.try_emplace(name, rule).first->second != rule) {
        continue;
      }
      model_.AddName(NameFrom(name), scope, rule, ++line_, LastDay());
    }
  }

  void AddPattern() {
    const uint32_t rule = AddRule("pattern-" + std::to_string(line_));
    const bool whole_name = dice_.OneIn(2);
    source::PatternText text;
    switch (dice_.Below(4)) {
      case 0:
        text.any_suffix = !whole_name;
        break;
      case 1:
        text.suffixes = {Name(2), Name(1)};
        break;
      default:
        break;
    }
    // Some combinations are refused, such as a dot before `any`.
    absl::StatusOr<std::string> expression = absl::UnknownError("");
    while (!expression.ok()) {
      text.match = Expression();
      expression = source::TranslatePattern(text, {});
    }
    std::vector<dns::Name> exceptions;
    for (uint32_t i = dice_.Below(3); i > 0; --i) exceptions.push_back(NameFrom(Name(3)));
    model_.rules[rule].pattern = text.match;
    model_.pattern_triggers.push_back(
        {rule, whole_name, *std::move(expression), std::move(exceptions)});
  }

  std::string Name(uint32_t most_labels) {
    std::string name(kLabels[dice_.Below(std::size(kLabels))]);
    for (uint32_t i = dice_.Below(most_labels); i > 0; --i) {
      name = std::string(kLabels[dice_.Below(std::size(kLabels))]) + "." + name;
    }
    return name;
  }

  // What Hyperscan and std::regex both understand, and nothing that matches everything too often.
  std::string Expression() {
    constexpr std::string_view kPieces[] = {"a",     "b",  "c",     ".",      "[ab]", "[^a]",
                                            "(a|b)", ".*", "(a.)?", "(b.)*c", ".+",   ".{1,3}"};
    std::string expression;
    for (uint32_t i = 1 + dice_.Below(4); i > 0; --i) {
      expression += kPieces[dice_.Below(std::size(kPieces))];
    }
    return expression;
  }

  Dice dice_;
  policy::RuleModel model_;
  uint32_t line_ = 0;
  std::map<std::string, uint32_t> domains_;  // of the policy in the making, and their rules
  bool patterns_ = false;
};

}  // namespace

std::vector<dns::Name> AllNames(size_t most_labels) {
  std::vector<dns::Name> names;
  std::vector<std::string> shorter = {""};
  for (size_t labels = 1; labels <= most_labels; ++labels) {
    std::vector<std::string> texts;
    for (const std::string& parent : shorter) {
      for (std::string_view label : kLabels) {
        texts.push_back(parent.empty() ? std::string(label) : std::string(label) + "." + parent);
      }
    }
    for (const std::string& text : texts) names.push_back(NameFrom(text));
    shorter = std::move(texts);
  }
  return names;
}

source::PublicSuffixList TinySuffixList() {
  return source::PublicSuffixList::Parse(
      "a\nb\nb.a\n*.a.b\n!c.a.b\n"
      "// ===BEGIN PRIVATE DOMAINS===\n"
      "c.a\n*.c.b\n"
      "// ===END PRIVATE DOMAINS===\n");
}

policy::RuleModel RandomModel(uint32_t seed) { return ModelMaker(seed).Run(); }

std::vector<uint8_t> RandomShadows(uint32_t seed, const policy::RuleModel& model) {
  Dice dice(seed);
  std::vector<uint8_t> shadowed(model.policies.size());
  // Whatever is not 0 says the same.
  for (uint8_t& octet : shadowed) octet = dice.OneIn(2) ? static_cast<uint8_t>(dice.Below(256)) : 0;
  shadowed[dice.Below(static_cast<uint32_t>(shadowed.size()))] = 1;
  return shadowed;
}

std::string Describe(const policy::RuleModel& model) {
  std::ostringstream out;
  auto day = [](policy::Day last) { return last == policy::kNever ? "" : " until day "; };
  auto number = [](policy::Day last) {
    return last == policy::kNever ? std::string() : std::to_string(last);
  };
  for (size_t i = 0; i < model.rules.size(); ++i) {
    const policy::Rule& rule = model.rules[i];
    out << "rule " << i << ": " << model.policies[rule.policy].id << '/' << rule.id << ' '
        << policy::ActionName(rule.answer.action) << ' ' << policy::ModeName(rule.mode) << " ttl "
        << rule.answer.ttl << day(rule.expires) << number(rule.expires);
    if (rule.tier != 0) out << " tier " << int{rule.tier};
    if (!rule.qtypes.types.empty()) out << (rule.qtypes.except ? " not A" : " A");
    if (rule.is_zone) out << (rule.is_marker ? " marker" : " zone");
    out << '\n';
    for (const policy::NameTrigger& trigger : model.name_triggers) {
      if (trigger.rule != i) continue;
      const std::span<const uint8_t> name = model.NameOf(trigger);
      std::vector<uint8_t> wire(name.begin(), name.end());
      wire.push_back(0);
      constexpr const char* kScopes[] = {"  host ", "  domain ", "  below "};
      out << kScopes[static_cast<size_t>(trigger.scope)] << dns::Name::FromWire(wire)->Text()
          << ", line " << trigger.line << day(trigger.expires) << number(trigger.expires) << '\n';
    }
    for (const policy::PatternTrigger& trigger : model.pattern_triggers) {
      if (trigger.rule != i) continue;
      out << "  " << trigger.expression << (trigger.whole_name ? " on the name" : " on the domain");
      for (const dns::Name& exception : trigger.exceptions) out << ", not " << exception.Text();
      out << '\n';
    }
  }
  return out.str();
}

}  // namespace tollgate::testing
