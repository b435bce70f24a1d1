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

using database::IsPast;
using database::LastDay;
using database::PatternRecord;
using database::PatternScope;
using database::Posting;
using database::PostingKind;

namespace {

// Precedence as one number; the smallest decides: earlier layer, then names before patterns, then
// the longest enclosing domain with host before domain, or the earlier pattern.
constexpr uint64_t NameRank(uint32_t layer, size_t label, PostingKind kind) {
  return uint64_t{layer} << 33 | uint64_t{label} << 2 | static_cast<uint64_t>(kind);
}
constexpr uint64_t PatternRank(uint32_t layer, uint32_t rule) {
  return uint64_t{layer} << 33 | uint64_t{1} << 32 | rule;
}
constexpr uint32_t LayerOf(uint64_t rank) { return static_cast<uint32_t>(rank >> 33); }

// By the database, or because its policy is in shadow mode at run time. Asked of rules that match
// alone: no miss pays for it.
bool IsShadow(const database::RuleRecord& rule, std::span<const uint8_t> shadowed) noexcept {
  return rule.mode == static_cast<uint8_t>(policy::Mode::kShadow) ||
         (rule.policy < shadowed.size() && shadowed[rule.policy] != 0);
}

// The label of "arpa" is reverse look-ups and the resolver's own infrastructure: no pattern applies
// there.
bool IsArpa(const dns::Name& name) noexcept {
  constexpr uint8_t kArpa[] = {4, 'a', 'r', 'p', 'a', 0};
  const auto last = name.Suffix(name.label_count() - 1);
  return last.size() == sizeof(kArpa) && std::memcmp(last.data(), kArpa, sizeof(kArpa)) == 0;
}

}  // namespace

// One QNAME on its way through the index.
struct Matcher::Walk {
  const dns::Name& qname;
  size_t first;  // the longest enclosing domain that could be listed
  std::array<uint64_t, dns::kMaxLabels> hashes;

  // The enclosing domain from `label` on, without the root label.
  std::span<const uint8_t> Domain(size_t label) const noexcept { return qname.Stored(label); }
};

// The best of the matches seen so far, for rules that decide and for those in shadow mode.
class Matcher::Best {
 public:
  static constexpr bool kNoexcept = true;

  Best(const Matcher& matcher, uint16_t qtype, uint32_t today,
       std::span<const uint8_t> shadowed) noexcept
      : matcher_(matcher), shadowed_(shadowed), qtype_(qtype), today_(today) {}

  void OfferName(const database::RuleRecord& rule, const Posting& posting, size_t label,
                 const Walk& walk) noexcept {
    const uint32_t expires = LastDay(posting, rule);
    const uint64_t rank = NameRank(rule.layer, label, posting.kind);
    if (!Holds(rule, rank, expires)) return;
    if (posting.kind != PostingKind::kHost && matcher_.FindStop(rule, label, walk, today_)) return;
    Take(rule, rank, {posting.rule, posting.line, expires, static_cast<uint8_t>(label)});
  }

  void OfferPattern(const PatternRecord& pattern, size_t label, const Walk& walk) noexcept {
    const database::RuleRecord& rule = matcher_.rules_[pattern.rule];
    const uint64_t rank = PatternRank(rule.layer, pattern.rule);
    if (!Holds(rule, rank, rule.expires) || matcher_.FindException(pattern, walk.qname)) return;
    Take(rule, rank, {pattern.rule, rule.line, rule.expires, static_cast<uint8_t>(label)});
  }

  // Whether a pattern of this layer or a later one could still change the verdict.
  bool WantsPatternsFrom(uint32_t layer) const noexcept { return layer < LayerOf(rank_); }

  policy::Verdict Verdict() const noexcept {
    policy::Verdict verdict{decision_, shadow_};
    // Shadow rules that the decision outranks would have changed nothing.
    if (shadow_rank_ > rank_) verdict.shadow = {};
    return verdict;
  }

 private:
  bool Holds(const database::RuleRecord& rule, uint64_t rank, uint32_t expires) const noexcept {
    return rank < (IsShadow(rule, shadowed_) ? shadow_rank_ : rank_) && !IsPast(expires, today_) &&
           matcher_.IsAbout(rule, qtype_);
  }

  void Take(const database::RuleRecord& rule, uint64_t rank, const policy::Match& match) noexcept {
    const bool is_shadow = IsShadow(rule, shadowed_);
    (is_shadow ? shadow_rank_ : rank_) = rank;
    (is_shadow ? shadow_ : decision_) = match;
  }

