// SPDX-License-Identifier: BSD-3-Clause
//
// Answers on their way to the control thread, from itself or from another one.

#ifndef TOLLGATE_MODULE_CONTROL_MAILBOX_H_
#define TOLLGATE_MODULE_CONTROL_MAILBOX_H_

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tollgate::module {

// Shared by the server and the answers that are still awaited, so that one that comes when the
// server is gone finds a place to be forgotten in. Any thread.
class Mailbox {
 public:
  struct Letter {
    uint64_t connection;
    std::string answer;
  };

  Mailbox() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~Mailbox() {
    if (fd_ >= 0) close(fd_);
  }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Readable while there is something to take; -1 where there is no descriptor to be had.
  int fd() const { return fd_; }

  void Put(uint64_t connection, std::string answer) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    letters_.push_back({connection, std::move(answer)});
    Wake();
  }
  // Nothing is taken in any more.
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    letters_.clear();
    Wake();
  }
  bool closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }
  std::vector<Letter> TakeAll() {
    const std::lock_guard lock(mutex_);
    uint64_t count;
    [[maybe_unused]] const ssize_t ignored = read(fd_, &count, sizeof count);
    return std::exchange(letters_, {});
  }

 private:
  void Wake() const {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = write(fd_, &one, sizeof one);
  }

  const int fd_;
  mutable std::mutex mutex_;
  std::vector<Letter> letters_;
  bool closed_ = false;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_CONTROL_MAILBOX_H_
