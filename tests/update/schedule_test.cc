// SPDX-License-Identifier: BSD-3-Clause
//
// When a source is asked, and how long one waits to ask it again.

#include "ruleset/update/schedule.h"

#include "tests/support/catch.h"

namespace tollgate::update {

TEST_CASE("A source that was never asked is due") { CHECK(IsDue(0, 900, 1'000'000)); }

TEST_CASE("A source is due when its interval has passed") {
  CHECK(!IsDue(1'000'000, 900, 1'000'600));
  CHECK(IsDue(1'000'000, 900, 1'000'900));
}

TEST_CASE("A timer that comes a little early does not cost a whole interval") {
  CHECK(IsDue(1'000'000, 900, 1'000'720));
  CHECK(!IsDue(1'000'000, 900, 1'000'719));
}

TEST_CASE("A source that was asked in the future is due: the clock was put right") {
  CHECK(IsDue(1'000'001, 900, 1'000'000));
}

TEST_CASE("Each try waits four times as long as the one before, up to a minute") {
  CHECK(RetryDelay(1, 0.5).count() == 1000);
  CHECK(RetryDelay(2, 0.5).count() == 4000);
  CHECK(RetryDelay(3, 0.5).count() == 16000);
  CHECK(RetryDelay(4, 0.5).count() == 60000);
  CHECK(RetryDelay(99, 0.5).count() == 60000);
}

TEST_CASE("Chance makes it half as long or half as long again") {
  CHECK(RetryDelay(1, 0).count() == 500);
  CHECK(RetryDelay(1, 1).count() == 1500);
}

}  // namespace tollgate::update
