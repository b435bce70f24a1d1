// SPDX-License-Identifier: BSD-3-Clause
//
// The walk of one name through names and patterns, for whoever wants to be told of what matches: a
// sink says which rules it takes, and whether patterns could still matter to it. For the sources of
// Matcher alone; matcher.cc has the idea.

#ifndef TOLLGATE_RULESET_MATCH_COLLECT_H_
#define TOLLGATE_RULESET_MATCH_COLLECT_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "ruleset/match/matcher.h"
#include "ruleset/match/suffix_walk.h"

namespace tollgate::match {

// The label of "arpa" is reverse look-ups and the resolver's own infrastructure: no pattern applies
// there.
inline bool IsArpa(const dns::Name& name) noexcept {
  constexpr uint8_t kArpa[] = {4, 'a', 'r', 'p', 'a', 0};
  const auto last = name.Suffix(name.label_count() - 1);
  return last.size() == sizeof(kArpa) && std::memcmp(last.data(), kArpa, sizeof(kArpa)) == 0;
}

// One QNAME on its way through the index.
struct Matcher::Walk {
  // The hashes are not cleared: that would cost more than making them.
  Walk(const dns::Name& name, size_t first_label) noexcept : qname(name), first(first_label) {}

  const dns::Name& qname;
  size_t first;  // the longest enclosing domain that could be listed
  std::array<uint64_t, dns::kMaxLabels> hashes;

  // The enclosing domain from `label` on, without the root label.
  std::span<const uint8_t> Domain(size_t label) const noexcept { return qname.Stored(label); }
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
    const database::PatternRecord& pattern = context.matcher.patterns_[context.scan.patterns[id]];
    if (!context.sink.Takes(context.matcher.rules_[pattern.rule])) return;
    context.sink.OfferPattern(pattern, context.label, context.walk);
  }
};

inline void Matcher::FindShards(const dns::Name& qname, dns::NameText& text,
                                ShardSet& shards) const noexcept {
  qname.WriteText(text);
  // Where octets are escaped, those of the text are not those of the name.
  if (!qname.IsPlain()) [[unlikely]] {
    for (size_t i = 0; i < shard_words_; ++i) {
      shards.words[i] = domain_shards_.words[i] | name_shards_.words[i];
    }
    return;
  }
  shards.Clear(shard_words_);
  const std::span<const char> octets = text.Bounded(0);
  gate_.Find(octets.data(), octets.data() + octets.size(), shards);
  for (size_t i = 0; i < shard_words_; ++i) shards.words[i] |= open_shards_.words[i];
}

template <typename Sink>
void Matcher::ScanPatterns(const ShardSet& shards, size_t domain, const Walk& walk,
                           const dns::NameText& text, const database::PatternScratch& scratch,
                           Sink& sink) const noexcept(Sink::kNoexcept) {
  for (size_t word = 0; word < shard_words_; ++word) {
    for (uint64_t left = shards.words[word]; left != 0; left &= left - 1) {
      const size_t number = word * 64 + static_cast<size_t>(std::countr_zero(left));
      const PatternScan& scan = shards_[number];
      if (!sink.WantsPatterns(scan.use)) continue;
      const size_t label = domain_shards_.Has(number) ? domain : 0;
      ScanContext<Sink> context{*this, scan, walk, label, sink};
      Scan(scan.database, text.From(label), scratch, &ScanContext<Sink>::OnMatch, &context);
    }
  }
}

template <typename Sink>
void Matcher::Collect(const dns::Name& qname, const database::PatternScratch& scratch,
                      Sink& sink) const noexcept(Sink::kNoexcept) {
  const size_t labels = qname.label_count();
  if (labels == 0) return;  // no rule touches the root

  // Phase 1: hash every enclosing domain that could be listed, and ask for its cache line.
  Walk walk(qname, labels - std::min<size_t>(labels, max_name_labels_));
  for (size_t label = walk.first; label < labels; ++label) {
    walk.hashes[label] = names_.Hash(walk.Domain(label));
    names_.Prefetch(walk.hashes[label]);
  }

  // Phase 2, while the lines are on their way: which patterns the name could match.
  dns::NameText text;
  ShardSet shards;
  if (shard_words_ != 0) FindShards(qname, text, shards);

  // Phase 3: look the domains up.
  SuffixWalk suffix(labels);
  for (size_t label = walk.first; label < labels; ++label) {
    std::span<const uint8_t> postings = names_.Find(walk.hashes[label], walk.Domain(label));
    for (database::Posting posting; NextPosting(postings, posting);) {
      if (posting.kind == database::PostingKind::kSuffix) {
        suffix.Add(label, posting.rule);
        continue;
      }
      if (posting.kind == database::PostingKind::kHost && label != 0) continue;
      if (posting.kind == database::PostingKind::kBelow && label == 0) continue;
      if (posting.rule >= rules_.size()) continue;  // only a file that lies can say so
      const database::RuleRecord& rule = rules_[posting.rule];
      if (sink.Takes(rule)) sink.OfferName(rule, posting, label, walk);
    }
  }

  // Phase 4: the patterns, unless none of them could outrank what was found. No pattern takes a
  // public suffix: those of the ICANN section have no registrable domain; those of the private
  // section are skipped where they are all that is matched.
  if (!suffix.has_registrable() || IsArpa(qname)) return;
  if (!script_patterns_.empty() && sink.WantsPatterns(script_use_)) {
    if (const std::optional<size_t> mixed = scripts_.FindMixedLabel(qname)) {
      for (uint32_t i : script_patterns_) {
        if (sink.Takes(rules_[patterns_[i].rule])) sink.OfferPattern(patterns_[i], *mixed, walk);
      }
    }
  }
  const bool scan_domain =
      sink.WantsPatterns(domain_use_) && !suffix.IsPrivateSuffix(suffix.registrable());
  const bool scan_name = sink.WantsPatterns(name_use_) && !suffix.IsPrivateSuffix(0);
  for (size_t i = 0; i < shard_words_; ++i) {
    if (!scan_domain) shards.words[i] &= ~domain_shards_.words[i];
    if (!scan_name) shards.words[i] &= ~name_shards_.words[i];
  }
  ScanPatterns(shards, suffix.registrable(), walk, text, scratch, sink);
}

}  // namespace tollgate::match

#endif  // TOLLGATE_RULESET_MATCH_COLLECT_H_
