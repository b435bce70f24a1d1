// SPDX-License-Identifier: BSD-3-Clause

#include "tests/match/reference_matcher.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>

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

namespace {

constexpr uint8_t kLastTier = 3;  // of the random models and of every source

bool IsAbout(const policy::Rule& rule, uint16_t qtype) {
  const std::vector<uint16_t>& types = rule.qtypes.types;
  if (types.empty()) return true;
  const bool listed = std::find(types.begin(), types.end(), qtype) != types.end();
  return listed != rule.qtypes.except;
}

// RPZ draft section 5.6: IPv4 counts as IPv4-mapped IPv6.
unsigned InternalLength(const dns::Prefix& prefix) {
  return prefix.length + (prefix.family == 4 ? 96u : 0u);
}

std::vector<dns::Prefix> OneOrNone(const std::optional<dns::Prefix>& address) {
  return address ? std::vector<dns::Prefix>{*address} : std::vector<dns::Prefix>{};
}

}  // namespace

bool ReferenceMatcher::CountsFor(uint32_t policy, const std::optional<dns::Prefix>& client) const {
  const std::vector<uint32_t>& clients = model_.policies[policy].clients;
  if (clients.empty()) return true;
  if (!client) return false;
  int longest = -1;
  uint32_t own = 0;
  for (uint32_t i = 0; i < model_.groups.size(); ++i) {
    for (const dns::Prefix& prefix : model_.groups[i].prefixes) {
      // Of two groups with one prefix, which no source gives, the last one counts.
      if (!prefix.Holds(*client) || prefix.length < longest) continue;
      longest = prefix.length;
      own = i;
    }
  }
  return longest >= 0 && std::find(clients.begin(), clients.end(), own) != clients.end();
}

bool ReferenceMatcher::Decide(const std::vector<policy::Match>& matches, const Asked& asked,
                              policy::Verdict& verdict) const {
  for (const policy::Match& match : matches) {
    const policy::Rule& rule = model_.rules[match.rule];
    if (!CountsFor(rule.policy, asked.client)) continue;
    const bool is_shadowed = !asked.shadowed.empty() && asked.shadowed[rule.policy] != 0;
    if (rule.mode == policy::Mode::kEnforce && !is_shadowed) {
      verdict.decision = match;
      return true;
    }
    // What is in shadow mode is passed over, and noted where it would have decided.
    if (!verdict.shadow) verdict.shadow = match;
  }
  return false;
}

policy::Verdict ReferenceMatcher::Match(const dns::Name& qname, uint16_t qtype, policy::Day today,
                                        const std::vector<uint8_t>& shadowed,
                                        const std::optional<dns::Prefix>& client) const {
  policy::Verdict verdict;
  // The first policy with a matching rule decides, and inside it the first tier.
  for (uint32_t policy = 0; policy < model_.policies.size(); ++policy) {
    for (uint8_t tier = 0; tier <= kLastTier; ++tier) {
      const Question of_client{qname, qtype, today, policy::Subject::kClient};
      const Asked asked{shadowed, client};
      if (Decide(PrefixesIn(policy, tier, of_client, OneOrNone(client)), asked, verdict) ||
          Decide(MatchesIn(policy, tier, {qname, qtype, today}), asked, verdict)) {
        return verdict;
      }
    }
  }
  return verdict;
}

policy::Verdict ReferenceMatcher::Judge(const dns::Name& qname, uint16_t qtype, policy::Day today,
                                        const policy::AnswerEvidence& answer,
                                        const std::vector<uint8_t>& shadowed,
                                        const std::optional<dns::Prefix>& client) const {
  const Asked asked{shadowed, client};
  policy::Verdict verdict = Match(qname, qtype, today, shadowed, client);
  if (verdict.decision) return verdict;
  uint8_t stage = 0;
  for (const dns::Name& target : answer.targets) {
    ++stage;
    for (uint32_t policy = 0; policy < model_.policies.size(); ++policy) {
      for (uint8_t tier = 0; tier <= kLastTier; ++tier) {
        std::vector<policy::Match> matches = MatchesIn(policy, tier, {target, qtype, today});
        for (policy::Match& match : matches) {
          match.stage = stage;
          match.owner_label = 0;
        }
        if (Decide(matches, asked, verdict)) return verdict;
      }
    }
  }
  for (uint32_t policy = 0; policy < model_.policies.size(); ++policy) {
    for (uint8_t tier = 0; tier <= kLastTier; ++tier) {
      const Question of_answer{qname, qtype, today, policy::Subject::kAddress};
      const Question of_servers{qname, qtype, today, policy::Subject::kNameServerAddress};
      if (Decide(WholesIn(policy, tier, {qname, qtype, today}, answer, client), asked, verdict) ||
          Decide(PrefixesIn(policy, tier, of_answer, answer.addresses), asked, verdict) ||
          Decide(NameServersIn(policy, tier, qtype, today, answer.name_servers), asked, verdict) ||
          Decide(PrefixesIn(policy, tier, of_servers, answer.name_server_addresses), asked,
                 verdict)) {
        return verdict;
      }
    }
  }
  return verdict;
}

bool ReferenceMatcher::Considers(uint32_t number, const Question& question) const {
  const policy::Rule& rule = model_.rules[number];
  if (question.part != policy::kNoRule) return number == question.part;
  return rule.part_of == policy::kNotAPart && rule.subject == question.subject;
}

