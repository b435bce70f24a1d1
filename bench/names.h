// SPDX-License-Identifier: BSD-3-Clause
//
// Names and rules for the benchmarks, generated: the same for the same seed on every machine, so
// that nothing of them is kept in git and two runs can be compared.

#ifndef TOLLGATE_BENCH_NAMES_H_
#define TOLLGATE_BENCH_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::bench {

// SplitMix64. Not one of <random>: the standard fixes its engines, but not what its distributions
// make of them.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next();

  // From 0 to `bound` - 1; `bound` is at least 1.
  uint64_t Below(uint64_t bound) { return Next() % bound; }

  bool OneIn(uint64_t bound) { return Below(bound) == 0; }

  template <typename List>
  const auto& Pick(const List& list) {
    return list[Below(std::size(list))];
  }

 private:
  uint64_t state_;
};

// Registrable domains as lists and resolvers see them: labels of 3 to 24 octets (mean 11) made of
// syllables, some with digits or hyphens, under a mix of public suffixes in which every second name
// is under com.
std::string RandomDomain(Random& random);

// A domain as clients ask for it: alone, below `www`, or below one or two other labels. About 21
// octets on average.
std::string RandomHost(Random& random, std::string_view domain);

// `count` distinct registrable domains.
std::vector<std::string> DistinctDomains(uint64_t seed, size_t count);

// One pattern of a campaign file, and a name that it matches.
struct GeneratedPattern {
  std::string match;
  std::string suffixes;  // "top, xin, vip", or empty
  bool whole_name;       // on: name
  std::string example;
};

// Distinct patterns in the shapes that campaigns are written in: an imitated brand with a hyphen
// and a few letters, a brand before digits, a familiar suffix with a hyphen below a brand (the one
// in ten that is matched against the whole name).
std::vector<GeneratedPattern> DistinctPatterns(uint64_t seed, size_t count);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_NAMES_H_
