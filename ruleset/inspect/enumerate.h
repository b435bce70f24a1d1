// SPDX-License-Identifier: BSD-3-Clause
//
// Going through all that a database holds, in the order of the file, with no more memory than one
// name takes.

#ifndef TOLLGATE_RULESET_INSPECT_ENUMERATE_H_
#define TOLLGATE_RULESET_INSPECT_ENUMERATE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ruleset/database/reader.h"
#include "ruleset/policy/action.h"
#include "ruleset/policy/verdict.h"

namespace tollgate::inspect {

// Calls `take(const database::NameRecord&)` for every name of the index, public suffixes included.
// The order is that of the hash, and the same for the same file.
template <typename Take>
void ForEachName(const database::Reader& reader, Take take) {
  const std::span<const uint8_t> records = reader.names().records();
  const uint8_t* at = records.data();
  for (database::NameRecord record;
       database::NextRecord(at, records.data() + records.size(), record);) {
    take(record);
  }
}

// Calls `take(const database::Posting&, const database::RuleRecord&)` for every trigger among the
// postings of one name: what is no public suffix, and whose rule is there.
template <typename Take>
void ForEachTrigger(const database::Reader& reader, std::span<const uint8_t> postings, Take take) {
  for (database::Posting posting; database::NextPosting(postings, posting);) {
    if (posting.kind == database::PostingKind::kSuffix) continue;
    if (posting.rule < reader.rules().size()) take(posting, reader.rules()[posting.rule]);
  }
}

// What a posting that is no public suffix means.
policy::TriggerKind KindOf(database::PostingKind kind);

// "host", "domain", "below", "pattern", "prefix", "parts"
std::string_view KindName(policy::TriggerKind kind);

// "name", "address", "name-server", "name-server-address", "client"
std::string_view SubjectName(policy::Subject subject);

// What a trigger is about and how: "domain" of names that are asked for, "name-server-domain",
// "address".
std::string SubjectKindName(policy::Subject subject, policy::TriggerKind kind);

// The rule by which a trigger acts: its own, or that which its own is a part of.
const database::RuleRecord& ActingRule(const database::Reader& reader,
                                       const database::RuleRecord& rule);

// The rule's id; of a part, "id of the whole/id of the part".
std::string RuleText(const database::Reader& reader, const database::RuleRecord& rule);

// Whether the rule decides by the name that is asked for alone, whoever asks.
bool IsByName(const database::Reader& reader, const database::RuleRecord& rule);

// A name as databases store it, in presentation format; "?" where the octets are none.
std::string NameText(std::span<const uint8_t> without_root);

// The same with what a trigger of this kind covers: "x.example", "*.x.example" for kBelow.
std::string TriggerText(policy::TriggerKind kind, std::string_view name);

inline bool IsMarker(const database::RuleRecord& rule) {
  return (rule.flags & database::kRuleMarker) != 0;
}

inline bool IsShadow(const database::RuleRecord& rule) {
  return rule.mode == static_cast<uint8_t>(policy::Mode::kShadow);
}

// The QTYPEs of RuleView::qtypes, and of RuleRecord::qtypes read by Reader::Octets.
std::vector<uint16_t> QtypesOf(std::span<const uint8_t> octets);

// Which rules are patterns.
std::vector<bool> PatternRules(const database::Reader& reader);

// The index of the policy with this id.
std::optional<uint32_t> FindPolicy(const database::Reader& reader, std::string_view id);

}  // namespace tollgate::inspect

#endif  // TOLLGATE_RULESET_INSPECT_ENUMERATE_H_
