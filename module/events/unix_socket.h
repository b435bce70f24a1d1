// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_MODULE_EVENTS_UNIX_SOCKET_H_
#define TOLLGATE_MODULE_EVENTS_UNIX_SOCKET_H_

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "module/events/unique_fd.h"

namespace tollgate::module {

// A socket of `type` (SOCK_DGRAM, SOCK_STREAM), connected to the one at `path`, that never waits.
inline absl::StatusOr<UniqueFd> ConnectUnixSocket(const std::string& path, int type) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError("the path is too long for a Unix socket");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  UniqueFd fd(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return absl::UnavailableError(absl::StrCat("cannot make a socket: ", strerror(errno)));
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot connect: ", strerror(errno)));
  }
  return fd;
}

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_UNIX_SOCKET_H_
