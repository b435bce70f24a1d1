// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/database/name_index_builder.h"

#include <algorithm>
#include <limits>

#include "absl/status/status.h"

namespace tollgate::database {
namespace {

void AppendVarint(uint32_t value, std::string& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

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

uint32_t LabelCount(std::span<const uint8_t> name) {
  uint32_t labels = 0;
  for (size_t at = 0; at < name.size(); at += 1 + name[at]) ++labels;
  return labels;
}

}  // namespace

void NameIndexBuilder::Add(std::span<const uint8_t> name, std::span<const Posting> postings) {
  std::string packed;
  for (const Posting& posting : postings) AppendPosting(posting, packed);
  const size_t start = arena_.size();
  arena_.push_back(static_cast<char>(name.size()));
  if (packed.size() < 255) {
    arena_.push_back(static_cast<char>(packed.size()));
  } else {
    const auto length = static_cast<uint32_t>(packed.size());
    arena_.push_back(static_cast<char>(255));
    arena_.append(reinterpret_cast<const char*>(&length), sizeof(length));
  }
  arena_.append(reinterpret_cast<const char*>(name.data()), name.size());
  arena_ += packed;
  const Entry entry{HashName(name, seed_), start, arena_.size() - start};
  const bool suffix = !postings.empty() && postings.front().kind == PostingKind::kSuffix;
  (suffix ? suffixes_ : entries_).push_back(entry);
  max_labels_ = std::max(max_labels_, LabelCount(name));
}

absl::StatusOr<NameSections> NameIndexBuilder::Build() {
  if (arena_.size() > std::numeric_limits<uint32_t>::max()) {
    return absl::ResourceExhaustedError(
        "the names take more than 4 GiB; split the ruleset into several databases");
  }
  NameSections sections;
  const size_t count = entries_.size() + suffixes_.size();
  const size_t bucket_count = std::max<size_t>(1, (count + kBucketTarget - 1) / kBucketTarget);
  sections.buckets.assign(bucket_count, NameBucket{});
  sections.max_labels = max_labels_;

  // Public suffixes first, so that they stand first in their buckets: every query finds one. Then
  // in the order of the hash, so that the file depends on the names and not on the order in which
  // they came.
  auto by_hash = [](const Entry& a, const Entry& b) { return a.hash < b.hash; };
  std::sort(suffixes_.begin(), suffixes_.end(), by_hash);
  std::sort(entries_.begin(), entries_.end(), by_hash);
  std::vector<std::pair<uint32_t, Entry>> placed;
  placed.reserve(count);
  for (const std::vector<Entry>* part : {&suffixes_, &entries_}) {
    for (const Entry& entry : *part) {
      size_t bucket = HomeBucket(entry.hash, bucket_count);
      uint32_t probes = 1;
      while ((sections.buckets[bucket].state & kBucketCountMask) == kBucketCapacity) {
        sections.buckets[bucket].state |= kBucketOverflowed;
        bucket = bucket + 1 == bucket_count ? 0 : bucket + 1;
        ++probes;
      }
      NameBucket& line = sections.buckets[bucket];
      line.fingerprints[line.state & kBucketCountMask] = Fingerprint(entry.hash);
      ++line.state;
      sections.max_probes = std::max(sections.max_probes, probes);
      placed.emplace_back(static_cast<uint32_t>(bucket), entry);
    }
  }
  if (sections.max_probes > kMaxProbes) {
    return absl::InternalError("the names do not spread over the index; please report this list");
  }
  // Stable: within a bucket the records keep the order of the fingerprints.
  std::stable_sort(placed.begin(), placed.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });

  sections.starts.reserve(bucket_count);
  sections.records.reserve(arena_.size());
  auto next = placed.begin();
  for (size_t bucket = 0; bucket < bucket_count; ++bucket) {
    sections.starts.push_back(static_cast<uint32_t>(sections.records.size()));
    for (; next != placed.end() && next->first == bucket; ++next) {
      sections.records.append(arena_, next->second.start, next->second.length);
    }
  }
  arena_ = {};
  entries_ = {};
  suffixes_ = {};
  return sections;
}

}  // namespace tollgate::database
