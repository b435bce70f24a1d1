// SPDX-License-Identifier: BSD-3-Clause
//
// A Snapshot as monitoring systems read it. docs/metrics.md has every metric.

#ifndef TOLLGATE_RULESET_CONTROL_OPENMETRICS_H_
#define TOLLGATE_RULESET_CONTROL_OPENMETRICS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ruleset/control/snapshot.h"

namespace tollgate::control {

// Series for policies and for rules: at most so many. Of policies the first ones, of rules those
// that matched most; how many rules are left out is a metric too.
inline constexpr size_t kMostPolicySeries = 500;
inline constexpr size_t kMostRuleSeries = 500;

enum class Exposition : uint8_t {
  kOpenMetrics,  // OpenMetrics 1.0, ends with "# EOF"
  kText,         // the Prometheus text format 0.0.4, which older scrapers read
};

// What to answer a request with this Accept header (RFC 9110 section 12.5.1): OpenMetrics to who
// asks for it and does not like the other more, else the text that everything reads.
Exposition ExpositionFor(std::string_view accept);

// The Content-Type.
const char* MediaType(Exposition exposition);

// The OpenMetrics 1.0 text exposition of `snapshot`, "# EOF" included.
std::string ToOpenMetrics(const Snapshot& snapshot);

// The same in either format.
std::string Expose(const Snapshot& snapshot, Exposition exposition);

// What there is to say of a module that does not answer: tollgate_up 0.
std::string ExposeDown(Exposition exposition);

}  // namespace tollgate::control

#endif  // TOLLGATE_RULESET_CONTROL_OPENMETRICS_H_
