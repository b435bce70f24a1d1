// SPDX-License-Identifier: BSD-3-Clause
//
// When may something be freed that query threads read without a lock? When each of them has been
// outside since it was taken away (epoch-based reclamation; RCU's grace period). A query thread
// writes to a cache line of its own, and to no other.

#ifndef TOLLGATE_MODULE_LIVE_EPOCHS_H_
#define TOLLGATE_MODULE_LIVE_EPOCHS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tollgate::module {

class Epochs {
 public:
  // For threads 0 to `threads` - 1.
  explicit Epochs(size_t threads) : inside_(threads) {}

  // THE QUERY PATH. What was published before is visible between Enter and Leave, and is not freed.
  // The order is total: either the reader sees a new pointer, or the writer sees the reader.
  void Enter(size_t thread) noexcept { inside_[thread].since.store(now_.load()); }
  void Leave(size_t thread) noexcept {
    inside_[thread].since.store(kOutside, std::memory_order_release);
  }

  // After something was taken away: the epoch from which on nobody can have it.
  uint64_t Advance() noexcept { return now_.fetch_add(1) + 1; }

  // Whether every thread is outside, or went in at `epoch` or later.
  bool Reached(uint64_t epoch) const noexcept {
    for (const Inside& thread : inside_) {
      const uint64_t since = thread.since.load();
      if (since != kOutside && since < epoch) return false;
    }
    return true;
  }

 private:
  static constexpr uint64_t kOutside = 0;
  struct alignas(64) Inside {
    std::atomic<uint64_t> since{kOutside};
  };

  std::vector<Inside> inside_;
  std::atomic<uint64_t> now_{1};
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_LIVE_EPOCHS_H_
