// SPDX-License-Identifier: BSD-3-Clause
//
// PrefixIndex: from an address to all prefixes around it, the longest first, in a mapped database.
// prefix_index_builder.h writes what this reads; format.h has the layout.
//
// Idea: prefixes nest or are apart, so that the longest one around an address is the last one that
// begins at or before it, or one around that. A miss is one binary search over the starts (4 octets
// a prefix of IPv4: 100,000 of them are 400 kB) and one record.

#ifndef TOLLGATE_RULESET_DATABASE_PREFIX_INDEX_H_
#define TOLLGATE_RULESET_DATABASE_PREFIX_INDEX_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "ruleset/database/format.h"
#include "ruleset/dns/prefix.h"

namespace tollgate::database {

// Addresses as numbers, so that they compare as their octets do in network order.
template <typename T>
T FromNetwork(const uint8_t* octets) noexcept;

template <>
inline uint32_t FromNetwork<uint32_t>(const uint8_t* octets) noexcept {
  uint32_t number;
  std::memcpy(&number, octets, sizeof(number));
  return __builtin_bswap32(number);
}

template <>
inline Address6 FromNetwork<Address6>(const uint8_t* octets) noexcept {
  uint64_t halves[2];
  std::memcpy(halves, octets, sizeof(halves));
  return {__builtin_bswap64(halves[0]), __builtin_bswap64(halves[1])};
}

// Whether two addresses have their first `length` bits in common.
inline bool SharePrefix(uint32_t a, uint32_t b, unsigned length) noexcept {
  return (uint64_t{a ^ b} >> (32 - length)) == 0;
}
inline bool SharePrefix(const Address6& a, const Address6& b, unsigned length) noexcept {
  if (length == 0) return true;
  if (length <= 64) return ((a.high ^ b.high) >> (64 - length)) == 0;
  return a.high == b.high && ((a.low ^ b.low) >> (128 - length)) == 0;
}

// The prefixes of one family. Trivially copyable.
template <typename Start>
class PrefixTable {
 public:
  static constexpr unsigned kBits = sizeof(Start) * 8;
  static constexpr size_t kOctetsEach = sizeof(Start) + sizeof(PrefixRecord);

  PrefixTable() = default;
  // `section` has a multiple of kOctetsEach octets, and the alignment of a section.
  explicit PrefixTable(std::span<const uint8_t> section) noexcept
      : starts_(reinterpret_cast<const Start*>(section.data()), section.size() / kOctetsEach),
        records_(reinterpret_cast<const PrefixRecord*>(section.data() + starts_.size_bytes()),
                 starts_.size()) {}

  // Whether the order, the lengths and the parents are as format.h says, and all postings among
  // `postings` ones, each record's behind those of the one before it. Without, Find is not to be
  // called.
  bool IsSound(size_t postings) const noexcept {
    uint64_t next_posting = 0;
    for (size_t i = 0; i < records_.size(); ++i) {
      const PrefixRecord& record = records_[i];
      if (record.length > kBits || record.count == 0 || record.postings < next_posting ||
          record.postings + uint64_t{record.count} > postings || HasBitsBehind(i)) {
        return false;
      }
      next_posting = record.postings + uint64_t{record.count};
      if (i > 0 && (starts_[i] < starts_[i - 1] ||
                    (starts_[i] == starts_[i - 1] && record.length <= records_[i - 1].length))) {
        return false;
      }
      if (record.parent == kNoParent) continue;
      if (record.parent >= i || records_[record.parent].length >= record.length ||
          !Holds(record.parent, starts_[i])) {
        return false;
      }
    }
    return true;
  }

  // The index of the longest prefix around `address`; kNoParent where there is none.
  uint32_t Find(const Start& address) const noexcept {
    if (starts_.empty()) return kNoParent;
    const Start* at = starts_.data();
    for (size_t count = starts_.size(); count > 1;) {
      const size_t half = count / 2;
      at += at[half] <= address ? half : 0;
      count -= half;
    }
    if (address < *at) return kNoParent;
    auto index = static_cast<uint32_t>(at - starts_.data());
    while (index != kNoParent && !Holds(index, address)) index = records_[index].parent;
    return index;
  }

