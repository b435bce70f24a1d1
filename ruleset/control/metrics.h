// SPDX-License-Identifier: BSD-3-Clause
//
// What the module counts, by name: metrics.def as enumerations and tables.

#ifndef TOLLGATE_RULESET_CONTROL_METRICS_H_
#define TOLLGATE_RULESET_CONTROL_METRICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate::control {

struct Metric {
  std::string_view name;
  std::string_view help;  // one sentence
};

enum class QueryCounter : uint8_t {
#define QUERY_COUNTER(member, name, help) member,
#define SERVICE_COUNTER(member, name, help)
#define GAUGE(member, name, help)
#include "ruleset/control/metrics.def"
#undef QUERY_COUNTER
#undef SERVICE_COUNTER
#undef GAUGE
};

enum class ServiceCounter : uint8_t {
#define QUERY_COUNTER(member, name, help)
#define SERVICE_COUNTER(member, name, help) member,
#define GAUGE(member, name, help)
#include "ruleset/control/metrics.def"
#undef QUERY_COUNTER
#undef SERVICE_COUNTER
#undef GAUGE
};

enum class Gauge : uint8_t {
#define QUERY_COUNTER(member, name, help)
#define SERVICE_COUNTER(member, name, help)
#define GAUGE(member, name, help) member,
#include "ruleset/control/metrics.def"
#undef QUERY_COUNTER
#undef SERVICE_COUNTER
#undef GAUGE
};

inline constexpr auto kQueryCounters = std::to_array<Metric>({
#define QUERY_COUNTER(member, name, help) {name, help},
#define SERVICE_COUNTER(member, name, help)
#define GAUGE(member, name, help)
#include "ruleset/control/metrics.def"
#undef QUERY_COUNTER
#undef SERVICE_COUNTER
#undef GAUGE
});

inline constexpr auto kServiceCounters = std::to_array<Metric>({
#define QUERY_COUNTER(member, name, help)
#define SERVICE_COUNTER(member, name, help) {name, help},
#define GAUGE(member, name, help)
#include "ruleset/control/metrics.def"
#undef QUERY_COUNTER
#undef SERVICE_COUNTER
#undef GAUGE
});

inline constexpr auto kGauges = std::to_array<Metric>({
#define QUERY_COUNTER(member, name, help)
#define SERVICE_COUNTER(member, name, help)
#define GAUGE(member, name, help) {name, help},
#include "ruleset/control/metrics.def"
#undef QUERY_COUNTER
#undef SERVICE_COUNTER
#undef GAUGE
});

}  // namespace tollgate::control

#endif  // TOLLGATE_RULESET_CONTROL_METRICS_H_
