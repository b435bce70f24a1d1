// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/feed.h"

#include <array>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "ruleset/database/hyperscan.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/prefix_text.h"

namespace tollgate::source {
namespace {

auto Key(const FeedRule& rule) {
  const AnswerKeys& answer = rule.answer;
  return std::tie(rule.id, rule.tier, answer.action, answer.sinkhole, answer.ttl, answer.ede,
                  answer.mode, answer.expires, rule.keeps_action, rule.qtypes, rule.subject,
                  rule.is_zone, rule.is_marker);
}

}  // namespace

Feed::Feed(const PolicyEntry& entry, const std::string& path, bool keep_all,
           policy::RuleModel& model, policy::Day today)
    : entry_(entry),
      model_(model),
      policy_(static_cast<uint32_t>(model.policies.size())),
      today_(today) {
  policy::Policy policy;
  policy.id = entry.id.value_or("");
  policy.file = entry.file;
  policy.path = path;
  policy.is_feed = true;
  policy.terms = entry.terms;
  policy.clients = entry.clients;
  model.policies.push_back(std::move(policy));
  report_.policy = policy_;
  report_.path = path;
  report_.keep_all = keep_all;
}

bool Feed::RuleOrder::operator()(const FeedRule& a, const FeedRule& b) const {
  return Key(a) < Key(b);
}

uint32_t Feed::Rule(const FeedRule& rule) {
  const auto [known, is_new] = rules_.try_emplace(rule);
  if (is_new) known->second = NewRule(rule, 1);
  return known->second;
}

uint32_t Feed::NewRule(const FeedRule& rule, uint32_t line) {
  AnswerKeys overrides = entry_.overrides;
  if (rule.keeps_action) {
    overrides.action.reset();
    overrides.sinkhole.reset();
  }
  const AnswerKeys keys = overrides.Over(rule.answer);
  policy::Rule made;
  made.policy = policy_;
  made.subject = rule.subject;
  made.tier = rule.tier;
  made.id = rule.id;
  made.meaning = rule.meaning;
  made.file = rule.file.empty() ? entry_.file : rule.file;
  made.line = line;
  made.answer = keys.ToAnswer();
  made.qtypes = rule.qtypes;
  made.mode = keys.mode.value_or(policy::Mode::kEnforce);
  made.expires = keys.expires.value_or(policy::kNever);
  made.is_zone = rule.is_zone;
  made.is_marker = rule.is_marker;
  const auto index = static_cast<uint32_t>(model_.rules.size());
  model_.rules.push_back(std::move(made));
  return index;
}

bool Feed::AddIndicator(std::string_view text, uint32_t rule, policy::NameScope scope,
                        uint32_t line, policy::Day expires) {
  // Almost every line of millions is a plain name: it goes straight to where it is kept.
  std::array<uint8_t, dns::kMaxWireLength> stored;
  if (const size_t length = dns::WriteStored(text, stored)) {
    model_.AddStoredName({stored.data(), length}, entry_.scope.value_or(scope), rule, line,
                         expires);
  } else {
    absl::StatusOr<dns::Name> name = ParseIndicator(text);
    if (!name.ok()) {
      Reject(line, name.status().message(), text);
      return false;
    }
    model_.AddName(*name, entry_.scope.value_or(scope), rule, line, expires);
  }
  ++report_.taken;
  return true;
}

void Feed::AddName(const dns::Name& name, uint32_t rule, policy::NameScope scope, uint32_t line,
                   policy::Day expires) {
  model_.AddName(name, scope, rule, line, expires);
  if (!model_.rules[rule].is_marker) ++report_.taken;
}

void Feed::AddPrefix(const dns::Prefix& prefix, uint32_t rule, uint32_t line, policy::Day expires) {
  model_.prefix_triggers.push_back({rule, line, expires, prefix});
  ++report_.taken;
}

bool Feed::AddAddress(std::string_view text, uint32_t rule, uint32_t line, policy::Day expires,
                      std::string_view written) {
  const absl::StatusOr<dns::Prefix> prefix = ParsePrefix(text);
  const absl::string_view fault = prefix.ok()
                                      ? WhyTooWide(*prefix, model_.rules[rule].answer.action)
                                      : "no address, nor a prefix without bits set behind it";
  if (!fault.empty()) {
    Reject(line, fault, written.empty() ? text : written);
    return false;
  }
  AddPrefix(*prefix, rule, line, expires);
  return true;
}

bool Feed::AddPattern(const FeedRule& rule, std::string expression, bool whole_name,
                      std::vector<dns::Name> exceptions, std::string_view written, uint32_t line) {
  if (std::optional<std::string> fault = database::FindPatternFault(expression)) {
    Reject(line, "a pattern that Hyperscan refuses: " + *fault, written);
    return false;
  }
  const uint32_t index = NewRule(rule, line);
  model_.rules[index].pattern = std::string(written);
  model_.pattern_triggers.push_back(
      {index, whole_name, std::move(expression), std::move(exceptions)});
  ++report_.taken;
  return true;
}

void Feed::Reject(uint32_t line, absl::string_view reason, std::string_view text) {
  report_.Add(LineFate::kRejected, line, reason, text);
}
void Feed::Skip(uint32_t line, absl::string_view reason, std::string_view text) {
  report_.Add(LineFate::kSkipped, line, reason, text);
}
void Feed::NotYet(uint32_t line, absl::string_view reason, std::string_view text) {
  report_.Add(LineFate::kNotYet, line, reason, text);
}

}  // namespace tollgate::source
