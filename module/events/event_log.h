// SPDX-License-Identifier: BSD-3-Clause
//
// From the query path to whoever wants to know: a bounded ring for each thread, and one thread that
// empties them and writes. A slow or dead reader costs events, which are counted, and never time.

#ifndef TOLLGATE_MODULE_EVENTS_EVENT_LOG_H_
#define TOLLGATE_MODULE_EVENTS_EVENT_LOG_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "module/counters/counters.h"
#include "module/events/event.h"
#include "module/events/settings.h"
#include "module/host_log.h"

namespace tollgate::module {

class EventLog {
 public:
  // Starts the writing thread, for events from threads 0 to `threads` - 1. An output that cannot be
  // opened is logged and tried again from time to time. `counters` and `log` outlive the result.
  // `threads` may be large (4096): a ring is made when its thread first offers something.
  static std::unique_ptr<EventLog> Start(const EventSettings& settings, size_t threads,
                                         Counters& counters, const HostLog& log);

  // Writes what the rings hold, and ends the thread; waits a second at most for the outputs.
  ~EventLog();

  // THE QUERY PATH. Takes a copy; drops it, counted, where the thread's ring is full or its client
  // is over its limit. Only the thread with this number may call it.
  void Offer(size_t thread, const Event& event) noexcept;

  // Any thread: a mark behind everything offered so far, and whether the writer is past a mark:
  // from then on no event from before it is looked at any more.
  uint64_t Mark() noexcept;
  bool Passed(uint64_t mark) const noexcept;

  // Any thread but query threads: opens the files again. How many there are.
  absl::StatusOr<size_t> Reopen();

  // Steering::Recent.
  std::string Recent(uint64_t after);

 private:
  class Impl;
  explicit EventLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_EVENT_LOG_H_
