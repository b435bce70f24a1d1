// SPDX-License-Identifier: BSD-3-Clause
//
// A bounded queue of events between one thread that puts them in and one that takes them out: no
// lock, no waiting, no allocation after the constructor.

#ifndef TOLLGATE_MODULE_EVENTS_RING_H_
#define TOLLGATE_MODULE_EVENTS_RING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "module/events/event.h"

namespace tollgate::module {

class Ring {
 public:
  // `capacity` is a power of two.
  explicit Ring(size_t capacity)
      : mask_(capacity - 1), events_(std::make_unique_for_overwrite<Event[]>(capacity)) {}

  // The producer. False where the ring is full.
  bool Push(const Event& event) noexcept {
    const uint64_t head = head_.load(std::memory_order_relaxed);
    if (head - seen_tail_ > mask_) {
      seen_tail_ = tail_.load(std::memory_order_acquire);
      if (head - seen_tail_ > mask_) return false;
    }
    events_[head & mask_] = event;
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  // The consumer. How many events are there to take; more may follow at any time.
  size_t Count() const noexcept {
    return static_cast<size_t>(head_.load(std::memory_order_acquire) -
                               tail_.load(std::memory_order_relaxed));
  }
  // The oldest event, until Pop; only where Count was not 0.
  const Event& Front() const noexcept {
    return events_[tail_.load(std::memory_order_relaxed) & mask_];
  }
  void Pop() noexcept {
    tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

 private:
  // Each side writes on a cache line of its own (two lines: processors fetch them in pairs).
  alignas(128) std::atomic<uint64_t> head_{0};  // events ever put in
  uint64_t seen_tail_ = 0;                      // the producer's last sight of tail_
  alignas(128) std::atomic<uint64_t> tail_{0};  // events ever taken out
  alignas(128) const uint64_t mask_;
  const std::unique_ptr<Event[]> events_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_RING_H_
