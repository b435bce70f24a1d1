// SPDX-License-Identifier: BSD-3-Clause
//
// The local syslog, which journald is too: "<134>tollgate: {...}", as facility local0 and severity
// informational (RFC 3164 section 4.1). The receiver adds time and host.

#ifndef TOLLGATE_MODULE_EVENTS_SYSLOG_OUTPUT_H_
#define TOLLGATE_MODULE_EVENTS_SYSLOG_OUTPUT_H_

#include <string>
#include <string_view>

#include "module/events/datagram_output.h"

namespace tollgate::module {

inline constexpr char kSyslogSocket[] = "/dev/log";

class SyslogOutput final : public DatagramOutput {
 public:
  SyslogOutput(const std::string& socket, Counters& counters, const HostLog& log)
      : DatagramOutput("syslog", socket, counters, log) {}

 private:
  // A datagram is sent whole or not at all: `line` is always one.
  ssize_t Send(std::string_view line) override {
    message_ = "<134>tollgate: ";
    message_ += line.substr(0, line.find('\n'));
    const ssize_t sent = DatagramOutput::Send(message_);
    return sent < 0 ? sent : static_cast<ssize_t>(line.size());
  }

  std::string message_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_SYSLOG_OUTPUT_H_
