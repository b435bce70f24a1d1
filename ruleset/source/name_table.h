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
#include <vector>

#include "ruleset/policy/rule.h"
#include "ruleset/source/feed.h"

namespace tollgate::source {

// About 30 octets for each name and the name itself; a name is found in constant time.
class NameTable {
 public:
  struct Entry {
    uint32_t name;     // offset
    uint32_t line;     // the first that speaks of it
    uint32_t records;  // the latest of them, or kNone
    policy::NameScope scope;
    uint8_t kind;  // the reader's own
  };
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

  void AddRecord(uint32_t index, const policy::Record& record);
  // Sorted, each once.
  std::vector<policy::Record> RecordsOf(const Entry& entry) const;

 private:
  struct Link {
    uint32_t record;
    uint32_t earlier;  // of the same entry, or kNone
  };

  size_t SlotOf(std::span<const uint8_t> name, policy::NameScope scope) const;
  void Grow();

  std::string names_;  // each is its length, then its octets
  std::vector<Entry> entries_;
  std::vector<uint32_t> slots_;  // open addressing: an entry's index, or kNone
  std::map<policy::Record, uint32_t> known_records_;
  std::vector<const policy::Record*> records_;  // the keys of known_records_
  std::vector<Link> links_;
};

// `text` as a name in `stored` (wire format without the root label), which is left as it is where
// it is none; the error is ParseIndicator's. Quick for plain names.
absl::Status ParseStored(std::string_view text, std::string& stored);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_NAME_TABLE_H_
