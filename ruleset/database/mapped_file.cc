// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/database/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ruleset/database/checksum.h"
#include "ruleset/database/chunk_reader.h"

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

// The same in huge pages, where the kernel has them, from the first octet on: older kernels begin
// a mapping at any page.
uint8_t* NewHugeMemory(size_t size) noexcept {
  if (size < kHugePageOctets) return NewMemory(size);
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t pages = (size + page - 1) / page * page;
  const size_t mapped = pages + kHugePageOctets;
  uint8_t* address = NewMemory(mapped);
  if (address == nullptr) return nullptr;
  const size_t before = -reinterpret_cast<uintptr_t>(address) % kHugePageOctets;
  if (before != 0) munmap(address, before);
  const size_t behind = mapped - before - pages;
  if (behind != 0) munmap(address + before + pages, behind);
  // Advice, before the first octet is written; a kernel without huge pages says no.
  (void)madvise(address + before, size, MADV_HUGEPAGE);
  return address + before;
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
  MappedFile mapped({static_cast<const uint8_t*>(address), size});
  mapped.checksum_ = Checksum(mapped.bytes_);
  return mapped;
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
  uint8_t* octets = NewHugeMemory(size);
  if (octets == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there is no memory for the ", size, " octets of ", name));
  }
  MappedFile copy({octets, size});  // unmaps it on every way out
  ChunkReader reader(fd, {octets, size});
  if (pause == nullptr) {
    reader.ReadTogether();
  } else {
    reader.ReadAlone(pause);
  }
  if (reader.error() != 0) {
    return absl::ErrnoToStatus(reader.error(), absl::StrCat("cannot read ", name));
  }
  if (reader.found_end()) return SizeChanged(name, "became shorter");
  uint8_t more;
  const ssize_t behind = ReadFully(fd, {&more, sizeof(more)}, size);
  if (behind < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot read ", name));
  if (behind > 0) return SizeChanged(name, "became longer");
  copy.checksum_ = reader.Checksum();
  // Nobody writes to it by mistake; reading works without, too.
  (void)mprotect(octets, size, PROT_READ);
  return copy;
}

absl::StatusOr<MappedFile> MappedFile::FromOctets(std::string_view octets) {
  if (octets.empty()) return absl::DataLossError("there are no octets");
  uint8_t* address = NewMemory(octets.size());
  if (address == nullptr) return absl::ErrnoToStatus(errno, "cannot get memory");
  std::memcpy(address, octets.data(), octets.size());
  MappedFile copy({address, octets.size()});
  copy.checksum_ = Checksum(copy.bytes_);
  return copy;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
}

}  // namespace tollgate::database
