// SPDX-License-Identifier: BSD-3-Clause
//
// Idea: what a policy blocks at one name is a set of 64 bits, so that "holds as much", "holds some
// of it" and "together they hold all" are one operation each. Triggers of one name are neighbours:
// one pass over them, and a look-up for each domain above.

#include "ruleset/compile/overlap.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <string_view>

#include "ruleset/compile/parallel.h"

namespace tollgate::compile {
namespace {

using policy::NameScope;
using policy::NameTrigger;
using policy::RuleModel;

// What is blocked of a name: one bit for each of 2 scopes x 2 modes x 16 sorts of QTYPE.
using Reach = uint64_t;
constexpr int kSorts = 16;
constexpr int kScopeBits = 2 * kSorts;           // the name: 0-31, below: 32-63
constexpr Reach kEnforced = 0x0000ffff0000ffff;  // what is not in shadow mode

// Whether it decides by the name that is asked for. The others, those about answers, name servers
// and clients, are left out of the comparison.
bool IsAboutNames(const policy::Rule& rule) {
  return rule.subject == policy::Subject::kQname && rule.part_of == policy::kNotAPart;
}

// For each rule what it blocks of a name, without what is below; 0 for rules that do not block.
std::vector<Reach> ReachOfRules(const RuleModel& model) {
  std::set<uint16_t> types;
  for (const policy::Rule& rule : model.rules) {
    types.insert(rule.qtypes.types.begin(), rule.qtypes.types.end());
  }
  // Sort 0 is every type that no rule names; the last sort is all that do not fit before it.
  auto sort_of = [&](uint16_t type) {
    const auto place = std::distance(types.begin(), types.find(type));
    return 1 + std::min<int>(static_cast<int>(place), kSorts - 2);
  };
  constexpr Reach kEverySort = (Reach{1} << kSorts) - 1;
  std::vector<Reach> reach;
  reach.reserve(model.rules.size());
  for (const policy::Rule& rule : model.rules) {
    Reach sorts = 0;
    for (uint16_t type : rule.qtypes.types) sorts |= Reach{1} << sort_of(type);
    if (rule.qtypes.except || rule.qtypes.types.empty()) sorts = kEverySort & ~sorts;
    const bool blocks =
        !rule.is_marker && IsAboutNames(rule) && rule.answer.action != policy::Action::kPass;
    const Reach shadow = sorts << kSorts;
    reach.push_back(!blocks ? 0 : rule.mode == policy::Mode::kShadow ? shadow : sorts | shadow);
  }
  return reach;
}

Reach AtName(Reach rule, NameScope scope) {
  const Reach below = rule << kScopeBits;
  return scope == NameScope::kHost ? rule : scope == NameScope::kBelow ? below : rule | below;
}

// All that a rule blocks at and below any name under a domain of its.
Reach Above(Reach rule) { return rule | rule << kScopeBits; }

Overlap EmptyOverlap(size_t policies) {
  Overlap overlap;
  overlap.policies.resize(policies);
  for (PolicyOverlap& policy : overlap.policies) policy.others.resize(policies);
  return overlap;
}

void AddTo(Overlap& sum, const Overlap& part) {
  sum.names += part.names;
  for (size_t i = 0; i < sum.policies.size(); ++i) {
    PolicyOverlap& to = sum.policies[i];
    const PolicyOverlap& from = part.policies[i];
    to.names += from.names;
    to.unique += from.unique;
    to.partly += from.partly;
    to.shared += from.shared;
    to.covered += from.covered;
    to.shadow += from.shadow;
    to.passes += from.passes;
    for (size_t j = 0; j < to.others.size(); ++j) {
      to.others[j].shared += from.others[j].shared;
      to.others[j].covered += from.others[j].covered;
      to.others[j].partly += from.others[j].partly;
    }
  }
}

// Counts name by name, on one thread.
class Counter {
 public:
  Counter(const RuleModel& model, const std::vector<Reach>& reach, const NameFinder& finder)
      : model_(model),
        reach_(reach),
        finder_(finder),
        root_(finder.Find({})),
        holds_(model.policies.size()),
        overlap_(EmptyOverlap(model.policies.size())) {}

  // The triggers [first, last) of one name.
  void Count(size_t first, size_t last) {
    bool blocks = false;
    for (size_t i = first; i < last; ++i) {
      const NameTrigger& trigger = model_.name_triggers[i];
      const policy::Rule& rule = model_.rules[trigger.rule];
      if (!IsAboutNames(rule)) continue;
      Holding& holding = HoldingOf(rule.policy);
      holding.at |= AtName(reach_[trigger.rule], trigger.scope);
      holding.stopped |= rule.is_zone;
      holding.passes |= rule.answer.action == policy::Action::kPass && !rule.is_marker;
      blocks |= reach_[trigger.rule] != 0;
    }
    if (blocks) {
      LookAbove(KeyOf(model_.NameOf(model_.name_triggers[first])));
      ++overlap_.names;
    }
    for (uint32_t policy : touched_) {
      overlap_.policies[policy].passes += holds_[policy].passes;
      if (holds_[policy].at != 0) Classify(policy);
    }
    for (uint32_t policy : touched_) holds_[policy] = {};
    touched_.clear();
  }

