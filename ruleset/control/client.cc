// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/control/client.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace tollgate::control {
namespace {

constexpr size_t kLargestAnswer = size_t{64} << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// "group 'tollgate'" that owns `path`; empty where that cannot be known.
std::string OwningGroup(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return "";
  std::array<char, 4096> buffer;
  group entry;
  group* found = nullptr;
  if (getgrgid_r(status.st_gid, &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    return absl::StrCat("group '", found->gr_name, "'");
  }
  return absl::StrCat("group ", status.st_gid);
}

absl::Status CannotConnect(const std::string& socket, int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(absl::StrCat(
          socket,
          ": no such socket; is Unbound running with the module, and is this the path of "
          "'control: {socket:}' in its module.yaml (inside Unbound's chroot, if it has "
          "one)? --socket and TOLLGATE_SOCKET name another"));
    case EACCES:
    case EPERM: {
      std::string group = OwningGroup(socket);
      if (group.empty()) group = OwningGroup(socket.substr(0, socket.rfind('/')));
      return absl::PermissionDeniedError(
          absl::StrCat(socket, ": no permission; the socket is for its owner and ",
                       group.empty() ? "its group" : group, ": join that group, or be root"));
    }
    case ECONNREFUSED: {
      struct stat status;
      if (lstat(socket.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode))
        return absl::FailedPreconditionError(absl::StrCat(socket, ": is no socket"));
      return absl::UnavailableError(
          absl::StrCat(socket,
                       ": nobody listens there; it was left behind by an Unbound that has "
                       "ended: start Unbound, which puts a new one in its place"));
    }
    default:
      return absl::UnavailableError(absl::StrCat(socket, ": ", std::strerror(error)));
  }
}

absl::Status TooLate(const std::string& socket, absl::Duration timeout) {
  return absl::DeadlineExceededError(absl::StrCat(socket, ": no answer within ",
                                                  absl::FormatDuration(timeout),
                                                  "; Unbound may be overloaded or stopped: see its "
                                                  "log, and try again with a longer --timeout"));
}

// Waits until `events` or `deadline`. False where that came first.
bool WaitFor(int fd, short events, absl::Time deadline) {
  for (;;) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    pollfd wait{fd, events, 0};
    const int64_t milliseconds = absl::ToInt64Milliseconds(left) + 1;
    if (poll(&wait, 1, static_cast<int>(std::min<int64_t>(milliseconds, 60'000))) > 0) return true;
  }
}

}  // namespace

absl::StatusOr<std::string> Ask(const std::string& socket, std::string_view request,
                                absl::Duration timeout) {
  if (request.find('\n') != std::string_view::npos)
    return absl::InvalidArgumentError("a request is one line");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.empty() || socket.size() >= sizeof address.sun_path) {
    return absl::InvalidArgumentError(absl::StrCat("'", socket, "': the path of a socket has 1 to ",
                                                   sizeof address.sun_path - 1, " octets"));
  }
  std::memcpy(address.sun_path, socket.data(), socket.size());

  const absl::Time deadline = absl::Now() + timeout;
  const Descriptor peer(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (peer.get() < 0) return absl::ErrnoToStatus(errno, "cannot make a socket");
  // Where the listener's queue is full there is nothing to wait for but time.
  while (connect(peer.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return CannotConnect(socket, errno);
    if (absl::Now() >= deadline) return TooLate(socket, timeout);
    absl::SleepFor(absl::Milliseconds(20));
  }

  std::string line(request);
  line += '\n';
  for (size_t sent = 0; sent < line.size();) {
    const ssize_t count =
        send(peer.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      sent += static_cast<size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!WaitFor(peer.get(), POLLOUT, deadline)) return TooLate(socket, timeout);
    } else if (errno == EPIPE || errno == ECONNRESET) {
      break;  // it may have said why before it closed the connection
    } else if (errno != EINTR) {
      return absl::UnavailableError(absl::StrCat(socket, ": ", std::strerror(errno)));
    }
  }

  std::string answer;
  std::array<char, 16384> piece;
  for (;;) {
    const ssize_t count = recv(peer.get(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (count > 0) {
      const std::string_view got(piece.data(), static_cast<size_t>(count));
      const size_t end = got.find('\n');
      answer += got.substr(0, end);
      if (end != std::string_view::npos) return answer;
      if (answer.size() > kLargestAnswer)
        return absl::ResourceExhaustedError(absl::StrCat(socket, ": an answer without an end"));
    } else if (count == 0 || errno == ECONNRESET) {
      return absl::UnavailableError(absl::StrCat(
          socket,
          ": the connection was closed before the answer came; Unbound may be reloading or "
          "ending: try again"));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!WaitFor(peer.get(), POLLIN, deadline)) return TooLate(socket, timeout);
    } else if (errno != EINTR) {
      return absl::UnavailableError(absl::StrCat(socket, ": ", std::strerror(errno)));
    }
  }
}

}  // namespace tollgate::control
