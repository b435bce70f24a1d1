// SPDX-License-Identifier: BSD-3-Clause
//
// The names of a model in the order in which the database keeps them: by their hashes. Names that
// are equal are neighbours, and any name is found by its hash without a table beside.

#ifndef TOLLGATE_RULESET_COMPILE_NAME_ORDER_H_
#define TOLLGATE_RULESET_COMPILE_NAME_ORDER_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ruleset/policy/rule.h"

namespace tollgate::compile {

struct NameOrder {
  uint64_t seed = 0;
  std::vector<uint64_t> hashes;  // of the names of RuleModel::name_triggers, one for each
};

// A seed that depends on every name: nobody who writes one of them can know it beforehand, and the
// same rules make the same file.
uint64_t NameSeed(const policy::RuleModel& model);

// For each rule its layer: the number of its policy and tier, in the order of precedence.
std::vector<uint32_t> LayersOf(const policy::RuleModel& model);

// For each rule its realm: rules of one layer that are about the same thing. Each part is a realm
// of its own. What is said in one realm makes nothing redundant in another.
std::vector<uint32_t> RealmsOf(const policy::RuleModel& model);

// For each rule its group: rules of one realm that are about the same QTYPEs, markers apart;
// numbered in the order of precedence. Inside a group one trigger of a name and scope, or of a
// prefix, is enough.
std::vector<uint32_t> GroupsOf(const policy::RuleModel& model);

// Sorts the model's name triggers by hash, then name, then group, then scope; what is equal in all
// of it stays in the order of the text.
NameOrder OrderNames(policy::RuleModel& model, uint64_t seed);

// Finds names in an ordered model. Immutable, for any number of threads; the model and the order
// must outlive it and stay as they are.
class NameFinder {
 public:
  NameFinder(const policy::RuleModel& model, const NameOrder& order);

  // The indices [first, last) of the triggers of `name`, given without the root label.
  struct Range {
    size_t first = 0;
    size_t last = 0;
  };
  Range Find(std::string_view name) const { return Find(name, Hash(name)); }
  // The same where the hash is known already.
  Range Find(std::string_view name, uint64_t hash) const;
  uint64_t Hash(std::string_view name) const;

 private:
  const policy::RuleModel& model_;
  const NameOrder& order_;
  // starts_[hash >> shift_]: the first trigger with that beginning of its hash.
  std::vector<uint32_t> starts_;
  int shift_;
};

// The name of a trigger, as a key.
inline std::string_view KeyOf(std::span<const uint8_t> name) {
  return {reinterpret_cast<const char*>(name.data()), name.size()};
}

// A name without its first label.
inline std::string_view Parent(std::string_view name) {
  return name.substr(1 + static_cast<uint8_t>(name[0]));
}

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_NAME_ORDER_H_
