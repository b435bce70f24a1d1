// SPDX-License-Identifier: BSD-3-Clause
//
// Names and what a file says of each of them, where it may take several lines to say it: a hosts
// file has a line for IPv4 and one for IPv6, a configuration of Unbound has a zone in one line and
// its records in others.

#ifndef TOLLGATE_RULESET_SOURCE_NAME_TABLE_H_
#define TOLLGATE_RULESET_SOURCE_NAME_TABLE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ruleset/policy/rule.h"
#include "ruleset/source/feed.h"

namespace tollgate::source {

// About 40 octets for each name and the name itself; a name is found in constant time.
class NameTable {
 public:
  struct Entry {
    uint32_t name;     // offset
    uint32_t line;     // the first that speaks of it
    uint32_t records;  // the latest of them, or kNone
    policy::NameScope scope : 2;
    uint32_t kind : 8;  // the reader's own
  };
  static_assert(sizeof(Entry) == 16, "there are millions of them");
  static constexpr uint32_t kNone = 0xffffffff;

  // The index of the entry, which is made, with `line` and `kind`, where there is none yet. `name`
  // is in lower-case wire format without the root label.
  uint32_t FindOrAdd(std::span<const uint8_t> name, policy::NameScope scope, uint32_t line,
                     uint8_t kind);
  std::optional<uint32_t> Find(std::span<const uint8_t> name, policy::NameScope scope) const;

  // In the order in which they were added. Indices stay; references end with the next FindOrAdd.
  size_t size() const { return entries_.size(); }
  Entry& operator[](uint32_t index) { return entries_[index]; }
  const Entry& operator[](uint32_t index) const { return entries_[index]; }
  std::span<const uint8_t> NameOf(const Entry& entry) const;

  // Records have numbers, so that the same one for a million names is stored once.
  uint32_t NumberOf(const policy::Record& record);
  // The number of the A or AAAA record of an address; nothing where it is none.
  std::optional<uint32_t> NumberOfAddress(std::string_view address);
  const policy::Record& RecordAt(uint32_t number) const { return *records_[number]; }
  void AddRecord(uint32_t index, uint32_t number);
  // Sorted, each once.
  std::vector<policy::Record> RecordsOf(const Entry& entry) const;
  // The number of the one record that the entry has; nothing where it has none or several.
  std::optional<uint32_t> OnlyRecord(const Entry& entry) const;

 private:
  struct Link {
    uint32_t record;
    uint32_t earlier;  // of the same entry, or kNone
  };

  // Open addressing. The hash beside the index spares a look at the names of other entries.
  struct Slot {
    uint32_t index = kNone;
    uint32_t hash = 0;
  };

  static uint32_t HashOf(std::span<const uint8_t> name, policy::NameScope scope);
  size_t SlotOf(std::span<const uint8_t> name, policy::NameScope scope, uint32_t hash) const;
  void Grow();

  std::string names_;  // each is its length, then its octets
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;  // a power of two
  std::map<policy::Record, uint32_t> known_records_;
  std::vector<const policy::Record*> records_;  // the keys of known_records_
  std::vector<Link> links_;
  std::string latest_address_;  // and its number: lists give all their names the same
  uint32_t latest_number_ = 0;
};

// The rule of each answer, so that a feed is asked once for each and not once for each name.
class RuleCache {
 public:
  // The rule that `make()` describes, which depends on nothing but `kind` and the entry's records.
  template <typename Make>
  uint32_t Get(Feed& feed, const NameTable& table, const NameTable::Entry& entry, uint8_t kind,
               Make make) {
    uint64_t key = kind;
    if (entry.records != NameTable::kNone) {
      const std::optional<uint32_t> only = table.OnlyRecord(entry);
      if (!only) return feed.Rule(make());
      key |= (uint64_t{*only} + 1) << 8;
    }
    if (latest_ && latest_->first == key) return latest_->second;
    auto known = rules_.find(key);
    if (known == rules_.end()) known = rules_.emplace(key, feed.Rule(make())).first;
    latest_ = *known;
    return known->second;
  }

 private:
  std::unordered_map<uint64_t, uint32_t> rules_;
  std::optional<std::pair<uint64_t, uint32_t>> latest_;
};

// `text` as a name in `stored` (wire format without the root label), which is left as it is where
// it is none; the error is ParseIndicator's. Quick for plain names.
absl::Status ParseStored(std::string_view text, std::string& stored);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_NAME_TABLE_H_
