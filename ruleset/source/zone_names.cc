// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/zone_names.h"

#include <algorithm>
#include <functional>
#include <unordered_set>

namespace tollgate::source {
namespace {

std::string_view Key(std::span<const uint8_t> name) {
  return {reinterpret_cast<const char*>(name.data()), name.size()};
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

// The slot that holds `name`, or the free one where it belongs. At least half of them are free.
size_t ZoneNames::SlotOf(std::string_view name) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = std::hash<std::string_view>()(name) & mask;
  while (slots_[slot] != kNothing && KeyOf(nodes_[slots_[slot]]) != name) slot = (slot + 1) & mask;
  return slot;
}

const ZoneNames::Node* ZoneNames::Find(std::string_view name) const {
  const uint32_t node = slots_[SlotOf(name)];
  return node == kNothing ? nullptr : &nodes_[node];
}

void ZoneNames::Grow() {
  slots_.assign(std::max<size_t>(64, slots_.size() * 2), kNothing);
  for (uint32_t i = 0; i < nodes_.size(); ++i) slots_[SlotOf(KeyOf(nodes_[i]))] = i;
}

ZoneNames::Node* ZoneNames::FindOrAdd(std::span<const uint8_t> name) {
  if (nodes_.size() * 2 >= slots_.size()) Grow();
  const size_t slot = SlotOf(Key(name));
  if (slots_[slot] != kNothing) return &nodes_[slots_[slot]];
  if (names_.size() > std::numeric_limits<uint32_t>::max() - 256) return nullptr;
  slots_[slot] = static_cast<uint32_t>(nodes_.size());
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
