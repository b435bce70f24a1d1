// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/database/name_index.h"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ruleset/database/name_index_builder.h"
#include "tests/match/database_image.h"
#include "tests/support/catch.h"

namespace tollgate::database {
namespace {

using testing::NameFrom;

constexpr uint64_t kSeed = 42;

// The three name sections.
struct NameSections {
  std::vector<NameBucket> buckets;
  std::vector<uint32_t> starts;
  std::string records;
  uint32_t max_probes;
};

// Builds an index of names in any order.
class IndexMaker {
 public:
  explicit IndexMaker(uint64_t seed) : seed_(seed) {}

  void Add(std::span<const uint8_t> name, std::span<const Posting> postings) {
    Record& record = records_.emplace_back();
    record.name.assign(name.begin(), name.end());
    for (const Posting& posting : postings) AppendPosting(posting, record.postings);
    record.hash = HashName(name, seed_);
    record.is_suffix = !postings.empty() && postings.front().kind == PostingKind::kSuffix;
  }

  NameSections Build() {
    std::sort(records_.begin(), records_.end(), [](const Record& a, const Record& b) {
      return std::pair(!a.is_suffix, a.hash) < std::pair(!b.is_suffix, b.hash);
    });
    NameIndexBuilder builder(records_.size());
    for (const Record& record : records_) {
      builder.Place(record.hash, RecordSize(record.name.size(), record.postings.size()));
    }
    if (!builder.Seal().ok()) throw std::length_error("too many names");
    std::string octets(builder.record_octets(), '\0');
    for (const Record& record : records_) {
      builder.Write(record.hash, record.name, record.postings, octets);
    }
    return {{builder.buckets().begin(), builder.buckets().end()},
            {builder.starts().begin(), builder.starts().end()},
            std::move(octets),
            builder.max_probes()};
  }

 private:
  struct Record {
    std::vector<uint8_t> name;
    std::string postings;
    uint64_t hash;
    bool is_suffix;
  };
  uint64_t seed_;
  std::vector<Record> records_;
};

// Sections as heap blocks of exactly their size, so that a sanitizer sees the first octet outside.
struct ExactIndex {
  std::vector<NameBucket> buckets;
  std::vector<uint32_t> starts;
  std::vector<uint8_t> records;
  uint32_t max_probes;
  uint64_t seed = kSeed;

  explicit ExactIndex(const NameSections& sections)
      : buckets(sections.buckets),
        starts(sections.starts),
        records(sections.records.begin(), sections.records.end()),
        max_probes(sections.max_probes) {}

