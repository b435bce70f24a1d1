// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_MODULE_CLOCK_H_
#define TOLLGATE_MODULE_CLOCK_H_

#include <cstdint>
#include <ctime>

namespace tollgate::module {

inline constexpr uint64_t kSecondsPerDay = 24 * 60 * 60;

// Seconds since 1970-01-01 UTC. Not for query threads: Unbound has the time for them.
inline uint64_t Now() noexcept { return static_cast<uint64_t>(std::time(nullptr)); }

// Such a moment as a day, in days since 1970-01-01 UTC: as RuleSet::Match wants it.
inline uint32_t DayOf(uint64_t seconds) noexcept {
  return static_cast<uint32_t>(seconds / kSecondsPerDay);
}

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_CLOCK_H_
