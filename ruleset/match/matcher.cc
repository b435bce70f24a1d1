// SPDX-License-Identifier: BSD-3-Clause
//
// THE HOT PATH: from a QNAME to a verdict.
//
// Idea: look up every enclosing domain of the name in one hashed index, which holds indicators and
// public suffixes alike; then scan the registrable domain, or the whole name, with the patterns
// that what it holds allows to match. Of everything that matches, the smallest rank decides.
//
// In one line: for each suffix of QNAME: best = min(best, rank(postings)); for each scan: best =
// min(best, rank(pattern)).
//
//  1. All hashes first, and a prefetch for each: the cache misses of a name's suffixes overlap.
//  2. A domain that is not listed costs one cache line (name_index.h), and none where it has more
//     labels than any record.
//  3. Public suffixes stand first in their bucket: the one hit that every query has is the first
//     record looked at.
//  4. A scan is left out where the name holds nothing that its patterns need (pattern_gate.h), and
//     where none of them can outrank what was found: a listed name costs no scan where its policy
//     comes before those with patterns.
//
// Data assumption: names have 2 to 4 labels and about 20 octets. A name of 127 labels costs 127
// probes of at most 255 octets, some microseconds, and nothing can make it more.

#include "ruleset/match/matcher.h"

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ruleset/match/best.h"
#include "ruleset/match/collect.h"
#include "ruleset/match/suffix_walk.h"
#include "ruleset/policy/action.h"

