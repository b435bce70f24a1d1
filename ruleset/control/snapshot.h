// SPDX-License-Identifier: BSD-3-Clause
//
// The state of a running filter at one moment, as the control socket gives it out and as its
// readers (ctl, exporter, top) take it in.

#ifndef TOLLGATE_RULESET_CONTROL_SNAPSHOT_H_
#define TOLLGATE_RULESET_CONTROL_SNAPSHOT_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ruleset/control/metrics.h"

namespace tollgate::control {

struct Snapshot {
  std::string version;   // of Tollgate
  std::string unbound;   // version of Unbound that the module was built for
  uint64_t now = 0;      // seconds since 1970-01-01 UTC
  std::string database;  // path
  std::string checksum;  // of the database in use, 16 hexadecimal digits; empty without one
  // Of the last database that was refused while it still lies there; empty where all is well.
  std::string last_error;
  uint64_t last_error_time = 0;
  std::string log_level;

  std::array<uint64_t, kGauges.size()> gauges{};
  std::array<uint64_t, kServiceCounters.size()> service{};
  std::vector<std::array<uint64_t, kQueryCounters.size()>> threads;  // those that have asked

  // Of the time of a verdict, of every `sampled`-th query: bucket i counts those below 2^i
  // nanoseconds that no bucket before it has; the last one takes the rest.
  std::vector<uint64_t> verdict_times;
  uint64_t verdict_nanoseconds = 0;
  uint64_t sampled = 0;

  struct Rule {
    std::string id;
    bool is_pattern = false;
    uint64_t decisions = 0;
    uint64_t shadow = 0;
  };
  struct Policy {
    std::string id;
    std::string campaign;
    bool shadowed = false;  // at run time
    uint64_t names = 0;
    uint64_t patterns = 0;
    uint64_t decisions = 0;
    uint64_t shadow = 0;
    std::vector<Rule> rules;  // those that have decided or matched
  };
  std::vector<Policy> policies;  // in order of precedence

  struct Pause {
    std::string client, policy, name;  // empty: any
    uint64_t until = 0;                // 0: until resume, or a restart
  };
  std::vector<Pause> pauses;
};

}  // namespace tollgate::control

#endif  // TOLLGATE_RULESET_CONTROL_SNAPSHOT_H_
