// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_DATABASE_MAPPED_FILE_H_
#define TOLLGATE_RULESET_DATABASE_MAPPED_FILE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace tollgate::database {

// A whole file, mapped read-only. It must be replaced by rename, never written in place: shrinking
// a mapped file ends the process that reads it.
class MappedFile {
 public:
  // The error names the file and the reason.
  static absl::StatusOr<MappedFile> Open(const std::string& path);

  // A copy of octets that are in no file.
  static absl::StatusOr<MappedFile> FromOctets(std::string_view octets);

  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();

  std::span<const uint8_t> bytes() const noexcept { return bytes_; }

 private:
  explicit MappedFile(std::span<const uint8_t> bytes) noexcept : bytes_(bytes) {}

  std::span<const uint8_t> bytes_;
};

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_MAPPED_FILE_H_
