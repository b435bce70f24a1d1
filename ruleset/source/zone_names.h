// SPDX-License-Identifier: BSD-3-Clause
//
// The names of one policy zone, and what the zone says of each: for some millions of them, in some
// fifty octets each.

#ifndef TOLLGATE_RULESET_SOURCE_ZONE_NAMES_H_
#define TOLLGATE_RULESET_SOURCE_ZONE_NAMES_H_

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::source {

class ZoneNames {
 public:
  static constexpr uint32_t kNothing = std::numeric_limits<uint32_t>::max();

  // What stands at a name, or at the wildcard below it.
  struct Entry {
    uint32_t answer = kNothing;  // whatever its user numbers
    uint32_t line = 0;
  };
  struct Node {
    uint32_t name = 0;             // where it begins in the names
    std::array<Entry, 2> entries;  // of the name alone, and of "*." and the name

    bool IsThere() const { return entries[0].answer != kNothing; }
    bool HasWildcard() const { return entries[1].answer != kNothing; }
  };

  // The node of `name` (wire format without the root label); it is made where there is none, and
  // moves when others are made. Null where the names are more than 4 GiB.
  Node* FindOrAdd(std::span<const uint8_t> name);

  // In the order in which they were made.
  const std::vector<Node>& nodes() const { return nodes_; }
  std::span<const uint8_t> NameOf(const Node& node) const;

  // The names that exist only because others lie below them (RFC 4592 section 2.2.2), as far as
  // they keep a wildcard above them from reaching further (section 3.3.1). Each once.
  std::vector<std::string_view> EmptyNonTerminals() const;

  // Forgets how to find names.
  void DropIndex() { slots_ = {}; }

 private:
  // The hash beside the index spares a look at the name, which is somewhere else in memory.
  struct Slot {
    uint32_t hash = 0;
    uint32_t node = kNothing;
  };

  std::string_view KeyOf(const Node& node) const;
  size_t SlotOf(std::string_view name, uint32_t hash) const;
  const Node* Find(std::string_view name) const;
  void Grow();

  std::string names_;  // each with its length before it
  std::vector<Node> nodes_;
  std::vector<Slot> slots_;  // open addressing
};

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_ZONE_NAMES_H_
