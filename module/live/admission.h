// SPDX-License-Identifier: BSD-3-Clause
//
// Whether a database that can be read is one that should be used. A feed that failed in the night
// makes a perfectly valid database with nothing in it.

#ifndef TOLLGATE_MODULE_LIVE_ADMISSION_H_
#define TOLLGATE_MODULE_LIVE_ADMISSION_H_

#include <cstdint>

#include "absl/status/status.h"
#include "ruleset/ruleset.h"

namespace tollgate::module {

// Databases with less than this may shrink as they like, but not to nothing: rules by hand come
// and go.
inline constexpr uint64_t kFewNames = 100;
inline constexpr uint64_t kFewPatterns = 10;

// FailedPrecondition where `next` has no rule and `old` had some, or where its names or its
// patterns are fewer than those of `old` by more than `max_shrink` percent. The message says how to
// have it all the same.
absl::Status Admit(const RuleSet& old, const RuleSet& next, uint32_t max_shrink);

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_LIVE_ADMISSION_H_
