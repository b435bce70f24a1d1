// SPDX-License-Identifier: BSD-3-Clause
//
// A database whose patterns were compiled by another Hyperscan or for another processor works all
// the same.

#include <cstring>
#include <string>
#include <vector>

#include "ruleset/dns/type.h"
#include "tests/match/database_image.h"
#include "tests/support/catch.h"

namespace tollgate::testing {
namespace {

using database::SectionKind;

// Where Hyperscan's own header has these (src/database.h of Hyperscan and of Vectorscan): magic,
// version, length, platform.
constexpr size_t kVersionOffset = 4;
constexpr size_t kPlatformOffset = 12;

std::vector<database::HyperscanRecord> RecordsOf(Image& image) {
  const database::SectionHeader& section = image.section(SectionKind::kHyperscan);
  std::vector<database::HyperscanRecord> records(section.size / sizeof(database::HyperscanRecord));
  std::memcpy(records.data(), image.octets().data() + section.offset, section.size);
  return records;
}

// The small database with one octet changed in each of its serialised Hyperscan databases.
Image Changed(size_t offset) {
  Image image(SmallDatabase());
  const size_t octets = image.section(SectionKind::kHyperscanOctets).offset;
  for (const database::HyperscanRecord& record : RecordsOf(image)) {
    char& octet = image.octets()[octets + record.offset + offset];
    octet = static_cast<char>(octet ^ 0x7f);
  }
  image.RepairChecksum();
  return image;
}

// Puts other octets in the place of a section: they move to the end of the file.
void Replace(Image& image, SectionKind kind, const std::string& octets) {
  image.octets().append((64 - image.octets().size() % 64) % 64, '\0');
  image.section(kind).offset = image.octets().size();
  image.section(kind).size = octets.size();
  image.octets() += octets;
  image.header().file_size = image.octets().size();
}

void CheckSameVerdicts(const RuleSet& rules) {
  auto sound = Image(SmallDatabase()).Open();
  REQUIRE(sound.ok());
  REQUIRE_FALSE((*sound)->patterns_recompiled());
  absl::StatusOr<Scratch> scratch = rules.NewScratch();
  absl::StatusOr<Scratch> sound_scratch = (*sound)->NewScratch();
  REQUIRE(scratch.ok());
  REQUIRE(sound_scratch.ok());
  size_t by_pattern = 0;
  for (const dns::Name& name : SmallQueries()) {
    const policy::Match expected = (*sound)->Match(name, dns::kTypeA, 50, *sound_scratch).decision;
    const policy::Match actual = rules.Match(name, dns::kTypeA, 50, *scratch).decision;
    INFO(name.Text());
    CHECK(actual.rule == expected.rule);
    CHECK(actual.owner_label == expected.owner_label);
    if (actual && !rules.Rule(actual.rule).pattern.empty()) ++by_pattern;
  }
  CHECK(by_pattern >= 3);
}

TEST_CASE("patterns of another version of Hyperscan are compiled again") {
  auto rules = Changed(kVersionOffset).Open();
  REQUIRE(rules.ok());
  CHECK((*rules)->patterns_recompiled());
  CheckSameVerdicts(**rules);
}

TEST_CASE("patterns for another kind of processor are compiled again") {
  auto rules = Changed(kPlatformOffset).Open();
  REQUIRE(rules.ok());
  CHECK((*rules)->patterns_recompiled());
  CheckSameVerdicts(**rules);
}

TEST_CASE("patterns that no Hyperscan database comes with are compiled") {
  Image image(SmallDatabase());
  image.section(SectionKind::kHyperscan).kind = 99;
  image.RepairChecksum();
  auto rules = image.Open();
  REQUIRE(rules.ok());
  CHECK((*rules)->patterns_recompiled());
  CheckSameVerdicts(**rules);
}

TEST_CASE("the first Hyperscan database that fits is taken, and those before it are passed over") {
  Image image(SmallDatabase());
  std::vector<database::HyperscanRecord> records = RecordsOf(image);
  const database::SectionHeader& section = image.section(SectionKind::kHyperscanOctets);
  std::string octets = image.octets().substr(section.offset, section.size);
  const database::HyperscanRecord fitting = records.front();
  std::string foreign = octets.substr(fitting.offset, fitting.size);
  foreign[kVersionOffset] = static_cast<char>(foreign[kVersionOffset] ^ 0x7f);
  octets.append((64 - octets.size() % 64) % 64, '\0');
  records.insert(records.begin(), {fitting.shard, 0, octets.size(), foreign.size()});
  octets += foreign;
  Replace(image, SectionKind::kHyperscanOctets, octets);
  Replace(image, SectionKind::kHyperscan,
          {reinterpret_cast<const char*>(records.data()),
           records.size() * sizeof(database::HyperscanRecord)});
  image.RepairChecksum();
  auto rules = image.Open();
  REQUIRE(rules.ok());
  CHECK_FALSE((*rules)->patterns_recompiled());
  CheckSameVerdicts(**rules);
}

}  // namespace
}  // namespace tollgate::testing
