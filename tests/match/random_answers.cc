// SPDX-License-Identifier: BSD-3-Clause

#include "tests/match/random_answers.h"

#include <sstream>
#include <utility>

#include "ruleset/dns/type.h"
#include "tests/match/database_image.h"
#include "tests/match/dice.h"
#include "tests/match/random_model.h"

namespace tollgate::testing {
namespace {

using policy::Subject;

dns::Prefix RandomPrefix(Dice& dice, unsigned bits) {
  std::array<uint8_t, 16> octets{};
  const bool is4 = dice.OneIn(2);
  const std::array<uint8_t, 4> start4 = {10, 0, 0, 0};
  const std::array<uint8_t, 4> start6 = {0x20, 0x01, 0x0d, 0xb8};
  std::copy_n(is4 ? start4.begin() : start6.begin(), 4, octets.begin());
  const unsigned size = is4 ? 4 : 16;
  octets[size - 1] = static_cast<uint8_t>(dice.Below(16));
  return *dns::Prefix::Of({octets.data(), size}, size * 8 - dice.Below(bits + 1));
}

class Maker {
 public:
  explicit Maker(uint32_t seed) : dice_(seed * 7919 + 1), model_(RandomModel(seed)) {}

  policy::RuleModel Run() {
    if (dice_.OneIn(2)) AddGroups();
    line_ = 1000;
    for (uint32_t i = 0; i < model_.policies.size(); ++i) {
      for (Subject subject : {Subject::kAddress, Subject::kNameServer, Subject::kNameServerAddress,
                              Subject::kClient}) {
        if (subject == Subject::kClient && !dice_.OneIn(3)) continue;
        if (dice_.OneIn(2)) AddRule(i, subject);
      }
      while (dice_.OneIn(2)) AddWhole(i);
    }
    return std::move(model_);
  }

 private:
  void AddGroups() {
    for (uint32_t i = 1 + dice_.Below(3); i > 0; --i) {
      policy::ClientGroup& group = model_.groups.emplace_back();
      group.id = "group-" + std::to_string(model_.groups.size() - 1);
      for (uint32_t j = 1 + dice_.Below(2); j > 0; --j) {
        group.prefixes.push_back(RandomPrefix(dice_, 4));
      }
    }
    for (policy::Policy& policy : model_.policies) {
      if (!dice_.OneIn(3)) continue;
      const auto count = static_cast<uint32_t>(model_.groups.size());
      policy.clients.push_back(dice_.Below(count));
      if (dice_.OneIn(3)) policy.clients.push_back(dice_.Below(count));
    }
  }

  uint32_t NewRule(uint32_t policy, Subject subject) {
    constexpr policy::Action kActions[] = {policy::Action::kPass, policy::Action::kNxdomain};
    policy::Rule rule;
    rule.policy = policy;
    rule.subject = subject;
    rule.id = "rule-" + std::to_string(model_.rules.size());
    rule.line = ++line_;
    rule.answer.action = kActions[dice_.Below(2)];
    if (dice_.OneIn(4)) rule.mode = policy::Mode::kShadow;
    if (dice_.OneIn(4)) rule.expires = kFirstLastDay;
    if (dice_.OneIn(4)) rule.tier = 1;
    if (dice_.OneIn(5)) rule.qtypes = {.types = {dns::kTypeA}, .except = dice_.OneIn(2)};
    model_.rules.push_back(std::move(rule));
    return static_cast<uint32_t>(model_.rules.size() - 1);
  }

  policy::Day LastDay() { return dice_.OneIn(4) ? kSecondLastDay : policy::kNever; }

  void AddTriggers(uint32_t rule, uint32_t most) {
    const Subject subject = model_.rules[rule].subject;
    if (subject == Subject::kQname || subject == Subject::kNameServer) {
      if (dice_.OneIn(4)) {
        const bool whole_name = dice_.OneIn(2);
        model_.rules[rule].pattern = ".*";
        model_.pattern_triggers.push_back(
            {rule, whole_name, whole_name ? R"(^(?:[ab]\..*)\z)" : R"(^(?:[bc]\..*)\z)", {}});
        return;
      }
      const auto names = AllNames(3);
      for (uint32_t i = 1 + dice_.Below(most); i > 0; --i) {
        model_.AddName(names[dice_.Below(static_cast<uint32_t>(names.size()))],
                       policy::NameScope(dice_.Below(3)), rule, ++line_, LastDay());
      }
      return;
    }
    for (uint32_t i = 1 + dice_.Below(most); i > 0; --i) {
      model_.prefix_triggers.push_back({rule, ++line_, LastDay(), RandomPrefix(dice_, 4)});
    }
  }

  void AddRule(uint32_t policy, Subject subject) {
    AddTriggers(NewRule(policy, subject), 4);
    if (dice_.OneIn(3)) AddTriggers(NewRule(policy, subject), 2);
    if (subject == Subject::kNameServer && dice_.OneIn(3)) AddZone(policy);
  }

