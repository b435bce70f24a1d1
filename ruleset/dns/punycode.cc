// SPDX-License-Identifier: BSD-3-Clause
//
// RFC 3492 section 6.2, with the parameters of section 5.

#include "ruleset/dns/punycode.h"

#include <algorithm>

namespace tollgate::dns {
namespace {

constexpr std::string_view kPrefix = "xn--";  // RFC 5890 section 2.3.1
constexpr uint32_t kBase = 36;
constexpr uint32_t kTMin = 1;
constexpr uint32_t kTMax = 26;
constexpr uint32_t kSkew = 38;
constexpr uint32_t kDamp = 700;
constexpr uint32_t kInitialBias = 72;
constexpr uint32_t kInitialN = 0x80;
constexpr uint32_t kLastCodePoint = 0x10ffff;

uint32_t Adapt(uint32_t delta, uint32_t count, bool first) noexcept {
  delta = first ? delta / kDamp : delta / 2;
  delta += delta / count;
  uint32_t k = 0;
  for (; delta > (kBase - kTMin) * kTMax / 2; k += kBase) delta /= kBase - kTMin;
  return k + (kBase - kTMin + 1) * delta / (delta + kSkew);
}

// The value of a digit; kBase where it is none.
uint32_t DigitOf(char c) noexcept {
  if (c >= 'a' && c <= 'z') return static_cast<uint32_t>(c - 'a');
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0') + 26;
  return kBase;
}

}  // namespace

size_t DecodeALabel(std::string_view label, CodePoints& out) noexcept {
  if (!label.starts_with(kPrefix) || label.size() > kMaxLabelLength) return 0;
  label.remove_prefix(kPrefix.size());
  size_t count = 0;
  if (const size_t delimiter = label.rfind('-'); delimiter != std::string_view::npos) {
    for (char c : label.substr(0, delimiter)) {
      if (static_cast<unsigned char>(c) >= 0x80) return 0;
      out[count++] = static_cast<char32_t>(c);
    }
    label.remove_prefix(delimiter + 1);
  }
  if (label.empty()) return 0;
  uint32_t n = kInitialN;
  uint32_t bias = kInitialBias;
  uint64_t i = 0;
  while (!label.empty()) {
    const uint64_t old_i = i;
    uint64_t weight = 1;
    for (uint32_t k = kBase;; k += kBase) {
      if (label.empty()) return 0;
      const uint32_t digit = DigitOf(label.front());
      label.remove_prefix(1);
      if (digit >= kBase) return 0;
      i += digit * weight;
      const uint32_t t = k <= bias ? kTMin : k >= bias + kTMax ? kTMax : k - bias;
      if (i > UINT32_MAX) return 0;
      if (digit < t) break;
      weight *= kBase - t;
      if (weight > UINT32_MAX) return 0;
    }
    ++count;
    bias = Adapt(static_cast<uint32_t>(i - old_i), static_cast<uint32_t>(count), old_i == 0);
    n += static_cast<uint32_t>(i / count);
    if (i / count > kLastCodePoint || n > kLastCodePoint) return 0;
    i %= count;
    std::copy_backward(out.begin() + static_cast<ptrdiff_t>(i),
                       out.begin() + static_cast<ptrdiff_t>(count - 1),
                       out.begin() + static_cast<ptrdiff_t>(count));
    out[i++] = static_cast<char32_t>(n);
  }
  return count;
}

}  // namespace tollgate::dns
