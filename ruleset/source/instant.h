// SPDX-License-Identifier: BSD-3-Clause
//
// Points of time as feeds write them, and the days that rules are kept by.

#ifndef TOLLGATE_RULESET_SOURCE_INSTANT_H_
#define TOLLGATE_RULESET_SOURCE_INSTANT_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "ruleset/policy/rule.h"

namespace tollgate::source {

// Seconds since 1970-01-01 UTC.
using Instant = int64_t;

// "2025-10-01T00:00:00.000Z" (RFC 3339), the time of day and the zone being optional; nothing where
// it is no point of time. A zone is UTC where none is said. Fractions of seconds are cut off.
std::optional<Instant> ParseTimestamp(std::string_view text);

// "1697822930": seconds since 1970-01-01 UTC.
std::optional<Instant> ParseEpochSeconds(std::string_view text);

// The day in UTC on which `instant` lies, and never kNever: what is older than 1970 is its second
// day, which is past as well.
policy::Day DayOf(Instant instant);

// The last day on which something is good that no longer is at `end`: the day before, for an `end`
// at midnight.
policy::Day LastDayBefore(Instant end);

// Both of two last days hold: the earlier one. kNever is later than all.
policy::Day EarlierDay(policy::Day a, policy::Day b);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_INSTANT_H_
