// SPDX-License-Identifier: BSD-3-Clause
//
// Opening a database and asking it. The input changes a sound one: pairs of an offset (two octets)
// and a value (one octet), or, where it begins with the magic, is the file itself. The checksum is
// made true again, since no fuzzer guesses it; Hyperscan's own octets are left alone
// (damaged_database_test.cc says why).

#include <algorithm>
#include <cstring>
#include <string>

#include "tests/fuzz/fuzz.h"
#include "tests/match/database_image.h"

using tollgate::database::SectionKind;
using tollgate::testing::Image;

namespace {

// The small database without its Hyperscan sections: their patterns are compiled anew where they
// are still sound.
std::string Sound() {
  Image image(tollgate::testing::SmallDatabase());
  // Their octets make room: nothing is changed in vain.
  tollgate::database::SectionHeader& octets = image.section(SectionKind::kHyperscanOctets);
  const uint64_t begin = octets.offset;
  const uint64_t size = (octets.size + 63) / 64 * 64;
  octets = {99, 0, 0, 0};
  image.section(SectionKind::kHyperscan) = {99, 0, 0, 0};
  auto* const sections = reinterpret_cast<tollgate::database::SectionHeader*>(
      image.octets().data() + sizeof(tollgate::database::FileHeader));
  for (uint32_t i = 0; i < image.header().section_count; ++i) {
    if (sections[i].offset > begin) sections[i].offset -= size;
  }
  image.octets().erase(begin, size);
  image.header().file_size -= size;
  image.RepairChecksum();
  return image.octets();
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::string sound = Sound();
  static const std::vector<tollgate::dns::Name> names = tollgate::testing::SmallQueries();
  const bool whole_file = size >= sizeof(tollgate::database::FileHeader) &&
                          std::memcmp(data, tollgate::database::kMagic, 8) == 0;
  Image image(whole_file ? std::string(tollgate::fuzz::Text(data, size)) : sound);
  if (whole_file) {
    image.header().file_size = size;
  } else {
    for (; size >= 3; data += 3, size -= 3) {
      const size_t at = (size_t{data[0]} | size_t{data[1]} << 8) % image.octets().size();
      image.octets()[at] = static_cast<char>(data[2]);
    }
  }
  image.RepairChecksum();
  auto rules = image.Open();
  if (!rules.ok()) {
    tollgate::fuzz::Require(!rules.status().message().empty(), "a refusal has a reason");
    return 0;
  }
  tollgate::testing::Exercise(**rules, names);
  return 0;
}
