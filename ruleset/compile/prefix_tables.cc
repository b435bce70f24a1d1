// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/prefix_tables.h"

#include <string>
#include <utility>

namespace tollgate::compile {

using database::PrefixEntry;
using database::SectionKind;

void PrefixTables::AddTo(database::Writer& writer) const {
  for (const auto& [kind, octets] : {std::pair(SectionKind::kPrefixes4, &answers.section4),
                                     {SectionKind::kPrefixes6, &answers.section6},
                                     {SectionKind::kClients4, &clients.section4},
                                     {SectionKind::kClients6, &clients.section6}}) {
    if (!octets->empty()) writer.Add(kind, *octets);
  }
  if (!postings.empty()) {
    writer.AddRecords<database::PrefixPosting>(SectionKind::kPrefixPostings, postings);
  }
}

absl::StatusOr<PrefixTables> BuildPrefixTables(const policy::RuleModel& model) {
  std::vector<PrefixEntry> answers;
  std::vector<PrefixEntry> clients;
  for (const policy::PrefixTrigger& trigger : model.prefix_triggers) {
    const bool is_client = model.rules[trigger.rule].subject == policy::Subject::kClient;
    (is_client ? clients : answers)
        .push_back({trigger.prefix, {trigger.rule, trigger.line, model.OwnDay(trigger)}});
  }
  for (uint32_t i = 0; i < model.groups.size(); ++i) {
    for (const dns::Prefix& prefix : model.groups[i].prefixes) {
      clients.push_back({prefix, {i | database::kPostingGroup, 0, policy::kNever}});
    }
  }
  PrefixTables tables;
  for (auto [entries, sections] :
       {std::pair(&answers, &tables.answers), {&clients, &tables.clients}}) {
    absl::StatusOr<database::PrefixSections> built =
        database::BuildPrefixes(std::move(*entries), tables.postings);
    if (!built.ok()) return built.status();
    *sections = *std::move(built);
  }
  return tables;
}

}  // namespace tollgate::compile
