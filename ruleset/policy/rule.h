// SPDX-License-Identifier: BSD-3-Clause
//
// The rule model: what every source is turned into, and all that the compiler knows. A rule is
// triggers and an answer.

#ifndef TOLLGATE_RULESET_POLICY_RULE_H_
#define TOLLGATE_RULESET_POLICY_RULE_H_

#include <algorithm>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ruleset/dns/name.h"
#include "ruleset/policy/action.h"

namespace tollgate::policy {

// A day, in days since 1970-01-01 UTC.
using Day = uint32_t;
inline constexpr Day kNever = 0;

struct Record {
  uint16_t type = 0;
  std::string rdata;  // wire format without compression
  auto operator<=>(const Record&) const = default;
};

struct Answer {
  Action action = Action::kNxdomain;
  Ede ede = Ede::kBlocked;
  uint32_t ttl = 60;            // seconds
  std::vector<Record> records;  // of a sinkhole, sorted
  auto operator<=>(const Answer&) const = default;
};

struct Policy {
  std::string id;
  std::string campaign;  // empty for a plain list
  std::string title;
  std::string category;
  std::string severity;
  std::string file;  // as the manifest names it
  std::string path;  // where it was read from, for diagnostics
};

struct Rule {
  uint32_t policy = 0;
  std::string id;
  std::string meaning;
  std::string report;
  std::string file;
  uint32_t line = 0;
  std::string pattern;  // as written; empty for names
  Answer answer;
  Mode mode = Mode::kEnforce;
  Day expires = kNever;
};

enum class NameScope : uint8_t {
  kHost,    // the name alone
  kDomain,  // the name and everything below it
};

struct NameTrigger {
  uint64_t name;        // offset in RuleModel::names
  uint8_t name_length;  // wire format without the root label
  NameScope scope;
  uint32_t rule;
  uint32_t line;
  Day expires;  // of the indicator alone; its rule's may be earlier
};

struct PatternTrigger {
  uint32_t rule;
  bool whole_name;         // matched against QNAME; otherwise against the registrable domain
  std::string expression;  // for Hyperscan, anchored at both ends
  std::vector<dns::Name> exceptions;
};

// Policies in order of precedence; rules sorted by policy, within one in the order of their files.
struct RuleModel {
  std::vector<Policy> policies;
  std::vector<Rule> rules;
  std::vector<NameTrigger> name_triggers;
  std::vector<PatternTrigger> pattern_triggers;  // sorted by rule
  std::string names;

  void AddName(const dns::Name& name, NameScope scope, uint32_t rule, uint32_t line, Day expires) {
    const std::span<const uint8_t> wire = name.wire();
    name_triggers.push_back(
        {names.size(), static_cast<uint8_t>(wire.size() - 1), scope, rule, line, expires});
    names.append(reinterpret_cast<const char*>(wire.data()), wire.size() - 1);
  }

  // The last day of a trigger: its own or its rule's, the earlier one.
  Day LastDay(const NameTrigger& trigger) const {
    const Day rule = rules[trigger.rule].expires;
    if (trigger.expires == kNever) return rule;
    return rule == kNever ? trigger.expires : std::min(trigger.expires, rule);
  }

  std::span<const uint8_t> NameOf(const NameTrigger& trigger) const {
    return {reinterpret_cast<const uint8_t*>(names.data()) + trigger.name, trigger.name_length};
  }
};

}  // namespace tollgate::policy

#endif  // TOLLGATE_RULESET_POLICY_RULE_H_
