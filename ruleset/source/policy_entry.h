// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_SOURCE_POLICY_ENTRY_H_
#define TOLLGATE_RULESET_SOURCE_POLICY_ENTRY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ruleset/policy/rule.h"
#include "ruleset/source/answer_keys.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::source {

// What a manifest says of one policy.
struct PolicyEntry {
  std::string file;               // as the manifest names it
  std::optional<std::string> id;  // overrides the source's own
  AnswerKeys overrides;
  text::Position where;  // of the entry

  // For feeds. Each reader says which of them it heeds.
  std::optional<policy::NameScope> scope;  // of plain names, instead of the syntax's own
  std::string column;                      // of a CSV file: its name, or its number from 1
  bool allow_include = false;              // whether a zone file's $INCLUDE is followed
  uint32_t min_confidence = 0;  // of STIX indicators that say how sure they are, 0 to 100
  bool to_ids_only = true;      // whether MISP attributes must be meant for detection

  // For any policy.
  policy::Terms terms;
  std::vector<uint32_t> clients;  // policy::Policy::clients
};

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_POLICY_ENTRY_H_
