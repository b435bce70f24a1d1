// SPDX-License-Identifier: BSD-3-Clause
//
// What can be asked of a running filter, and told to it, from outside: everything that the control
// socket offers. Implemented over the live parts by module/gate.cc; the control server knows no
// more of them than this.

#ifndef TOLLGATE_MODULE_CONTROL_STEERING_H_
#define TOLLGATE_MODULE_CONTROL_STEERING_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "module/gate.h"
#include "module/live/pauses.h"
#include "ruleset/control/snapshot.h"

namespace tollgate::module {

struct Explanation {
  std::string outcome;  // "resolve", "unavailable", "paused", or the deciding rule's action
  struct Rule {
    std::string policy, campaign, rule, meaning, report, file, indicator, action;
    uint32_t line = 0;
    // decides, would decide, paused, outranked, expired, other type, excepted ...
    std::string standing;
    bool shadow = false;
  };
  std::vector<Rule> rules;  // every rule that matches, in order of precedence
};

// Every method is for the control thread, and returns soon: none waits for the database thread.
class Steering {
 public:
  // Told how it went, once or never: from the database thread, or before the method returns.
  using Done = std::function<void(absl::Status)>;

  virtual ~Steering() = default;

  virtual control::Snapshot Read() = 0;  // status and stats: numbers, database, policies, faults

  // Opens the database again even if the file has not changed, and calls `done` when it is in use
  // (OK) or was refused (why). `force` admits one that has shrunk.
  virtual void Reload(bool force, Done done) = 0;

  virtual absl::Status Pause(const struct Pause& pause) = 0;
  // Ends the pauses with the same client, policy and name; all of them for a default Pause. How
  // many there were.
  virtual size_t Resume(const struct Pause& which) = 0;

  // Puts a policy into shadow mode until the next restart or the opposite call, and calls `done`
  // when that is in force, for cached names too. NotFound where the database has no such policy.
  virtual void SetShadow(const std::string& policy, bool shadow, Done done) = 0;

  // `client` is an address as text, or empty. InvalidArgument for what is no name.
  virtual absl::StatusOr<Explanation> Explain(const std::string& name, uint16_t qtype,
                                              const std::string& client) = 0;

  virtual void SetLogLevel(gate_level level) = 0;

  // Opens the files that events go to anew (after they were rotated), and says how many there are.
  virtual absl::StatusOr<size_t> ReopenEvents() = 0;

  // The latest decisions with a number above `after`, oldest first, as lines of JSON, and what was
  // asked most: one JSON object, ready to send.
  virtual std::string Recent(uint64_t after) = 0;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_CONTROL_STEERING_H_
