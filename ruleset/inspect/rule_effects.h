// SPDX-License-Identifier: BSD-3-Clause
//
// What a query feels of a rule, in terms that two databases share, and in words. For difference.cc.

#ifndef TOLLGATE_RULESET_INSPECT_RULE_EFFECTS_H_
#define TOLLGATE_RULESET_INSPECT_RULE_EFFECTS_H_

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ruleset/database/format.h"

namespace tollgate::inspect {

// All of a rule that a query can feel. Two that are equal are one number, in both databases.
struct Effect {
  uint32_t policy;  // number in Difference::policies
  uint8_t mode;
  uint8_t flags;
  uint8_t subject;   // policy::Subject
  std::string part;  // which part of which rule; empty for what is none
  uint8_t action;
  uint16_t ede;
  uint32_t ttl;
  std::string records;
  std::vector<uint16_t> qtypes;

  auto operator<=>(const Effect&) const = default;
};

// One trigger of one name.
struct Trigger {
  uint32_t policy;
  uint32_t effect;
  database::PostingKind kind;
  uint32_t last_day;

  auto operator<=>(const Trigger&) const = default;
};

// A list of changes: with all that is known, and without days, which are too many to be counted.
struct What {
  std::string full;
  std::string brief;

  // Nothing where `before` is `after`.
  void Add(const std::string& field, const std::string& before, const std::string& after,
           bool values_in_brief = true);
  void Add(const std::string& field);
};

// The effects of both databases' rules.
class Effects {
 public:
  uint32_t NumberOf(Effect effect);

  // Adds what is different between two of one policy.
  void Compare(uint32_t before, uint32_t after, What& what) const;

  // "domain, nxdomain, in shadow mode, until 2026-12-31"
  std::string Describe(const Trigger& trigger) const;

 private:
  std::map<Effect, uint32_t> numbers_;
  std::vector<const Effect*> list_;  // keys of numbers_
};

// A day as text; "never" for 0.
std::string DayOrNever(uint32_t day);

}  // namespace tollgate::inspect

#endif  // TOLLGATE_RULESET_INSPECT_RULE_EFFECTS_H_