  const Matcher& matcher_;
  std::span<const uint8_t> shadowed_;
  uint16_t qtype_;
  uint32_t today_;
  uint64_t rank_ = ~uint64_t{0};
  uint64_t shadow_rank_ = ~uint64_t{0};
  policy::Match decision_;
  policy::Match shadow_;
};

// All of them, with what keeps each from deciding. For people, not for queries.
class Matcher::All {
 public:
  static constexpr bool kNoexcept = false;

  All(const Matcher& matcher, uint16_t qtype, uint32_t today, std::span<const uint8_t> shadowed)
      : matcher_(matcher), shadowed_(shadowed), qtype_(qtype), today_(today) {}

  void OfferName(const database::RuleRecord& rule, const Posting& posting, size_t label,
                 const Walk& walk) {
    std::optional<size_t> stop;
    if (posting.kind != PostingKind::kHost) stop = matcher_.FindStop(rule, label, walk, today_);
    const uint32_t expires = LastDay(posting, rule);
    Add(rule, NameRank(rule.layer, label, posting.kind),
        {.match = {posting.rule, posting.line, expires, static_cast<uint8_t>(label)},
         .standing = stop ? Standing::kStopped : Standing::kDecides,
         .shadow = IsShadow(rule, shadowed_),
         .kind = KindOf(posting.kind),
         .because_label = static_cast<uint8_t>(stop.value_or(0))});
  }

  void OfferPattern(const PatternRecord& pattern, size_t label, const Walk& walk) {
    const database::RuleRecord& rule = matcher_.rules_[pattern.rule];
    const std::optional<size_t> exception = matcher_.FindException(pattern, walk.qname);
    Add(rule, PatternRank(rule.layer, pattern.rule),
        {.match = {pattern.rule, rule.line, rule.expires, static_cast<uint8_t>(label)},
         .standing = exception ? Standing::kExcepted : Standing::kDecides,
         .shadow = IsShadow(rule, shadowed_),
         .kind = policy::TriggerKind::kPattern,
         .because_label = static_cast<uint8_t>(exception.value_or(0))});
  }

  bool WantsPatternsFrom(uint32_t) const { return true; }

  std::vector<policy::Candidate> Candidates() {
    std::stable_sort(ranked_.begin(), ranked_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<policy::Candidate> candidates;
    bool decided = false;
    bool shadowed = false;
    for (auto& [rank, candidate] : ranked_) {
      if (candidate.standing == Standing::kDecides) {
        bool& taken = candidate.shadow ? shadowed : decided;
        if (decided || taken) {
          candidate.standing = Standing::kOutranked;
        } else if (candidate.shadow) {
          candidate.standing = Standing::kWouldDecide;
        }
        taken = true;
      }
      candidates.push_back(candidate);
    }
    return candidates;
  }

 private:
  using Standing = policy::Standing;

  static policy::TriggerKind KindOf(PostingKind kind) {
    if (kind == PostingKind::kHost) return policy::TriggerKind::kHost;
    return kind == PostingKind::kBelow ? policy::TriggerKind::kBelow : policy::TriggerKind::kDomain;
  }

  void Add(const database::RuleRecord& rule, uint64_t rank, policy::Candidate candidate) {
    if (IsPast(candidate.match.expires, today_)) {
      candidate.standing = Standing::kExpired;
    } else if (!matcher_.IsAbout(rule, qtype_)) {
      candidate.standing = Standing::kOtherType;
    }
    ranked_.push_back({rank, candidate});
  }

  const Matcher& matcher_;
  std::span<const uint8_t> shadowed_;
  uint16_t qtype_;
  uint32_t today_;
  std::vector<std::pair<uint64_t, policy::Candidate>> ranked_;
};

// What Hyperscan hands back at each match.
template <typename Sink>
struct Matcher::ScanContext {
  const Matcher& matcher;
  const PatternScan& scan;
  const Walk& walk;
  size_t label;  // where the scanned text begins
  Sink& sink;

