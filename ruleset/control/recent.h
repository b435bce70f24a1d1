// SPDX-License-Identifier: BSD-3-Clause
//
// The answer to `recent` on the control socket: the last decisions, and what was asked most.

#ifndef TOLLGATE_RULESET_CONTROL_RECENT_H_
#define TOLLGATE_RULESET_CONTROL_RECENT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tollgate::control {

struct Recent {
  struct Decision {
    uint64_t seq = 0;
    std::string time;  // RFC 3339
    std::string client, qname, qtype, action, mode, policy, campaign, rule;
  };
  struct Count {
    std::string policy;  // of a rule; empty for all else
    std::string key;
    uint64_t count = 0;
  };
  uint64_t latest = 0;              // number of the last decision; 0 where there is none
  std::vector<Decision> decisions;  // oldest first
  std::vector<Count> names, clients, rules, campaigns;  // most first
};

// What is missing is nothing, what is not known is left out. Errors: no JSON, an answer that says
// "ok":false (its error is the message), a value of another kind.
absl::StatusOr<Recent> RecentFromJson(std::string_view json);

// The error of an answer that says "ok":false; OK for every other one, even if it is no JSON.
absl::Status RefusalIn(std::string_view json);

}  // namespace tollgate::control

#endif  // TOLLGATE_RULESET_CONTROL_RECENT_H_
