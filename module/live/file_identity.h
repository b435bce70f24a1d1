// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_MODULE_LIVE_FILE_IDENTITY_H_
#define TOLLGATE_MODULE_LIVE_FILE_IDENTITY_H_

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace tollgate::module {

// Two files with the same identity have the same content, unless somebody took pains. All zero:
// there is no file.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t modified_seconds = 0;
  int64_t modified_nanoseconds = 0;
  int64_t changed_seconds = 0;
  int64_t changed_nanoseconds = 0;

  bool exists() const noexcept { return inode != 0; }
  bool operator==(const FileIdentity&) const = default;
};

inline FileIdentity IdentityOf(const std::string& path) noexcept {
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return {};
  return {status.st_dev,         status.st_ino,          static_cast<uint64_t>(status.st_size),
          status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
          status.st_ctim.tv_nsec};
}

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_LIVE_FILE_IDENTITY_H_
