// SPDX-License-Identifier: BSD-3-Clause
//
// The other end of the control socket (docs/control-protocol.md).

#ifndef TOLLGATE_RULESET_CONTROL_CLIENT_H_
#define TOLLGATE_RULESET_CONTROL_CLIENT_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tollgate::control {

inline constexpr std::string_view kDefaultSocket = "/run/tollgate/control.sock";

// Sends one request, a line without its newline, to the module that listens at `socket`, and
// returns its answer: one JSON object. Errors say what to do: no such socket, no permission, nobody
// listens, no answer within `timeout`.
absl::StatusOr<std::string> Ask(const std::string& socket, std::string_view request,
                                absl::Duration timeout);

}  // namespace tollgate::control

#endif  // TOLLGATE_RULESET_CONTROL_CLIENT_H_