namespace tollgate::match {

using database::IsPast;
using database::LastDay;
using database::PatternRecord;
using database::PatternScope;
using database::Posting;
using database::PostingKind;

Matcher::Matcher(const database::Reader& reader)
    : rules_(reader.rules()),
      policies_(reader.policies()),
      patterns_(reader.patterns()),
      reader_(reader),
      names_(reader.names()),
      max_name_labels_(reader.meta().max_name_labels) {}

absl::StatusOr<std::unique_ptr<const Matcher>> Matcher::Create(const database::Reader& reader) {
  std::unique_ptr<Matcher> matcher(new Matcher(reader));
  if (absl::Status status = matcher->LoadPatterns(); !status.ok()) return status;
  matcher->LoadScripts();
  matcher->LoadTags();
  matcher->LoadRules();
  return matcher;
}

absl::Status Matcher::LoadPatterns() {
  const std::span<const database::PatternShard> shards = reader_.shards();
  std::vector<std::vector<uint32_t>> patterns(shards.size());
  for (uint32_t i = 0; i < patterns_.size(); ++i) {
    if (patterns_[i].scope == static_cast<uint8_t>(PatternScope::kMixedScripts)) continue;
    patterns[patterns_[i].shard].push_back(i);
  }
  for (size_t shard = 0; shard < shards.size(); ++shard) {
    absl::StatusOr<database::PatternDatabase> database = LoadShard(shard, patterns[shard]);
    if (!database.ok()) return database.status();
    if (absl::Status status = scratch_.Allocate(*database); !status.ok()) return status;
    const bool is_domain = shards[shard].scope == static_cast<uint8_t>(PatternScope::kDomain);
    (is_domain ? domain_shards_ : name_shards_).Add(shard);
    // Only a file that lies has gated shards and no grams.
    if (shards[shard].is_gated == 0 || reader_.grams().empty()) open_shards_.Add(shard);
    PatternUse use;
    for (uint32_t i : patterns[shard]) {
      NoteUse(patterns_[i].rule, use);
      NoteUse(patterns_[i].rule, is_domain ? domain_use_ : name_use_);
    }
    shards_.push_back({*std::move(database), std::move(patterns[shard]), use});
  }
  shard_words_ = (shards.size() + 63) / 64;
  gate_ = PatternGate(reader_.gram_heads(), reader_.gram_filter(), reader_.grams());
  return absl::OkStatus();
}

absl::StatusOr<database::PatternDatabase> Matcher::LoadShard(size_t shard,
                                                             std::span<const uint32_t> patterns) {
  for (std::span<const uint8_t> octets : reader_.HyperscanDatabases(shard)) {
    absl::StatusOr<database::PatternDatabase> database =
        database::PatternDatabase::Deserialize(octets);
    if (database.ok()) return database;
  }
  std::vector<std::string> expressions;
  for (uint32_t i : patterns) expressions.emplace_back(reader_.String(patterns_[i].expression));
  absl::StatusOr<database::PatternDatabase> database =
      database::PatternDatabase::Compile(expressions);
  if (!database.ok()) {
    return absl::Status(database.status().code(),
                        absl::StrCat("its patterns cannot be compiled for this machine: ",
                                     database.status().message()));
  }
  patterns_recompiled_ = true;
  return database;
}

void Matcher::LoadScripts() {
  scripts_ = ScriptTable(reader_.script_ranges(), reader_.script_sets());
  for (uint32_t i = 0; i < patterns_.size(); ++i) {
    if (patterns_[i].scope != static_cast<uint8_t>(PatternScope::kMixedScripts)) continue;
    script_patterns_.push_back(i);
    NoteUse(patterns_[i].rule, script_use_);
  }
}

void Matcher::NoteUse(uint32_t rule, PatternUse& use) const {
  const database::RuleRecord& record = rules_[rule];
  if (Decides(record, policy::Subject::kQname)) {
    use.first_rank = std::min(use.first_rank, PatternRank(record.layer, rule));
  }
  const bool is_part = record.part_of != database::kNotAPart;
  const auto subject = static_cast<policy::Subject>(record.subject);
  use.parts |= is_part && subject == policy::Subject::kQname;
  use.name_servers |= subject == policy::Subject::kNameServer;
}

void Matcher::LoadTags() {
  tags_of_.resize(policies_.size());
  const auto groups = reader_.groups();
  for (uint32_t group = 0; group < groups.size() && tags_.size() < policy::kMostTags; ++group) {
    const std::string_view id = reader_.String(groups[group].id);
    if (!id.starts_with(policy::kTagPrefix)) continue;
    for (size_t i = 0; i < policies_.size(); ++i) {
      if (reader_.IsForGroup(policies_[i], group)) tags_of_[i] |= uint64_t{1} << tags_.size();
    }
    tags_.push_back(id.substr(policy::kTagPrefix.size()));
  }
}

// What the rules ask for, once, so that no query asks for what none of them is about.
void Matcher::LoadRules() {
  for (const database::PolicyRecord& policy : policies_) asks_clients_ |= policy.clients.length > 0;
  for (uint32_t i = 0; i < rules_.size(); ++i) {
    const database::RuleRecord& rule = rules_[i];
    if ((rule.flags & database::kRuleParts) != 0) {
      wholes_.push_back({i, static_cast<uint8_t>((1u << rule.parts) - 1), 0});
    }
    if (rule.triggers == 0 || (rule.flags & database::kRuleMarker) != 0) continue;
    const bool is_part = rule.part_of != database::kNotAPart;
    switch (static_cast<policy::Subject>(rule.subject)) {
      case policy::Subject::kQname:
        evidence_ |= policy::kTargets;
        has_qname_parts_ |= is_part;
        break;
      case policy::Subject::kAddress:
        evidence_ |= policy::kAddresses;
        break;
      case policy::Subject::kNameServer:
        evidence_ |= policy::kNameServers;
        has_name_server_rules_ = true;
        break;
      case policy::Subject::kNameServerAddress:
        evidence_ |= policy::kNameServerAddresses;
        break;
      case policy::Subject::kClient:
        asks_clients_ = true;
        has_client_parts_ |= is_part;
        if (!is_part && rule.mode == static_cast<uint8_t>(policy::Mode::kEnforce)) {
          first_client_layer_ = std::min(first_client_layer_, rule.layer);
        }
        break;
    }
  }
  if (asks_clients_) evidence_ |= policy::kClients;
  if (!tags_.empty()) evidence_ |= policy::kClientTags;
  for (const database::RuleRecord& rule : rules_) {
    if (rule.part_of == database::kNotAPart ||
        rule.subject != static_cast<uint8_t>(policy::Subject::kClient)) {
      continue;
    }
    wholes_[NumberOf(rule.part_of)].clients |= static_cast<uint8_t>(1u << rule.parts);
  }
}

std::optional<size_t> Matcher::FindException(const PatternRecord& pattern,
                                             const dns::Name& qname) const noexcept {
  std::span<const uint8_t> names = reader_.Exceptions(pattern);
  while (!names.empty() && names.size() - 1 >= names[0]) {
    const std::span<const uint8_t> exception = names.subspan(1, names[0]);
    names = names.subspan(1 + exception.size());
    if (const std::optional<size_t> label = qname.FindSuffix(exception)) return label;
  }
  return std::nullopt;
}

// RFC 4592 section 3.3.1: a wildcard answers for a name only where nothing between the two exists.
// Asked of wildcards that match, and only of those of policy zones.
std::optional<size_t> Matcher::FindStop(const database::RuleRecord& rule, size_t label,
                                        const Walk& walk, uint32_t today) const noexcept {
  if ((rule.flags & database::kRuleZone) == 0) return std::nullopt;
  for (size_t longer = walk.first; longer < label; ++longer) {
    std::span<const uint8_t> postings = names_.Find(walk.hashes[longer], walk.Domain(longer));
    for (Posting posting; NextPosting(postings, posting);) {
      if (posting.kind == PostingKind::kSuffix || posting.rule >= rules_.size()) continue;
      const database::RuleRecord& other = rules_[posting.rule];
      const uint32_t expires = LastDay(posting, other);
      if (other.layer == rule.layer && other.subject == rule.subject &&
          other.part_of == rule.part_of && !IsPast(expires, today)) {
        return longer;
      }
    }
  }
  return std::nullopt;
}

bool Matcher::IsAbout(const database::RuleRecord& rule, uint16_t qtype) const noexcept {
  if (rule.qtypes.length == 0) [[likely]]
    return true;
  const std::span<const uint8_t> types = reader_.Octets(rule.qtypes);
  bool listed = false;
  for (size_t at = 0; at + sizeof(qtype) <= types.size(); at += sizeof(qtype)) {
    listed = listed || std::memcmp(types.data() + at, &qtype, sizeof(qtype)) == 0;
  }
  return listed != ((rule.flags & database::kRuleExceptQtypes) != 0);
}

dns::NameParts Matcher::Parts(const dns::Name& qname) const noexcept {
  const size_t labels = qname.label_count();
  SuffixWalk walk(labels);
  for (size_t label = 0; label < labels; ++label) {
    const std::span<const uint8_t> domain = qname.Stored(label);
    std::span<const uint8_t> postings = names_.Find(names_.Hash(domain), domain);
    for (Posting posting; NextPosting(postings, posting);) {
      if (posting.kind == PostingKind::kSuffix) walk.Add(label, posting.rule);
    }
  }
  dns::NameParts parts{.public_suffix = walk.suffix()};
  if (walk.has_registrable()) parts.registrable = walk.registrable();
  return parts;
}

Question Matcher::WithGroup(const Question& question) const noexcept {
  Question with = question;
  with.group = Question::kNoGroup;
  reader_.clients().ForEachAround(question.client.address, [&](const database::PrefixHit& hit) {
    // The longest prefix comes first, and the groups last among its postings.
    const database::PrefixPosting& last = hit.postings.back();
    if (with.group == Question::kNoGroup && (last.rule & database::kPostingGroup) != 0) {
      with.group = last.rule & ~database::kPostingGroup;
    }
  });
  return with;
}

void Matcher::CollectClient(const Question& question, Best& best) const noexcept {
  reader_.clients().ForEachAround(question.client.address, [&](const database::PrefixHit& hit) {
    for (const database::PrefixPosting& posting : hit.postings) {
      if ((posting.rule & database::kPostingGroup) != 0) break;
      const database::RuleRecord& rule = rules_[posting.rule];
      if (Decides(rule, policy::Subject::kClient)) best.OfferClient(rule, posting, hit.length);
    }
  });
}

policy::Verdict Matcher::Match(const dns::Name& qname, const Question& question,
                               const database::PatternScratch& scratch) const noexcept {
  if (!asks_clients_) [[likely]] {
    Best best(*this, question);
    Collect(qname, scratch, best);
    return best.Verdict();
  }
  const Question asked = WithGroup(question);
  Best best(*this, asked);
  CollectClient(asked, best);
  Collect(qname, scratch, best);
  policy::Verdict verdict = best.Verdict();
  verdict.depends_on_client |= best.DecidesBehind(first_client_layer_);
  return verdict;
}

}  // namespace tollgate::match
