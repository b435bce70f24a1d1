// SPDX-License-Identifier: BSD-3-Clause
//
// What the owner names of a policy zone mean (RPZ draft section 4).

#ifndef TOLLGATE_RULESET_SOURCE_RPZ_TRIGGER_H_
#define TOLLGATE_RULESET_SOURCE_RPZ_TRIGGER_H_

#include <cstdint>
#include <span>

#include "absl/strings/string_view.h"
#include "ruleset/dns/name.h"
#include "ruleset/dns/prefix.h"
#include "ruleset/policy/verdict.h"

namespace tollgate::source {

struct RpzTrigger {
  policy::Subject subject = policy::Subject::kQname;
  // Of QNAME and NSDNAME triggers: the name, without "*." and in wire format without the root
  // label; a part of `owner`. Empty where it is the root.
  std::span<const uint8_t> name;
  bool is_wildcard = false;  // begins with "*."
  dns::Prefix prefix;        // of the others
  absl::string_view fault;   // a constant: what the draft forbids in it; empty where it is right

  bool is_name() const {
    return subject == policy::Subject::kQname || subject == policy::Subject::kNameServer;
  }
};

// `owner` is relative to the apex, and lives as long as the trigger.
RpzTrigger ParseTrigger(const dns::Name& owner);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_RPZ_TRIGGER_H_
