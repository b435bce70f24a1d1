// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/humane.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ruleset/cli/console.h"

namespace tollgate::cli {
namespace {

// `number` in three digits, with the first of `units` in which it has no more than three before its
// point.
std::string InThreeDigits(double number, double step, std::initializer_list<const char*> units) {
  const char* const* unit = units.begin();
  while (number >= 999.5 && unit + 1 != units.end()) {
    number /= step;
    ++unit;
  }
  const bool whole = number >= 99.95 || unit == units.begin();
  if (whole) return absl::StrFormat("%.0f%s", number, *unit);
  return absl::StrFormat("%.1f%s", number, *unit);
}

}  // namespace

std::string ShareText(uint64_t part, uint64_t whole) {
  if (whole == 0) return "-";
  if (part == 0) return "0%";
  if (part >= whole) return "100%";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent < 0.1) return "<0.1%";
  return absl::StrFormat("%.1f%%", std::min(percent, 99.9));
}

std::string DurationText(uint64_t seconds) {
  const uint64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  if (minutes == 0) return absl::StrCat(seconds, " s");
  if (hours == 0) return absl::StrCat(minutes, " min");
  if (days == 0) return absl::StrCat(hours, " h ", minutes % 60, " min");
  return absl::StrCat(Grouped(days), " d ", hours % 24, " h");
}

std::string BytesText(uint64_t bytes) {
  return InThreeDigits(static_cast<double>(bytes), 1000, {" B", " kB", " MB", " GB", " TB"});
}

std::string VerdictTimeText(double nanoseconds) {
  return InThreeDigits(nanoseconds, 1000, {" ns", " us", " ms", " s"});
}

std::string ShortNumber(double number) {
  if (!(number >= 0)) return "-";
  if (number < 9999.5) return Grouped(static_cast<uint64_t>(std::llround(number)));
  return InThreeDigits(number / 1000, 1000, {"k", "M", "G", "T", "P", "E"});
}

std::string Harmless(std::string_view raw) {
  std::string out;
  for (const char c : raw) {
    const auto octet = static_cast<unsigned char>(c);
    if ((octet & 0xc0) == 0x80) continue;  // the rest of a character that began before
    out += octet >= 0x20 && octet < 0x7f ? c : '?';
  }
  return out;
}

}  // namespace tollgate::cli
