// SPDX-License-Identifier: BSD-3-Clause
//
// From the names of an ordered model and the public suffixes to the records of the name index.

#ifndef TOLLGATE_RULESET_COMPILE_NAME_RECORDS_H_
#define TOLLGATE_RULESET_COMPILE_NAME_RECORDS_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "ruleset/compile/name_order.h"
#include "ruleset/database/name_index_builder.h"
#include "ruleset/policy/rule.h"
#include "ruleset/source/public_suffix_list.h"

namespace tollgate::compile {

// The name sections of a file. All references must outlive it and stay as they are.
class NameRecords {
 public:
  NameRecords(const policy::RuleModel& model, const NameOrder& order,
              const source::PublicSuffixList& suffixes);

  // Learns how large everything is. ResourceExhausted where the records do not fit into 4 GiB.
  absl::Status Plan();

  // Valid after Plan.
  const database::NameIndexBuilder& index() const { return index_; }
  uint32_t max_labels() const { return max_labels_; }

  // Writes all records; `records` has index().record_octets() octets. Once.
  void Write(std::span<char> records);

 private:
  // One entry of the Public Suffix List, and the triggers that stand on the same name.
  struct Suffix {
    uint64_t hash;
    std::string_view name;
    uint32_t flags;
    size_t first;  // trigger
    size_t last;
  };

  // Calls `take(hash, name, postings)` for every name, in the order that NameIndexBuilder wants.
  template <typename Take>
  void ForEachRecord(Take take) const;
  void AppendTriggers(size_t first, size_t last, std::string& postings) const;

  const policy::RuleModel& model_;
  const NameOrder& order_;
  std::vector<Suffix> suffixes_;     // by hash
  std::vector<size_t> with_suffix_;  // first triggers of names that are suffixes, sorted
  database::NameIndexBuilder index_;
  uint32_t max_labels_ = 0;
};

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_NAME_RECORDS_H_