  const Overlap& overlap() const { return overlap_; }

 private:
  // What one policy has of the name at hand.
  struct Holding {
    Reach at = 0;          // by the very name
    Reach above = 0;       // by domains above it
    bool touched = false;  // whether it is in touched_
    bool passes = false;
    bool stopped = false;  // its wildcards end at a name that its zone has (RFC 4592)
  };

  Holding& HoldingOf(uint32_t policy) {
    Holding& holding = holds_[policy];
    if (!holding.touched) touched_.push_back(policy);
    holding.touched = true;
    return holding;
  }

  void LookAbove(std::string_view name) {
    while (!name.empty()) {
      name = Parent(name);
      LookAt(name.empty() ? root_ : finder_.Find(name));
    }
  }

  void LookAt(NameFinder::Range range) {
    for (size_t i = range.first; i < range.last; ++i) {
      const NameTrigger& trigger = model_.name_triggers[i];
      if (!IsAboutNames(model_.rules[trigger.rule])) continue;
      Holding& holding = HoldingOf(model_.rules[trigger.rule].policy);
      if (trigger.scope != NameScope::kHost && !holding.stopped) {
        holding.above |= Above(reach_[trigger.rule]);
      }
    }
    for (size_t i = range.first; i < range.last; ++i) {
      const policy::Rule& rule = model_.rules[model_.name_triggers[i].rule];
      holds_[rule.policy].stopped |= rule.is_zone && IsAboutNames(rule);
    }
  }

  void Classify(uint32_t policy) {
    const Reach need = holds_[policy].at;
    PolicyOverlap& mine = overlap_.policies[policy];
    Reach at = 0;
    Reach any = 0;
    for (uint32_t other : touched_) {
      if (other == policy) continue;
      const Holding& theirs = holds_[other];
      at |= theirs.at;
      any |= theirs.at | theirs.above;
      if ((need & ~theirs.at) == 0) {
        ++mine.others[other].shared;
      } else if ((need & ~(theirs.at | theirs.above)) == 0) {
        ++mine.others[other].covered;
      } else if ((need & (theirs.at | theirs.above)) != 0) {
        ++mine.others[other].partly;
      }
    }
    ++mine.names;
    if ((need & kEnforced) == 0) ++mine.shadow;
    const bool is_shared = (need & ~at) == 0;
    const bool is_covered = (need & ~any) == 0;
    ++(is_shared           ? mine.shared
       : is_covered        ? mine.covered
       : (need & any) != 0 ? mine.partly
                           : mine.unique);
  }

  const RuleModel& model_;
  const std::vector<Reach>& reach_;
  const NameFinder& finder_;
  const NameFinder::Range root_;
  std::vector<Holding> holds_;     // of each policy
  std::vector<uint32_t> touched_;  // the policies that have something of the name
  Overlap overlap_;
};

}  // namespace

Overlap MeasureOverlap(const RuleModel& model, const NameOrder& order) {
  const std::vector<Reach> reach = ReachOfRules(model);
  const NameFinder finder(model, order);
  const std::vector<NameTrigger>& triggers = model.name_triggers;
  auto is_one_name = [&](size_t a, size_t b) {
    return order.hashes[a] == order.hashes[b] &&
           KeyOf(model.NameOf(triggers[a])) == KeyOf(model.NameOf(triggers[b]));
  };
  Overlap sum = EmptyOverlap(model.policies.size());
  std::mutex adding;
  ForEachPart(triggers.size(), [&](size_t begin, size_t end) {
    Counter counter(model, reach, finder);
    // A name belongs to the part in which its first trigger stands.
    while (begin > 0 && begin < end && is_one_name(begin - 1, begin)) ++begin;
    for (size_t first = begin; first < end;) {
      constexpr size_t kAhead = 16;
      if (first + kAhead < end) __builtin_prefetch(&model.names[triggers[first + kAhead].name]);
      size_t last = first + 1;
      while (last < triggers.size() && is_one_name(first, last)) ++last;
      counter.Count(first, last);
      first = last;
    }
    const std::lock_guard<std::mutex> lock(adding);
    AddTo(sum, counter.overlap());
  });
  return sum;
}

}  // namespace tollgate::compile
