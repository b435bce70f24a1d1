// SPDX-License-Identifier: BSD-3-Clause

#include "tests/match/reference_matcher.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "ruleset/database/format.h"

namespace tollgate::testing {
namespace {

std::string_view WithoutRoot(std::span<const uint8_t> wire) {
  return {reinterpret_cast<const char*>(wire.data()), wire.size() - 1};
}

size_t LabelCount(std::string_view name) {
  size_t labels = 0;
  for (size_t at = 0; at < name.size(); at += 1 + static_cast<uint8_t>(name[at])) ++labels;
  return labels;
}

// Whether `qname` is `name` (wire format without the root label) or below it.
bool IsAtOrBelow(const dns::Name& qname, std::string_view name) {
  for (size_t label = 0; label <= qname.label_count(); ++label) {
    if (WithoutRoot(qname.Suffix(label)) == name) return true;
  }
  return false;
}

bool IsPast(policy::Day last, policy::Day today) { return last != policy::kNever && last < today; }

// Whether the name is itself a public suffix of the private section.
bool IsPrivateSuffix(std::string_view name, const source::PublicSuffixList& suffixes) {
  const std::string_view parent =
      name.empty() ? name : name.substr(1 + static_cast<uint8_t>(name[0]));
  for (const auto& [key, flags] : suffixes.rules()) {
    if ((flags & database::kSuffixPrivate) == 0) continue;
    if ((flags & database::kSuffixNormal) != 0 && key == name) return true;
    if ((flags & database::kSuffixWildcard) != 0 && key == parent) return true;
  }
  return false;
}

// The earlier of two last days.
policy::Day Earlier(policy::Day a, policy::Day b) {
  if (a == policy::kNever) return b;
  if (b == policy::kNever) return a;
  return std::min(a, b);
}

// "^(?:" and ")\z" is what matching whole means; std::regex has no \z and says regex_match instead.
std::regex WholeMatch(const std::string& expression) {
  constexpr std::string_view kEnd = R"(\z)";
  if (!expression.starts_with('^') || !expression.ends_with(kEnd)) {
    throw std::invalid_argument("not an anchored expression: " + expression);
  }
  return std::regex(expression.substr(1, expression.size() - 1 - kEnd.size()));
}

}  // namespace

std::optional<size_t> RegistrableDomain(const dns::Name& qname,
                                        const source::PublicSuffixList& suffixes) {
  // publicsuffix.org, "Algorithm", step by step. The default rule is "*": the top-level domain.
  size_t suffix_labels = 1;
  std::optional<size_t> exception_labels;
  for (const auto& [name, flags] : suffixes.rules()) {
    if ((flags & database::kSuffixPrivate) != 0 || !IsAtOrBelow(qname, name)) continue;
    const size_t labels = LabelCount(name);
    if ((flags & database::kSuffixNormal) != 0) suffix_labels = std::max(suffix_labels, labels);
    if ((flags & database::kSuffixWildcard) != 0 && qname.label_count() > labels) {
      suffix_labels = std::max(suffix_labels, labels + 1);
    }
    if ((flags & database::kSuffixException) != 0) exception_labels = labels - 1;
  }
  suffix_labels = exception_labels.value_or(suffix_labels);
  if (qname.label_count() <= suffix_labels) return std::nullopt;
  return qname.label_count() - suffix_labels - 1;
}

ReferenceMatcher::ReferenceMatcher(const policy::RuleModel& model,
                                   const source::PublicSuffixList& suffixes)
    : model_(model), suffixes_(suffixes) {
  for (const policy::PatternTrigger& trigger : model.pattern_triggers) {
    expressions_.push_back(WholeMatch(trigger.expression));
  }
}

policy::Verdict ReferenceMatcher::Match(const dns::Name& qname, uint16_t qtype, policy::Day today,
                                        const std::vector<uint8_t>& shadowed) const {
  policy::Verdict verdict;
  // The first policy with a matching rule decides, and inside it the first tier. What is in shadow
  // mode is passed over, and noted where it would have decided.
  for (uint32_t policy = 0; policy < model_.policies.size(); ++policy) {
    const bool is_shadowed = !shadowed.empty() && shadowed[policy] != 0;
    constexpr int kLastTier = 3;  // of the random models and of every source
    for (int tier = 0; tier <= kLastTier; ++tier) {
      const Question question{qname, qtype, today};
      for (const policy::Match& match : MatchesIn(policy, static_cast<uint8_t>(tier), question)) {
        if (model_.rules[match.rule].mode == policy::Mode::kEnforce && !is_shadowed) {
          verdict.decision = match;
          return verdict;
        }
        if (!verdict.shadow) verdict.shadow = match;
      }
    }
  }
  return verdict;
}

std::vector<policy::Match> ReferenceMatcher::MatchesIn(uint32_t policy, uint8_t tier,
                                                       const Question& question) const {
  std::vector<policy::Match> matches;
  // The root is beyond every rule.
  const size_t labels = question.qname.label_count();
  if (labels == 0) return matches;
  AddNames(policy, tier, policy::NameScope::kHost, question, 0, matches);
  for (size_t label = 0; label < labels; ++label) {
    AddNames(policy, tier, policy::NameScope::kDomain, question, label, matches);
    if (label > 0) AddNames(policy, tier, policy::NameScope::kBelow, question, label, matches);
  }
  AddPatterns(policy, tier, question, matches);
  return matches;
}

namespace {

bool IsAbout(const policy::Rule& rule, uint16_t qtype) {
  const std::vector<uint16_t>& types = rule.qtypes.types;
  if (types.empty()) return true;
  const bool listed = std::find(types.begin(), types.end(), qtype) != types.end();
  return listed != rule.qtypes.except;
}

}  // namespace

void ReferenceMatcher::AddNames(uint32_t policy, uint8_t tier, policy::NameScope scope,
                                const Question& question, size_t label,
                                std::vector<policy::Match>& matches) const {
  for (const policy::NameTrigger& trigger : model_.name_triggers) {
    const policy::Rule& rule = model_.rules[trigger.rule];
    if (rule.policy != policy || rule.tier != tier || trigger.scope != scope) continue;
    if (rule.is_marker || !IsAbout(rule, question.qtype)) continue;
    const std::span<const uint8_t> name = model_.NameOf(trigger);
    const std::string_view owner(reinterpret_cast<const char*>(name.data()), name.size());
    if (owner != WithoutRoot(question.qname.Suffix(label))) continue;
    const policy::Day last = Earlier(trigger.expires, rule.expires);
    if (IsPast(last, question.today)) continue;
    if (scope != policy::NameScope::kHost && IsStopped(rule, question, label)) continue;
    matches.push_back({trigger.rule, trigger.line, last, static_cast<uint8_t>(label)});
  }
}

bool ReferenceMatcher::IsStopped(const policy::Rule& rule, const Question& question,
                                 size_t label) const {
  if (!rule.is_zone) return false;
  for (const policy::NameTrigger& trigger : model_.name_triggers) {
    const policy::Rule& other = model_.rules[trigger.rule];
    if (other.policy != rule.policy || other.tier != rule.tier) continue;
    if (IsPast(Earlier(trigger.expires, other.expires), question.today)) continue;
    const std::span<const uint8_t> name = model_.NameOf(trigger);
    const std::string_view owner(reinterpret_cast<const char*>(name.data()), name.size());
    for (size_t between = 0; between < label; ++between) {
      if (owner == WithoutRoot(question.qname.Suffix(between))) return true;
    }
  }
  return false;
}

void ReferenceMatcher::AddPatterns(uint32_t policy, uint8_t tier, const Question& question,
                                   std::vector<policy::Match>& matches) const {
  // Patterns are never asked about the root, about public suffixes of either section, or about
  // arpa.
  const dns::Name& qname = question.qname;
  const std::optional<size_t> registrable = RegistrableDomain(qname, suffixes_);
  if (!registrable || qname.Text(qname.label_count() - 1) == "arpa") return;
  for (size_t i = 0; i < model_.pattern_triggers.size(); ++i) {
    const policy::PatternTrigger& trigger = model_.pattern_triggers[i];
    const policy::Rule& rule = model_.rules[trigger.rule];
    if (rule.policy != policy || rule.tier != tier || IsPast(rule.expires, question.today)) {
      continue;
    }
    if (!IsAbout(rule, question.qtype)) continue;
    const size_t label = trigger.whole_name ? 0 : *registrable;
    if (IsPrivateSuffix(WithoutRoot(qname.Suffix(label)), suffixes_)) continue;
    const bool excepted = std::any_of(trigger.exceptions.begin(), trigger.exceptions.end(),
                                      [&](const dns::Name& exception) {
                                        return IsAtOrBelow(qname, WithoutRoot(exception.wire()));
                                      });
    if (excepted || !std::regex_match(qname.Text(label), expressions_[i])) continue;
    matches.push_back({trigger.rule, rule.line, rule.expires, static_cast<uint8_t>(label)});
  }
}

}  // namespace tollgate::testing
