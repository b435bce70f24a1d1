// SPDX-License-Identifier: BSD-3-Clause
//
// When a source is asked again.

#ifndef TOLLGATE_RULESET_UPDATE_SCHEDULE_H_
#define TOLLGATE_RULESET_UPDATE_SCHEDULE_H_

#include <chrono>
#include <cstdint>

namespace tollgate::update {

// Whether a source that was last asked at `tried`, in seconds since 1970, is due at `now`. A timer
// that comes a little early, as randomised ones do, does not cost a whole interval; and after a
// clock that was ahead and was put right, a source is due.
bool IsDue(uint64_t tried, uint32_t interval, uint64_t now);

// How long to wait before try number `retry`, from 1: 1 s, 4 s, 16 s, up to a minute, times 0.5 to
// 1.5 as `random`, from 0 to 1, says. Those whose server was away do not all come back at once.
std::chrono::milliseconds RetryDelay(uint32_t retry, double random);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_SCHEDULE_H_
