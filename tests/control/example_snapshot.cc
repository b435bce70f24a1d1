// SPDX-License-Identifier: BSD-3-Clause

#include "tests/control/example_snapshot.h"

namespace tollgate::control {

Snapshot ExampleSnapshot() {
  Snapshot snapshot;
  snapshot.version = "0.1.0";
  snapshot.unbound = "1.17.1";
  snapshot.now = 1'763'000'000;
  snapshot.database = "/var/lib/unbound/tollgate.db";
  snapshot.checksum = "0123456789abcdef";
  snapshot.last_error = "the file is damaged: its checksum is another one";
  snapshot.last_error_time = snapshot.now - 125;
  snapshot.log_level = "info";
  for (size_t i = 0; i < snapshot.gauges.size(); ++i) snapshot.gauges[i] = 1'000 + i;
  snapshot.gauges[static_cast<size_t>(Gauge::kDatabaseCreated)] = snapshot.now - 725;
  snapshot.gauges[static_cast<size_t>(Gauge::kStarted)] = snapshot.now - 100'000;
  for (size_t i = 0; i < snapshot.service.size(); ++i) snapshot.service[i] = 2'000 + i;
  snapshot.threads.resize(2);
  for (size_t i = 0; i < kQueryCounters.size(); ++i) {
    snapshot.threads[0][i] = 30'000 + i;
    snapshot.threads[1][i] = 400'000 + i;
  }
  snapshot.verdict_times.assign(25, 0);
  snapshot.verdict_times[8] = 90;
  snapshot.verdict_times[10] = 9;
  snapshot.verdict_times[24] = 1;
  snapshot.verdict_nanoseconds = 40'000'000;
  snapshot.sampled = 64;
  snapshot.policies = {
      {"smishing",
       "summer",
       false,
       70,
       7,
       700,
       7'000,
       {{"post", true, 650, 0}, {"", false, 50, 0}}},
      {"partner", "", true, 80, 8, 0, 8'000, {{"names", false, 0, 8'000}}},
  };
  snapshot.pauses = {{"192.0.2.0/24", "partner", "example.com", snapshot.now + 90}};
  return snapshot;
}

}  // namespace tollgate::control
