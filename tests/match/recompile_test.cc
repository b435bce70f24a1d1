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

// The small database with one octet changed in both of its serialised Hyperscan databases.
Image Changed(size_t offset) {
  Image image(SmallDatabase());
  for (SectionKind kind : {SectionKind::kHyperscanDomain, SectionKind::kHyperscanName}) {
    char& octet = image.octets()[image.section(kind).offset + offset];
    octet = static_cast<char>(octet ^ 0x7f);
  }
  image.RepairChecksum();
  return image;
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
  image.section(SectionKind::kHyperscanDomain).kind = 99;
  image.section(SectionKind::kHyperscanName).kind = 99;
  image.RepairChecksum();
  auto rules = image.Open();
  REQUIRE(rules.ok());
  CHECK((*rules)->patterns_recompiled());
  CheckSameVerdicts(**rules);
}

TEST_CASE("the first Hyperscan database that fits is taken, and those before it are passed over") {
  const policy::RuleModel model = SmallModel();
  const compile::PatternSections patterns = PatternsOf(model);
  // A section that is unused becomes a second database for the registrable domains, ahead of the
  // one that fits.
  Image image(SmallDatabase());
  // What describes the database, the first section, moves to the end: the list of sections gets
  // room for one more.
  const database::SectionHeader meta = image.section(SectionKind::kMeta);
  const std::string description = image.octets().substr(meta.offset, meta.size);
  image.octets().append((64 - image.octets().size() % 64) % 64, '\0');
  image.section(SectionKind::kMeta).offset = image.octets().size();
  image.octets() += description;
  std::string foreign = patterns.domain;
  foreign[kVersionOffset] = static_cast<char>(foreign[kVersionOffset] ^ 0x7f);
  const size_t padding = (64 - image.octets().size() % 64) % 64;
  const size_t offset = image.octets().size() + padding;
  database::SectionHeader fitting = image.section(SectionKind::kHyperscanDomain);
  database::SectionHeader& whole_names = image.section(SectionKind::kHyperscanName);
  const database::SectionHeader kept = whole_names;
  const size_t end_of_list =
      sizeof(database::FileHeader) + image.header().section_count * sizeof(database::SectionHeader);
  REQUIRE(end_of_list + sizeof(database::SectionHeader) <=
          image.section(SectionKind::kPolicies).offset);
  image.section(SectionKind::kHyperscanDomain) = {fitting.kind, 0, offset, foreign.size()};
  whole_names = fitting;
  ++image.header().section_count;
  image.octets().append(padding, '\0');
  image.octets() += foreign;
  std::memcpy(image.octets().data() + end_of_list, &kept, sizeof(kept));
  image.header().file_size = image.octets().size();
  image.RepairChecksum();
  auto rules = image.Open();
  REQUIRE(rules.ok());
  CHECK_FALSE((*rules)->patterns_recompiled());
  CheckSameVerdicts(**rules);
}

}  // namespace
}  // namespace tollgate::testing
