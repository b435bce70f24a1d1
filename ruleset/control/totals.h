// SPDX-License-Identifier: BSD-3-Clause
//
// What readers of a Snapshot make of its numbers.

#ifndef TOLLGATE_RULESET_CONTROL_TOTALS_H_
#define TOLLGATE_RULESET_CONTROL_TOTALS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "ruleset/control/snapshot.h"

namespace tollgate::control {

using QueryCounts = std::array<uint64_t, kQueryCounters.size()>;

inline uint64_t Of(const QueryCounts& counts, QueryCounter counter) {
  return counts[static_cast<size_t>(counter)];
}
inline uint64_t Of(const Snapshot& snapshot, ServiceCounter counter) {
  return snapshot.service[static_cast<size_t>(counter)];
}
inline uint64_t Of(const Snapshot& snapshot, Gauge gauge) {
  return snapshot.gauges[static_cast<size_t>(gauge)];
}

// All threads together.
inline QueryCounts SumOfThreads(const Snapshot& snapshot) {
  QueryCounts sum{};
  for (const QueryCounts& counts : snapshot.threads) {
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += counts[i];
  }
  return sum;
}

// Queries that did not get what they asked for. What was sent to TCP gets it there.
inline uint64_t Blocked(const QueryCounts& counts) {
  uint64_t sum = 0;
  for (const QueryCounter counter :
       {QueryCounter::kNxdomain, QueryCounter::kNodata, QueryCounter::kRefused, QueryCounter::kDrop,
        QueryCounter::kSinkhole}) {
    sum += Of(counts, counter);
  }
  return sum;
}

// Queries that came to the module, whatever became of them. Those that were decided by their answer
// were counted before, when nothing was said about their question.
inline uint64_t Judged(const QueryCounts& counts) {
  return Blocked(counts) + Of(counts, QueryCounter::kTruncate) + Of(counts, QueryCounter::kPass) +
         Of(counts, QueryCounter::kResolved) + Of(counts, QueryCounter::kUnavailable) +
         Of(counts, QueryCounter::kPaused) - Of(counts, QueryCounter::kByAnswer);
}

// ... and those that Unbound's cache answered before.
inline uint64_t Queries(const QueryCounts& counts) {
  return Judged(counts) + Of(counts, QueryCounter::kFromCache);
}

// The time in nanoseconds within which `share` (0 to 1) of the verdicts in `buckets` came
// (Snapshot::verdict_times), as if those of a bucket were spread evenly over it. 0 where there are
// none; where it falls into the last bucket, which has no upper end, its lower one.
double VerdictTimeQuantile(const std::vector<uint64_t>& buckets, double share);

// The rules of all policies that have matched, those first that have most often. Points into the
// snapshot.
struct BusyRule {
  const Snapshot::Policy* policy;
  const Snapshot::Rule* rule;
  uint64_t matches() const { return rule->decisions + rule->shadow; }
};
std::vector<BusyRule> BusiestRules(const Snapshot& snapshot);

}  // namespace tollgate::control

#endif  // TOLLGATE_RULESET_CONTROL_TOTALS_H_