  const PrefixRecord& record(uint32_t index) const noexcept { return records_[index]; }
  const Start& start(uint32_t index) const noexcept { return starts_[index]; }
  uint32_t size() const noexcept { return static_cast<uint32_t>(starts_.size()); }

 private:
  bool Holds(uint32_t index, const Start& address) const noexcept {
    return SharePrefix(starts_[index], address, records_[index].length);
  }
  bool HasBitsBehind(size_t index) const noexcept {
    const unsigned length = records_[index].length;
    if constexpr (kBits == 32) {
      return (uint64_t{starts_[index]} << length & 0xffffffff) != 0;
    } else {
      const Address6& start = starts_[index];
      if (length >= 64) return length < 128 && (start.low << (length - 64)) != 0;
      return start.low != 0 || (start.high << length) != 0;
    }
  }

  std::span<const Start> starts_;
  std::span<const PrefixRecord> records_;
};

// One prefix around an address.
struct PrefixHit {
  std::span<const PrefixPosting> postings;
  // Bits, those of IPv4 counted as behind the 96 of an IPv4-mapped IPv6 address (RPZ draft section
  // 5.6: the internal prefix length).
  uint8_t length;
  // Of two prefixes of one length: the one with the smaller address has the smaller number.
  uint64_t order;
};

// The tables of both families and their postings. Trivially copyable; for any number of threads.
class PrefixIndex {
 public:
  PrefixIndex() = default;
  PrefixIndex(std::span<const uint8_t> section4, std::span<const uint8_t> section6,
              std::span<const PrefixPosting> postings) noexcept
      : table4_(section4), table6_(section6), postings_(postings) {}

  bool IsSound() const noexcept {
    return table4_.IsSound(postings_.size()) && table6_.IsSound(postings_.size());
  }
  uint32_t size() const noexcept { return table4_.size() + table6_.size(); }

  // Calls `take(const PrefixHit&)` for each prefix around the address, 4 or 16 octets in network
  // order, the longest first; at most 33 or 129 times. Addresses of other lengths have none.
  template <typename Take>
  void ForEachAround(std::span<const uint8_t> address, Take take) const {
    if (address.size() == 4) {
      Climb(table4_, FromNetwork<uint32_t>(address.data()), 96, 0, take);
    } else if (address.size() == 16) {
      Climb(table6_, FromNetwork<Address6>(address.data()), 0, uint64_t{1} << 32, take);
    }
  }

  // Calls `take(const dns::Prefix&, postings)` for every prefix, in the order of the file.
  template <typename Take>
  void ForEach(Take take) const {
    for (uint32_t i = 0; i < table4_.size(); ++i) {
      const uint32_t start = __builtin_bswap32(table4_.start(i));
      take(PrefixOf(&start, 4, table4_.record(i)), PostingsOf(table4_.record(i)));
    }
    for (uint32_t i = 0; i < table6_.size(); ++i) {
      const uint64_t start[2] = {__builtin_bswap64(table6_.start(i).high),
                                 __builtin_bswap64(table6_.start(i).low)};
      take(PrefixOf(start, 6, table6_.record(i)), PostingsOf(table6_.record(i)));
    }
  }

 private:
  template <typename Start, typename Take>
  void Climb(const PrefixTable<Start>& table, const Start& address, unsigned base, uint64_t order,
             Take& take) const {
    for (uint32_t i = table.Find(address); i != kNoParent; i = table.record(i).parent) {
      const PrefixRecord& record = table.record(i);
      take(PrefixHit{PostingsOf(record), static_cast<uint8_t>(base + record.length), order + i});
    }
  }
  std::span<const PrefixPosting> PostingsOf(const PrefixRecord& record) const noexcept {
    return postings_.subspan(record.postings, record.count);
  }
  static dns::Prefix PrefixOf(const void* start, uint8_t family, const PrefixRecord& record) {
    dns::Prefix prefix;
    prefix.family = family;
    prefix.length = record.length;
    std::memcpy(prefix.address.data(), start, family == 4 ? 4 : 16);
    return prefix;
  }

  PrefixTable<uint32_t> table4_;
  PrefixTable<Address6> table6_;
  std::span<const PrefixPosting> postings_;
};

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_PREFIX_INDEX_H_
