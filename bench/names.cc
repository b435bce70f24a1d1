// SPDX-License-Identifier: BSD-3-Clause

#include "bench/names.h"

#include <array>
#include <unordered_set>
#include <utility>

namespace tollgate::bench {
namespace {

struct Weighted {
  std::string_view suffix;
  unsigned weight;  // in thousandths
};

// Shares rounded from what large lists of names hold.
constexpr std::array<Weighted, 28> kSuffixes = {{
    {"com", 480}, {"net", 60},  {"org", 50},     {"top", 45},   {"xyz", 40},    {"de", 35},
    {"info", 30}, {"ru", 30},   {"cn", 25},      {"shop", 20},  {"online", 20}, {"cc", 15},
    {"vip", 15},  {"site", 15}, {"co.uk", 15},   {"io", 12},    {"com.br", 12}, {"fr", 12},
    {"nl", 10},   {"cfd", 10},  {"co.jp", 8},    {"jp", 8},     {"com.au", 8},  {"it", 7},
    {"pl", 6},    {"in", 5},    {"xn--p1ai", 4}, {"gov.br", 3},
}};

constexpr std::string_view kOnsets[] = {
    "b", "c",  "d",  "f",  "g",  "h",  "k",  "l",  "m",  "n",  "p",  "r",  "s",  "t",  "v", "w",
    "z", "br", "ch", "cl", "cr", "dr", "fl", "gr", "pl", "pr", "sh", "st", "sp", "th", "tr"};
constexpr std::string_view kRhymes[] = {
    "a",  "e",  "i",  "o",   "u",  "an", "ar", "as", "at", "ea", "ed", "en", "er", "es", "et",
    "ia", "il", "in", "ing", "io", "it", "on", "oo", "or", "ou", "ow", "um", "us", "ay", "ex"};
constexpr std::string_view kHostLabels[] = {"mail", "api",  "cdn",    "static", "img",   "m",
                                            "shop", "blog", "login",  "app",    "ns1",   "smtp",
                                            "dev",  "news", "assets", "media",  "video", "track"};
constexpr std::string_view kFamiliar[] = {"com", "gov", "org", "co", "net", "us"};
constexpr std::string_view kPatternSuffixes[] = {"top, xin, vip, cc", "top, xin, cfd, icu, sbs",
                                                 "com, net, org, info", "xyz, online, shop, site",
                                                 "world, live, life, today"};

std::string_view FirstSuffix(std::string_view suffixes) {
  return suffixes.substr(0, suffixes.find(','));
}

std::string Syllables(Random& random, size_t length) {
  std::string text;
  while (text.size() < length) {
    text += random.Pick(kOnsets);
    text += random.Pick(kRhymes);
  }
  text.resize(length);
  return text;
}

std::string Letters(Random& random, size_t length) {
  std::string text;
  while (text.size() < length) text += static_cast<char>('a' + random.Below(26));
  return text;
}

std::string RandomLabel(Random& random) {
  // Three draws make a hump: 3 to 24, mean 11.
  const size_t length = 3 + random.Below(8) + random.Below(7) + random.Below(5) + random.Below(5);
  std::string label = Syllables(random, length);
  if (length >= 8 && random.OneIn(6)) label[3 + random.Below(length - 6)] = '-';
  if (length >= 5 && random.OneIn(7)) {
    for (size_t digits = 1 + random.Below(3), i = label.size() - digits; i < label.size(); ++i) {
      label[i] = static_cast<char>('0' + random.Below(10));
    }
  }
  return label;
}

std::string_view RandomSuffix(Random& random) {
  unsigned total = 0;
  for (const Weighted& entry : kSuffixes) total += entry.weight;
  uint64_t at = random.Below(total);
  for (const Weighted& entry : kSuffixes) {
    if (at < entry.weight) return entry.suffix;
    at -= entry.weight;
  }
  return "com";
}

GeneratedPattern RandomPattern(Random& random) {
  const std::string brand = Syllables(random, 5 + random.Below(8));
  const std::string tail = Letters(random, 4);
  GeneratedPattern pattern;
  pattern.suffixes = random.Pick(kPatternSuffixes);
  const std::string suffix(FirstSuffix(pattern.suffixes));
  const uint64_t shape = random.Below(10);
  pattern.whole_name = shape == 0;
  if (shape == 0) {  // usps.com-trackhk.top
    const std::string familiar(random.Pick(kFamiliar));
    pattern.match = "(.*\\.)?" + brand + "\\." + familiar + "-[a-z0-9-]+";
    pattern.example = brand + "." + familiar + "-" + tail + "." + suffix;
  } else if (shape <= 4) {  // sagawa-otqwt.com
    pattern.match = brand + "-[a-z]{3,5}";
    pattern.example = brand + "-" + tail + "." + suffix;
  } else if (shape <= 7) {  // uspstrack12.top
    pattern.match = brand + "[a-z]{0,5}[0-9]{1,4}";
    pattern.example = brand + tail + "12." + suffix;
  } else {  // paytoll-fastrak.vip
    pattern.match = "(pay|my|get|the)-?" + brand + "(-[a-z0-9-]+)?";
    pattern.example = "pay" + brand + "-" + tail + "." + suffix;
  }
  return pattern;
}

}  // namespace

uint64_t Random::Next() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::string RandomDomain(Random& random) {
  std::string name = RandomLabel(random);
  name += '.';
  name += RandomSuffix(random);
  return name;
}

std::string RandomHost(Random& random, std::string_view domain) {
  std::string name;
  const uint64_t kind = random.Below(20);
  if (kind >= 7 && kind < 13) {
    name = "www.";
  } else if (kind >= 13 && kind < 18) {
    name.append(random.Pick(kHostLabels)).append(".");
  } else if (kind >= 18) {
    name.append(Letters(random, 2 + random.Below(8))).append(".");
    name.append(random.Pick(kHostLabels)).append(".");
  }
  name += domain;
  return name;
}

std::vector<std::string> DistinctDomains(uint64_t seed, size_t count) {
  Random random(seed);
  std::unordered_set<std::string> seen;
  seen.reserve(count);
  std::vector<std::string> domains;
  domains.reserve(count);
  while (domains.size() < count) {
    std::string domain = RandomDomain(random);
    if (seen.insert(domain).second) domains.push_back(std::move(domain));
  }
  return domains;
}

std::vector<GeneratedPattern> DistinctPatterns(uint64_t seed, size_t count) {
  Random random(seed);
  std::unordered_set<std::string> seen;
  std::vector<GeneratedPattern> patterns;
  while (patterns.size() < count) {
    GeneratedPattern pattern = RandomPattern(random);
    if (seen.insert(pattern.match).second) patterns.push_back(std::move(pattern));
  }
  return patterns;
}

}  // namespace tollgate::bench