  NameIndex View() const { return NameIndex(buckets, starts, records, seed, max_probes); }
};

std::vector<Posting> PostingsOf(std::span<const uint8_t> octets) {
  std::vector<Posting> postings;
  for (Posting posting; NextPosting(octets, posting);) postings.push_back(posting);
  return postings;
}

std::span<const uint8_t> WithoutRoot(const dns::Name& name) {
  return name.wire().first(name.wire().size() - 1);
}

std::vector<Posting> Find(const NameIndex& index, const dns::Name& name) {
  return PostingsOf(index.Find(index.Hash(WithoutRoot(name)), WithoutRoot(name)));
}

dns::Name Numbered(const char* prefix, uint32_t i) {
  return NameFrom(prefix + std::to_string(i) + ".example");
}

// An index of `count` names, the i-th with rule i.
ExactIndex IndexOf(uint32_t count) {
  IndexMaker builder(kSeed);
  for (uint32_t i = 0; i < count; ++i) {
    const Posting posting{PostingKind::kDomain, i, i + 1, 0};
    builder.Add(WithoutRoot(Numbered("n", i)), {&posting, 1});
  }
  return ExactIndex(builder.Build());
}

TEST_CASE("every name that was added is found with its own postings") {
  constexpr uint32_t kCount = 20000;
  const ExactIndex exact = IndexOf(kCount);
  const NameIndex index = exact.View();
  for (uint32_t i = 0; i < kCount; ++i) {
    const std::vector<Posting> found = Find(index, Numbered("n", i));
    REQUIRE(found.size() == 1);
    REQUIRE(found[0].rule == i);
    REQUIRE(found[0].line == i + 1);
  }
}

TEST_CASE("no name is found that was not added") {
  const ExactIndex exact = IndexOf(20000);
  const NameIndex index = exact.View();
  for (uint32_t i = 0; i < 200000; ++i) REQUIRE(Find(index, Numbered("m", i)).empty());
}

TEST_CASE("names are still found where their bucket has overflowed") {
  const ExactIndex exact = IndexOf(20000);
  // At this load some buckets of many are full; otherwise the two tests above would not try them.
  REQUIRE(std::any_of(exact.buckets.begin(), exact.buckets.end(), [](const NameBucket& bucket) {
    return (bucket.state & kBucketOverflowed) != 0;
  }));
  CHECK(exact.max_probes > 1);
}

TEST_CASE("a name whose bucket is the last one may stand in the first") {
  // Looks for a seed under which the last bucket overflows, which is what wraps around.
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    IndexMaker builder(seed);
    constexpr uint32_t kCount = 92;  // four buckets at the load that the builder aims at
    for (uint32_t i = 0; i < kCount; ++i) {
      const Posting posting{PostingKind::kHost, i, 1, 0};
      builder.Add(WithoutRoot(Numbered("n", i)), {&posting, 1});
    }
    ExactIndex exact(builder.Build());
    exact.seed = seed;
    if ((exact.buckets.back().state & kBucketOverflowed) == 0) continue;
    const NameIndex index = exact.View();
    for (uint32_t i = 0; i < kCount; ++i) {
      const std::vector<Posting> found = Find(index, Numbered("n", i));
      REQUIRE(found.size() == 1);
      REQUIRE(found[0].rule == i);
    }
    return;
  }
  FAIL("no seed makes the last bucket overflow");
}

TEST_CASE("postings of more than 255 octets are read as they were written") {
  IndexMaker builder(kSeed);
  std::vector<Posting> written;
  for (uint32_t i = 0; i < 300; ++i) {
    written.push_back({i % 2 == 0 ? PostingKind::kHost : PostingKind::kDomain, i * 1000, i * 70000,
                       i % 3 == 0 ? 0 : 20000 + i});
  }
  builder.Add(WithoutRoot(NameFrom("many.example")), written);
  const Posting one{PostingKind::kDomain, 7, 8, 0};
  builder.Add(WithoutRoot(NameFrom("one.example")), {&one, 1});
  const ExactIndex exact(builder.Build());
  const std::vector<Posting> read = Find(exact.View(), NameFrom("many.example"));
  REQUIRE(read.size() == written.size());
  for (size_t i = 0; i < read.size(); ++i) {
    REQUIRE(read[i].kind == written[i].kind);
    REQUIRE(read[i].rule == written[i].rule);
    REQUIRE(read[i].line == written[i].line);
    REQUIRE(read[i].expires == written[i].expires);
  }
  // What stands behind the long record is found too.
  CHECK(Find(exact.View(), NameFrom("one.example")).size() == 1);
}

TEST_CASE("postings of 254, 255 and 256 octets are read whole") {
  // A public suffix's posting is one octet.
  for (size_t octets : {254, 255, 256}) {
    IndexMaker builder(kSeed);
    builder.Add(WithoutRoot(NameFrom("a.example")),
                std::vector<Posting>(octets, {PostingKind::kSuffix, kSuffixNormal}));
    const ExactIndex exact(builder.Build());
    CHECK(Find(exact.View(), NameFrom("a.example")).size() == octets);
  }
}

TEST_CASE("the longest name of the most labels is found") {
  std::string text = "a";
  for (int i = 1; i < 127; ++i) text += ".a";
  IndexMaker builder(kSeed);
  const Posting posting{PostingKind::kDomain, 1, 1, 0};
  builder.Add(WithoutRoot(NameFrom(text)), {&posting, 1});
  const NameSections sections = builder.Build();
  CHECK(Find(ExactIndex(sections).View(), NameFrom(text)).size() == 1);
}

TEST_CASE("an index without names finds nothing") {
  IndexMaker builder(kSeed);
  const ExactIndex exact(builder.Build());
  CHECK(Find(exact.View(), NameFrom("example")).empty());
}

TEST_CASE("an index that was never built finds nothing") {
  CHECK(Find(NameIndex(), NameFrom("example")).empty());
}

TEST_CASE("public suffixes are the first records of their buckets") {
  IndexMaker builder(kSeed);
  const Posting rule{PostingKind::kDomain, 1, 1, 0};
  const Posting suffix{PostingKind::kSuffix, kSuffixNormal};
  for (uint32_t i = 0; i < 20; ++i) builder.Add(WithoutRoot(Numbered("n", i)), {&rule, 1});
  builder.Add(WithoutRoot(NameFrom("example")), {&suffix, 1});
  const NameSections sections = builder.Build();
  REQUIRE(sections.buckets.size() == 1);
  const std::string first = sections.records.substr(2, 8);
  CHECK(first == std::string("\x07") + "example");
}

TEST_CASE("a varint that does not end, or is too long for 32 bits, is none") {
  auto read = [](std::vector<uint8_t> octets) {
    const uint8_t* at = octets.data();
    uint32_t value;
    return ReadVarint(at, octets.data() + octets.size(), value);
  };
  CHECK_FALSE(read({}));
  CHECK_FALSE(read({0x80}));
  CHECK_FALSE(read({0xff, 0xff, 0xff, 0xff}));
  CHECK_FALSE(read({0xff, 0xff, 0xff, 0xff, 0xff, 0x01}));
  CHECK(read({0xff, 0xff, 0xff, 0xff, 0x0f}));
}

TEST_CASE("an index with any octet changed reads nothing outside of itself") {
  IndexMaker builder(kSeed);
  std::vector<dns::Name> names;
  for (uint32_t i = 0; i < 60; ++i) {
    const std::vector<Posting> postings(i % 7 == 0 ? 100 : 1,
                                        {PostingKind::kDomain, i, 70000 + i, 20000});
    names.push_back(Numbered("n", i));
    builder.Add(WithoutRoot(names.back()), postings);
  }
  names.push_back(NameFrom("not.listed.example"));
  const ExactIndex whole(builder.Build());
  auto try_all = [&](const ExactIndex& damaged) {
    const NameIndex index = damaged.View();
    size_t found = 0;
    for (const dns::Name& name : names) found += Find(index, name).size();
    return found;
  };
  const size_t sound = try_all(whole);
  size_t changed = 0;
  for (uint8_t mask : {0x01, 0x80, 0xff}) {
    auto flip_each = [&](auto member) {
      ExactIndex damaged = whole;
      auto* octets = reinterpret_cast<uint8_t*>((damaged.*member).data());
      const size_t size = (damaged.*member).size() * sizeof((damaged.*member)[0]);
      for (size_t i = 0; i < size; ++i) {
        octets[i] ^= mask;
        if (try_all(damaged) != sound) ++changed;
        octets[i] ^= mask;
      }
    };
    flip_each(&ExactIndex::records);
    flip_each(&ExactIndex::buckets);
    flip_each(&ExactIndex::starts);
  }
  CHECK(changed > 0);  // the damage was where the look-ups read
}

TEST_CASE("an index cut off anywhere reads nothing behind its end") {
  const ExactIndex whole = IndexOf(60);
  for (size_t size = 0; size < whole.records.size(); ++size) {
    ExactIndex cut = whole;
    cut.records = std::vector<uint8_t>(whole.records.begin(),
                                       whole.records.begin() + static_cast<ptrdiff_t>(size));
    size_t found = 0;
    for (uint32_t i = 0; i < 60; ++i) found += Find(cut.View(), Numbered("n", i)).size();
    REQUIRE(found < 60);
  }
}

}  // namespace
}  // namespace tollgate::database
