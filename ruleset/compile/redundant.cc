// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/redundant.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "ruleset/compile/parallel.h"

namespace tollgate::compile {
namespace {

using policy::NameScope;
using policy::NameTrigger;
using policy::RuleModel;

bool LivesAsLong(policy::Day a, policy::Day b) {
  return a == policy::kNever || (b != policy::kNever && a >= b);
}

// Whether two rules of one group treat a name alike.
bool DoesTheSame(const policy::Rule& a, const policy::Rule& b) {
  return a.mode == b.mode && a.answer == b.answer && a.is_marker == b.is_marker;
}

enum class Fate : uint8_t { kKept, kDuplicate, kFolded, kSubsumed };

// Tells quickly of most names that no trigger holds what is below them: eight bits a name, which a
// cache holds where the names themselves are a miss each.
class DomainFilter {
 public:
  DomainFilter(const RuleModel& model, const NameOrder& order) {
    while (shift_ > 20 && (size_t{1} << (64 - shift_)) < order.hashes.size() * 8) --shift_;
    words_.resize(std::max<size_t>(1, (size_t{1} << (64 - shift_)) / 64));
    for (size_t i = 0; i < order.hashes.size(); ++i) {
      if (model.name_triggers[i].scope == NameScope::kHost) continue;
      const uint64_t bit = order.hashes[i] >> shift_;
      words_[bit / 64] |= uint64_t{1} << (bit % 64);
    }
  }

  bool MayHold(uint64_t hash) const {
    const uint64_t bit = hash >> shift_;
    return (words_[bit / 64] >> (bit % 64) & 1) != 0;
  }

 private:
  int shift_ = 63;
  std::vector<uint64_t> words_;
};

class Redundancy {
 public:
  Redundancy(RuleModel& model, NameOrder& order)
      : model_(model),
        order_(order),
        realm_(RealmsOf(model)),
        group_(GroupsOf(model)),
        fate_(model.name_triggers.size(), Fate::kKept) {}

  void Run(CompileCounts& counts, std::vector<PolicyCounts>* policy_counts) {
    FindDuplicates();
    FindSubsumed();
    Count(counts, policy_counts);
    Compact();
    DropDuplicatePrefixes(counts, policy_counts);
  }

 private:
  const NameTrigger& At(size_t i) const { return model_.name_triggers[i]; }
  const policy::Rule& RuleOf(size_t i) const { return model_.rules[At(i).rule]; }

  bool AreOneName(size_t a, size_t b) const {
    return order_.hashes[a] == order_.hashes[b] &&
           KeyOf(model_.NameOf(At(a))) == KeyOf(model_.NameOf(At(b)));
  }

  void FindDuplicates() {
    size_t kept = 0;    // the last one that was
    size_t folded = 0;  // what made a domain of it, where it was made one; otherwise the same
    for (size_t i = 1; i < fate_.size(); ++i) {
      const bool same = group_[At(i).rule] == group_[At(kept).rule] && AreOneName(i, kept);
      const bool below = At(i).scope == NameScope::kBelow;
      const bool widened = folded != kept;
      if (same && below && widened && Outlives(i, kept)) {
        // What is below lives longer than the two together: they are two again.
        model_.name_triggers[kept].scope = NameScope::kHost;
        fate_[folded] = Fate::kDuplicate;
        kept = folded = i;
      } else if (same && !widened && At(i).scope == At(kept).scope && Outlives(i, kept)) {
        fate_[kept] = Fate::kDuplicate;
        kept = folded = i;
      } else if (same && (At(i).scope == At(kept).scope || (below && widened))) {
        fate_[i] = Fate::kDuplicate;
      } else if (same && below && Widen(kept, i)) {
        fate_[i] = Fate::kFolded;
        folded = i;
      } else {
        kept = folded = i;
      }
    }
  }

  bool Outlives(size_t a, size_t b) const {
    return !LivesAsLong(model_.LastDay(At(b)), model_.LastDay(At(a)));
  }

  // Whether a name of this rule may be stored as another one that says the same. Of the names of
  // name servers each one's length counts, unless they are a part, which only matches or does not.
  bool MayFold(const policy::Rule& rule) const {
    return rule.subject == policy::Subject::kQname || rule.part_of != policy::kNotAPart;
  }

  // A host and all below it make a domain, where they do the same.
  bool Widen(size_t host, size_t below) {
    if (!MayFold(RuleOf(host)) || At(host).scope != NameScope::kHost ||
        !DoesTheSame(RuleOf(host), RuleOf(below)) ||
        model_.LastDay(At(host)) != model_.LastDay(At(below))) {
      return false;
    }
    model_.name_triggers[host].scope = NameScope::kDomain;
    return true;
  }

  // Only the nearest enclosing domain of the same realm counts: beyond it another rule decides, and
  // one about other QTYPEs decides for some queries. It may itself be subsumed by one that does the
  // same, which then serves as well.
  void FindSubsumed() {
    const NameFinder finder(model_, order_);
    const DomainFilter filter(model_, order_);
    ForEachPart(fate_.size(), [&](size_t begin, size_t end) {
      // The names stand in the order of their hashes, and so in none in memory.
      constexpr size_t kAhead = 16;
      for (size_t i = begin; i < end; ++i) {
        if (i + kAhead < end) __builtin_prefetch(model_.names.data() + At(i + kAhead).name);
        if (fate_[i] == Fate::kKept && !RuleOf(i).is_zone && MayFold(RuleOf(i)) &&
            IsSubsumed(i, finder, filter)) {
          fate_[i] = Fate::kSubsumed;
        }
      }
    });
  }

