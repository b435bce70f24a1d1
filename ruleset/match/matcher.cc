// SPDX-License-Identifier: BSD-3-Clause
//
// THE HOT PATH: from a QNAME to a verdict.
//
// Idea: look up every enclosing domain of the name in one hashed index, which holds indicators and
// public suffixes alike; then scan the registrable domain, and the whole name, with all patterns of
// all policies at once. Of everything that matches, the smallest rank decides.
//
// In one line: for each suffix of QNAME: best = min(best, rank(postings)); for each scan: best =
// min(best, rank(pattern)).
//
//  1. All hashes first, and a prefetch for each: the cache misses of a name's suffixes overlap.
//  2. One cache line for each enclosing domain of a name that is not listed (name_index.h), and
//  none for domains with
//     more labels than any record has.
//  3. Public suffixes stand first in their bucket: the one hit that every query has is the first
//  record looked at.
//  4. A scan is left out where no pattern can outrank what was found: a listed name costs no scan
//  where its policy comes
//     before those with patterns.
//
// Data assumption: names have 2 to 4 labels and about 20 octets. A name of 127 labels costs 127
// probes of at most 255 octets, some microseconds, and nothing can make it more.

#include "ruleset/match/matcher.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ruleset/match/suffix_walk.h"
#include "ruleset/policy/action.h"

namespace tollgate::match {

using database::PatternRecord;
using database::PatternScope;
using database::Posting;
using database::PostingKind;

namespace {

// Precedence as one number; the smallest decides: earlier policy, then names before patterns, then
// the longest enclosing domain with host before domain, or the earlier pattern.
constexpr uint64_t NameRank(uint32_t policy, size_t label, PostingKind kind) {
  return uint64_t{policy} << 33 | uint64_t{label} << 2 | static_cast<uint64_t>(kind);
}
constexpr uint64_t PatternRank(uint32_t policy, uint32_t rule) {
  return uint64_t{policy} << 33 | uint64_t{1} << 32 | rule;
}
constexpr uint32_t PolicyOf(uint64_t rank) { return static_cast<uint32_t>(rank >> 33); }

// The label of "arpa" is reverse look-ups and the resolver's own infrastructure: no pattern applies
// there.
bool IsArpa(const dns::Name& name) noexcept {
  constexpr uint8_t kArpa[] = {4, 'a', 'r', 'p', 'a', 0};
  const auto last = name.Suffix(name.label_count() - 1);
  return last.size() == sizeof(kArpa) && std::memcmp(last.data(), kArpa, sizeof(kArpa)) == 0;
}

}  // namespace

// The best of the matches seen so far, for rules that decide and for those in shadow mode.
class Best {
 public:
  Best(const Matcher& matcher, uint32_t today) noexcept : rules_(matcher.rules_), today_(today) {}

  void OfferName(const Posting& posting, size_t label) noexcept {
    if (posting.rule >= rules_.size()) return;  // only a file that lies can say so
    const database::RuleRecord& rule = rules_[posting.rule];
    const uint32_t expires = posting.expires != 0 ? posting.expires : rule.expires;
    Offer(rule, NameRank(rule.policy, label, posting.kind),
          {posting.rule, posting.line, expires, static_cast<uint8_t>(label)});
  }

  void OfferPattern(uint32_t index, size_t label) noexcept {
    const database::RuleRecord& rule = rules_[index];
    Offer(rule, PatternRank(rule.policy, index),
          {index, rule.line, rule.expires, static_cast<uint8_t>(label)});
  }

  // Whether a pattern of rule `index` would be taken, so that its exceptions are worth a look.
  bool Outranks(uint32_t index) const noexcept {
    const database::RuleRecord& rule = rules_[index];
    return PatternRank(rule.policy, index) < (IsShadow(rule) ? shadow_rank_ : rank_);
  }

  // The policy that decides so far; past every policy where none does.
  uint32_t policy() const noexcept { return PolicyOf(rank_); }

  policy::Verdict Verdict() const noexcept {
    policy::Verdict verdict{decision_, shadow_};
    // Shadow rules that the decision outranks would have changed nothing.
    if (shadow_rank_ > rank_) verdict.shadow = {};
    return verdict;
  }

 private:
  static bool IsShadow(const database::RuleRecord& rule) noexcept {
    return rule.mode == static_cast<uint8_t>(policy::Mode::kShadow);
  }

  void Offer(const database::RuleRecord& rule, uint64_t rank, const policy::Match& match) noexcept {
    if (match.expires != 0 && today_ > match.expires) return;
    uint64_t& best_rank = IsShadow(rule) ? shadow_rank_ : rank_;
    if (rank >= best_rank) return;
    best_rank = rank;
    (IsShadow(rule) ? shadow_ : decision_) = match;
  }

