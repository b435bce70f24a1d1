// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/database/checksum.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "ruleset/database/format.h"
#include "ruleset/database/name_index.h"

namespace tollgate::database {
namespace {

static_assert(std::endian::native == std::endian::little, "the sums are hashed as they are");

// Of the first chunk, whose header counts without its checksum.
uint64_t FirstSum(std::span<const uint8_t> chunk) noexcept {
  FileHeader header;
  if (chunk.size() < sizeof(header)) return XXH3_64bits(chunk.data(), chunk.size());
  std::memcpy(&header, chunk.data(), sizeof(header));
  header.checksum = 0;
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  XXH3_64bits_update(&state, &header, sizeof(header));
  XXH3_64bits_update(&state, chunk.data() + sizeof(header), chunk.size() - sizeof(header));
  return XXH3_64bits_digest(&state);
}

}  // namespace

ChunkSums::ChunkSums(size_t file_size)
    : sums_(file_size / kChunkOctets + (file_size % kChunkOctets != 0 ? 1 : 0)) {}

void ChunkSums::Take(std::span<const uint8_t> file, size_t chunk) noexcept {
  const size_t begin = chunk * kChunkOctets;
  const std::span<const uint8_t> octets =
      file.subspan(begin, std::min(kChunkOctets, file.size() - begin));
  sums_[chunk] = chunk == 0 ? FirstSum(octets) : XXH3_64bits(octets.data(), octets.size());
}

uint64_t ChunkSums::Checksum() const noexcept {
  return XXH3_64bits(sums_.data(), sums_.size() * sizeof(sums_[0]));
}

uint64_t Checksum(std::span<const uint8_t> file) {
  ChunkSums sums(file.size());
  for (size_t chunk = 0; chunk < sums.count(); ++chunk) sums.Take(file, chunk);
  return sums.Checksum();
}

}  // namespace tollgate::database
