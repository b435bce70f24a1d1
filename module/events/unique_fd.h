// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_MODULE_EVENTS_UNIQUE_FD_H_
#define TOLLGATE_MODULE_EVENTS_UNIQUE_FD_H_

#include <unistd.h>

#include <utility>

namespace tollgate::module {

// Owns a file descriptor, or none.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd() { Close(); }

  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_UNIQUE_FD_H_