  // Wildcards on name servers, and what stops them.
  void AddZone(uint32_t policy) {
    const uint32_t wildcards = NewRule(policy, Subject::kNameServer);
    const uint32_t markers = NewRule(policy, Subject::kNameServer);
    for (uint32_t rule : {wildcards, markers}) {
      model_.rules[rule].is_zone = true;
      model_.rules[rule].tier = 2;
      model_.rules[rule].qtypes = {};
    }
    model_.rules[markers].is_marker = true;
    const auto names = AllNames(2);
    auto any = [&] { return names[dice_.Below(static_cast<uint32_t>(names.size()))]; };
    model_.AddName(any(), policy::NameScope::kBelow, wildcards, ++line_, policy::kNever);
    model_.AddName(any(), policy::NameScope::kBelow, wildcards, ++line_, policy::kNever);
    model_.AddName(any(), policy::NameScope::kHost, markers, ++line_, policy::kNever);
  }

  void AddWhole(uint32_t policy) {
    const uint32_t whole = NewRule(policy, Subject::kQname);
    constexpr Subject kSubjects[] = {Subject::kQname, Subject::kAddress, Subject::kNameServer,
                                     Subject::kNameServerAddress, Subject::kClient};
    const uint32_t first = dice_.Below(4);  // one that is not about the client
    for (uint32_t i = 0, parts = 1 + dice_.Below(3); i < parts; ++i) {
      const uint32_t part = NewRule(policy, i == 0 ? kSubjects[first] : kSubjects[dice_.Below(5)]);
      model_.rules[part].part_of = whole;
      model_.rules[part].tier = model_.rules[whole].tier;
      model_.rules[part].mode = policy::Mode::kEnforce;
      AddTriggers(part, 4);
    }
  }

  Dice dice_;
  policy::RuleModel model_;
  uint32_t line_ = 0;
};

}  // namespace

policy::RuleModel RandomAnswerModel(uint32_t seed) { return Maker(seed).Run(); }

policy::AnswerEvidence RandomAnswer(uint32_t seed) {
  Dice dice(seed);
  static const std::vector<dns::Name> names = AllNames(4);
  policy::AnswerEvidence answer;
  auto any_name = [&] { return names[dice.Below(static_cast<uint32_t>(names.size()))]; };
  for (uint32_t i = dice.Below(3); i > 0; --i) answer.targets.push_back(any_name());
  for (uint32_t i = dice.Below(4); i > 0; --i) answer.addresses.push_back(RandomPrefix(dice, 0));
  for (uint32_t i = dice.Below(4); i > 0; --i) answer.name_servers.push_back(any_name());
  for (uint32_t i = dice.Below(3); i > 0; --i) {
    answer.name_server_addresses.push_back(RandomPrefix(dice, 0));
  }
  return answer;
}

std::vector<dns::Prefix> AllAddresses() {
  std::vector<dns::Prefix> addresses;
  for (int i = 0; i < 16; ++i) {
    addresses.push_back(*dns::Prefix::Parse("10.0.0." + std::to_string(i)));
  }
  for (int i = 0; i < 16; ++i) {
    addresses.push_back(*dns::Prefix::Parse(std::string("2001:db8::") + "0123456789abcdef"[i]));
  }
  return addresses;
}

std::string Describe(const policy::AnswerEvidence& answer) {
  std::string out;
  for (const dns::Name& name : answer.targets) out += " CNAME " + name.Text();
  for (const dns::Prefix& address : answer.addresses) out += " address " + address.Text();
  for (const dns::Name& name : answer.name_servers) out += " NS " + name.Text();
  for (const dns::Prefix& address : answer.name_server_addresses) {
    out += " NS address " + address.Text();
  }
  return out;
}

std::string DescribeWhole(const policy::RuleModel& model) {
  constexpr std::string_view kSubjects[] = {"QNAME", "address", "NS", "NS address", "client"};
  std::ostringstream out;
  out << Describe(model);
  for (size_t i = 0; i < model.rules.size(); ++i) {
    const policy::Rule& rule = model.rules[i];
    out << "rule " << i << " of policy " << rule.policy << " about "
        << kSubjects[static_cast<size_t>(rule.subject)];
    if (rule.part_of != policy::kNotAPart) out << ", part of " << rule.part_of;
    for (const policy::PrefixTrigger& trigger : model.prefix_triggers) {
      if (trigger.rule != i) continue;
      out << ' ' << trigger.prefix.Text() << " (line " << trigger.line << ", until "
          << trigger.expires << ')';
    }
    out << '\n';
  }
  for (const policy::ClientGroup& group : model.groups) {
    out << group.id;
    for (const dns::Prefix& prefix : group.prefixes) out << ' ' << prefix.Text();
    out << '\n';
  }
  for (const policy::Policy& policy : model.policies) {
    out << policy.id << " for";
    for (uint32_t group : policy.clients) out << " group " << group;
    out << '\n';
  }
  return out.str();
}

}  // namespace tollgate::testing
