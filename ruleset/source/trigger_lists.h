// SPDX-License-Identifier: BSD-3-Clause
//
// The lists of a campaign: names and addresses, each alone or with a last day of its own.
//
//   domains:
//     - evil[.]example
//     - name: short-lived.example
//       expires: 2025-12-31
//   addresses: [192.0.2.0/24, '2001[:]db8[:][:]1']

#ifndef TOLLGATE_RULESET_SOURCE_TRIGGER_LISTS_H_
#define TOLLGATE_RULESET_SOURCE_TRIGGER_LISTS_H_

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "ruleset/policy/rule.h"
#include "ruleset/text/yaml.h"

namespace tollgate::source {

// A key, and what the list under it is about.
struct TriggerList {
  std::string_view key;
  policy::Subject subject;
  policy::NameScope scope;  // of names
  bool of_addresses = false;
};

// In the order in which a campaign's rules are made of them.
inline constexpr std::array<TriggerList, 5> kTriggerLists = {{
    {"hosts", policy::Subject::kQname, policy::NameScope::kHost},
    {"domains", policy::Subject::kQname, policy::NameScope::kDomain},
    {"addresses", policy::Subject::kAddress, policy::NameScope::kHost, /*of_addresses=*/true},
    {"name_servers", policy::Subject::kNameServer, policy::NameScope::kDomain},
    {"name_server_addresses", policy::Subject::kNameServerAddress, policy::NameScope::kHost,
     /*of_addresses=*/true},
}};

// Makes triggers of `rule` of `items`, which stand under `list`'s key. Faults go to `faults`, and
// what is faulty is left out.
void ReadTriggers(std::span<text::YamlItem> items, const TriggerList& list, uint32_t rule,
                  policy::RuleModel& model, text::Diagnostics& faults);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_TRIGGER_LISTS_H_
