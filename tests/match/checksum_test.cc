// SPDX-License-Identifier: BSD-3-Clause
//
// The checksum of a file, chunk by chunk; and the reader that takes it while it reads.

#include "ruleset/database/checksum.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <random>
#include <span>
#include <stdexcept>
#include <vector>

#include "ruleset/database/chunk_reader.h"
#include "ruleset/database/format.h"
#include "ruleset/database/mapped_file.h"
#include "ruleset/database/name_index.h"
#include "tests/support/catch.h"

namespace tollgate::database {
namespace {

// A file with these octets, gone at the end.
class File {
 public:
  explicit File(std::span<const uint8_t> octets) : stream_(std::tmpfile()) {
    if (stream_ == nullptr ||
        std::fwrite(octets.data(), 1, octets.size(), stream_) != octets.size() ||
        std::fflush(stream_) != 0) {
      throw std::runtime_error("cannot write a temporary file");
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { std::fclose(stream_); }

  int descriptor() const { return fileno(stream_); }

 private:
  std::FILE* stream_;
};

// Sizes around those of a header, a chunk, and a huge page, and of several of them.
const size_t kSizes[] = {1,
                         sizeof(FileHeader) - 1,
                         sizeof(FileHeader),
                         sizeof(FileHeader) + 1,
                         kChunkOctets - 1,
                         kChunkOctets,
                         kChunkOctets + 1,
                         2 * kChunkOctets,
                         kHugePageOctets - 1,
                         kHugePageOctets,
                         kHugePageOctets + 1,
                         9 * kHugePageOctets + kChunkOctets + 1};

std::vector<uint8_t> Octets(size_t size) {
  std::mt19937_64 random(size);
  std::vector<uint8_t> octets(size);
  for (uint8_t& octet : octets) octet = static_cast<uint8_t>(random());
  return octets;
}

// As docs/database-format.md has it.
uint64_t Defined(std::vector<uint8_t> file) {
  for (size_t i = 24; file.size() >= 64 && i < 32; ++i) file[i] = 0;
  std::vector<uint64_t> sums;
  for (size_t begin = 0; begin < file.size(); begin += 262'144) {
    sums.push_back(
        XXH3_64bits(file.data() + begin, std::min<size_t>(262'144, file.size() - begin)));
  }
  return XXH3_64bits(sums.data(), 8 * sums.size());
}

// Of a copy of a file with these octets, which has to have them.
uint64_t SumOfCopy(const std::vector<uint8_t>& octets, MappedFile::Pause pause) {
  const File file(octets);
  const auto copy = MappedFile::ReadDescriptor(file.descriptor(), octets.size(), "file", pause);
  REQUIRE(copy.ok());
  REQUIRE(std::equal(octets.begin(), octets.end(), copy->bytes().begin(), copy->bytes().end()));
  return copy->checksum();
}

TEST_CASE("the checksum of a file of any size is what the format says") {
  for (size_t size : kSizes) {
    INFO(size << " octets");
    const std::vector<uint8_t> octets = Octets(size);
    CHECK(Checksum(octets) == Defined(octets));
  }
}

TEST_CASE("chunks may be taken in any order") {
  const std::vector<uint8_t> octets = Octets(5 * kChunkOctets + 1);
  ChunkSums sums(octets.size());
  REQUIRE(sums.count() == 6);
  for (size_t chunk : {3, 0, 5, 1, 4, 2}) sums.Take(octets, chunk);
  CHECK(sums.Checksum() == Checksum(octets));
}

TEST_CASE("damage at either end of any chunk changes the checksum") {
  std::vector<uint8_t> octets = Octets(5 * kChunkOctets + 1);
  const uint64_t sound = Checksum(octets);
  for (size_t chunk = 0; chunk < 6; ++chunk) {
    const size_t begin = chunk * kChunkOctets;
    for (size_t at : {begin, std::min(begin + kChunkOctets, octets.size()) - 1}) {
      INFO("octet " << at);
      octets[at] ^= 1;
      CHECK(Checksum(octets) != sound);
      octets[at] ^= 1;
    }
  }
}

TEST_CASE("chunks that changed places change the checksum") {
  std::vector<uint8_t> octets = Octets(3 * kChunkOctets);
  const uint64_t sound = Checksum(octets);
  std::swap_ranges(octets.begin() + kChunkOctets, octets.begin() + 2 * kChunkOctets,
                   octets.begin() + 2 * kChunkOctets);
  CHECK(Checksum(octets) != sound);
}

TEST_CASE("the checksum in the header does not count") {
  std::vector<uint8_t> octets = Octets(kChunkOctets + 1);
  const uint64_t sound = Checksum(octets);
  for (size_t i = 0; i < sizeof(uint64_t); ++i) octets[offsetof(FileHeader, checksum) + i] ^= 0xff;
  CHECK(Checksum(octets) == sound);
}

TEST_CASE("a copy has its file's octets and checksum, whatever its size and whoever helps") {
  for (size_t size : kSizes) {
    INFO(size << " octets");
    const std::vector<uint8_t> octets = Octets(size);
    CHECK(SumOfCopy(octets, nullptr) == Defined(octets));
    CHECK(SumOfCopy(octets, [] {}) == Defined(octets));
  }
}

TEST_CASE("a file that ends anywhere before its size is found out, whoever helps") {
  const std::vector<uint8_t> octets = Octets(9 * kHugePageOctets);
  std::vector<uint8_t> memory(octets.size());
  for (size_t missing : {size_t{1}, kChunkOctets, 5 * kHugePageOctets + 1, octets.size() - 1}) {
    INFO(missing << " octets are missing");
    const File file({octets.data(), octets.size() - missing});
    ChunkReader together(file.descriptor(), memory);
    together.ReadTogether();
    ChunkReader alone(file.descriptor(), memory);
    alone.ReadAlone([] {});
    CHECK(together.found_end());
    CHECK(alone.found_end());
    CHECK(together.error() == 0);
  }
}

TEST_CASE("what cannot be read is an error, whoever helps") {
  std::vector<uint8_t> memory(9 * kHugePageOctets);
  ChunkReader together(-1, memory);
  together.ReadTogether();
  CHECK(together.error() == EBADF);
  ChunkReader alone(-1, memory);
  alone.ReadAlone([] {});
  CHECK(alone.error() == EBADF);
}

}  // namespace
}  // namespace tollgate::database
