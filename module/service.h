// SPDX-License-Identifier: BSD-3-Clause
//
// The module's parts, put together: the filter for the query threads, and what goes on beside them.

#ifndef TOLLGATE_MODULE_SERVICE_H_
#define TOLLGATE_MODULE_SERVICE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "module/config.h"
#include "module/control/commands.h"
#include "module/control/server.h"
#include "module/control/steering.h"
#include "module/counters/counters.h"
#include "module/events/event_log.h"
#include "module/filter.h"
#include "module/host_log.h"
#include "module/live/keeper.h"
#include "module/live/live.h"
#include "module/live/sweep.h"

namespace tollgate::module {

class Service : public Steering {
 public:
  // Reads the configuration that TOLLGATE_CONFIG names, opens the database and starts the threads.
  explicit Service(const gate_host& host);
  ~Service() override;

  // For query threads with a number below slots().
  Filter& filter() noexcept { return filter_; }
  const Filter& filter() const noexcept { return filter_; }
  size_t slots() const noexcept { return slots_; }
  Counters& counters() noexcept { return counters_; }
  Sweep& sweep() noexcept { return sweep_; }
  const Sweep& sweep() const noexcept { return sweep_; }
  const HostLog& log() const noexcept { return log_; }
  OnFailure on_failure() const noexcept { return config_.on_failure; }

  bool has_database() const;
  size_t memory() const noexcept;  // octets

  // Steering
  control::Snapshot Read() override;
  void Reload(bool force, Done done) override;
  absl::Status Pause(const struct Pause& pause) override;
  size_t Resume(const struct Pause& which) override;
  void SetShadow(const std::string& policy, bool shadow, Done done) override;
  absl::StatusOr<Explanation> Explain(const std::string& name, uint16_t qtype,
                                      const std::string& client) override;
  void SetLogLevel(gate_level level) override;
  absl::StatusOr<size_t> ReopenEvents() override;
  std::string Recent(uint64_t after) override;

 private:
  const uint64_t started_;
  const std::string unbound_;
  const size_t slots_;
  HostLog log_;
  const Config config_;
  const patient::Patients patients_;
  Counters counters_;
  // Ends before the databases that its events refer to: see ~Service.
  std::unique_ptr<EventLog> events_;
  Live live_;
  Sweep sweep_;
  Filter filter_;
  Keeper keeper_;
  Commands commands_;
  std::unique_ptr<ControlServer> control_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_SERVICE_H_
