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
  std::string_view name;    // in JSON
  std::string_view family;  // in OpenMetrics, without "tollgate_" before it and "_total" behind
  std::string_view label;   // "action=pass", or empty: the family is this number alone
  std::string_view help;    // one sentence
};

// What OpenMetrics has beside the numbers themselves: families of several of them, and what is not
// a number.
enum class FamilyType : uint8_t { kCounter, kGauge, kHistogram, kInfo };

struct Family {
  std::string_view family;
  FamilyType type;
  std::string_view labels;  // "policy, campaign"
  std::string_view help;    // one sentence
};

enum class QueryCounter : uint8_t {
#define QUERY_COUNTER(member, name, family, label, help) member,
#include "ruleset/control/metrics.def"
};

enum class ServiceCounter : uint8_t {
#define SERVICE_COUNTER(member, name, family, label, help) member,
#include "ruleset/control/metrics.def"
};

enum class Gauge : uint8_t {
#define GAUGE(member, name, family, label, help) member,
#include "ruleset/control/metrics.def"
};

inline constexpr auto kQueryCounters = std::to_array<Metric>({
#define QUERY_COUNTER(member, name, family, label, help) {name, family, label, help},
#include "ruleset/control/metrics.def"
});

inline constexpr auto kServiceCounters = std::to_array<Metric>({
#define SERVICE_COUNTER(member, name, family, label, help) {name, family, label, help},
#include "ruleset/control/metrics.def"
});

inline constexpr auto kGauges = std::to_array<Metric>({
#define GAUGE(member, name, family, label, help) {name, family, label, help},
#include "ruleset/control/metrics.def"
});

inline constexpr auto kFamilies = std::to_array<Family>({
#define FAMILY(family, type, labels, help) {family, FamilyType::type, labels, help},
#include "ruleset/control/metrics.def"
});

}  // namespace tollgate::control

#endif  // TOLLGATE_RULESET_CONTROL_METRICS_H_
