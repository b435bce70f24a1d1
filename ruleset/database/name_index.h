// SPDX-License-Identifier: BSD-3-Clause
//
// NameIndex: from a name to its postings, exactly, in a mapped database. name_index_builder.h
// writes what this reads; format.h has the layout.
//
// Idea: a table of cache lines, each with 16-bit fingerprints of some two dozen names. A name that
// is not listed costs one cache line: 31 fingerprints compared at once, and none equal (but for one
// probe in 2,800, 23 / 65,536). Only where one is equal are the records of that line walked and the
// stored name compared, so a fingerprint can never block.

#ifndef TOLLGATE_RULESET_DATABASE_NAME_INDEX_H_
#define TOLLGATE_RULESET_DATABASE_NAME_INDEX_H_

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <cstring>
#include <span>

#include "ruleset/database/format.h"

namespace tollgate::database {

// Hash of a name, given in lower-case wire format without the root label.
inline uint64_t HashName(std::span<const uint8_t> name, uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(name.data(), name.size(), seed);
}

inline uint64_t HomeBucket(uint64_t hash, uint64_t bucket_count) noexcept {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(hash) * bucket_count) >> 64);
}

inline uint16_t Fingerprint(uint64_t hash) noexcept { return static_cast<uint16_t>(hash); }

// Reads a varint (LEB128, at most 32 bits) at `at`, not past `end`. False, where there is none.
inline bool ReadVarint(const uint8_t*& at, const uint8_t* end, uint32_t& value) noexcept {
  value = 0;
  for (int shift = 0; at < end && shift < 35; shift += 7) {
    const uint8_t octet = *at++;
    value |= static_cast<uint32_t>(octet & 0x7f) << shift;
    if ((octet & 0x80) == 0) return true;
  }
  return false;
}

// One trigger of one rule on a name, or one entry of the Public Suffix List.
struct Posting {
  PostingKind kind;
  uint32_t rule;         // for kSuffix: kSuffix* flags
  uint32_t line = 0;     // in the rule's file
  uint32_t expires = 0;  // last day; 0 is never
};

// The last day of a trigger, a Posting or a PrefixPosting: its own or, where it has none, its
// rule's; 0 is never.
template <typename Trigger>
uint32_t LastDay(const Trigger& posting, const RuleRecord& rule) noexcept {
  return posting.expires != 0 ? posting.expires : rule.expires;
}

// Whether what has this last day (0 is never) holds no more on the day `today`.
inline bool IsPast(uint32_t last_day, uint32_t today) noexcept {
  return last_day != 0 && today > last_day;
}

// Takes the first posting off `postings`. False where there is none left, or the octets are none.
inline bool NextPosting(std::span<const uint8_t>& postings, Posting& posting) noexcept {
  const uint8_t* at = postings.data();
  const uint8_t* const end = at + postings.size();
  uint32_t head;
  if (!ReadVarint(at, end, head)) return false;
  posting.kind = static_cast<PostingKind>(head & kPostingKindMask);
  posting.rule = head >> kPostingShift;
  posting.line = 0;
  posting.expires = 0;
  if (posting.kind != PostingKind::kSuffix) {
    if (!ReadVarint(at, end, posting.line)) return false;
    if ((head & kPostingHasExpiry) != 0 && !ReadVarint(at, end, posting.expires)) return false;
  }
  postings = {at, static_cast<size_t>(end - at)};
  return true;
}

// One name record, taken apart.
struct NameRecord {
  std::span<const uint8_t> name;  // wire format without the root label
  std::span<const uint8_t> postings;
};

// Takes the record at `at` apart and moves `at` behind it. False where it would reach past `end`.
inline bool NextRecord(const uint8_t*& at, const uint8_t* end, NameRecord& record) noexcept {
  if (end - at < 2) return false;
  const size_t name_length = at[0];
  size_t postings_length = at[1];
  at += 2;
  if (postings_length == 255) {
    if (end - at < 4) return false;
    uint32_t length;
    std::memcpy(&length, at, 4);
    postings_length = length;
    at += 4;
  }
  if (static_cast<size_t>(end - at) < name_length + postings_length) return false;
  record.name = {at, name_length};
  record.postings = {at + name_length, postings_length};
  at += name_length + postings_length;
  return true;
}

// A view of the three name sections. Trivially copyable; whatever the octets say, no method reads
// outside of them.
class NameIndex {
 public:
  NameIndex() = default;

  // `starts` has as many elements as `buckets`.
  NameIndex(std::span<const NameBucket> buckets, std::span<const uint32_t> starts,
            std::span<const uint8_t> records, uint64_t seed, uint32_t max_probes) noexcept
      : buckets_(buckets),
        starts_(starts),
        records_(records),
        seed_(seed),
        max_probes_(max_probes) {}

  uint64_t Hash(std::span<const uint8_t> name) const noexcept { return HashName(name, seed_); }

  // Asks for the cache lines that Find(hash, ...) reads first.
  void Prefetch(uint64_t hash) const noexcept {
    const uint64_t home = HomeBucket(hash, buckets_.size());
    __builtin_prefetch(buckets_.data() + home);
    __builtin_prefetch(starts_.data() + home);
  }

  // The postings of `name` (Hash(name) == hash); empty where it is not in the index.
  std::span<const uint8_t> Find(uint64_t hash, std::span<const uint8_t> name) const noexcept {
    if (buckets_.empty()) return {};
    uint64_t bucket = HomeBucket(hash, buckets_.size());
    for (uint32_t probe = 0; probe < max_probes_; ++probe) {
      if (HasFingerprint(buckets_[bucket], Fingerprint(hash))) {
        std::span<const uint8_t> postings = FindRecord(bucket, Fingerprint(hash), name);
        if (!postings.empty()) return postings;
      }
      if ((buckets_[bucket].state & kBucketOverflowed) == 0) return {};
      bucket = bucket + 1 == buckets_.size() ? 0 : bucket + 1;
    }
    return {};
  }

  std::span<const uint8_t> records() const noexcept { return records_; }

 private:
  // Whether any of the 32 words of the line equals `fingerprint`; the state word may do so too,
  // which costs a walk and nothing else. GCC's and clang's vector types compile to SSE2, NEON or
  // plain code.
  static bool HasFingerprint(const NameBucket& bucket, uint16_t fingerprint) noexcept {
    typedef uint16_t Lane __attribute__((vector_size(16)));
    typedef uint64_t Pair __attribute__((vector_size(16)));
    const Lane want = Lane{} + fingerprint;
    Lane line[4];
    std::memcpy(line, &bucket, sizeof(line));
    const Pair any = (Pair)(line[0] == want) | (Pair)(line[1] == want) | (Pair)(line[2] == want) |
                     (Pair)(line[3] == want);
    return (any[0] | any[1]) != 0;
  }

  // The slow half of Find: walks the records of one bucket. In name_index.cc.
  std::span<const uint8_t> FindRecord(uint64_t bucket, uint16_t fingerprint,
                                      std::span<const uint8_t> name) const noexcept;

  std::span<const NameBucket> buckets_;
  std::span<const uint32_t> starts_;
  std::span<const uint8_t> records_;
  uint64_t seed_ = 0;
  uint32_t max_probes_ = 0;
};

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_NAME_INDEX_H_
