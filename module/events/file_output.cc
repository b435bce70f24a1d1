// SPDX-License-Identifier: BSD-3-Clause

#include "module/events/file_output.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace tollgate::module {
namespace {

absl::Status Refusal(const char* what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(errno)));
}

// Whether the file's last octet is there and no newline. Where it may not be read, nobody knows,
// and it is taken for one.
bool EndsInMidLine(const std::string& path, off_t size) {
  if (size == 0) return false;
  const UniqueFd reader(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  char last = '\n';
  return reader && pread(reader.get(), &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

absl::Status FileOutput::Connect() {
  // Not to wait where the path is a FIFO, which fstat then tells.
  UniqueFd fd(
      open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640));
  if (!fd) return Refusal("cannot open it");
  struct stat about;
  if (fstat(fd.get(), &about) != 0) return Refusal("cannot look at it");
  if (!S_ISREG(about.st_mode) && !S_ISCHR(about.st_mode)) {
    return absl::FailedPreconditionError("neither a regular file nor a character device");
  }
  ends_in_mid_line_ = S_ISREG(about.st_mode) && EndsInMidLine(path_, about.st_size);
  fd_ = std::move(fd);
  return absl::OkStatus();
}

absl::Status FileOutput::Reopen() {
  const absl::Status status = Connect();
  if (!status.ok())
    return absl::Status(status.code(), absl::StrCat(name(), ": ", status.message()));
  Restart();
  return status;
}

ssize_t FileOutput::Send(std::string_view octets) {
  if (ends_in_mid_line_) {
    if (const ssize_t written = write(fd_.get(), "\n", 1); written != 1) return written;
    ends_in_mid_line_ = false;
  }
  return write(fd_.get(), octets.data(), octets.size());
}

}  // namespace tollgate::module
