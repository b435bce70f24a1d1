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

template <typename Sink>
void Matcher::ScanPatterns(uint64_t shards, size_t domain, const Walk& walk,
                           const dns::NameText& text, const database::PatternScratch& scratch,
                           Sink& sink) const noexcept(Sink::kNoexcept) {
  for (uint64_t left = shards; left != 0; left &= left - 1) {
    const auto number = static_cast<size_t>(std::countr_zero(left));
    const PatternScan& scan = shards_[number];
    if (!sink.WantsPatterns(scan.use)) continue;
    const size_t label = (domain_scan_.shards >> number & 1) != 0 ? domain : 0;
    ScanContext<Sink> context{*this, scan, walk, label, sink};
    Scan(scan.database, text.From(label), scratch, &ScanContext<Sink>::OnMatch, &context);
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

  // Phase 2, while the lines are on their way: which patterns the name could match. Where octets
  // are escaped, those of the text are not those of the name.
  dns::NameText text;
  uint64_t shards = domain_scan_.shards | name_scan_.shards;
  if (shards != 0) qname.WriteText(text);
  if (gated_ != 0 && qname.IsPlain()) {
    const std::span<const char> octets = text.Bounded(0);
    shards &= gate_.Find(octets.data(), octets.data() + octets.size()) | ~gated_;
  }

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
  if (shards == 0) return;
  if (!sink.WantsPatterns(domain_scan_.use) || suffix.IsPrivateSuffix(suffix.registrable())) {
    shards &= ~domain_scan_.shards;
  }
  if (!sink.WantsPatterns(name_scan_.use) || suffix.IsPrivateSuffix(0)) {
    shards &= ~name_scan_.shards;
  }
  ScanPatterns(shards, suffix.registrable(), walk, text, scratch, sink);
}

}  // namespace tollgate::match

#endif  // TOLLGATE_RULESET_MATCH_COLLECT_H_
