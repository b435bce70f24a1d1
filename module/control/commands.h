// SPDX-License-Identifier: BSD-3-Clause
//
// What the lines of the control protocol mean (docs/control-protocol.md): each request is read,
// carried out through Steering, and answered with one line of JSON.

#ifndef TOLLGATE_MODULE_CONTROL_COMMANDS_H_
#define TOLLGATE_MODULE_CONTROL_COMMANDS_H_

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "module/control/steering.h"
#include "module/counters/counters.h"
#include "module/host_log.h"
#include "ruleset/control/request.h"

namespace tollgate::module {

// Who asks, as the kernel says (SO_PEERCRED).
struct Peer {
  bool known = false;
  uid_t uid = 0;
  pid_t pid = 0;
};

// {"ok":false,"error":...,"hint":...} and a line's end; without a hint where it is empty.
std::string FaultLine(const control::Fault& fault);

// For one thread at a time.
class Commands {
 public:
  // Takes an answer: one line of JSON, its end included.
  using Reply = std::function<void(std::string)>;

  // The three outlive the result.
  Commands(Steering& steering, Counters& counters, const HostLog& log)
      : steering_(steering), counters_(counters), log_(log) {}

  // Carries out the request `line`, without its end, and calls `reply`: before this returns, but
  // for `reload` and `shadow`, whose answers come when what was asked for is in force or was
  // refused, on whichever thread knows it, and perhaps after the end of this object. Once, whatever
  // happens: also where nobody ever tells the outcome. What changes the filter is logged.
  void CarryOut(std::string_view line, const Peer& peer, const Reply& reply) noexcept;

 private:
  struct Verb;
  static const Verb kVerbs[];

  using Request = control::Request;
  using Fault = control::Fault;

  // Each answers, or says what is wrong with the request, or what is to be begun.
  struct Outcome;
  Outcome Status(const Request& request);
  Outcome Stats(const Request& request);
  Outcome Reload(const Request& request);
  Outcome Pause(const Request& request);
  Outcome Resume(const Request& request);
  Outcome Shadow(const Request& request);
  Outcome Explain(const Request& request);
  Outcome LogLevel(const Request& request);
  Outcome Reopen(const Request& request);
  Outcome Recent(const Request& request);
  Outcome Help(const Request& request);

  static void Begin(const Outcome& outcome, const Reply& reply);
  void CarryOutUnguarded(std::string_view line, const Peer& peer, const Reply& reply);
  std::string Refused(const Fault& fault);
  void Log(const Peer& peer, const Request& request, std::string_view outcome);

  Steering& steering_;
  Counters& counters_;
  const HostLog& log_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_CONTROL_COMMANDS_H_
