// SPDX-License-Identifier: BSD-3-Clause
//
// What becomes of an event that has left its ring: it is counted for Recent, then sampled, limited,
// written in each form, and put before each output.

#ifndef TOLLGATE_MODULE_EVENTS_EVENT_WRITER_H_
#define TOLLGATE_MODULE_EVENTS_EVENT_WRITER_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "module/counters/counters.h"
#include "module/events/client_form.h"
#include "module/events/dnstap_message.h"
#include "module/events/event.h"
#include "module/events/json_line.h"
#include "module/events/limiter.h"
#include "module/events/output.h"
#include "module/events/recent.h"
#include "module/events/settings.h"
#include "module/host_log.h"

namespace tollgate::module {

// Safe from any number of threads; one of them calls Write and Flush.
class EventWriter {
 public:
  using Time = Output::Time;

  EventWriter(const EventSettings& settings, ClientForms forms, uint64_t seed, Counters& counters,
              const HostLog& log);

  // `keep`: among the last events, which Recent shows. Nothing of `event` is held on to.
  void Write(const Event& event, bool keep, Time now);

  // Sends what can be sent at once, and a summary where one is due. Whether anything was sent.
  bool Flush(Time now);
  // Whether outputs may take more soon.
  bool IsBusy();
  // Says goodbye to the outputs; nothing is written afterwards.
  void End(Time now);

  // Opens the files again. How many there are.
  absl::StatusOr<size_t> Reopen();
  std::string Recent(uint64_t after);

 private:
  // An output of lines, and what its reader has been told so far of what he does not see.
  struct LineOutput {
    std::unique_ptr<Output> output;
    Suppressed told;
  };

  bool Admits(const Event& event);
  Suppressed TotalsFor(const Output& output) const;
  void Summarise(Time now);

  const EventSettings settings_;
  const ClientForms forms_;
  const uint64_t seed_;
  Counters& counters_;

  std::mutex mutex_;  // for all below
  JsonLines lines_;
  DnstapMessages messages_;
  module::Recent recent_;
  std::vector<LineOutput> line_outputs_;
  std::unique_ptr<Output> dnstap_;

  uint64_t sampled_ = 0;
  RateTable per_client_;
  RateTable per_name_;
  RateTable per_second_;
  Suppressed suppressed_;
  Time next_summary_{};
  uint64_t last_summary_ = 0;  // microseconds since 1970-01-01 UTC
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_EVENT_WRITER_H_
