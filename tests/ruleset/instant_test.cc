// SPDX-License-Identifier: BSD-3-Clause
//
// Points of time in feeds, and the last day on which something is good.

#include "ruleset/source/instant.h"

#include "ruleset/source/indicator.h"
#include "tests/support/catch.h"

namespace tollgate::source {
namespace {

// The day of a timestamp, and the last day before it.
std::string Days(std::string_view text) {
  const std::optional<Instant> instant = ParseTimestamp(text);
  return instant ? DayText(DayOf(*instant)) + " " + DayText(LastDayBefore(*instant)) : "none";
}

}  // namespace

TEST_CASE("A timestamp lies on a day, and what ends with it was good until then") {
  CHECK(Days("2025-10-01T12:30:00Z") == "2025-10-01 2025-10-01");
  CHECK(Days("2025-10-01T00:00:01.5Z") == "2025-10-01 2025-10-01");
}

TEST_CASE("What ends at midnight was good until the day before") {
  CHECK(Days("2025-10-01T00:00:00Z") == "2025-10-01 2025-09-30");
  CHECK(Days("2025-10-01T00:00:00.000Z") == "2025-10-01 2025-09-30");
}

TEST_CASE("A zone counts, and days are those of UTC") {
  CHECK(Days("2025-10-01T01:00:00+02:00") == "2025-09-30 2025-09-30");
  CHECK(Days("2025-09-30T23:00:00-02:00") == "2025-10-01 2025-10-01");
  CHECK(Days("2020-01-01T05:00:00.000000+00:00") == "2020-01-01 2020-01-01");
}

TEST_CASE("A timestamp may leave its zone out, and its time of day") {
  CHECK(Days("2025-10-01T12:30:00") == "2025-10-01 2025-10-01");
  CHECK(Days("2025-10-01 12:30:00") == "2025-10-01 2025-10-01");
  CHECK(Days("2025-10-01") == "2025-10-01 2025-09-30");
}

TEST_CASE("What is no timestamp is none") {
  CHECK(Days("") == "none");
  CHECK(Days("tomorrow") == "none");
  CHECK(Days("2025-13-01T00:00:00Z") == "none");
  CHECK(Days("2025-10-01T00:00:00Z until noon") == "none");
  CHECK(Days("infinite-future") == "none");
}

TEST_CASE("A day is never 'never', and the farthest is the end of the year 9999") {
  CHECK(Days("1969-12-31T00:00:00Z") == "1970-01-02 1970-01-02");
  CHECK(Days("1970-01-01T00:00:00Z") == "1970-01-02 1970-01-02");
  CHECK(Days("9999-12-31T23:59:59Z") == "9999-12-31 9999-12-31");
}

TEST_CASE("Seconds since 1970 are a point of time too") {
  CHECK(DayText(DayOf(*ParseEpochSeconds("1697822930"))) == "2023-10-20");
  CHECK(DayText(DayOf(*ParseEpochSeconds("9223372036854775807"))) == "9999-12-31");
  CHECK_FALSE(ParseEpochSeconds("-1"));
  CHECK_FALSE(ParseEpochSeconds("2023-10-20"));
  CHECK_FALSE(ParseEpochSeconds(""));
}

}  // namespace tollgate::source
