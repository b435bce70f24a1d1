// SPDX-License-Identifier: BSD-3-Clause
//
// Counting on the query path: each thread adds to its own block, and whoever reads sums them.

#ifndef TOLLGATE_MODULE_COUNTERS_COUNTERS_H_
#define TOLLGATE_MODULE_COUNTERS_COUNTERS_H_

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ruleset/control/metrics.h"

namespace tollgate::module {

// A number with one writer: a load and a store, where fetch_add would lock the bus.
inline void AddOwn(std::atomic<uint64_t>& number, uint64_t count) noexcept {
  number.store(number.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
}

// How long verdicts take: bucket i counts those of less than 2^i nanoseconds that no bucket before
// it has; the last one takes all that are longer.
inline constexpr size_t kTimeBuckets = 25;  // up to 16 ms

class Counters {
 public:
  // For threads 0 to `threads` - 1.
  explicit Counters(size_t threads) : blocks_(threads) {}

  // THE QUERY PATH. `thread` is the caller's own number; one that is too large is not counted.
  void Add(size_t thread, control::QueryCounter counter, uint64_t count = 1) noexcept {
    if (thread >= blocks_.size()) return;
    AddOwn(blocks_[thread].counters[static_cast<size_t>(counter)], count);
  }
  void AddVerdictTime(size_t thread, uint64_t nanoseconds) noexcept {
    if (thread >= blocks_.size()) return;
    Block& block = blocks_[thread];
    const auto width = static_cast<size_t>(std::bit_width(nanoseconds));
    AddOwn(block.times[width < kTimeBuckets ? width : kTimeBuckets - 1], 1);
    AddOwn(block.nanoseconds, nanoseconds);
  }

  // Any thread.
  void Add(control::ServiceCounter counter, uint64_t count = 1) noexcept {
    service_[static_cast<size_t>(counter)].fetch_add(count, std::memory_order_relaxed);
  }

  size_t threads() const noexcept { return blocks_.size(); }
  uint64_t Of(size_t thread, control::QueryCounter counter) const noexcept {
    return blocks_[thread].counters[static_cast<size_t>(counter)].load(std::memory_order_relaxed);
  }
  uint64_t Sum(control::QueryCounter counter) const noexcept {
    uint64_t sum = 0;
    for (size_t thread = 0; thread < blocks_.size(); ++thread) sum += Of(thread, counter);
    return sum;
  }
  uint64_t Value(control::ServiceCounter counter) const noexcept {
    return service_[static_cast<size_t>(counter)].load(std::memory_order_relaxed);
  }
  // Verdicts timed in `bucket`, and the nanoseconds of all of them.
  uint64_t VerdictTimes(size_t bucket) const noexcept {
    uint64_t sum = 0;
    for (const Block& block : blocks_) sum += block.times[bucket].load(std::memory_order_relaxed);
    return sum;
  }
  uint64_t VerdictNanoseconds() const noexcept {
    uint64_t sum = 0;
    for (const Block& block : blocks_) sum += block.nanoseconds.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  // On cache lines of its own: no thread writes where another one does.
  struct alignas(128) Block {
    std::array<std::atomic<uint64_t>, control::kQueryCounters.size()> counters{};
    std::array<std::atomic<uint64_t>, kTimeBuckets> times{};
    std::atomic<uint64_t> nanoseconds{0};
  };

  std::vector<Block> blocks_;
  std::array<std::atomic<uint64_t>, control::kServiceCounters.size()> service_{};
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_COUNTERS_COUNTERS_H_
