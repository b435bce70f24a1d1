// SPDX-License-Identifier: BSD-3-Clause
//
// What makes a file no database, and the sentence that says so.

#include "ruleset/database/reader.h"

#include <string>
#include <vector>

#include "ruleset/database/writer.h"
#include "tests/match/database_image.h"
#include "tests/support/catch.h"

namespace tollgate::database {
namespace {

using testing::Image;

const std::string& Sound() {
  static const std::string octets = testing::SmallDatabase();
  return octets;
}

// The refusal of the small database after `damage`, with a checksum that matches again.
template <typename Damage>
std::string RefusalAfter(Damage damage) {
  Image image(Sound());
  damage(image);
  image.RepairChecksum();
  return image.Refusal();
}

std::string MessageOf(const std::string& path) {
  return std::string(Reader::Open(path).status().message());
}

TEST_CASE("a database as the compiler writes it is opened") {
  auto rules = Image(Sound()).Open();
  REQUIRE(rules.ok());
  CHECK((*rules)->policy_count() == 5);
  CHECK((*rules)->rule_count() == 14);
  CHECK((*rules)->name_count() == 9);
  CHECK((*rules)->pattern_count() == 2);
  CHECK((*rules)->prefix_count() == 10);
  CHECK((*rules)->created() == 1);
  CHECK((*rules)->file_size() == Sound().size());
  CHECK_FALSE((*rules)->patterns_recompiled());
}

TEST_CASE("the same rules make the same file") { CHECK(testing::SmallDatabase() == Sound()); }

TEST_CASE("a file that is not there is refused by its name") {
  CHECK(MessageOf("/nonexistent/tollgate.db").starts_with("cannot open /nonexistent/tollgate.db"));
}

TEST_CASE("a folder is refused") { CHECK(MessageOf("/") == "/ is not a regular file"); }

TEST_CASE("an empty file is refused") { CHECK(Image("").Refusal() == "is empty"); }

TEST_CASE("a file that is something else is refused as no database") {
  const std::string sentence =
      "is not a Tollgate database; make one with 'tollgate compile MANIFEST -o FILE'";
  CHECK(Image("policies:\n  - file: allow.yaml\n").Refusal() == sentence);
  CHECK(Image("TOLLGAT").Refusal() == sentence);
}

TEST_CASE("a file that ends inside its header is refused") {
  CHECK(Image(Sound().substr(0, 63)).Refusal() ==
        "is damaged: it ends inside its header; compile it again");
}

TEST_CASE("a file of a newer format is refused with both versions") {
  CHECK(RefusalAfter([](Image& image) { image.header().major_version = 5; }) ==
        "has format version 5, and this program reads version 4; compile it with the tollgate of "
        "this installation");
}

TEST_CASE("a file of a newer minor version is read") {
  CHECK(RefusalAfter([](Image& image) { image.header().minor_version = 9; }) == "");
}

TEST_CASE("a file that was cut off is refused with both sizes") {
  const std::string size = std::to_string(Sound().size());
  const std::string less = std::to_string(Sound().size() - 1);
  CHECK(Image(Sound().substr(0, Sound().size() - 1)).Refusal() ==
        "is damaged: it has " + less + " octets instead of " + size + "; compile it again");
}

TEST_CASE("a file with something behind its end is refused") {
  CHECK(Image(Sound() + "x").Refusal().starts_with("is damaged: it has "));
}

TEST_CASE("a file with a changed octet is refused by its checksum") {
  std::string octets = Sound();
  octets.back() = static_cast<char>(octets.back() ^ 1);
  CHECK(Image(octets).Refusal() == "is damaged: its checksum does not match; compile it again");
}

TEST_CASE("a list of sections that is longer than the file is refused") {
  const std::string sentence =
      "is damaged: its list of sections does not fit into it; compile it again";
  CHECK(RefusalAfter([](Image& image) { image.header().section_count = kMaxSections + 1; }) ==
        sentence);
  CHECK(RefusalAfter([](Image& image) { image.header().section_count = 0xffffffff; }) == sentence);
  Image header_only(Sound().substr(0, sizeof(FileHeader)));
  header_only.header().file_size = sizeof(FileHeader);
  header_only.header().section_count = 1;
  header_only.RepairChecksum();
  CHECK(header_only.Refusal() == sentence);
}

TEST_CASE("a section that reaches out of the file is refused by its number") {
  const std::string sentence = "is damaged: section 2 lies outside of it; compile it again";
  CHECK(RefusalAfter([](Image& image) {
          image.section(SectionKind::kStrings).size = image.octets().size();
        }) == sentence);
  CHECK(RefusalAfter([](Image& image) {
          image.section(SectionKind::kStrings).offset = uint64_t{1} << 40;
        }) == sentence);
  // An offset and a size whose sum is small again.
  CHECK(RefusalAfter([](Image& image) {
          image.section(SectionKind::kStrings).offset = 64;
          image.section(SectionKind::kStrings).size = ~uint64_t{0} - 32;
        }) == sentence);
}

TEST_CASE("a section that is not aligned is refused") {
  CHECK(RefusalAfter([](Image& image) { image.section(SectionKind::kRules).offset += 8; }) ==
        "is damaged: section 4 lies outside of it; compile it again");
}

TEST_CASE("a missing section is refused by its number") {
  for (SectionKind kind :
       {SectionKind::kMeta, SectionKind::kStrings, SectionKind::kPolicies, SectionKind::kRules,
        SectionKind::kAnswers, SectionKind::kNameBuckets, SectionKind::kNameBucketStarts,
        SectionKind::kNameRecords, SectionKind::kPatterns, SectionKind::kExceptions}) {
    CHECK(RefusalAfter([&](Image& image) { image.section(kind).kind = 99; }) ==
          "is damaged: section " + std::to_string(static_cast<uint32_t>(kind)) +
              " is missing; compile it again");
  }
}

TEST_CASE("a section of a kind that this version does not know is passed over") {
  Image image(Sound());
  image.section(SectionKind::kHyperscan).kind = 99;
  image.RepairChecksum();
  auto rules = image.Open();
  REQUIRE(rules.ok());
  CHECK((*rules)->patterns_recompiled());
}

TEST_CASE("a section that ends inside a record is refused") {
  CHECK(RefusalAfter([](Image& image) { image.section(SectionKind::kPolicies).size -= 1; }) ==
        "is damaged: section 3 ends inside a record; compile it again");
}

TEST_CASE("two descriptions are refused") {
  CHECK(RefusalAfter([](Image& image) {
          image.section(SectionKind::kMeta).size = 2 * sizeof(Meta);
        }) == "is damaged: its description is not one record; compile it again");
}

TEST_CASE("an index with another number of buckets than of starts is refused") {
  CHECK(RefusalAfter([](Image& image) {
          image.section(SectionKind::kNameBucketStarts).size = 0;
        }) == "is damaged: its name index does not fit together; compile it again");
}

TEST_CASE("a file that asks for endless look-ups is refused") {
  CHECK(RefusalAfter([](Image& image) {
          image.record<Meta>(SectionKind::kMeta).max_probes = 65;
        }) == "is damaged: its name index does not fit together; compile it again");
}

TEST_CASE("a text outside of the strings is refused") {
  CHECK(RefusalAfter([](Image& image) {
          image.record<Meta>(SectionKind::kMeta).manifest.offset = 0xffffffff;
        }) ==
        "is damaged: a text of its description lies outside of its strings; compile it again");
  CHECK(RefusalAfter([](Image& image) {
          image.record<PolicyRecord>(SectionKind::kPolicies, 1).title.length = 0xffffffff;
        }) == "is damaged: a policy's text lies outside of its strings; compile it again");
  CHECK(RefusalAfter([](Image& image) {
          image.record<RuleRecord>(SectionKind::kRules, 2).file = {1, 0xffffffff};
        }) == "is damaged: a rule's text lies outside of its strings; compile it again");
}

TEST_CASE("a rule of a policy, an answer or a mode that is not there is refused") {
  const std::string sentence = "is damaged: a rule refers to what is not there; compile it again";
  CHECK(RefusalAfter([](Image& image) {
          image.record<RuleRecord>(SectionKind::kRules).policy = 5;
        }) == sentence);
  CHECK(RefusalAfter([](Image& image) {
          image.record<RuleRecord>(SectionKind::kRules).answer = 100;
        }) == sentence);
  CHECK(RefusalAfter([](Image& image) {
          image.record<RuleRecord>(SectionKind::kRules).mode = 2;
        }) == sentence);
}

TEST_CASE("a rule about what nobody knows is refused") {
  CHECK(RefusalAfter([](Image& image) {
          image.record<RuleRecord>(SectionKind::kRules).subject = 5;
        }) == "is damaged: a rule refers to what is not there; compile it again");
}

// The rules of SmallModel: 11 has the parts 12 and 13.
TEST_CASE("a part of a rule that has none, or has not this one, is refused") {
  const std::string sentence = "is damaged: a part belongs to no rule; compile it again";
  auto part = [](Image& image) -> RuleRecord& {
    return image.record<RuleRecord>(SectionKind::kRules, 13);
  };
  REQUIRE(part(*std::make_unique<Image>(Sound())).part_of == 11);
  CHECK(RefusalAfter([&](Image& image) { part(image).part_of = 14; }) == sentence);
  CHECK(RefusalAfter([&](Image& image) { part(image).part_of = 0; }) == sentence);
  CHECK(RefusalAfter([&](Image& image) { part(image).part_of = 12; }) == sentence);
  CHECK(RefusalAfter([&](Image& image) { part(image).parts = 2; }) == sentence);
  CHECK(RefusalAfter([&](Image& image) { part(image).parts = 0; }) == sentence);
  CHECK(RefusalAfter([&](Image& image) { part(image).flags |= kRuleParts; }) == sentence);
}

TEST_CASE("a rule that lacks a part, or is about the client alone, is refused") {
  const std::string sentence = "is damaged: a rule lacks one of its parts; compile it again";
  auto rule = [](Image& image, size_t i) -> RuleRecord& {
    return image.record<RuleRecord>(SectionKind::kRules, i);
  };
  CHECK(RefusalAfter([&](Image& image) { rule(image, 11).parts = 3; }) == sentence);
  CHECK(RefusalAfter([&](Image& image) { rule(image, 0).flags |= kRuleParts; }) == sentence);
  CHECK(RefusalAfter([&](Image& image) { rule(image, 13).part_of = kNotAPart; }) == sentence);
}

TEST_CASE("a policy for a group of clients that is not there is refused") {
  CHECK(RefusalAfter([](Image& image) { image.section(SectionKind::kClientGroups).size = 0; }) ==
        "is damaged: a policy is for clients of a group that is not there; compile it again");
}

TEST_CASE("a table of prefixes that is not sorted, not nested or not of postings is refused") {
  const std::string sentence = "is damaged: a table of prefixes is none; compile it again";
  // Six prefixes of IPv4: 198.51.0.0/16, 198.51.100.0/24, .128/25, .129, 203.0.113.0/24, .7.
  auto record = [](Image& image, size_t i) -> PrefixRecord& {
    return *reinterpret_cast<PrefixRecord*>(image.octets().data() +
                                            image.section(SectionKind::kPrefixes4).offset +
                                            6 * sizeof(uint32_t) + i * sizeof(PrefixRecord));
  };
  Image sound(Sound());
  REQUIRE(sound.section(SectionKind::kPrefixes4).size == 6 * 16);
  REQUIRE(record(sound, 0).parent == kNoParent);
  REQUIRE(record(sound, 3).parent == 2);
  auto after = [&](size_t i, auto change) {
    return RefusalAfter([&](Image& image) { change(record(image, i)); });
  };
  CHECK(after(3, [](PrefixRecord& r) { r.parent = 3; }) == sentence);   // itself
  CHECK(after(2, [](PrefixRecord& r) { r.parent = 3; }) == sentence);   // a later one
  CHECK(after(5, [](PrefixRecord& r) { r.parent = 0; }) == sentence);   // not around it
  CHECK(after(5, [](PrefixRecord& r) { r.length = 33; }) == sentence);  // longer than an address
  CHECK(after(2, [](PrefixRecord& r) { r.length = 24; }) == sentence);  // bits behind its length
  CHECK(after(3, [](PrefixRecord& r) { r.count = 0; }) == sentence);
  CHECK(after(3, [](PrefixRecord& r) { r.count = 0xffff; }) == sentence);
  CHECK(after(3, [](PrefixRecord& r) { r.postings = 0; }) == sentence);  // another's
  CHECK(RefusalAfter([](Image& image) {
          image.record<uint32_t>(SectionKind::kPrefixes4, 5) = 0;
        }) == sentence);
  for (uint32_t rule : {uint32_t{14}, uint32_t{0}, kPostingGroup, kPostingGroup | 1}) {
    CHECK(RefusalAfter([&](Image& image) {
            image.record<PrefixPosting>(SectionKind::kPrefixPostings, 0).rule = rule;
          }) == sentence);
  }
  CHECK(RefusalAfter([](Image& image) { image.section(SectionKind::kPrefixes4).size -= 4; }) ==
        "is damaged: a table of prefixes ends inside a record; compile it again");
}

TEST_CASE("an answer with an unknown action or with other records than it says is refused") {
  const std::string sentence = "is damaged: an answer is not one; compile it again";
  CHECK(RefusalAfter([](Image& image) {
          image.record<AnswerRecord>(SectionKind::kAnswers).action = 7;
        }) == sentence);
  for (uint32_t count : {1u, 0xffffffffu}) {
    CHECK(RefusalAfter([&](Image& image) {
            image.record<AnswerRecord>(SectionKind::kAnswers).record_count = count;
          }) == sentence);
  }
}

TEST_CASE("a pattern of a rule, a scope or exceptions that are not there is refused") {
  const std::string sentence =
      "is damaged: a pattern refers to what is not there; compile it again";
  CHECK(RefusalAfter([](Image& image) {
          image.record<PatternRecord>(SectionKind::kPatterns).rule = 14;
        }) == sentence);
  CHECK(RefusalAfter([](Image& image) {
          image.record<PatternRecord>(SectionKind::kPatterns).scope = 3;
        }) == sentence);
  CHECK(RefusalAfter([](Image& image) {
          image.record<PatternRecord>(SectionKind::kPatterns).exception_octets = 0xffffffff;
        }) == sentence);
}

TEST_CASE("a shard that is none is refused") {
  const std::string sentence = "is damaged: a shard of patterns is none; compile it again";
  CHECK(RefusalAfter([](Image& image) {
          image.record<PatternShard>(SectionKind::kPatternShards).scope = 2;
        }) == sentence);
  CHECK(RefusalAfter([](Image& image) {
          image.record<PatternShard>(SectionKind::kPatternShards).is_gated = 2;
        }) == sentence);
}

TEST_CASE("a pattern in a shard that is not there, or of another scope, is refused") {
  const std::string sentence =
      "is damaged: a pattern refers to what is not there; compile it again";
  CHECK(RefusalAfter([](Image& image) {
          image.record<PatternRecord>(SectionKind::kPatterns).shard = 1000;
        }) == sentence);
  CHECK(RefusalAfter([](Image& image) {
          auto& shard = image.record<PatternShard>(SectionKind::kPatternShards);
          shard.scope = static_cast<uint8_t>(1 - shard.scope);
        }) == sentence);
}

TEST_CASE("a Hyperscan database outside of its section is refused") {
  const std::string sentence =
      "is damaged: a Hyperscan database lies outside of its section; compile it again";
  for (auto change : {+[](HyperscanRecord& record) { record.shard = 1000; },
                      +[](HyperscanRecord& record) { record.offset = uint64_t{1} << 40; },
                      +[](HyperscanRecord& record) { record.offset = 8; },
                      +[](HyperscanRecord& record) { record.size = ~uint64_t{0}; }}) {
    CHECK(RefusalAfter([&](Image& image) {
            change(image.record<HyperscanRecord>(SectionKind::kHyperscan));
          }) == sentence);
  }
}

TEST_CASE("tables of grams that are none are refused") {
  const std::string sentence = "is damaged: its tables of grams are none; compile it again";
  for (SectionKind kind :
       {SectionKind::kGramHeads, SectionKind::kGramFilter, SectionKind::kGrams}) {
    CHECK(RefusalAfter([&](Image& image) { image.section(kind).size -= 16; }) == sentence);
    CHECK(RefusalAfter([&](Image& image) { image.section(kind).kind = 99; }) == sentence);
  }
}

TEST_CASE("a table of grams without a free place is refused: a search in it would not end") {
  CHECK(RefusalAfter([](Image& image) {
          const SectionHeader section = image.section(SectionKind::kGrams);
          for (size_t i = 0; i < section.size / sizeof(GramRecord); ++i) {
            image.record<GramRecord>(SectionKind::kGrams, i) = {1, {0, 0, 0, 0}};
          }
        }) == "is damaged: its tables of grams are none; compile it again");
}

TEST_CASE("a gram of a shard that is not there is refused") {
  CHECK(RefusalAfter([](Image& image) {
          const SectionHeader section = image.section(SectionKind::kGrams);
          for (size_t i = 0; i < section.size / sizeof(GramRecord); ++i) {
            auto& record = image.record<GramRecord>(SectionKind::kGrams, i);
            if (record.gram != 0) record.shards[3] = 1000;
          }
        }) == "is damaged: a gram refers to a shard that is not there; compile it again");
}

TEST_CASE("a pattern that cannot be compiled again keeps the file from opening") {
  Image image(Sound());
  image.section(SectionKind::kHyperscan).kind = 99;
  const StringRef expression = image.record<PatternRecord>(SectionKind::kPatterns).expression;
  image.octets()[image.section(SectionKind::kStrings).offset + expression.offset] = '[';
  image.RepairChecksum();
  const auto rules = image.Open();
  REQUIRE_FALSE(rules.ok());
  CHECK(std::string(rules.status().message())
            .find("its patterns cannot be compiled for this machine") != std::string::npos);
}

}  // namespace
}  // namespace tollgate::database
