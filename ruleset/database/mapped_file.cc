// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/database/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tollgate::database {
namespace {

// A file descriptor that is closed again.
class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// Opens what must be a regular file with something in it, and says how much.
absl::StatusOr<Descriptor> OpenRegular(const std::string& path, MappedFile::HeadCheck check,
                                       size_t& size) {
  // Without waiting for somebody to write where it is a FIFO.
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  struct stat status;
  if (fstat(file.get(), &status) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
  }
  if (!S_ISREG(status.st_mode)) {
    return absl::DataLossError(absl::StrCat(path, " is not a regular file"));
  }
  if (status.st_size == 0) return absl::DataLossError(absl::StrCat(path, " is empty"));
  size = static_cast<size_t>(status.st_size);
  // A file that is something else may be of any size.
  std::array<uint8_t, 256> head;
  const ssize_t length = pread(file.get(), head.data(), head.size(), 0);
  if (length < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", path));
  absl::Status content = check({head.data(), static_cast<size_t>(length)}, size);
  if (!content.ok()) {
    return absl::Status(content.code(), absl::StrCat(path, " ", content.message()));
  }
  return file;
}

// Memory that nothing else is in, writable; nullptr where there is none.
uint8_t* NewMemory(size_t size) noexcept {
  void* address = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return address == MAP_FAILED ? nullptr : static_cast<uint8_t*>(address);
}

// As many of the next `size` octets of `fd` as there are before its end; -1 and errno on failure.
ssize_t ReadFully(int fd, uint8_t* octets, size_t size, MappedFile::Pause pause) noexcept {
  size_t done = 0;
  while (done < size) {
    const size_t piece = std::min(size - done, MappedFile::kPieceOctets);
    const ssize_t length = read(fd, octets + done, piece);
    if (length == 0) break;
    if (length > 0) {
      done += static_cast<size_t>(length);
      if (pause != nullptr) pause();
    } else if (errno != EINTR) {
      return -1;
    }
  }
  return static_cast<ssize_t>(done);
}

absl::Status SizeChanged(const std::string& name, absl::string_view how) {
  return absl::UnavailableError(
      absl::StrCat(name, " ", how,
                   " while it was read: a database is replaced by rename, as "
                   "'tollgate compile' does, and never written in place"));
}

}  // namespace

absl::StatusOr<MappedFile> MappedFile::Open(const std::string& path, HeadCheck check) {
  size_t size = 0;
  absl::StatusOr<Descriptor> file = OpenRegular(path, check, size);
  if (!file.ok()) return file.status();
  // Populated at once: all of it is about to be read for the checksum.
  void* address = mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, file->get(), 0);
  if (address == MAP_FAILED) return absl::ErrnoToStatus(errno, absl::StrCat("cannot map ", path));
  return MappedFile({static_cast<const uint8_t*>(address), size});
}

absl::StatusOr<MappedFile> MappedFile::ReadCopy(const std::string& path, HeadCheck check,
                                                Pause pause) {
  size_t size = 0;
  absl::StatusOr<Descriptor> file = OpenRegular(path, check, size);
  if (!file.ok()) return file.status();
  return ReadDescriptor(file->get(), size, path, pause);
}

absl::StatusOr<MappedFile> MappedFile::ReadDescriptor(int fd, size_t size, const std::string& name,
                                                      Pause pause) {
  uint8_t* octets = NewMemory(size);
  if (octets == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there is no memory for the ", size, " octets of ", name));
  }
  MappedFile copy({octets, size});  // unmaps it on every way out
  // Advice, before the first octet is written; a kernel without huge pages says no.
  (void)madvise(octets, size, MADV_HUGEPAGE);
  const ssize_t done = ReadFully(fd, octets, size, pause);
  uint8_t more;
  const ssize_t behind = done < 0 ? -1 : ReadFully(fd, &more, sizeof(more), nullptr);
  if (behind < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", name));
  if (static_cast<size_t>(done) < size) return SizeChanged(name, "became shorter");
  if (behind > 0) return SizeChanged(name, "became longer");
  // Nobody writes to it by mistake; reading works without, too.
  (void)mprotect(octets, size, PROT_READ);
  return copy;
}

absl::StatusOr<MappedFile> MappedFile::FromOctets(std::string_view octets) {
  if (octets.empty()) return absl::DataLossError("there are no octets");
  uint8_t* address = NewMemory(octets.size());
  if (address == nullptr) return absl::ErrnoToStatus(errno, "cannot get memory");
  std::memcpy(address, octets.data(), octets.size());
  return MappedFile({address, octets.size()});
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
}

}  // namespace tollgate::database
