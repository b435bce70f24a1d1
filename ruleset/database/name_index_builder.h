// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_DATABASE_NAME_INDEX_BUILDER_H_
#define TOLLGATE_RULESET_DATABASE_NAME_INDEX_BUILDER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "ruleset/database/format.h"
#include "ruleset/database/name_index.h"

namespace tollgate::database {

// Appends the octets of a posting to `out`.
void AppendPosting(const Posting& posting, std::string& out);

// The octets that a record of this name with these packed postings takes.
size_t RecordSize(size_t name_octets, size_t posting_octets);

// Writes what NameIndex reads, in two rounds over the same names in the same order: the first
// learns how large everything is, the second fills it in, wherever the file is being put together.
// So the records exist once.
//
//   NameIndexBuilder index(count);
//   for (each name) index.Place(hash, RecordSize(...));
//   absl::Status status = index.Seal();
//   ... room for index.buckets(), index.starts() and index.record_octets() octets of records ...
//   for (each name) index.Write(hash, name, postings, records);
//
// Every name comes once: public suffixes first, since every query finds one, then the others in the
// order of their hashes, so that the file depends on the names and not on the order in which they
// came. Not for two threads at once.
class NameIndexBuilder {
 public:
  // For `count` names.
  explicit NameIndexBuilder(size_t count);

  // Round one: a name with this hash, whose record takes so many octets.
  void Place(uint64_t hash, size_t record_octets);

  // Between the rounds. ResourceExhausted where the records do not fit into 4 GiB.
  absl::Status Seal();

  // What round one came to; valid from Seal on.
  std::span<const NameBucket> buckets() const { return buckets_; }
  std::span<const uint32_t> starts() const { return starts_; }
  size_t record_octets() const { return record_octets_; }
  uint32_t max_probes() const { return max_probes_; }

  // Round two: writes the record of the same name into `records`, which has record_octets() octets.
  void Write(uint64_t hash, std::span<const uint8_t> name, std::string_view postings,
             std::span<char> records);

 private:
  // The bucket of the next name with this hash; the same in both rounds.
  size_t NextBucket(uint64_t hash);

  std::vector<NameBucket> buckets_;
  std::vector<uint8_t> filled_;    // of each bucket, in this round
  std::vector<uint32_t> starts_;   // round one: octets of each bucket; then where they begin
  std::vector<uint32_t> written_;  // round two: octets of each bucket that are written
  uint64_t record_octets_ = 0;
  uint32_t max_probes_ = 1;
};

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_NAME_INDEX_BUILDER_H_
