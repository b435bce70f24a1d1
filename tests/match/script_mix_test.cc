// SPDX-License-Identifier: BSD-3-Clause
//
// Labels that mix scripts (Unicode TR39 section 5.2), through the whole compiler.

#include "ruleset/match/script_mix.h"

#include <algorithm>
#include <random>
#include <string>

#include "ruleset/dns/punycode.h"
#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::match {
namespace {

// A campaign that blocks look-alikes and nothing else.
test::Compiled Lookalikes() {
  return test::Compiled(R"(
      id: lookalikes
      patterns:
        - id: mixed
          meaning: letters of several scripts in one label
          scripts: mixed
          except: [xn--pple-43d.net])");
}

// The A-label of a U-label: RFC 3492 section 6.3, as it stands there.
std::string ALabel(const std::u32string& label) {
  std::string out;
  for (char32_t c : label) {
    if (c < 0x80) out += static_cast<char>(c);
  }
  const size_t basic = out.size();
  if (basic > 0) out += '-';
  uint32_t n = 0x80, delta = 0, bias = 72;
  for (size_t handled = basic; handled < label.size(); ++delta, ++n) {
    uint32_t next = 0x110000;
    for (char32_t c : label) {
      if (c >= n && c < next) next = c;
    }
    delta += (next - n) * static_cast<uint32_t>(handled + 1);
    n = next;
    for (char32_t c : label) {
      if (c < n) ++delta;
      if (c != n) continue;
      uint32_t q = delta;
      for (uint32_t k = 36;; k += 36) {
        const uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        const uint32_t digit = q < t ? q : t + (q - t) % (36 - t);
        out += static_cast<char>(digit < 26 ? 'a' + digit : '0' + digit - 26);
        if (q < t) break;
        q = (q - t) / (36 - t);
      }
      uint32_t adapt = handled == basic ? delta / 700 : delta / 2;
      adapt += adapt / static_cast<uint32_t>(handled + 1);
      uint32_t k = 0;
      for (; adapt > 455; k += 36) adapt /= 35;
      bias = k + 36 * adapt / (adapt + 38);
      delta = 0;
      ++handled;
    }
  }
  return "xn--" + out;
}

}  // namespace

TEST_CASE("A label of Latin with one Cyrillic letter is mixed") {
  CHECK(Lookalikes().Ask(ALabel(U"\u0430pple") + ".com") == "nxdomain lookalikes/mixed");
  CHECK(Lookalikes().Ask("login." + ALabel(U"\u0430pple") + ".com") == "nxdomain lookalikes/mixed");
  CHECK(Lookalikes().Ask(ALabel(U"p\u0430yp\u0430l") + ".example.com") ==
        "nxdomain lookalikes/mixed");
}

TEST_CASE("A label of one script is not") {
  CHECK(Lookalikes().Ask(ALabel(U"b\u00fccher") + ".com") == "none");
  CHECK(Lookalikes().Ask(ALabel(U"\u043f\u0440\u0438\u043c\u0435\u0440") + ".com") == "none");
  CHECK(Lookalikes().Ask(ALabel(U"\u03b4\u03bf\u03ba\u03b9\u03bc\u03ae") + ".com") == "none");
  CHECK(Lookalikes().Ask("apple.com") == "none");
}

TEST_CASE("Digits and hyphens are of every script") {
  CHECK(Lookalikes().Ask(ALabel(U"\u043f\u0440\u0438\u043c\u0435\u0440-2") + ".com") == "none");
}

TEST_CASE("Japanese, Korean and Chinese writing mix scripts, Latin among them") {
  CHECK(Lookalikes().Ask(ALabel(U"\u30bd\u30cb\u30fcmusic") + ".com") == "none");
  CHECK(Lookalikes().Ask(ALabel(U"\u6771\u4eac\u306e\u30db\u30c6\u30eb") + ".com") == "none");
  CHECK(Lookalikes().Ask(ALabel(U"\ud55c\uad6d\u6f22\u5b57abc") + ".com") == "none");
  CHECK(Lookalikes().Ask(ALabel(U"\u30bd\u30cb\ud55c") + ".com") == "nxdomain lookalikes/mixed");
}

TEST_CASE("Scripts are mixed inside one label, not between labels") {
  CHECK(Lookalikes().Ask(ALabel(U"\u043f\u0440\u0438\u043c\u0435\u0440") + "." +
                         ALabel(U"b\u00fccher") + ".com") == "none");
}

TEST_CASE("It has exceptions as every pattern") {
  CHECK(Lookalikes().Ask("xn--pple-43d.net") == "none");
}

TEST_CASE("Without such a rule no table of scripts is in the file") {
  const test::Compiled plain(R"(
      id: plain
      domains: [evil.com])");
  CHECK(plain.rules().file_size() + 10000 < Lookalikes().rules().file_size());
}

TEST_CASE("What is no Punycode has no code points") {
  dns::CodePoints out;
  for (const char* label :
       {"", "xn--", "apple", "xn---", "xn--\xff", "xn--a-99999999999999",
        "xn--pple-43d0000000000000000000000000000000000000000000000000000000"}) {
    INFO(label);
    CHECK(dns::DecodeALabel(label, out) == 0);
  }
}

TEST_CASE("What RFC 3492 encodes is decoded again") {
  CHECK(ALabel(U"b\u00fccher") == "xn--bcher-kva");
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::u32string label;
    for (size_t length = 1 + random() % 12; length > 0; --length) {
      constexpr uint32_t kPlanes[] = {0x100, 0x500, 0xffff, 0x10ffff};
      const uint32_t c = random() % kPlanes[random() % std::size(kPlanes)];
      label += c < 0x80 ? U'a' + c % 26 : static_cast<char32_t>(c);
    }
    if (std::all_of(label.begin(), label.end(), [](char32_t c) { return c < 0x80; })) continue;
    const std::string encoded = ALabel(label);
    if (encoded.size() > dns::kMaxLabelLength) continue;
    dns::CodePoints out;
    const size_t count = dns::DecodeALabel(encoded, out);
    INFO(encoded);
    // The order of what is ASCII and what is not is in the encoding too.
    REQUIRE(std::u32string(out.data(), count) == label);
  }
}

TEST_CASE("Any octets behind the prefix are decoded or are not, and nothing else happens") {
  std::mt19937 random(2);
  size_t decoded = 0;
  for (int i = 0; i < 50000; ++i) {
    std::string label = "xn--";
    for (size_t length = 1 + random() % 59; length > 0; --length) {
      label += "abcdefghijklmnopqrstuvwxyz0123456789-"[random() % 37];
    }
    dns::CodePoints out;
    const size_t count = dns::DecodeALabel(label, out);
    REQUIRE(count <= dns::kMaxLabelLength);
    decoded += count > 0 ? 1 : 0;
  }
  CHECK(decoded > 100);
}

}  // namespace tollgate::match
