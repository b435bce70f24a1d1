// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/database/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tollgate::database {

absl::StatusOr<MappedFile> MappedFile::Open(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  struct stat status;
  if (fstat(fd, &status) != 0) {
    absl::Status error = absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
    close(fd);
    return error;
  }
  if (!S_ISREG(status.st_mode) || status.st_size == 0) {
    close(fd);
    return absl::DataLossError(
        absl::StrCat(path, S_ISREG(status.st_mode) ? " is empty" : " is not a regular file"));
  }
  const auto size = static_cast<size_t>(status.st_size);
  // Populated at once: all of it is about to be read for the checksum.
  void* address = mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
  const int reason = errno;
  close(fd);
  if (address == MAP_FAILED) return absl::ErrnoToStatus(reason, absl::StrCat("cannot map ", path));
  return MappedFile({static_cast<const uint8_t*>(address), size});
}

absl::StatusOr<MappedFile> MappedFile::FromOctets(std::string_view octets) {
  if (octets.empty()) return absl::DataLossError("there are no octets");
  void* address =
      mmap(nullptr, octets.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (address == MAP_FAILED) return absl::ErrnoToStatus(errno, "cannot get memory");
  std::memcpy(address, octets.data(), octets.size());
  return MappedFile({static_cast<const uint8_t*>(address), octets.size()});
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
}

}  // namespace tollgate::database
