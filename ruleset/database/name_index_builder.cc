// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/database/name_index_builder.h"

#include <algorithm>
#include <limits>

namespace tollgate::database {
namespace {

// A record that is longer says so in four octets more.
constexpr size_t kShortPostings = 255;

void AppendVarint(uint32_t value, std::string& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

}  // namespace

void AppendPosting(const Posting& posting, std::string& out) {
  uint32_t head = posting.rule << kPostingShift | static_cast<uint32_t>(posting.kind);
  if (posting.kind == PostingKind::kSuffix) {
    AppendVarint(head, out);
    return;
  }
  if (posting.expires != 0) head |= kPostingHasExpiry;
  AppendVarint(head, out);
  AppendVarint(posting.line, out);
  if (posting.expires != 0) AppendVarint(posting.expires, out);
}

size_t RecordSize(size_t name_octets, size_t posting_octets) {
  return 2 + (posting_octets < kShortPostings ? 0 : sizeof(uint32_t)) + name_octets +
         posting_octets;
}

NameIndexBuilder::NameIndexBuilder(size_t count)
    : buckets_(std::max<size_t>(1, (count + kBucketTarget - 1) / kBucketTarget), NameBucket{}),
      filled_(buckets_.size()),
      starts_(buckets_.size()) {}

size_t NameIndexBuilder::NextBucket(uint64_t hash) {
  size_t bucket = HomeBucket(hash, buckets_.size());
  uint32_t probes = 1;
  while (filled_[bucket] == kBucketCapacity) {
    buckets_[bucket].state |= kBucketOverflowed;
    bucket = bucket + 1 == buckets_.size() ? 0 : bucket + 1;
    ++probes;
  }
  max_probes_ = std::max(max_probes_, probes);
  ++filled_[bucket];
  return bucket;
}

void NameIndexBuilder::Place(uint64_t hash, size_t record_octets) {
  const size_t bucket = NextBucket(hash);
  NameBucket& line = buckets_[bucket];
  line.fingerprints[line.state & kBucketCountMask] = Fingerprint(hash);
  ++line.state;
  starts_[bucket] += static_cast<uint32_t>(record_octets);
  record_octets_ += record_octets;
}

absl::Status NameIndexBuilder::Seal() {
  if (record_octets_ > std::numeric_limits<uint32_t>::max()) {
    return absl::ResourceExhaustedError(
        "the names take more than 4 GiB; split the ruleset into several databases");
  }
  if (max_probes_ > kMaxProbes) {
    return absl::InternalError("the names do not spread over the index; please report this list");
  }
  uint32_t start = 0;
  for (uint32_t& octets : starts_) {
    const uint32_t next = start + octets;
    octets = start;
    start = next;
  }
  std::fill(filled_.begin(), filled_.end(), uint8_t{0});
  written_.resize(starts_.size());
  return absl::OkStatus();
}

void NameIndexBuilder::Write(uint64_t hash, std::span<const uint8_t> name,
                             std::string_view postings, std::span<char> records) {
  const size_t bucket = NextBucket(hash);
  char* out = records.data() + starts_[bucket] + written_[bucket];
  char* const begin = out;
  *out++ = static_cast<char>(name.size());
  if (postings.size() < kShortPostings) {
    *out++ = static_cast<char>(postings.size());
  } else {
    const auto length = static_cast<uint32_t>(postings.size());
    *out++ = static_cast<char>(kShortPostings);
    std::memcpy(out, &length, sizeof(length));
    out += sizeof(length);
  }
  std::memcpy(out, name.data(), name.size());
  out += name.size();
  std::memcpy(out, postings.data(), postings.size());
  out += postings.size();
  written_[bucket] += static_cast<uint32_t>(out - begin);
}

}  // namespace tollgate::database
