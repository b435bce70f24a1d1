// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_DATABASE_CHUNK_READER_H_
#define TOLLGATE_RULESET_DATABASE_CHUNK_READER_H_

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "ruleset/database/checksum.h"

namespace tollgate::database {

inline constexpr size_t kHugePageOctets = size_t{2} << 20;

// As many octets of `fd`, from `offset` on, as there are before its end; -1 and errno on failure.
ssize_t ReadFully(int fd, std::span<uint8_t> octets, size_t offset) noexcept;

// Reads a file into memory, and takes the sum of each chunk while it is in the processor's cache.
class ChunkReader {
 public:
  // As much of the file as there is room for. `fd` stays the caller's, as does the memory, which
  // best begins at a huge page: no two threads write into the same one.
  ChunkReader(int fd, std::span<uint8_t> memory);

  // One of these, once. Alone: on this thread, with `pause` after each chunk.
  void ReadAlone(void (*pause)());
  // On as many threads as there are processors for this one, four at most. Where no more can be
  // started, on this one.
  void ReadTogether() noexcept;

  // How it went. Only without an error and without an end before all was read is there a checksum.
  int error() const noexcept { return error_.load(std::memory_order_relaxed); }  // errno, or 0
  bool found_end() const noexcept { return found_end_.load(std::memory_order_relaxed); }
  uint64_t Checksum() const noexcept { return sums_.Checksum(); }

 private:
  static void* Help(void* reader);
  void ReadRuns() noexcept;
  bool Read(size_t chunk) noexcept;

  int fd_;
  std::span<uint8_t> memory_;
  ChunkSums sums_;
  std::atomic<size_t> next_run_ = 0;
  std::atomic<int> error_ = 0;
  std::atomic<bool> found_end_ = false;
};

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_CHUNK_READER_H_
