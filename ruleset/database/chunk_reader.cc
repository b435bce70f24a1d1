// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/database/chunk_reader.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "ruleset/database/format.h"

namespace tollgate::database {
namespace {

// What a thread takes at a time: all chunks of one huge page, which the kernel clears when it is
// first written to. Two threads in the same one would wait for each other, or clear it twice.
constexpr size_t kRunChunks = kHugePageOctets / kChunkOctets;
constexpr size_t kMostThreads = 4;  // beyond, they wait for the memory
constexpr size_t kRunsWorthAThread = 4;

size_t ProcessorCount() noexcept {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof(allowed), &allowed) == 0
             ? static_cast<size_t>(CPU_COUNT(&allowed))
             : 1;
}

}  // namespace

ssize_t ReadFully(int fd, std::span<uint8_t> octets, size_t offset) noexcept {
  size_t done = 0;
  while (done < octets.size()) {
    const ssize_t length =
        pread(fd, octets.data() + done, octets.size() - done, static_cast<off_t>(offset + done));
    if (length == 0) break;
    if (length > 0) {
      done += static_cast<size_t>(length);
    } else if (errno != EINTR) {
      return -1;
    }
  }
  return static_cast<ssize_t>(done);
}

ChunkReader::ChunkReader(int fd, std::span<uint8_t> memory)
    : fd_(fd), memory_(memory), sums_(memory.size()) {}

bool ChunkReader::Read(size_t chunk) noexcept {
  const size_t begin = chunk * kChunkOctets;
  const std::span<uint8_t> octets =
      memory_.subspan(begin, std::min(kChunkOctets, memory_.size() - begin));
  const ssize_t length = ReadFully(fd_, octets, begin);
  if (length < 0) {
    error_.store(errno, std::memory_order_relaxed);
    return false;
  }
  if (static_cast<size_t>(length) < octets.size()) {
    found_end_.store(true, std::memory_order_relaxed);
    return false;
  }
  sums_.Take(memory_, chunk);
  return true;
}

void ChunkReader::ReadAlone(void (*pause)()) {
  for (size_t chunk = 0; chunk < sums_.count() && Read(chunk); ++chunk) pause();
}

void ChunkReader::ReadRuns() noexcept {
  while (error() == 0 && !found_end()) {
    const size_t first = next_run_.fetch_add(1, std::memory_order_relaxed) * kRunChunks;
    if (first >= sums_.count()) return;
    const size_t end = std::min(first + kRunChunks, sums_.count());
    for (size_t chunk = first; chunk < end && Read(chunk);) ++chunk;
  }
}

void* ChunkReader::Help(void* reader) {
  static_cast<ChunkReader*>(reader)->ReadRuns();
  return nullptr;
}

// Not with std::thread: it throws where there is no thread or no memory, and takes memory of its
// own. A helper asks for none, and the signals are the host's.
void ChunkReader::ReadTogether() noexcept {
  const size_t threads =
      std::min({ProcessorCount(), kMostThreads, sums_.count() / kRunChunks / kRunsWorthAThread});
  sigset_t all;
  sigset_t old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  std::array<pthread_t, kMostThreads> helpers;
  size_t started = 0;
  while (started + 1 < threads &&
         pthread_create(&helpers[started], nullptr, &ChunkReader::Help, this) == 0) {
    ++started;
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  ReadRuns();
  for (size_t i = 0; i < started; ++i) pthread_join(helpers[i], nullptr);
}

}  // namespace tollgate::database
