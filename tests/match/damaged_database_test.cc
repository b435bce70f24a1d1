// SPDX-License-Identifier: BSD-3-Clause
//
// Every truncation and every changed octet of a small database: refused, or harmless. Once as
// damage comes, which the checksum finds; and once with the checksum made true again, so that the
// checks behind it are all that stands. Run under the sanitizers, this is the proof of "no look-up
// can read outside the map, whatever the bytes say".
//
// The second pass leaves the serialised Hyperscan databases alone: their octets are Hyperscan's own
// code, which carries its own CRC and is trusted once that matches.

#include <string>
#include <vector>

#include "tests/match/database_image.h"
#include "tests/support/catch.h"

namespace tollgate::testing {
namespace {

using database::SectionKind;

struct Range {
  size_t begin;
  size_t end;
};

Range RangeOf(Image& image, SectionKind kind) {
  const database::SectionHeader& section = image.section(kind);
  return {section.offset, section.offset + section.size};
}

// Opens the image and, where that succeeds, uses it.
bool IsRefusedOrHarmless(const Image& image, const std::vector<dns::Name>& names) {
  auto rules = image.Open();
  if (!rules.ok()) return !rules.status().message().empty();
  Exercise(**rules, names);
  return true;
}

TEST_CASE("every truncation is refused") {
  const std::string whole = SmallDatabase();
  for (size_t size = 0; size < whole.size(); ++size) {
    INFO("cut to " << size << " octets");
    REQUIRE(Image(whole.substr(0, size)).Refusal() != "");
  }
}

TEST_CASE("every changed octet is refused") {
  Image image(SmallDatabase());
  for (size_t i = 0; i < image.octets().size(); ++i) {
    char& octet = image.octets()[i];
    octet = static_cast<char>(octet ^ 0xff);
    // checksummed.
    INFO("octet " << i);
    REQUIRE(image.Refusal() != "");
    octet = static_cast<char>(octet ^ 0xff);
  }
}

TEST_CASE("every changed bit of the header and of the list of sections is refused") {
  Image image(SmallDatabase());
  const size_t end =
      sizeof(database::FileHeader) + image.header().section_count * sizeof(database::SectionHeader);
  for (size_t i = 0; i < end; ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      char& octet = image.octets()[i];
      octet = static_cast<char>(octet ^ (1 << bit));
      INFO("octet " << i << " bit " << bit);
      REQUIRE(image.Refusal() != "");
      octet = static_cast<char>(octet ^ (1 << bit));
    }
  }
}

TEST_CASE("every truncation with a true size and checksum is refused or harmless") {
  const std::string whole = SmallDatabase();
  const std::vector<dns::Name> names = SmallQueries();
  for (size_t size = sizeof(database::FileHeader); size < whole.size(); ++size) {
    Image image(whole.substr(0, size));
    image.header().file_size = size;
    image.RepairChecksum();
    INFO("cut to " << size << " octets");
    REQUIRE(IsRefusedOrHarmless(image, names));
  }
}

TEST_CASE("every changed octet with a true checksum is refused or harmless") {
  const std::string whole = SmallDatabase();
  const std::vector<dns::Name> names = SmallQueries();
  Image sound(whole);
  const Range hyperscan[] = {RangeOf(sound, SectionKind::kHyperscanOctets)};
  for (size_t i = 0; i < whole.size(); ++i) {
    bool skip = false;
    for (const Range& range : hyperscan) skip = skip || (i >= range.begin && i < range.end);
    if (skip) continue;
    for (uint8_t mask : {0x01, 0x04, 0x40, 0x80, 0xff}) {
      Image image(whole);
      image.octets()[i] = static_cast<char>(image.octets()[i] ^ mask);
      image.RepairChecksum();
      INFO("octet " << i << " with mask " << int{mask});
      REQUIRE(IsRefusedOrHarmless(image, names));
    }
  }
}

TEST_CASE("every changed octet of patterns that are compiled again is refused or harmless") {
  Image sound(SmallDatabase());
  sound.section(SectionKind::kHyperscan).kind = 99;
  const std::vector<dns::Name> names = SmallQueries();
  const Range patterns = RangeOf(sound, SectionKind::kPatterns);
  const size_t strings = sound.section(SectionKind::kStrings).offset;
  std::vector<Range> ranges = {patterns};
  for (size_t i = 0; i < 2; ++i) {
    const database::StringRef expression =
        sound.record<database::PatternRecord>(SectionKind::kPatterns, i).expression;
    ranges.push_back(
        {strings + expression.offset, strings + expression.offset + expression.length});
  }
  for (const Range& range : ranges) {
    for (size_t i = range.begin; i < range.end; ++i) {
      for (uint8_t mask : {0x01, 0x04, 0xff}) {
        Image image(sound.octets());
        image.octets()[i] = static_cast<char>(image.octets()[i] ^ mask);
        image.RepairChecksum();
        INFO("octet " << i << " with mask " << int{mask});
        REQUIRE(IsRefusedOrHarmless(image, names));
      }
    }
  }
}

TEST_CASE("a file of random octets behind a true header is refused or harmless") {
  const std::vector<dns::Name> names = SmallQueries();
  const std::string whole = SmallDatabase();
  uint32_t state = 1;
  for (int round = 0; round < 2000; ++round) {
    Image image(whole);
    // The Hyperscan databases are taken out of the list, and everything behind the list is fair
    // game.
    image.section(SectionKind::kHyperscan).kind = 99;
    const size_t first = sizeof(database::FileHeader) +
                         image.header().section_count * sizeof(database::SectionHeader);
    for (int i = 0; i < 8; ++i) {
      state = state * 1664525 + 1013904223;
      const size_t at = first + (state >> 8) % (whole.size() - first);
      state = state * 1664525 + 1013904223;
      image.octets()[at] = static_cast<char>(state >> 24);
    }
    image.RepairChecksum();
    INFO("round " << round);
    REQUIRE(IsRefusedOrHarmless(image, names));
  }
}

}  // namespace
}  // namespace tollgate::testing
