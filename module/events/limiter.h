// SPDX-License-Identifier: BSD-3-Clause
//
// So many events a second: token buckets, one alone or a fixed-size table of them by key. After the
// constructor nothing is allocated, and nothing here takes a lock or looks at a clock.

#ifndef TOLLGATE_MODULE_EVENTS_LIMITER_H_
#define TOLLGATE_MODULE_EVENTS_LIMITER_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "module/events/event.h"

namespace tollgate::module {

inline constexpr uint32_t kHighestRate = 1'000'000;  // a second; a full bucket fits in 32 bits

// Holds a second's worth, so that short bursts pass.
class TokenBucket {
 public:
  TokenBucket() = default;  // empty
  TokenBucket(uint32_t rate, uint32_t now) noexcept : time_(now), level_(rate * 1000) {}

  // Takes a token, if there is one. `rate` is tokens a second, `now` milliseconds of a clock that
  // may jump and wrap: a step back refills nothing.
  bool Take(uint32_t rate, uint32_t now) noexcept {
    const auto elapsed = static_cast<int32_t>(now - time_);
    time_ = now;
    if (elapsed > 0) {
      const uint64_t refilled = uint64_t{level_} + uint64_t{rate} * static_cast<uint32_t>(elapsed);
      level_ = static_cast<uint32_t>(std::min<uint64_t>(refilled, uint64_t{rate} * 1000));
    }
    if (level_ < 1000) return false;
    level_ -= 1000;
    return true;
  }

  // Since when it was not asked, as an order: the greater, the longer.
  uint32_t Age(uint32_t now) const noexcept { return now - time_; }

 private:
  uint32_t time_ = 0;
  uint32_t level_ = 0;  // in thousandths of a token
};

// A bucket for each key, while there is room: a new key takes the place of that one among its
// neighbours which was not asked for longest. Somebody with a great many keys thus gets more than
// the rate; a limit for all of them together stands behind this one.
class RateTable {
 public:
  // `rate` tokens a second for each key, at most kHighestRate; 0 is no limit. `entries` is a power
  // of two, 16 octets each.
  RateTable(uint32_t rate, size_t entries)
      : rate_(rate), sets_(rate == 0 ? 0 : std::bit_ceil(std::max(entries, kWays)) / kWays) {}

  // `key` is a hash, the same for what shares a bucket.
  bool Admit(uint64_t key, uint32_t now) noexcept {
    if (rate_ == 0) return true;
    key |= 1;  // 0 is a free entry
    Set& set = sets_[(key >> 1) & (sets_.size() - 1)];
    Entry* oldest = &set[0];
    for (Entry& entry : set) {
      if (entry.key == key) return entry.bucket.Take(rate_, now);
      if (entry.key == 0) {
        oldest = &entry;
        break;  // entries are filled in order
      }
      if (entry.bucket.Age(now) > oldest->bucket.Age(now)) oldest = &entry;
    }
    *oldest = {key, TokenBucket(rate_, now)};
    return oldest->bucket.Take(rate_, now);
  }

 private:
  static constexpr size_t kWays = 4;  // one cache line
  struct Entry {
    uint64_t key = 0;
    TokenBucket bucket;
  };
  using Set = std::array<Entry, kWays>;
  static_assert(sizeof(Set) == 64);

  uint32_t rate_;
  std::vector<Set> sets_;
};

// FNV-1a, and a last mix: quick for a dozen octets. `seed` is a secret of the process, so that
// nobody outside chooses whom a client shares a bucket with.
inline uint64_t LimiterKey(const uint8_t* octets, size_t size, uint64_t seed) noexcept {
  uint64_t hash = seed ^ 0xcbf29ce484222325;
  for (size_t i = 0; i < size; ++i) hash = (hash ^ octets[i]) * 0x100000001b3;
  hash ^= hash >> 32;
  hash *= 0xd6e8feb86659fd93 ^ (seed << 1);
  return hash ^ (hash >> 32);
}

inline uint64_t ClientLimiterKey(const Client& client, uint64_t seed) noexcept {
  return LimiterKey(client.address.data(), client.family == 4 ? 4 : 16, seed ^ client.family);
}

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_LIMITER_H_
