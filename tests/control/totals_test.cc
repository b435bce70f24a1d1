// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/control/totals.h"

#include "ruleset/cli/humane.h"
#include "tests/control/example_snapshot.h"
#include "tests/support/catch.h"

namespace tollgate::control {

TEST_CASE("Threads are summed") {
  const QueryCounts sum = SumOfThreads(ExampleSnapshot());
  CHECK(Of(sum, QueryCounter::kPass) == 430'000);
  CHECK(Of(sum, QueryCounter::kNxdomain) == 430'002);
}

TEST_CASE("Blocked is what neither resolved, nor passed, nor sent to TCP") {
  QueryCounts counts{};
  for (uint64_t& count : counts) count = 1;
  CHECK(Blocked(counts) == 5);
  // One of them was resolved at first, and counted again when its answer was judged.
  CHECK(Judged(counts) == 9);
  CHECK(Queries(counts) == 10);
}

TEST_CASE("A quantile of verdict times lies in the bucket that holds it") {
  std::vector<uint64_t> buckets(25, 0);
  CHECK(VerdictTimeQuantile(buckets, 0.5) == 0);
  buckets[8] = 100;  // from 128 to 256 ns
  CHECK(VerdictTimeQuantile(buckets, 0.5) == 192);
  CHECK(VerdictTimeQuantile(buckets, 0) == 128);
  CHECK(VerdictTimeQuantile(buckets, 1) == 256);
  buckets[10] = 100;  // from 512 to 1024 ns
  CHECK(VerdictTimeQuantile(buckets, 0.5) == 256);
  CHECK(VerdictTimeQuantile(buckets, 0.75) == 768);
}

TEST_CASE("Of the last bucket only its lower end is known") {
  std::vector<uint64_t> buckets(25, 0);
  buckets[24] = 1;
  CHECK(VerdictTimeQuantile(buckets, 0.99) == 8'388'608);
}

TEST_CASE("Rules are busy by decisions and matches in shadow mode together") {
  const Snapshot snapshot = ExampleSnapshot();
  const std::vector<BusyRule> rules = BusiestRules(snapshot);
  REQUIRE(rules.size() == 3);
  CHECK(rules[0].rule->id == "names");
  CHECK(rules[0].policy->id == "partner");
  CHECK(rules[1].rule->id == "post");
}

}  // namespace tollgate::control

namespace tollgate::cli {

TEST_CASE("A share is never rounded to nothing or to all") {
  CHECK(ShareText(0, 0) == "-");
  CHECK(ShareText(0, 5) == "0%");
  CHECK(ShareText(1, 1'000'000) == "<0.1%");
  CHECK(ShareText(1, 3) == "33.3%");
  CHECK(ShareText(999'999, 1'000'000) == "99.9%");
  CHECK(ShareText(5, 5) == "100%");
}

TEST_CASE("Durations, sizes and times have the unit that suits them") {
  CHECK(DurationText(59) == "59 s");
  CHECK(DurationText(3'599) == "59 min");
  CHECK(DurationText(12'000) == "3 h 20 min");
  CHECK(DurationText(367'200) == "4 d 6 h");
  CHECK(BytesText(999) == "999 B");
  CHECK(BytesText(1'000) == "1.0 kB");
  CHECK(BytesText(30'120'000) == "30.1 MB");
  CHECK(BytesText(999'960'000) == "1.0 GB");
  CHECK(VerdictTimeText(180.4) == "180 ns");
  CHECK(VerdictTimeText(1'234) == "1.2 us");
  CHECK(VerdictTimeText(8'388'608) == "8.4 ms");
}

TEST_CASE("A number for a narrow column") {
  CHECK(ShortNumber(0) == "0");
  CHECK(ShortNumber(9'999) == "9,999");
  CHECK(ShortNumber(12'345) == "12k");
  CHECK(ShortNumber(4'500'000) == "4.5M");
  CHECK(ShortNumber(123e9) == "123G");
  CHECK(ShortNumber(0.0 / 0.0) == "-");
}

TEST_CASE("Text from outside is shown, not obeyed") {
  CHECK(Harmless("a-1.example ~") == "a-1.example ~");
  CHECK(Harmless("\x1b[2J\x07\r\n\x7f") == "?[2J????");
  CHECK(Harmless("caf\xc3\xa9 \xf0\x9f\x98\x80") == "caf? ?");
  CHECK(Harmless("a\x9b") == "a");
}

}  // namespace tollgate::cli