  static void OnMatch(unsigned id, void* opaque) noexcept {
    const auto& context = *static_cast<const ScanContext*>(opaque);
    if (id >= context.scan.patterns.size()) return;
    context.sink.OfferPattern(context.matcher.patterns_[context.scan.patterns[id]], context.label,
                              context.walk);
  }
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
  matcher->LoadScripts();
  return matcher;
}

absl::Status Matcher::LoadPatterns(PatternScope scope, std::optional<PatternScan>& scan) {
  std::vector<uint32_t> indices;
  uint32_t first_layer = ~uint32_t{0};
  for (uint32_t i = 0; i < patterns_.size(); ++i) {
    if (patterns_[i].scope != static_cast<uint8_t>(scope)) continue;
    indices.push_back(i);
    first_layer = std::min(first_layer, rules_[patterns_[i].rule].layer);
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
  scan.emplace(PatternScan{*std::move(database), std::move(indices), first_layer});
  return absl::OkStatus();
}

void Matcher::LoadScripts() {
  scripts_ = ScriptTable(reader_.script_ranges(), reader_.script_sets());
  for (uint32_t i = 0; i < patterns_.size(); ++i) {
    if (patterns_[i].scope != static_cast<uint8_t>(PatternScope::kMixedScripts)) continue;
    script_patterns_.push_back(i);
    first_script_layer_ = std::min(first_script_layer_, rules_[patterns_[i].rule].layer);
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
      if (other.layer == rule.layer && !IsPast(expires, today)) return longer;
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

template <typename Sink>
void Matcher::ScanPatterns(const PatternScan& scan, const Walk& walk, size_t label,
                           const dns::NameText& text, const database::PatternScratch& scratch,
                           Sink& sink) const noexcept(Sink::kNoexcept) {
  ScanContext<Sink> context{*this, scan, walk, label, sink};
  Scan(scan.database, text.From(label), scratch, &ScanContext<Sink>::OnMatch, &context);
}

template <typename Sink>
void Matcher::Collect(const dns::Name& qname, const database::PatternScratch& scratch,
                      Sink& sink) const noexcept(Sink::kNoexcept) {
  const size_t labels = qname.label_count();
  if (labels == 0) return;  // no rule touches the root

  // Phase 1: hash every enclosing domain that could be listed, and ask for its cache line.
  Walk walk{qname, labels - std::min<size_t>(labels, max_name_labels_), {}};
  for (size_t label = walk.first; label < labels; ++label) {
    walk.hashes[label] = names_.Hash(walk.Domain(label));
    names_.Prefetch(walk.hashes[label]);
  }

  // Phase 2: look them up.
  SuffixWalk suffix(labels);
  for (size_t label = walk.first; label < labels; ++label) {
    std::span<const uint8_t> postings = names_.Find(walk.hashes[label], walk.Domain(label));
    for (Posting posting; NextPosting(postings, posting);) {
      if (posting.kind == PostingKind::kSuffix) {
        suffix.Add(label, posting.rule);
        continue;
      }
      if (posting.kind == PostingKind::kHost && label != 0) continue;
      if (posting.kind == PostingKind::kBelow && label == 0) continue;
      if (posting.rule >= rules_.size()) continue;  // only a file that lies can say so
      const database::RuleRecord& rule = rules_[posting.rule];
      if ((rule.flags & database::kRuleMarker) == 0) sink.OfferName(rule, posting, label, walk);
    }
  }

  // Phase 3: the patterns, unless none of them could outrank what was found. No pattern takes a
  // public suffix: those of the ICANN section have no registrable domain; those of the private
  // section are skipped where they are all that is matched.
  if (!suffix.has_registrable() || IsArpa(qname)) return;
  if (!script_patterns_.empty() && sink.WantsPatternsFrom(first_script_layer_)) {
    if (const std::optional<size_t> mixed = scripts_.FindMixedLabel(qname)) {
      for (uint32_t i : script_patterns_) sink.OfferPattern(patterns_[i], *mixed, walk);
    }
  }
  const bool scan_domain = domain_scan_ && sink.WantsPatternsFrom(domain_scan_->first_layer) &&
                           !suffix.IsPrivateSuffix(suffix.registrable());
  const bool scan_name =
      name_scan_ && sink.WantsPatternsFrom(name_scan_->first_layer) && !suffix.IsPrivateSuffix(0);
  if (!scan_domain && !scan_name) return;
  dns::NameText text;
  qname.WriteText(text);
  if (scan_domain) {
    ScanPatterns(*domain_scan_, walk, suffix.registrable(), text, scratch, sink);
  }
  if (scan_name) ScanPatterns(*name_scan_, walk, 0, text, scratch, sink);
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

policy::Verdict Matcher::Match(const dns::Name& qname, uint16_t qtype, uint32_t today,
                               const database::PatternScratch& scratch,
                               std::span<const uint8_t> shadowed) const noexcept {
  Best best(*this, qtype, today, shadowed);
  Collect(qname, scratch, best);
  return best.Verdict();
}

std::vector<policy::Candidate> Matcher::Explain(const dns::Name& qname, uint16_t qtype,
                                                uint32_t today,
                                                const database::PatternScratch& scratch,
                                                std::span<const uint8_t> shadowed) const {
  All all(*this, qtype, today, shadowed);
  Collect(qname, scratch, all);
  return all.Candidates();
}

}  // namespace tollgate::match
