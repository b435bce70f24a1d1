// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/inspect/enumerate.h"

#include <array>
#include <cstring>

#include "ruleset/dns/name.h"

namespace tollgate::inspect {

policy::TriggerKind KindOf(database::PostingKind kind) {
  switch (kind) {
    case database::PostingKind::kHost:
      return policy::TriggerKind::kHost;
    case database::PostingKind::kBelow:
      return policy::TriggerKind::kBelow;
    case database::PostingKind::kDomain:
    case database::PostingKind::kSuffix:
      break;
  }
  return policy::TriggerKind::kDomain;
}

std::string_view KindName(policy::TriggerKind kind) {
  constexpr std::array<std::string_view, 6> kNames = {"host",    "domain", "below",
                                                      "pattern", "prefix", "parts"};
  return kNames[static_cast<size_t>(kind)];
}

std::string_view SubjectName(policy::Subject subject) {
  constexpr std::array<std::string_view, 5> kNames = {"name", "address", "name-server",
                                                      "name-server-address", "client"};
  return kNames[static_cast<size_t>(subject)];
}

std::string SubjectKindName(policy::Subject subject, policy::TriggerKind kind) {
  if (subject == policy::Subject::kQname) return std::string(KindName(kind));
  const std::string name(SubjectName(subject));
  if (subject != policy::Subject::kNameServer) return name;
  return name + "-" + std::string(KindName(kind));
}

const database::RuleRecord& ActingRule(const database::Reader& reader,
                                       const database::RuleRecord& rule) {
  return rule.part_of == database::kNotAPart ? rule : reader.rules()[rule.part_of];
}

std::string RuleText(const database::Reader& reader, const database::RuleRecord& rule) {
  const std::string id(reader.String(rule.id));
  if (rule.part_of == database::kNotAPart) return id;
  return std::string(reader.String(ActingRule(reader, rule).id)) + "/" + id;
}

bool IsByName(const database::Reader& reader, const database::RuleRecord& rule) {
  return rule.subject == static_cast<uint8_t>(policy::Subject::kQname) &&
         rule.part_of == database::kNotAPart && reader.policies()[rule.policy].clients.length == 0;
}

std::string NameText(std::span<const uint8_t> without_root) {
  const std::optional<dns::Name> name = dns::Name::FromStored(without_root);
  return name ? name->Text() : "?";
}

std::string TriggerText(policy::TriggerKind kind, std::string_view name) {
  return (kind == policy::TriggerKind::kBelow ? "*." : "") + std::string(name);
}

std::vector<uint16_t> QtypesOf(std::span<const uint8_t> octets) {
  std::vector<uint16_t> types(octets.size() / sizeof(uint16_t));
  // An empty vector has no octets that memcpy may be given, not even for a length of zero.
  if (!types.empty()) std::memcpy(types.data(), octets.data(), types.size() * sizeof(uint16_t));
  return types;
}

std::vector<bool> PatternRules(const database::Reader& reader) {
  std::vector<bool> is_pattern(reader.rules().size());
  for (const database::PatternRecord& pattern : reader.patterns()) is_pattern[pattern.rule] = true;
  return is_pattern;
}

std::optional<uint32_t> FindPolicy(const database::Reader& reader, std::string_view id) {
  for (uint32_t i = 0; i < reader.policies().size(); ++i) {
    if (reader.String(reader.policies()[i].id) == id) return i;
  }
  return std::nullopt;
}

}  // namespace tollgate::inspect
