// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/schedule.h"

#include <algorithm>

namespace tollgate::update {

bool IsDue(uint64_t tried, uint32_t interval, uint64_t now) {
  if (tried == 0 || tried > now) return true;
  return now - tried >= interval - interval / 5;
}

std::chrono::milliseconds RetryDelay(uint32_t retry, double random) {
  constexpr uint32_t kLongest = 60'000;
  const uint32_t steps = std::min(retry, 4u);
  const uint32_t base = std::min(1000u << (2 * (std::max(steps, 1u) - 1)), kLongest);
  return std::chrono::milliseconds(
      static_cast<int64_t>(base * (0.5 + std::clamp(random, 0.0, 1.0))));
}

}  // namespace tollgate::update
