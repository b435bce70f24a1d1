// SPDX-License-Identifier: BSD-3-Clause
//
// The socket's place in the file system: made with the right permissions from the first moment, put
// where a crashed process left one, never taken from one that lives, made again where somebody
// removed it, and gone at the end.

#ifndef TOLLGATE_MODULE_CONTROL_LISTENER_H_
#define TOLLGATE_MODULE_CONTROL_LISTENER_H_

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "module/control/settings.h"
#include "module/host_log.h"

namespace tollgate::module {

// sun_path without its terminator and the ending of the temporary name, ".new".
inline constexpr size_t kLongestSocketPath = 103;

// For one thread at a time.
class Listener {
 public:
  // `log` outlives the listener. Nothing is opened yet.
  Listener(ControlSettings settings, const HostLog& log);
  ~Listener();  // Close
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Sees to it that the socket is there and is this listener's own, if that can be; to be called
  // again from time to time. What comes of it is logged when it is something else than the last
  // time. Waits a fifth of a second at most, for another Tollgate that does the same in this
  // folder, and for the system's list of groups.
  void Tend();

  // Non-blocking, to be accepted from; -1 while there is no socket.
  int fd() const { return fd_; }

  // Removes the socket, if the one that lies there is its own.
  void Close();

 private:
  bool IsInPlace() const;
  // True where the path is free, or what lies there may be replaced; else says why not.
  bool MayTake();
  bool Open();
  bool Restrict(const std::string& path);
  void Say(gate_level level, const std::string& line);
  void Fail(const char* what);

  const ControlSettings settings_;
  const std::string folder_;
  const HostLog& log_;
  int fd_ = -1;
  dev_t device_ = 0;  // of the socket's name
  ino_t inode_ = 0;
  bool for_owner_alone_ = false;  // its group could not be given
  std::string said_;              // the last line
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_CONTROL_LISTENER_H_
