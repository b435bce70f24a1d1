// SPDX-License-Identifier: BSD-3-Clause
//
// Events of a small set of rules, the log that they go to, and what stands in files afterwards.

#ifndef TOLLGATE_TESTS_MODULE_EVENT_FIXTURE_H_
#define TOLLGATE_TESTS_MODULE_EVENT_FIXTURE_H_

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "module/events/event.h"
#include "module/events/event_log.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::test {

// A campaign with a rule of every action: nxdomain.com, nodata.com, refused.com, drop.com, pass.com
// and sinkhole.com, each with all names below it; a pattern, "track[a-z]+"; and shadow.com.
Compiled& EventRules();

// "192.0.2.1" or "2001:db8::1", from port 54321 over UDP.
module::Client ClientAt(const std::string& address);

// What is offered where `client` asks for `qname` (in its own spelling) with RD set, at
// 2026-01-31T12:00:00.000001Z. The name must match a rule.
module::Event EventFor(std::string_view qname, uint16_t qtype = 1,
                       const std::string& client = "192.0.2.1");

// Nothing is left out but by the rings, of which each has room for `ring` events.
module::EventSettings Unlimited(uint32_t ring = 4096);

// A log with what it needs.
class Log {
 public:
  explicit Log(const module::EventSettings& settings, size_t threads = 1);
  ~Log();

  module::EventLog* operator->() { return log_.get(); }
  module::Counters& counters() { return *counters_; }
  uint64_t Count(control::QueryCounter counter) { return counters_->Sum(counter); }
  uint64_t Count(control::ServiceCounter counter) { return counters_->Value(counter); }
  // Ends the log; counters can still be read.
  void End() { log_.reset(); }
  // All that it told the host's log of so far.
  static std::string Said();

 private:
  std::unique_ptr<module::Counters> counters_;
  module::HostLog host_log_;
  std::unique_ptr<module::EventLog> log_;
};

// Whether `condition` came true. It is a matter of milliseconds; a busy machine gets a minute.
bool Eventually(const std::function<bool()>& condition);

// The lines of a file; none where there is no such file.
std::vector<std::string> LinesOf(const std::string& path);

// A Unix socket that listens, or receives, at a path in a folder of its own.
class UnixServer {
 public:
  // `type` is SOCK_DGRAM or SOCK_STREAM. An object that stands at `path` is replaced.
  UnixServer(const std::string& path, int type);
  ~UnixServer();
  UnixServer(const UnixServer&) = delete;
  UnixServer& operator=(const UnixServer&) = delete;

  int fd() const { return fd_; }
  // The next datagram; empty after five seconds without one.
  std::string Receive();

 private:
  int fd_;
};

}  // namespace tollgate::test

#endif  // TOLLGATE_TESTS_MODULE_EVENT_FIXTURE_H_
