// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_DATABASE_MAPPED_FILE_H_
#define TOLLGATE_RULESET_DATABASE_MAPPED_FILE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace tollgate::database {

// The octets of a whole file, read-only: the file itself, mapped, or a copy in memory of its own;
// and their checksum, for which nothing needs to be read twice.
class MappedFile {
 public:
  // Looks at the first octets of a file, and at its size, before the rest is read. Its error is
  // about the file, whose name is put in front.
  using HeadCheck = absl::Status (*)(std::span<const uint8_t> head, uint64_t file_size);

  // Called after each chunk (kChunkOctets), some 100 microseconds of work: who shares a processor
  // with somebody in a hurry sleeps in it. nullptr: nothing.
  using Pause = void (*)();

  // Maps the file if `check` is content. It must be replaced by rename, never written in place:
  // shrinking a mapped file ends the process that reads it (SIGBUS). The error names the file and
  // the reason; what is no regular file, a FIFO say, is refused at once.
  static absl::StatusOr<MappedFile> Open(const std::string& path, HeadCheck check);

  // Copies the file, for a process that must outlive whatever is done to it later. In huge pages
  // where the kernel has them to give: an index of many megabytes is then read with fewer misses of
  // the TLB. Without a pause somebody waits for it, and more threads help where there are
  // processors for them; with one, the calling thread does it all. The same errors, and Unavailable
  // where the file's size changed while it was read, ResourceExhausted where there is no memory for
  // it. What is written without changing the size is the checksum's to find.
  static absl::StatusOr<MappedFile> ReadCopy(const std::string& path, HeadCheck check,
                                             Pause pause = nullptr);

  // The part of ReadCopy that reads: `size` octets from the beginning of `fd`, and whether it ends
  // there. `name` is for errors; `fd` stays the caller's, as does its position.
  static absl::StatusOr<MappedFile> ReadDescriptor(int fd, size_t size, const std::string& name,
                                                   Pause pause = nullptr);

  // A copy of octets that are in no file.
  static absl::StatusOr<MappedFile> FromOctets(std::string_view octets);

  MappedFile(MappedFile&& other) noexcept
      : bytes_(std::exchange(other.bytes_, {})), checksum_(other.checksum_) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(checksum_, other.checksum_);
    return *this;
  }
  ~MappedFile();

  std::span<const uint8_t> bytes() const noexcept { return bytes_; }
  // What FileHeader::checksum has to be.
  uint64_t checksum() const noexcept { return checksum_; }

 private:
  explicit MappedFile(std::span<const uint8_t> bytes) noexcept : bytes_(bytes) {}

  std::span<const uint8_t> bytes_;
  uint64_t checksum_ = 0;
};

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_MAPPED_FILE_H_
