// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_DATABASE_NAME_INDEX_BUILDER_H_
#define TOLLGATE_RULESET_DATABASE_NAME_INDEX_BUILDER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/database/format.h"
#include "ruleset/database/name_index.h"

namespace tollgate::database {

// The three name sections, as they go into the file.
struct NameSections {
  std::vector<NameBucket> buckets;
  std::vector<uint32_t> starts;
  std::string records;
  uint32_t max_probes = 1;
  uint32_t max_labels = 0;
};

// Writes what NameIndex reads. Add every name once, with all its postings, then Build. Not for two
// threads at once.
class NameIndexBuilder {
 public:
  explicit NameIndexBuilder(uint64_t seed) : seed_(seed) {}

  // `name` is in lower-case wire format without the root label, `postings` in the order of the
  // format. Both are copied.
  void Add(std::span<const uint8_t> name, std::span<const Posting> postings);

  // ResourceExhausted where the records do not fit into 4 GiB. The builder is empty afterwards.
  absl::StatusOr<NameSections> Build();

  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    uint64_t hash;
    uint64_t start : 40;  // of its record in arena_
    uint64_t length : 24;
  };

  uint64_t seed_;
  uint32_t max_labels_ = 0;
  std::string arena_;  // records, in the order of Add
  std::vector<Entry> entries_;
  std::vector<Entry> suffixes_;  // entries that begin with a kSuffix posting
};

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_NAME_INDEX_BUILDER_H_
