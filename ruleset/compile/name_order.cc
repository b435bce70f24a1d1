// SPDX-License-Identifier: BSD-3-Clause
//
// Idea: hashes are spread evenly, so one pass that deals them out by their first bits leaves piles
// that fit into a cache, and each pile is sorted by itself, on any core. The same first bits later
// find a name.

#include "ruleset/compile/name_order.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "ruleset/compile/parallel.h"
#include "ruleset/database/name_index.h"

namespace tollgate::compile {
namespace {

using policy::NameTrigger;
using policy::RuleModel;

struct Entry {
  uint64_t hash;
  uint32_t trigger;
};

constexpr size_t kPile = 2048;  // entries: 32 KiB

// The number of first bits of `count` hashes that leave piles of about `pile`.
int FirstBits(size_t count, size_t pile) {
  int bits = 1;
  while (bits < 24 && (count >> bits) > pile) ++bits;
  return bits;
}

// Sorts by hash and, so that the order is the same on every machine, by the place in the text.
void SortEntries(std::vector<Entry>& entries) {
  const int shift = 64 - FirstBits(entries.size(), kPile);
  std::vector<uint32_t> ends((size_t{1} << (64 - shift)) + 1);
  for (const Entry& entry : entries) ++ends[(entry.hash >> shift) + 1];
  for (size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
  std::vector<Entry> dealt(entries.size());
  std::vector<uint32_t> next(ends.begin(), ends.end() - 1);
  for (const Entry& entry : entries) dealt[next[entry.hash >> shift]++] = entry;
  ForEachPart(ends.size() - 1, [&](size_t begin, size_t end) {
    for (size_t pile = begin; pile < end; ++pile) {
      std::sort(dealt.begin() + ends[pile], dealt.begin() + ends[pile + 1],
                [](const Entry& a, const Entry& b) {
                  return a.hash != b.hash ? a.hash < b.hash : a.trigger < b.trigger;
                });
    }
  });
  entries = std::move(dealt);
}

// Numbers the rules by `key(rule, part)`, in its order; `part` is the number of a part, and one
// number for all others.
template <typename Key>
std::vector<uint32_t> NumbersOf(const RuleModel& model, Key key) {
  auto key_of = [&](uint32_t i) {
    const policy::Rule& rule = model.rules[i];
    return key(rule, rule.part_of == policy::kNotAPart ? policy::kNotAPart : i);
  };
  std::map<decltype(key_of(0)), uint32_t> numbers;
  for (uint32_t i = 0; i < model.rules.size(); ++i) numbers.try_emplace(key_of(i));
  uint32_t next = 0;
  for (auto& [unused, number] : numbers) number = next++;
  std::vector<uint32_t> of_rules;
  of_rules.reserve(model.rules.size());
  for (uint32_t i = 0; i < model.rules.size(); ++i) of_rules.push_back(numbers[key_of(i)]);
  return of_rules;
}

}  // namespace

uint64_t NameSeed(const RuleModel& model) {
  return XXH3_64bits(model.names.data(), model.names.size());
}

std::vector<uint32_t> LayersOf(const RuleModel& model) {
  std::set<std::pair<uint32_t, uint8_t>> tiers;
  for (const policy::Rule& rule : model.rules) tiers.emplace(rule.policy, rule.tier);
  std::vector<uint32_t> layers;
  for (const policy::Rule& rule : model.rules) {
    layers.push_back(
        static_cast<uint32_t>(std::distance(tiers.begin(), tiers.find({rule.policy, rule.tier}))));
  }
  return layers;
}

std::vector<uint32_t> RealmsOf(const RuleModel& model) {
  return NumbersOf(model, [](const policy::Rule& rule, uint32_t part) {
    return std::tuple(rule.policy, rule.tier, rule.subject, part);
  });
}

std::vector<uint32_t> GroupsOf(const RuleModel& model) {
  return NumbersOf(model, [](const policy::Rule& rule, uint32_t part) {
    return std::tuple(rule.policy, rule.tier, rule.subject, part, rule.qtypes, rule.is_marker);
  });
}

NameOrder OrderNames(RuleModel& model, uint64_t seed) {
  NameOrder order;
  order.seed = seed;
  std::vector<NameTrigger>& triggers = model.name_triggers;
  std::vector<Entry> entries(triggers.size());
  ForEachPart(triggers.size(), [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      entries[i] = {database::HashName(model.NameOf(triggers[i]), seed), static_cast<uint32_t>(i)};
    }
  });
  SortEntries(entries);

  std::vector<NameTrigger> sorted(triggers.size());
  order.hashes.resize(triggers.size());
  ForEachPart(triggers.size(), [&](size_t begin, size_t end) {
    constexpr size_t kAhead = 16;
    for (size_t i = begin; i < end; ++i) {
      if (i + kAhead < end) __builtin_prefetch(&triggers[entries[i + kAhead].trigger]);
      sorted[i] = triggers[entries[i].trigger];
      order.hashes[i] = entries[i].hash;
    }
  });
  triggers = std::move(sorted);
  entries = {};

  // Stable: what is equal stays in the order of the text. Neighbours of one hash are few, and of
  // one name but for a hash in 2^64.
  const std::vector<uint32_t> group = GroupsOf(model);
  auto before = [&](const NameTrigger& a, const NameTrigger& b) {
    if (const int names = KeyOf(model.NameOf(a)).compare(KeyOf(model.NameOf(b))); names != 0) {
      return names < 0;
    }
    return std::pair(group[a.rule], policy::NameScope(a.scope)) <
           std::pair(group[b.rule], policy::NameScope(b.scope));
  };
  for (size_t i = 0; i < triggers.size();) {
    size_t end = i + 1;
    while (end < triggers.size() && order.hashes[end] == order.hashes[i]) ++end;
    if (end - i > 1) {
      std::stable_sort(triggers.begin() + static_cast<ptrdiff_t>(i),
                       triggers.begin() + static_cast<ptrdiff_t>(end), before);
    }
    i = end;
  }
  return order;
}

NameFinder::NameFinder(const RuleModel& model, const NameOrder& order)
    : model_(model), order_(order), shift_(64 - FirstBits(order.hashes.size(), 4)) {
  starts_.resize((size_t{1} << (64 - shift_)) + 1);
  for (uint64_t hash : order.hashes) ++starts_[(hash >> shift_) + 1];
  for (size_t i = 1; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
}

uint64_t NameFinder::Hash(std::string_view name) const {
  return database::HashName({reinterpret_cast<const uint8_t*>(name.data()), name.size()},
                            order_.seed);
}

NameFinder::Range NameFinder::Find(std::string_view name, uint64_t hash) const {
  size_t at = starts_[hash >> shift_];
  const size_t end = starts_[(hash >> shift_) + 1];
  auto is_name = [&](size_t i) {
    return order_.hashes[i] == hash && KeyOf(model_.NameOf(model_.name_triggers[i])) == name;
  };
  while (at < end && !is_name(at)) ++at;
  Range range{at, at};
  while (range.last < end && is_name(range.last)) ++range.last;
  return range;
}

}  // namespace tollgate::compile
