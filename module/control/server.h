// SPDX-License-Identifier: BSD-3-Clause
//
// The control socket: a Unix stream socket with a thread of its own, which speaks the protocol of
// docs/control-protocol.md with whom the socket's permissions let in.
//
//   Commands commands(steering, counters, log);
//   std::unique_ptr<ControlServer> server =
//       ControlServer::Start(settings, commands, counters, log);
//   ...
//   server.reset();                        // before what `steering` stands on goes away
//
// Whatever the peers send, or do not read, costs this thread alone: each has one line and one
// answer of memory, some seconds of patience, and no word in what the others get.

#ifndef TOLLGATE_MODULE_CONTROL_SERVER_H_
#define TOLLGATE_MODULE_CONTROL_SERVER_H_

#include <chrono>
#include <cstddef>
#include <memory>

#include "module/control/commands.h"
#include "module/control/settings.h"
#include "module/counters/counters.h"
#include "module/host_log.h"

namespace tollgate::module {

struct ControlLimits {
  // When all are taken, the one that has been silent longest makes room.
  size_t connections = 32;
  // Octets of answers that wait to be read, of all connections together.
  size_t unread = size_t{64} << 20;
  // Between two requests, a request in pieces included.
  std::chrono::milliseconds silence = std::chrono::seconds(30);
  // For an answer to be read.
  std::chrono::milliseconds reading = std::chrono::seconds(10);
  // How often the socket's place is looked after (Listener::Tend).
  std::chrono::milliseconds tending = std::chrono::seconds(30);
};

class ControlServer {
 public:
  // Starts the thread, which makes the socket a moment later. Null where there is to be no socket,
  // and, logged, where there is no thread to be had. A socket that cannot be had is logged and
  // tried again from time to time. `commands` is called from that thread alone; it, `counters` and
  // `log` outlive the result.
  static std::unique_ptr<ControlServer> Start(const ControlSettings& settings, Commands& commands,
                                              Counters& counters, const HostLog& log,
                                              const ControlLimits& limits = {}) noexcept;

  // Ends the thread, closes every connection, removes the socket. Waits for a request that is being
  // carried out, but for no peer and no reload: their answers may come whenever they like.
  ~ControlServer();

 private:
  class Impl;
  explicit ControlServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_CONTROL_SERVER_H_
