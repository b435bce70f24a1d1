// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_DATABASE_CHECKSUM_H_
#define TOLLGATE_RULESET_DATABASE_CHECKSUM_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tollgate::database {

// FileHeader::checksum, chunk by chunk: in any order, by any number of threads at once, as long as
// each has chunks of its own.
class ChunkSums {
 public:
  explicit ChunkSums(size_t file_size);

  size_t count() const noexcept { return sums_.size(); }

  // Takes the chunk of this number, below count(), from all of the file's octets. Of the others
  // none is looked at.
  void Take(std::span<const uint8_t> file, size_t chunk) noexcept;

  // When all have been taken.
  uint64_t Checksum() const noexcept;

 private:
  std::vector<uint64_t> sums_;
};

// The same in one go, of a file of any size.
uint64_t Checksum(std::span<const uint8_t> file);

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_CHECKSUM_H_
