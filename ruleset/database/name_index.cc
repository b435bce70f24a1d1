// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/database/name_index.h"

namespace tollgate::database {
namespace {

// Half a bucket of records of 28 octets: where a name stands on average, and a bit.
constexpr size_t kPrefetchedOctets = 512;

}  // namespace

std::span<const uint8_t> NameIndex::FindRecord(uint64_t bucket, uint16_t fingerprint,
                                               std::span<const uint8_t> name) const noexcept {
  const NameBucket& line = buckets_[bucket];
  const size_t count = line.state & kBucketCountMask;
  if (starts_[bucket] > records_.size()) return {};
  const uint8_t* at = records_.data() + starts_[bucket];
  const uint8_t* const end = records_.data() + records_.size();
  // The records of one bucket are some ten cache lines, and each says where the next begins: asked
  // for one after the other they would be as many waits.
  for (size_t line_at = 64; line_at < kPrefetchedOctets; line_at += 64) {
    __builtin_prefetch(at + line_at);
  }
  NameRecord record;
  for (size_t i = 0; i < count && NextRecord(at, end, record); ++i) {
    if (line.fingerprints[i] == fingerprint && record.name.size() == name.size() &&
        std::memcmp(record.name.data(), name.data(), name.size()) == 0) {
      return record.postings;
    }
  }
  return {};
}

}  // namespace tollgate::database
