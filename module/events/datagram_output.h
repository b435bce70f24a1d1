// SPDX-License-Identifier: BSD-3-Clause
//
// One datagram for each event, to a Unix socket: a collector's, or that of syslog.

#ifndef TOLLGATE_MODULE_EVENTS_DATAGRAM_OUTPUT_H_
#define TOLLGATE_MODULE_EVENTS_DATAGRAM_OUTPUT_H_

#include <string>

#include "module/events/output.h"
#include "module/events/unique_fd.h"

namespace tollgate::module {

class DatagramOutput : public Output {
 public:
  DatagramOutput(const std::string& path, Counters& counters, const HostLog& log)
      : DatagramOutput("datagram " + path, path, counters, log) {}

 protected:
  DatagramOutput(std::string name, const std::string& path, Counters& counters, const HostLog& log)
      : Output(std::move(name), counters, log), path_(path) {}

  ssize_t Send(std::string_view octets) override;

 private:
  absl::Status Connect() override;
  bool Outlives(int) override;

  const std::string path_;
  UniqueFd fd_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_DATAGRAM_OUTPUT_H_
