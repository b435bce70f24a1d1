// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/trigger_lists.h"

#include <string>

#include "ruleset/source/indicator.h"
#include "ruleset/source/prefix_text.h"

namespace tollgate::source {
namespace {

// Reads an indicator that is a map:
//   - name: usps.com-isjjz[.]top
//     expires: 2025-12-31
// Its value is under `key`. Returns whether there is one.
bool ReadIndicatorMap(text::YamlMap& map, std::string_view key, text::YamlScalar& value,
                      policy::Day& expires) {
  std::optional<text::YamlScalar> given = map.Scalar(key);
  if (given) {
    value = *given;
  } else {
    const std::string name(key);
    map.diagnostics().Error(map.where(), "an indicator without '" + name + ":'",
                            "write the " + name + " alone, or '" + name + ":' and 'expires:'");
  }
  if (std::optional<std::string> text = map.String("expires"); text && *text != "never") {
    absl::StatusOr<policy::Day> day = ParseDay(*text);
    if (day.ok()) {
      expires = *day;
    } else {
      map.Fault("expires", std::string(day.status().message()));
    }
  }
  map.RefuseOtherKeys();
  return given.has_value();
}

void AddPrefix(const text::YamlScalar& text, uint32_t rule, policy::Day expires,
               policy::RuleModel& model, text::Diagnostics& faults) {
  absl::StatusOr<dns::Prefix> prefix = ParsePrefix(text.value);
  if (!prefix.ok()) {
    faults.Error(text.where, "'" + text.value +
                                 "' is not an address: " + std::string(prefix.status().message()));
    return;
  }
  const absl::string_view fault = WhyTooWide(*prefix, model.rules[rule].answer.action);
  if (!fault.empty()) {
    faults.Error(text.where, "'" + text.value + "' is " + std::string(fault),
                 "write the networks in it that you mean");
    return;
  }
  model.prefix_triggers.push_back({rule, text.where.line, expires, *prefix});
}

}  // namespace

void ReadTriggers(std::span<text::YamlItem> items, const TriggerList& list, uint32_t rule,
                  policy::RuleModel& model, text::Diagnostics& faults) {
  for (text::YamlItem& item : items) {
    text::YamlScalar value;
    policy::Day expires = policy::kNever;
    if (item.scalar) {
      value = *item.scalar;
    } else if (!ReadIndicatorMap(*item.map, list.of_addresses ? "address" : "name", value,
                                 expires)) {
      continue;
    }
    if (list.of_addresses) {
      AddPrefix(value, rule, expires, model, faults);
      continue;
    }
    absl::StatusOr<dns::Name> name = ParseIndicator(value.value);
    if (name.ok()) {
      model.AddName(*name, list.scope, rule, value.where.line, expires);
    } else {
      faults.Error(value.where,
                   "'" + value.value + "' is not a name: " + std::string(name.status().message()));
    }
  }
}

}  // namespace tollgate::source
