// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/literal_rarity.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "ruleset/compile/required_literals.h"

namespace tollgate::compile {
namespace {

// Places at which a string can stand in a name of common length.
constexpr double kPlaces = 14;
// Labels of a name of common length.
constexpr double kLabels = 2;

// How much of a name each octet is, as in lists of names; 0 where no plain name has it.
constexpr std::array<double, 256> MakeFrequencies() {
  std::array<double, 256> frequencies{};
  constexpr double kLetters[] = {82, 21, 38, 34, 100, 16, 25, 26, 74, 4,  14, 47, 31,
                                 63, 70, 27, 2,  65,  61, 60, 32, 13, 14, 5,  17, 5};
  for (size_t i = 0; i < 26; ++i) frequencies['a' + i] = kLetters[i] / 1000;
  for (size_t c = '0'; c <= '9'; ++c) frequencies[c] = 0.005;
  frequencies['-'] = 0.02;
  frequencies['_'] = 0.0002;
  frequencies['.'] = 0.1;
  return frequencies;
}
constexpr std::array<double, 256> kFrequencies = MakeFrequencies();

double Frequency(char c) { return kFrequencies[static_cast<uint8_t>(c)]; }

struct CommonEnd {
  std::string_view text;
  double share;
};
constexpr CommonEnd kCommonEnds[] = {{"com", 0.48}, {"net", 0.06}, {"org", 0.05}, {"uk", 0.04},
                                     {"de", 0.04},  {"ru", 0.03},  {"cn", 0.03},  {"au", 0.02},
                                     {"br", 0.02},  {"jp", 0.02},  {"fr", 0.02},  {"info", 0.03}};
constexpr double kOtherEnd = 0.005;

// The share of names that end like that: a suffix stands at the end of a name and nowhere else, and
// is far more common than its letters are.
double ShareOfEnds(std::string_view octets) {
  const size_t dot = octets.rfind('.');
  const bool is_whole_label = dot != std::string_view::npos;
  const std::string_view label = is_whole_label ? octets.substr(dot + 1) : octets;
  double share = 0;
  for (const CommonEnd& end : kCommonEnds) {
    if (is_whole_label ? end.text == label : end.text.ends_with(label)) share += end.share;
  }
  share = std::max(share, kOtherEnd);
  if (is_whole_label) {
    for (char c : octets.substr(0, dot)) share *= c == '.' ? 1 : Frequency(c);
  }
  return share;
}

}  // namespace

std::optional<std::string> OctetsOf(const std::string& literal) {
  size_t begin = 0;
  size_t end = literal.size();
  while (begin + 1 < end && literal[begin] == kTextStart && literal[begin + 1] == kTextStart) {
    ++begin;
  }
  while (end > begin + 1 && literal[end - 1] == kTextEnd && literal[end - 2] == kTextEnd) --end;
  std::string octets;
  for (size_t i = begin; i < end; ++i) {
    if (literal[i] == kTextStart && i == begin) {
      octets += '.';
    } else if (literal[i] == kTextEnd && i + 1 == end) {
      octets += '\0';
    } else if (Frequency(literal[i]) > 0) {
      octets += literal[i];
    } else {
      return std::nullopt;
    }
  }
  return octets;
}

double ShareOfNames(std::string_view octets) {
  if (octets.empty()) return 1;
  if (octets.back() == '\0') return ShareOfEnds(octets.substr(0, octets.size() - 1));
  const bool begins_label = octets.front() == '.';
  double share = begins_label ? kLabels : kPlaces;
  for (char c : octets.substr(begins_label ? 1 : 0)) share *= Frequency(c);
  return std::min(share, 1.0);
}

double ShareOfNames(const std::vector<std::string>& literals) {
  double share = 0;
  for (const std::string& literal : literals) {
    const std::optional<std::string> octets = OctetsOf(literal);
    if (octets) share += ShareOfNames(std::string_view(*octets));
  }
  return std::min(share, 1.0);
}

std::string_view RarestPart(std::string_view octets, size_t length) {
  // The end of a name says most of it, and ShareOfNames knows it by its end alone.
  if (octets.back() == '\0') return octets.substr(octets.size() - length);
  std::string_view rarest;
  double least = 2;
  for (size_t at = 0; at + length <= octets.size(); ++at) {
    const double share = ShareOfNames(octets.substr(at, length));
    if (share < least) {
      least = share;
      rarest = octets.substr(at, length);
    }
  }
  return rarest;
}

}  // namespace tollgate::compile
