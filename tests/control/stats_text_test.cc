// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/stats_text.h"

#include "tests/control/example_snapshot.h"
#include "tests/support/catch.h"

namespace tollgate::cli {
namespace {

using control::Gauge;
using control::QueryCounter;
using control::Snapshot;

bool Shows(const Snapshot& snapshot, const char* text) {
  const std::string all = StatsText(snapshot);
  CAPTURE(all);
  return all.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("Statistics for people") {
  Snapshot snapshot = control::ExampleSnapshot();
  snapshot.threads.resize(1);
  snapshot.threads[0] = {};
  auto set = [&](QueryCounter counter, uint64_t count) {
    snapshot.threads[0][static_cast<size_t>(counter)] = count;
  };
  set(QueryCounter::kFromCache, 600'000);
  set(QueryCounter::kResolved, 390'000);
  set(QueryCounter::kNxdomain, 9'999);
  set(QueryCounter::kSinkhole, 1);
  set(QueryCounter::kShadow, 1'000);
  CHECK(StatsText(snapshot) ==
        R"(Tollgate    0.1.0 in Unbound 1.17.1, running for 1 d 3 h
Database    /var/lib/unbound/tollgate.db
            1,002 names, 1,003 patterns, 1,004 policies, 1.0 kB
            compiled 2025-11-13 02:01:15 UTC, 12 min ago; checksum 0123456789abcdef
            REFUSED 2 min ago: the file is damaged: its checksum is another one
Switches    2,000, 2,001 refused; 2,002 of 2,003 answers swept from the cache
Memory      1.0 kB, 1,005 databases open
Verdicts    take about 199 ns (median), 1.0 us (99%), 400 us (mean); 1 of 64 is timed

         queries   share
         600,000   60.0%  answered from Unbound's cache
         390,000   39.0%  resolved: no rule is about them
           9,999    1.0%  blocked: NXDOMAIN
               1   <0.1%  blocked: a sinkhole's records
       1,000,000    100%  in all; blocked 10,000, which is 1.0%
           1,000    0.1%  more would be blocked without shadow mode

       decisions   share   in shadow       names  patterns  policy, in order of precedence
             700    100%       7,000          70         7  smishing
               0      0%       8,000          80         8  partner (put into shadow mode)

       decisions           in shadow  rule
               0               8,000  partner/names
             650                   0  smishing/post (pattern)
              50                   0  smishing

Events      2,004 written, 2,005 lost (0 in full rings, 2,005 at outputs), 2,006 left out by limits

Pause       client 192.0.2.0/24, policy partner, name example.com, for 1 min more
)");
}

TEST_CASE("Without a database that is what stands out") {
  Snapshot snapshot;
  snapshot.database = "/var/lib/unbound/tollgate.db";
  CHECK(Shows(snapshot, "NONE IN USE: every query gets what on_failure says"));
  CHECK_FALSE(Shows(snapshot, "compiled"));
}

TEST_CASE("A pause of everything says what it means") {
  Snapshot snapshot;
  snapshot.pauses.emplace_back();
  CHECK(Shows(snapshot, "everything: NOTHING IS FILTERED, until 'tollgate ctl resume'\n"));
}

TEST_CASE("Of many rules the busiest are shown, and how many there are") {
  Snapshot snapshot;
  snapshot.policies.resize(1);
  for (uint64_t i = 1; i <= 12; ++i) {
    snapshot.policies[0].rules.push_back({"r" + std::to_string(i), false, i, 0});
  }
  CHECK(Shows(snapshot, "rule, the first 10 of 12\n"));
  CHECK(Shows(snapshot, "/r12\n"));
  CHECK_FALSE(Shows(snapshot, "/r2\n"));
}

TEST_CASE("A clock that was set back makes nothing older than now") {
  Snapshot snapshot;
  snapshot.now = 100;
  snapshot.gauges[static_cast<size_t>(Gauge::kStarted)] = 200;
  CHECK(Shows(snapshot, "running for 0 s"));
}

}  // namespace tollgate::cli