std::vector<policy::Match> ReferenceMatcher::PrefixesIn(
    uint32_t policy, uint8_t tier, const Question& question,
    const std::vector<dns::Prefix>& addresses) const {
  std::vector<policy::PrefixTrigger> triggers;
  for (const policy::PrefixTrigger& trigger : model_.prefix_triggers) {
    const policy::Rule& rule = model_.rules[trigger.rule];
    const bool holds =
        std::any_of(addresses.begin(), addresses.end(),
                    [&](const dns::Prefix& address) { return trigger.prefix.Holds(address); });
    if (rule.policy == policy && rule.tier == tier && Considers(trigger.rule, question) && holds &&
        IsAbout(rule, question.qtype) &&
        !IsPast(Earlier(trigger.expires, rule.expires), question.today)) {
      triggers.push_back(trigger);
    }
  }
  // The longest prefix, then the smallest address, then the first.
  std::stable_sort(triggers.begin(), triggers.end(), [](const auto& a, const auto& b) {
    return std::tuple(~InternalLength(a.prefix), a.prefix.family, a.prefix.address, a.rule) <
           std::tuple(~InternalLength(b.prefix), b.prefix.family, b.prefix.address, b.rule);
  });
  std::vector<policy::Match> matches;
  for (const policy::PrefixTrigger& trigger : triggers) {
    matches.push_back({trigger.rule, trigger.line,
                       Earlier(trigger.expires, model_.rules[trigger.rule].expires), 0,
                       question.subject});
  }
  return matches;
}

std::vector<policy::Match> ReferenceMatcher::NameServersIn(
    uint32_t policy, uint8_t tier, uint16_t qtype, policy::Day today,
    const std::vector<dns::Name>& names) const {
  std::vector<std::pair<std::tuple<bool, size_t, size_t, uint32_t, uint32_t>, policy::Match>> all;
  for (const dns::Name& name : names) {
    const Question question{name, qtype, today, policy::Subject::kNameServer};
    auto add = [&](policy::NameScope scope, size_t label) {
      std::vector<policy::Match> matches;
      AddNames(policy, tier, scope, question, label, matches);
      for (const policy::Match& match : matches) {
        all.push_back({{false, 127 - (name.label_count() - label), static_cast<size_t>(scope),
                        match.rule, match.line},
                       match});
      }
    };
    for (size_t label = 0; label < name.label_count(); ++label) {
      if (label == 0) add(policy::NameScope::kHost, label);
      add(policy::NameScope::kDomain, label);
      if (label > 0) add(policy::NameScope::kBelow, label);
    }
    std::vector<policy::Match> patterns;
    AddPatterns(policy, tier, question, patterns);
    for (const policy::Match& match : patterns) {
      all.push_back({{true, 0, 0, match.rule, match.line}, match});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<policy::Match> matches;
  for (auto& [unused, match] : all) {
    match.owner_label = 0;
    match.subject = policy::Subject::kNameServer;
    matches.push_back(match);
  }
  return matches;
}

bool ReferenceMatcher::PartMatches(uint32_t part, const Question& question,
                                   const policy::AnswerEvidence& answer,
                                   const std::optional<dns::Prefix>& client) const {
  const policy::Rule& rule = model_.rules[part];
  Question of_part = question;
  of_part.part = part;
  auto any_name = [&](const std::vector<dns::Name>& names) {
    return std::any_of(names.begin(), names.end(), [&](const dns::Name& name) {
      const Question of_name{name, question.qtype, question.today, rule.subject, part};
      return !MatchesIn(rule.policy, rule.tier, of_name).empty();
    });
  };
  switch (rule.subject) {
    case policy::Subject::kQname:
      return any_name({question.qname}) || any_name(answer.targets);
    case policy::Subject::kNameServer:
      return any_name(answer.name_servers);
    case policy::Subject::kAddress:
      return !PrefixesIn(rule.policy, rule.tier, of_part, answer.addresses).empty();
    case policy::Subject::kNameServerAddress:
      return !PrefixesIn(rule.policy, rule.tier, of_part, answer.name_server_addresses).empty();
    case policy::Subject::kClient:
      break;
  }
  return !PrefixesIn(rule.policy, rule.tier, of_part, OneOrNone(client)).empty();
}

std::vector<policy::Match> ReferenceMatcher::WholesIn(
    uint32_t policy, uint8_t tier, const Question& question, const policy::AnswerEvidence& answer,
    const std::optional<dns::Prefix>& client) const {
  std::vector<policy::Match> matches;
  for (uint32_t i = 0; i < model_.rules.size(); ++i) {
    const policy::Rule& rule = model_.rules[i];
    size_t parts = 0;
    size_t matching = 0;
    for (uint32_t part = 0; part < model_.rules.size(); ++part) {
      if (model_.rules[part].part_of != i) continue;
      ++parts;
      matching += PartMatches(part, question, answer, client) ? 1 : 0;
    }
    if (parts == 0 || matching < parts || rule.policy != policy || rule.tier != tier ||
        IsPast(rule.expires, question.today) || !IsAbout(rule, question.qtype)) {
      continue;
    }
    matches.push_back({i, rule.line, rule.expires});
  }
  return matches;
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

void ReferenceMatcher::AddNames(uint32_t policy, uint8_t tier, policy::NameScope scope,
                                const Question& question, size_t label,
                                std::vector<policy::Match>& matches) const {
  for (const policy::NameTrigger& trigger : model_.name_triggers) {
    const policy::Rule& rule = model_.rules[trigger.rule];
    if (rule.policy != policy || rule.tier != tier || trigger.scope != scope) continue;
    if (!Considers(trigger.rule, question)) continue;
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
    if (other.subject != rule.subject || other.part_of != rule.part_of) continue;
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
    if (!Considers(trigger.rule, question) || !IsAbout(rule, question.qtype)) continue;
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
