// SPDX-License-Identifier: BSD-3-Clause
//
// Somewhere that events are written to: a bounded queue in front of something that may be slow,
// full, or gone. Nothing here waits. What an output does not take stays in the queue; what the
// queue does not take is lost, and counted.

#ifndef TOLLGATE_MODULE_EVENTS_OUTPUT_H_
#define TOLLGATE_MODULE_EVENTS_OUTPUT_H_

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "module/counters/counters.h"
#include "module/host_log.h"

namespace tollgate::module {

// Not for two threads at once.
class Output {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `name` is for the log: "file /var/log/tollgate.json".
  Output(std::string name, Counters& counters, const HostLog& log)
      : name_(std::move(name)), counters_(counters), log_(log) {}
  virtual ~Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  enum class Counts : bool { kNo, kAsEvent };
  // Puts a record at the end of the queue; drops it where the queue is full.
  void Write(std::string octets, Time now, Counts counts = Counts::kAsEvent);

  // Sends what can be sent at once; connects first where that is due. Whether anything was sent.
  bool Flush(Time now);

  // Whether something is queued, and somebody is there who may take it soon.
  bool IsBusy() const { return connected_ && !queue_.empty(); }
  bool connected() const { return connected_; }
  uint64_t lost() const { return lost_; }
  // Whether a record of `size` octets would be queued.
  bool HasRoom(size_t size) const { return queued_ + size <= kMostQueued; }

  // Begins a new file where the output is one. On an error it goes on with the old one.
  virtual absl::Status Reopen() { return absl::OkStatus(); }

  // The last that is called: says goodbye, and counts as lost what is still queued.
  void End();

 protected:
  static constexpr size_t kMostQueued = size_t{2} << 20;  // octets

  // Makes ready for Send. Called again after a fault, seldom.
  virtual absl::Status Connect() = 0;
  // Sends some of `octets`, the rest of a record, without waiting. How many; -1 with errno, where
  // EAGAIN says that there is nothing wrong.
  virtual ssize_t Send(std::string_view octets) = 0;
  // After Send has failed with `error`: whether it can be tried again with the same octets. Else
  // the output has been closed, and the record begins anew with the next connection.
  virtual bool Outlives(int error) = 0;
  // What is to be done now and then while there is a connection; false with errno where it broke.
  virtual bool Tend() { return true; }
  virtual void Goodbye() {}

  // Whether the first record of the queue has been sent in part.
  bool is_torn() const { return sent_ > 0; }
  // Sends that record from its beginning again, and soon.
  void Restart();
  const std::string& name() const { return name_; }

 private:
  void TryLater(Time now);
  void Fail(const std::string& why, Time now);
  void Recover();
  void Lose(Counts counts);
  void PopFront();

  const std::string name_;
  Counters& counters_;
  const HostLog& log_;

  struct Record {
    std::string octets;
    Counts counts;
  };
  std::deque<Record> queue_;
  size_t queued_ = 0;  // octets
  size_t sent_ = 0;    // octets of the first record
  uint64_t lost_ = 0;  // events

  bool connected_ = false;
  bool failing_ = false;
  bool complained_ = false;  // of this fault
  uint64_t lost_before_fault_ = 0;
  Time next_try_{};
  std::chrono::milliseconds pause_{0};
  Time next_complaint_{};
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_OUTPUT_H_
