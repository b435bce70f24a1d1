// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/zone_names.h"

#include <algorithm>
#include <functional>
#include <unordered_set>
#include <utility>

namespace tollgate::source {
namespace {

std::string_view Key(std::span<const uint8_t> name) {
  return {reinterpret_cast<const char*>(name.data()), name.size()};
}

uint32_t HashOf(std::string_view name) {
  return static_cast<uint32_t>(std::hash<std::string_view>()(name));
}

// A name without its first label.
std::string_view Parent(std::string_view name) {
  return name.substr(1 + static_cast<uint8_t>(name[0]));
}

}  // namespace

std::string_view ZoneNames::KeyOf(const Node& node) const {
  return std::string_view(names_).substr(node.name + 1, static_cast<uint8_t>(names_[node.name]));
}

std::span<const uint8_t> ZoneNames::NameOf(const Node& node) const {
  const std::string_view key = KeyOf(node);
  return {reinterpret_cast<const uint8_t*>(key.data()), key.size()};
}

// The slot that holds `name`, or the free one where it belongs. A third of them is free.
size_t ZoneNames::SlotOf(std::string_view name, uint32_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t at = hash & mask;
  for (; slots_[at].node != kNothing; at = (at + 1) & mask) {
    if (slots_[at].hash == hash && KeyOf(nodes_[slots_[at].node]) == name) break;
  }
  return at;
}

const ZoneNames::Node* ZoneNames::Find(std::string_view name) const {
  const Slot& slot = slots_[SlotOf(name, HashOf(name))];
  return slot.node == kNothing ? nullptr : &nodes_[slot.node];
}

void ZoneNames::Grow() {
  std::vector<Slot> grown(std::max<size_t>(64, slots_.size() * 2));
  const size_t mask = grown.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.node == kNothing) continue;
    size_t at = slot.hash & mask;
    while (grown[at].node != kNothing) at = (at + 1) & mask;
    grown[at] = slot;
  }
  slots_ = std::move(grown);
}

ZoneNames::Node* ZoneNames::FindOrAdd(std::span<const uint8_t> name) {
  if (nodes_.size() * 3 >= slots_.size() * 2) Grow();
  const uint32_t hash = HashOf(Key(name));
  Slot& slot = slots_[SlotOf(Key(name), hash)];
  if (slot.node != kNothing) return &nodes_[slot.node];
  if (names_.size() > std::numeric_limits<uint32_t>::max() - 256) return nullptr;
  slot = {hash, static_cast<uint32_t>(nodes_.size())};
  Node& node = nodes_.emplace_back();
  node.name = static_cast<uint32_t>(names_.size());
  names_.push_back(static_cast<char>(name.size()));
  names_ += Key(name);
  return &node;
}

std::vector<std::string_view> ZoneNames::EmptyNonTerminals() const {
  std::vector<std::string_view> found;
  if (std::none_of(nodes_.begin(), nodes_.end(), [](const Node& n) { return n.HasWildcard(); })) {
    return found;
  }
  std::unordered_set<std::string_view> known;
  for (const Node& node : nodes_) {
    if (!node.IsThere() && !node.HasWildcard()) continue;
    // The first name that could be one: a wildcard makes the name that it is below of.
    const std::string_view name = KeyOf(node);
    const std::string_view first = node.IsThere() ? Parent(name) : name;
    // They matter as far up as the shortest wildcard reaches.
    std::string_view top;
    bool has_top = false;
    for (std::string_view at = first; !at.empty();) {
      at = Parent(at);
      const Node* above = at.empty() ? nullptr : Find(at);
      if (above == nullptr || !above->HasWildcard()) continue;
      top = at;
      has_top = true;
    }
    if (!has_top) continue;
    for (std::string_view at = first; at.size() > top.size(); at = Parent(at)) {
      const Node* there = Find(at);
      if ((there == nullptr || !there->IsThere()) && known.insert(at).second) found.push_back(at);
    }
  }
  return found;
}

}  // namespace tollgate::source
