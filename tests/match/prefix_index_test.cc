// SPDX-License-Identifier: BSD-3-Clause
//
// From an address to all prefixes around it.

#include "ruleset/database/prefix_index.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "ruleset/database/prefix_index_builder.h"
#include "tests/match/dice.h"
#include "tests/support/catch.h"

namespace tollgate::database {
namespace {

// A built index, with the memory it looks at, aligned as in a file.
class Built {
 public:
  explicit Built(const std::vector<dns::Prefix>& prefixes) {
    std::vector<PrefixEntry> entries;
    for (uint32_t i = 0; i < prefixes.size(); ++i) entries.push_back({prefixes[i], {i, i, 0}});
    const PrefixSections sections = *BuildPrefixes(std::move(entries), postings_);
    index_ = PrefixIndex(Keep(sections.section4), Keep(sections.section6), postings_);
  }
  explicit Built(std::initializer_list<const char*> prefixes) : Built(Parse(prefixes)) {}

  const PrefixIndex& index() const { return index_; }

  // "1:120 0:112": the rules around the address, with their lengths, the longest first.
  std::string Around(const dns::Prefix& address) const {
    std::string out;
    index_.ForEachAround({address.address.data(), address.octets()}, [&](const PrefixHit& hit) {
      for (const PrefixPosting& posting : hit.postings) {
        out += (out.empty() ? "" : " ") + std::to_string(posting.rule) + ":" +
               std::to_string(hit.length);
      }
    });
    return out;
  }
  std::string Around(const char* address) const { return Around(*dns::Prefix::Parse(address)); }

 private:
  static std::vector<dns::Prefix> Parse(std::initializer_list<const char*> texts) {
    std::vector<dns::Prefix> prefixes;
    for (const char* text : texts) prefixes.push_back(*dns::Prefix::Parse(text));
    return prefixes;
  }
  std::span<const uint8_t> Keep(const std::string& octets) {
    std::vector<uint64_t>& words = memory_.emplace_back(octets.size() / 8 + 1);
    std::copy(octets.begin(), octets.end(), reinterpret_cast<char*>(words.data()));
    return {reinterpret_cast<const uint8_t*>(words.data()), octets.size()};
  }

  std::vector<PrefixPosting> postings_;
  std::vector<std::vector<uint64_t>> memory_;
  PrefixIndex index_;
};

TEST_CASE("an address has all prefixes around it, the longest first") {
  const Built built({"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3"});
  CHECK(built.Around("10.1.2.3") == "2:128 1:112 0:104");
  CHECK(built.Around("10.1.2.4") == "1:112 0:104");
  CHECK(built.Around("10.2.0.0") == "0:104");
}

TEST_CASE("an address before, between or behind all prefixes has none") {
  const Built built({"10.0.0.0/8", "192.0.2.0/24"});
  CHECK(built.Around("9.255.255.255") == "");
  CHECK(built.Around("11.0.0.0") == "");
  CHECK(built.Around("192.0.3.0") == "");
  CHECK(built.Around("255.255.255.255") == "");
}

TEST_CASE("a prefix that ends before the address does not hide the one around both") {
  const Built built({"10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "10.1.1.1"});
  CHECK(built.Around("10.200.0.1") == "0:104");
}

TEST_CASE("the first and the last address of a prefix lie in it") {
  const Built built({"192.0.2.64/26", "2001:db8::/65"});
  CHECK(built.Around("192.0.2.63") == "");
  CHECK(built.Around("192.0.2.64") == "0:122");
  CHECK(built.Around("192.0.2.127") == "0:122");
  CHECK(built.Around("192.0.2.128") == "");
  CHECK(built.Around("2001:db8::7fff:ffff:ffff:ffff") == "1:65");
  CHECK(built.Around("2001:db8:0:0:8000::") == "");
}

TEST_CASE("the families are apart") {
  const Built built({"0.0.0.0/0", "::/0"});
  CHECK(built.Around("192.0.2.1") == "0:96");
  CHECK(built.Around("::192.0.2.1") == "1:0");
}

TEST_CASE("a prefix may have several rules") {
  const Built built({"192.0.2.0/24", "192.0.2.0/24", "192.0.2.0/25"});
  CHECK(built.Around("192.0.2.1") == "2:121 0:120 1:120");
  CHECK(built.index().size() == 2);
}

TEST_CASE("what has neither 4 nor 16 octets has no prefix") {
  const Built built({"0.0.0.0/0", "::/0"});
  const uint8_t octets[17] = {};
  size_t hits = 0;
  for (size_t size : {0, 3, 5, 15, 17}) {
    built.index().ForEachAround({octets, size}, [&](const PrefixHit&) { ++hits; });
  }
  CHECK(hits == 0);
}

TEST_CASE("more rules on one prefix than the file can count are refused") {
  const dns::Prefix prefix = *dns::Prefix::Parse("192.0.2.0/24");
  std::vector<PrefixPosting> postings;
  const auto built = BuildPrefixes(std::vector<PrefixEntry>(65536, {prefix, {}}), postings);
  CHECK(built.status().message() ==
        "65536 rules have the prefix 192.0.2.0/24; split the ruleset into several databases");
}

TEST_CASE("the index and a walk over all prefixes agree on random ones") {
  testing::Dice dice(1);
  for (int round = 0; round < 200; ++round) {
    auto random = [&](bool whole) {
      const bool is4 = dice.OneIn(2);
      std::array<uint8_t, 16> octets{};
      // Few bits are set, at both ends: much nests.
      octets[0] = static_cast<uint8_t>(dice.Below(2) << 7);
      octets[is4 ? 3 : 15] = static_cast<uint8_t>(dice.Below(8));
      if (!is4) octets[7 + dice.Below(2)] = static_cast<uint8_t>(dice.Below(2));
      const unsigned bits = is4 ? 32 : 128;
      const unsigned length = whole           ? bits
                              : dice.OneIn(2) ? bits - dice.Below(5)
                                              : dice.Below(bits);
      return *dns::Prefix::Of({octets.data(), bits / 8}, length);
    };
    std::vector<dns::Prefix> prefixes;
    for (uint32_t i = dice.Below(40); i > 0; --i) prefixes.push_back(random(false));
    const Built built(prefixes);
    REQUIRE(built.index().IsSound());
    for (int i = 0; i < 50; ++i) {
      const dns::Prefix address = random(true);
      std::vector<std::pair<int, uint32_t>> around;
      for (uint32_t rule = 0; rule < prefixes.size(); ++rule) {
        if (!prefixes[rule].Holds(address)) continue;
        around.emplace_back(-(prefixes[rule].length + (address.family == 4 ? 96 : 0)), rule);
      }
      std::sort(around.begin(), around.end());
      std::string expected;
      for (const auto& [length, rule] : around) {
        expected +=
            (expected.empty() ? "" : " ") + std::to_string(rule) + ":" + std::to_string(-length);
      }
      INFO(address.Text());
      REQUIRE(built.Around(address) == expected);
    }
    // Every prefix comes back as it was.
    std::set<dns::Prefix> all;
    built.index().ForEach([&](const dns::Prefix& prefix, auto) { all.insert(prefix); });
    REQUIRE(all == std::set<dns::Prefix>(prefixes.begin(), prefixes.end()));
  }
}

}  // namespace
}  // namespace tollgate::database
