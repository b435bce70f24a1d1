// SPDX-License-Identifier: BSD-3-Clause

#include "module/control/listener.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>
#include <vector>

namespace tollgate::module {
namespace {

constexpr int kBacklog = 32;

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  return address;
}

// Keeps two Tollgates from looking for a free place in the same folder at the same time. The folder
// itself is locked: a lock file would stay behind.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : fd_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    // Whoever else locks folders must not keep the control thread: then it goes on without.
    for (int i = 0; fd_ >= 0 && i < 20 && flock(fd_, LOCK_EX | LOCK_NB) != 0; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ~FolderLock() {
    if (fd_ >= 0) close(fd_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_;
};

// A group by its name or number.
std::optional<gid_t> GroupId(const std::string& name) {
  gid_t id = 0;
  const char* const end = name.data() + name.size();
  if (const auto [rest, error] = std::from_chars(name.data(), end, id);
      error == std::errc() && rest == end) {
    return id;
  }
  std::vector<char> buffer(4096);
  group entry;
  group* found = nullptr;
  int error;
  while ((error = getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found)) ==
             ERANGE &&
         buffer.size() < (1U << 20)) {
    buffer.resize(buffer.size() * 2);  // a group of many members
  }
  if (error != 0 || found == nullptr) return std::nullopt;
  return found->gr_gid;
}

}  // namespace

Listener::Listener(ControlSettings settings, const HostLog& log)
    : settings_(std::move(settings)),
      folder_(std::filesystem::path(settings_.socket).parent_path().string()),
      log_(log) {}

Listener::~Listener() { Close(); }

void Listener::Say(gate_level level, const std::string& line) {
  if (line == said_) return;
  log_.Write(level, line);
  said_ = line;
}

void Listener::Fail(const char* what) {
  Say(GATE_ERROR, "no control socket: " + settings_.socket + ": " + what + ": " +
                      std::strerror(errno) +
                      "; 'tollgate ctl' will not work; tried again from "
                      "time to time");
}

bool Listener::IsInPlace() const {
  struct stat status;
  return fd_ >= 0 && lstat(settings_.socket.c_str(), &status) == 0 && status.st_dev == device_ &&
         status.st_ino == inode_;
}

void Listener::Tend() {
  if (settings_.socket.empty() || IsInPlace()) return;
  if (fd_ >= 0) {
    close(fd_);
    fd_ = -1;
    Say(GATE_WARNING, "the control socket " + settings_.socket + " was removed or replaced");
  }
  struct stat status;
  if (settings_.is_default && stat(folder_.c_str(), &status) != 0 && errno == ENOENT) {
    Say(GATE_INFO, "no control socket, as there is no folder " + folder_ +
                       "; it is looked for from time to time");
    return;
  }
  if (settings_.socket.size() > kLongestSocketPath) {
    errno = ENAMETOOLONG;
    Fail("cannot be made");
    return;
  }
  const FolderLock lock(folder_);
  if (!MayTake()) return;
  if (!Open()) return;
  const bool is_shared = !settings_.group.empty() && !for_owner_alone_;
  Say(GATE_INFO,
      "control socket " + settings_.socket + (is_shared ? ", for group " + settings_.group : ""));
}

bool Listener::MayTake() {
  struct stat status;
  if (lstat(settings_.socket.c_str(), &status) != 0) {
    if (errno == ENOENT) return true;
    Fail("cannot be looked at");
    return false;
  }
  if (!S_ISSOCK(status.st_mode)) {
    Say(GATE_ERROR, "no control socket: " + settings_.socket +
                        " is there, and is no socket; remove it, or change 'control: {socket:}'");
    return false;
  }
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) {
    Fail("cannot be tried");
    return false;
  }
  const sockaddr_un address = AddressOf(settings_.socket);
  const int result = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = result == 0 ? 0 : errno;
  close(probe);
  if (error == ECONNREFUSED || error == ENOENT) return true;  // nobody listens any more
  if (error == 0 || error == EAGAIN) {                        // EAGAIN: its queue is full
    Say(GATE_ERROR, "no control socket: another process listens on " + settings_.socket +
                        "; give each Unbound a 'control: {socket:}' of its own");
    return false;
  }
  errno = error;
  Fail("is there, and cannot be tried");
  return false;
}

// The name that others see is given last, by rename: at no moment is the socket open to more than
// it should be, or there without somebody who listens. The mode of a socket that has no name yet is
// the one that bind gives it, but for the umask (Linux, unix_bind), which belongs to the process.
bool Listener::Open() {
  const std::string temporary = settings_.socket + ".new";
  const sockaddr_un address = AddressOf(temporary);
  fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) {
    Fail("cannot be made");
    return false;
  }
  unlink(temporary.c_str());  // of a process that crashed right here
  struct stat status;
  const char* failed = nullptr;
  if (fchmod(fd_, 0600) != 0 ||
      bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    failed = "cannot be made";
  } else if (!Restrict(temporary) || listen(fd_, kBacklog) != 0 ||
             lstat(temporary.c_str(), &status) != 0 ||
             rename(temporary.c_str(), settings_.socket.c_str()) != 0) {
    failed = "cannot be put in its place";
  }
  if (failed != nullptr) {
    Fail(failed);
    unlink(temporary.c_str());
    close(fd_);
    fd_ = -1;
    return false;
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
  return true;
}

// Owner and group may speak to it. Where the group cannot be given, the owner alone.
bool Listener::Restrict(const std::string& path) {
  for_owner_alone_ = false;
  if (settings_.group.empty()) return chmod(path.c_str(), 0660) == 0;
  const std::optional<gid_t> id = GroupId(settings_.group);
  std::string reason;
  if (!id) {
    reason = "there is no such group (inside Unbound's chroot, if it has one: a number works too)";
  } else if (fchownat(AT_FDCWD, path.c_str(), static_cast<uid_t>(-1), *id, AT_SYMLINK_NOFOLLOW) !=
             0) {
    reason = std::string(std::strerror(errno)) + " (Unbound's user must be a member)";
  } else {
    return chmod(path.c_str(), 0660) == 0;
  }
  for_owner_alone_ = true;
  Say(GATE_ERROR, "the control socket " + settings_.socket + " is for its owner alone: group '" +
                      settings_.group + "': " + reason);
  return true;
}

void Listener::Close() {
  if (fd_ < 0) return;
  const FolderLock lock(folder_);
  if (IsInPlace()) unlink(settings_.socket.c_str());
  close(fd_);
  fd_ = -1;
}

}  // namespace tollgate::module
