// SPDX-License-Identifier: BSD-3-Clause
//
// What the owner names of a policy zone mean (RPZ draft section 4).

#ifndef TOLLGATE_RULESET_SOURCE_RPZ_TRIGGER_H_
#define TOLLGATE_RULESET_SOURCE_RPZ_TRIGGER_H_

#include <cstdint>
#include <span>

#include "absl/strings/string_view.h"
#include "ruleset/dns/name.h"

namespace tollgate::source {

// In the draft's order of precedence (section 5.4).
enum class TriggerKind : uint8_t { kClientIp, kQname, kResponseIp, kNsdname, kNsip };

struct RpzTrigger {
  TriggerKind kind = TriggerKind::kQname;
  // Of kQname: the name, without "*." and in wire format without the root label; a part of `owner`.
  std::span<const uint8_t> name;
  bool is_wildcard = false;  // begins with "*."
  absl::string_view fault;   // a constant: what the draft forbids in it; empty where it is right
};

// `owner` is relative to the apex, and lives as long as the trigger.
RpzTrigger ParseTrigger(const dns::Name& owner);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_RPZ_TRIGGER_H_