  bool IsSubsumed(size_t i, const NameFinder& finder, const DomainFilter& filter) const {
    if (HoldsBack(i)) return false;
    std::string_view name = KeyOf(model_.NameOf(At(i)));
    if (At(i).scope == NameScope::kDomain) name = Parent(name);
    for (; !name.empty(); name = Parent(name)) {
      const uint64_t hash = finder.Hash(name);
      if (!filter.MayHold(hash)) continue;
      const NameFinder::Range range = finder.Find(name, hash);
      bool enclosed = false;
      for (size_t at = range.first; at < range.last; ++at) {
        if (realm_[At(at).rule] != realm_[At(i).rule] || !Encloses(at, i)) continue;
        enclosed = true;
        if (group_[At(at).rule] != group_[At(i).rule] || RuleOf(at).is_zone ||
            !DoesTheSame(RuleOf(at), RuleOf(i)) ||
            !LivesAsLong(model_.LastDay(At(at)), model_.LastDay(At(i)))) {
          return false;
        }
      }
      if (enclosed) return true;
    }
    return false;
  }

  // Whether something else on the same name would decide in its place, were it gone: a rule about
  // other QTYPEs, or, behind a domain, one for what is below.
  bool HoldsBack(size_t i) const {
    auto is_rival = [&](size_t j) {
      return realm_[At(j).rule] == realm_[At(i).rule] &&
             (group_[At(j).rule] != group_[At(i).rule] ||
              (At(i).scope == NameScope::kDomain && At(j).scope == NameScope::kBelow));
    };
    for (size_t j = i; j-- > 0 && AreOneName(i, j);) {
      if (is_rival(j)) return true;
    }
    for (size_t j = i + 1; j < fate_.size() && AreOneName(i, j); ++j) {
      if (is_rival(j)) return true;
    }
    return false;
  }

  // Whether the trigger `at`, which stands for the same name or one above it, holds for `i` too.
  bool Encloses(size_t at, size_t i) const {
    if (At(at).scope == NameScope::kDomain) return true;
    return At(at).scope == NameScope::kBelow && !AreOneName(at, i);
  }

  void Count(CompileCounts& counts, std::vector<PolicyCounts>* policy_counts) const {
    for (size_t i = 0; i < fate_.size(); ++i) {
      const bool duplicate = fate_[i] == Fate::kDuplicate;
      if (!duplicate && fate_[i] != Fate::kSubsumed) continue;
      ++(duplicate ? counts.duplicates : counts.subsumed);
      if (policy_counts == nullptr) continue;
      PolicyCounts& policy = (*policy_counts)[RuleOf(i).policy];
      ++(duplicate ? policy.duplicates : policy.subsumed);
    }
  }

  void Compact() {
    size_t kept = 0;
    for (size_t i = 0; i < fate_.size(); ++i) {
      if (fate_[i] != Fate::kKept) continue;
      model_.name_triggers[kept] = model_.name_triggers[i];
      order_.hashes[kept] = order_.hashes[i];
      ++kept;
    }
    model_.name_triggers.resize(kept);
    order_.hashes.resize(kept);
  }

  // Of the triggers of one prefix in one group and mode the one that lives longest stays, the first
  // of equals; the others stay in their order.
  void DropDuplicatePrefixes(CompileCounts& counts, std::vector<PolicyCounts>* policy_counts) {
    std::vector<policy::PrefixTrigger>& triggers = model_.prefix_triggers;
    std::vector<size_t> order(triggers.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    auto kind = [&](size_t i) {
      const uint32_t rule = triggers[i].rule;
      return std::tuple(triggers[i].prefix, group_[rule], model_.rules[rule].mode);
    };
    auto key = [&](size_t i) {
      const policy::Day last = model_.LastDay(triggers[i]);
      return std::tuple(kind(i), last == policy::kNever ? 0 : ~last, i);
    };
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return key(a) < key(b); });
    std::vector<bool> drop(triggers.size());
    for (size_t i = 1; i < order.size(); ++i) {
      if (kind(order[i]) != kind(order[i - 1])) continue;
      drop[order[i]] = true;
      ++counts.duplicates;
      if (policy_counts != nullptr) {
        ++(*policy_counts)[model_.rules[triggers[order[i]].rule].policy].duplicates;
      }
    }
    size_t next = 0;
    std::erase_if(triggers, [&](const auto&) { return drop[next++]; });
  }

  RuleModel& model_;
  NameOrder& order_;
  std::vector<uint32_t> realm_;  // of each rule
  std::vector<uint32_t> group_;
  std::vector<Fate> fate_;
};

}  // namespace

void DropRedundant(RuleModel& model, NameOrder& order, CompileCounts& counts,
                   std::vector<PolicyCounts>* policy_counts) {
  Redundancy(model, order).Run(counts, policy_counts);
}

}  // namespace tollgate::compile
