// SPDX-License-Identifier: BSD-3-Clause
//
// The agreement between the keeper, who wants Unbound's cache swept, and the query thread that does
// it, in small steps between its queries. No other thread may touch the cache: when Unbound reads
// its configuration anew it can free the cache before the module hears of it, but never while a
// query thread runs.

#ifndef TOLLGATE_MODULE_LIVE_SWEEP_H_
#define TOLLGATE_MODULE_LIVE_SWEEP_H_

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace tollgate::module {

class Sweep {
 public:
  Sweep()
      : wanted_signal_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
        done_signal_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~Sweep() {
    if (wanted_signal_ >= 0) close(wanted_signal_);
    if (done_signal_ >= 0) close(done_signal_);
  }
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

  // --- The sweeping thread ---

  // The first query thread to say so is the one; the others are told no. It polls wanted_signal()
  // in its event loop, and works as long as wanted() is not 0.
  bool Volunteer() noexcept {
    if (has_sweeper_.load(std::memory_order_relaxed)) [[likely]]
      return false;
    return wanted_signal_ >= 0 && done_signal_ >= 0 && !has_sweeper_.exchange(true);
  }
  void Resign() noexcept { has_sweeper_.store(false); }
  bool has_sweeper() const noexcept { return has_sweeper_.load(); }
  int wanted_signal() const noexcept { return wanted_signal_; }

  // The number of the sweep that is wanted; 0: none, and the signal is taken back. A new number:
  // from the beginning.
  uint64_t Wanted() noexcept {
    if (wanted_.load() == 0) {
      Drain(wanted_signal_);
      // One may have been asked for between the two.
      if (wanted_.load() != 0) Raise(wanted_signal_);
    }
    return wanted_.load();
  }
  // No effect where a newer one is wanted by now.
  void Finished(uint64_t number) noexcept {
    if (!wanted_.compare_exchange_strong(number, 0)) return;
    Wanted();
    Raise(done_signal_);
  }

  // --- The keeper ---

  void Want() noexcept {
    wanted_.store(++last_);
    Raise(wanted_signal_);
  }
  bool done() const noexcept { return wanted_.load() == 0; }
  // Becomes readable when a sweep is finished.
  int done_signal() const noexcept { return done_signal_; }
  void TakeDone() noexcept { Drain(done_signal_); }

 private:
  static void Raise(int signal) noexcept {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(signal, &one, sizeof(one));
  }
  static void Drain(int signal) noexcept {
    uint64_t count;
    [[maybe_unused]] const ssize_t taken = read(signal, &count, sizeof(count));
  }

  int wanted_signal_;
  int done_signal_;
  std::atomic<bool> has_sweeper_{false};
  std::atomic<uint64_t> wanted_{0};
  uint64_t last_ = 0;  // the keeper's
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_LIVE_SWEEP_H_