  std::span<const database::RuleRecord> rules_;
  uint32_t today_;
  uint64_t rank_ = ~uint64_t{0};
  uint64_t shadow_rank_ = ~uint64_t{0};
  policy::Match decision_;
  policy::Match shadow_;
};

struct Matcher::ScanContext {
  const Matcher* matcher;
  const PatternScan* scan;
  const dns::Name* qname;
  size_t label;  // where the scanned text begins
  Best* best;
};

Matcher::Matcher(const database::Reader& reader)
    : rules_(reader.rules()),
      patterns_(reader.patterns()),
      reader_(reader),
      names_(reader.names()),
      max_name_labels_(reader.meta().max_name_labels) {}

absl::StatusOr<std::unique_ptr<const Matcher>> Matcher::Create(const database::Reader& reader) {
  std::unique_ptr<Matcher> matcher(new Matcher(reader));
  if (absl::Status status = matcher->LoadPatterns(PatternScope::kDomain, matcher->domain_scan_);
      !status.ok()) {
    return status;
  }
  if (absl::Status status = matcher->LoadPatterns(PatternScope::kName, matcher->name_scan_);
      !status.ok()) {
    return status;
  }
  return matcher;
}

absl::Status Matcher::LoadPatterns(PatternScope scope, std::optional<PatternScan>& scan) {
  std::vector<uint32_t> indices;
  uint32_t first_policy = ~uint32_t{0};
  for (uint32_t i = 0; i < patterns_.size(); ++i) {
    if (patterns_[i].scope != static_cast<uint8_t>(scope)) continue;
    indices.push_back(i);
    first_policy = std::min(first_policy, rules_[patterns_[i].rule].policy);
  }
  if (indices.empty()) return absl::OkStatus();

  absl::StatusOr<database::PatternDatabase> database = absl::NotFoundError("none");
  for (std::span<const uint8_t> octets : reader_.HyperscanDatabases(scope)) {
    database = database::PatternDatabase::Deserialize(octets);
    if (database.ok()) break;
  }
  if (!database.ok()) {
    std::vector<std::string> expressions;
    for (uint32_t i : indices) expressions.emplace_back(reader_.String(patterns_[i].expression));
    database = database::PatternDatabase::Compile(expressions);
    if (!database.ok()) {
      return absl::Status(database.status().code(),
                          absl::StrCat("its patterns cannot be compiled for this machine: ",
                                       database.status().message()));
    }
    patterns_recompiled_ = true;
  }
  if (absl::Status status = scratch_.Allocate(*database); !status.ok()) return status;
  scan.emplace(PatternScan{*std::move(database), std::move(indices), first_policy});
  return absl::OkStatus();
}

bool Matcher::IsException(const PatternRecord& pattern, const dns::Name& qname) const noexcept {
  std::span<const uint8_t> names = reader_.Exceptions(pattern);
  while (!names.empty() && names.size() - 1 >= names[0]) {
    const std::span<const uint8_t> exception = names.subspan(1, names[0]);
    names = names.subspan(1 + exception.size());
    if (qname.IsWithin(exception)) return true;
  }
  return false;
}

void Matcher::OnPattern(unsigned id, void* opaque) noexcept {
  const auto* context = static_cast<const ScanContext*>(opaque);
  const Matcher& matcher = *context->matcher;
  if (id >= context->scan->patterns.size()) return;
  const PatternRecord& pattern = matcher.patterns_[context->scan->patterns[id]];
  if (context->best->Outranks(pattern.rule) && !matcher.IsException(pattern, *context->qname)) {
    context->best->OfferPattern(pattern.rule, context->label);
  }
}

policy::Verdict Matcher::MatchName(const dns::Name& qname, uint32_t today,
                                   const database::PatternScratch& scratch) const noexcept {
  const size_t labels = qname.label_count();
  if (labels == 0) return {};  // no rule touches the root
  Best best(*this, today);

  // Phase 1: hash every enclosing domain that could be listed, and ask for its cache line.
  const size_t first = labels - std::min<size_t>(labels, max_name_labels_);
  std::array<uint64_t, dns::kMaxLabels> hashes;
  auto without_root = [&](size_t label) {
    const std::span<const uint8_t> suffix = qname.Suffix(label);
    return suffix.first(suffix.size() - 1);
  };
  for (size_t label = first; label < labels; ++label) {
    hashes[label] = names_.Hash(without_root(label));
    names_.Prefetch(hashes[label]);
  }

  // Phase 2: look them up.
  SuffixWalk walk(labels);
  for (size_t label = first; label < labels; ++label) {
    std::span<const uint8_t> postings = names_.Find(hashes[label], without_root(label));
    for (Posting posting; NextPosting(postings, posting);) {
      switch (posting.kind) {
        case PostingKind::kSuffix:
          walk.Add(label, posting.rule);
          break;
        case PostingKind::kHost:
          if (label == 0) best.OfferName(posting, label);
          break;
        case PostingKind::kDomain:
          best.OfferName(posting, label);
          break;
      }
    }
  }

  // Phase 3: the patterns, unless none of them could outrank what was found. No pattern takes a
  // public suffix: those of the ICANN section have no registrable domain; those of the private
  // section are skipped where they are all that is matched.
  if (!walk.has_registrable() || IsArpa(qname)) return best.Verdict();
  const bool scan_domain = domain_scan_ && domain_scan_->first_policy < best.policy() &&
                           !walk.IsPrivateSuffix(walk.registrable());
  const bool scan_name =
      name_scan_ && name_scan_->first_policy < best.policy() && !walk.IsPrivateSuffix(0);
  if (!scan_domain && !scan_name) return best.Verdict();
  dns::NameText text;
  qname.WriteText(text);
  if (scan_domain) {
    ScanContext context{this, &*domain_scan_, &qname, walk.registrable(), &best};
    Scan(domain_scan_->database, text.From(context.label), scratch, &OnPattern, &context);
  }
  if (scan_name) {
    ScanContext context{this, &*name_scan_, &qname, 0, &best};
    Scan(name_scan_->database, text.From(0), scratch, &OnPattern, &context);
  }
  return best.Verdict();
}

}  // namespace tollgate::match
