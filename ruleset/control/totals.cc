// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/control/totals.h"

#include <algorithm>
#include <cmath>

namespace tollgate::control {

double VerdictTimeQuantile(const std::vector<uint64_t>& buckets, double share) {
  double all = 0;
  for (const uint64_t count : buckets) all += static_cast<double>(count);
  if (all == 0) return 0;
  const double wanted = share * all;
  double before = 0;
  for (size_t i = 0; i < buckets.size(); ++i) {
    const auto count = static_cast<double>(buckets[i]);
    if (count == 0 || before + count < wanted) {
      before += count;
      continue;
    }
    const double low = i == 0 ? 0 : std::ldexp(1.0, static_cast<int>(i) - 1);
    if (i + 1 == buckets.size()) return low;
    return low + (std::ldexp(1.0, static_cast<int>(i)) - low) * ((wanted - before) / count);
  }
  return std::ldexp(1.0, static_cast<int>(buckets.size()) - 2);
}

std::vector<BusyRule> BusiestRules(const Snapshot& snapshot) {
  std::vector<BusyRule> rules;
  for (const Snapshot::Policy& policy : snapshot.policies) {
    for (const Snapshot::Rule& rule : policy.rules) rules.push_back({&policy, &rule});
  }
  std::stable_sort(rules.begin(), rules.end(),
                   [](const BusyRule& a, const BusyRule& b) { return a.matches() > b.matches(); });
  return rules;
}

}  // namespace tollgate::control
