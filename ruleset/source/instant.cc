// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/instant.h"

#include <algorithm>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/time/time.h"

namespace tollgate::source {
namespace {

constexpr int64_t kSecondsOfDay = 86400;
constexpr Instant kLatest = 253402300799;  // the last second of the year 9999

}  // namespace

std::optional<Instant> ParseTimestamp(std::string_view text) {
  absl::Time time;
  std::string fault;
  const absl::string_view given(text.data(), text.size());
  for (const char* format :
       {absl::RFC3339_full, "%Y-%m-%d%ET%H:%M:%E*S", "%Y-%m-%d %H:%M:%E*S", "%Y-%m-%d"}) {
    // "infinite-future" is a time for Abseil.
    if (absl::ParseTime(format, given, &time, &fault) && time > absl::InfinitePast() &&
        time < absl::InfiniteFuture()) {
      return std::min(absl::ToUnixSeconds(time), kLatest);
    }
  }
  return std::nullopt;
}

std::optional<Instant> ParseEpochSeconds(std::string_view text) {
  Instant seconds = 0;
  if (!absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &seconds) || seconds < 0) {
    return std::nullopt;
  }
  return std::min(seconds, kLatest);
}

policy::Day DayOf(Instant instant) {
  return static_cast<policy::Day>(std::max<int64_t>(instant / kSecondsOfDay, 1));
}

policy::Day LastDayBefore(Instant end) { return DayOf(end - 1); }

policy::Day EarlierDay(policy::Day a, policy::Day b) {
  if (a == policy::kNever) return b;
  return b == policy::kNever ? a : std::min(a, b);
}

}  // namespace tollgate::source
