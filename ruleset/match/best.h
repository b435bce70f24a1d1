// SPDX-License-Identifier: BSD-3-Clause
//
// Precedence among the rules about one name and its client. For the sources of Matcher alone.

#ifndef TOLLGATE_RULESET_MATCH_BEST_H_
#define TOLLGATE_RULESET_MATCH_BEST_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "ruleset/match/collect.h"
#include "ruleset/match/matcher.h"
#include "ruleset/policy/action.h"

namespace tollgate::match {

// Precedence as one number; the smallest decides: earlier layer, then the client's longest prefix,
// then the longest enclosing domain with host before domain, then the earlier pattern.
constexpr uint64_t ClientRank(uint32_t layer, uint8_t length) {
  return uint64_t{layer} << 33 | (128u - length);
}
constexpr uint64_t NameRank(uint32_t layer, size_t label, database::PostingKind kind) {
  return uint64_t{layer} << 33 | uint64_t{1} << 31 | uint64_t{label} << 2 |
         static_cast<uint64_t>(kind);
}
constexpr uint64_t PatternRank(uint32_t layer, uint32_t rule) {
  return uint64_t{layer} << 33 | uint64_t{1} << 32 | rule;
}
constexpr uint32_t LayerOf(uint64_t rank) { return static_cast<uint32_t>(rank >> 33); }

// By the database, or because its policy is in shadow mode at run time. Asked of rules that match
// alone: no miss pays for it.
inline bool IsShadow(const database::RuleRecord& rule, std::span<const uint8_t> shadowed) noexcept {
  return rule.mode == static_cast<uint8_t>(policy::Mode::kShadow) ||
         (rule.policy < shadowed.size() && shadowed[rule.policy] != 0);
}

// Whether a rule decides by what `subject` says: it is about that, and no part, and has triggers.
inline bool Decides(const database::RuleRecord& rule, policy::Subject subject) noexcept {
  return rule.subject == static_cast<uint8_t>(subject) && rule.part_of == database::kNotAPart &&
         (rule.flags & (database::kRuleMarker | database::kRuleParts)) == 0;
}

// The best of the matches seen so far, for rules that decide and for those in shadow mode.
class Matcher::Best {
 public:
  static constexpr bool kNoexcept = true;

  Best(const Matcher& matcher, const Question& question) noexcept
      : matcher_(matcher), question_(question) {}

  static bool Takes(const database::RuleRecord& rule) noexcept {
    return Decides(rule, policy::Subject::kQname);
  }

  void OfferName(const database::RuleRecord& rule, const database::Posting& posting, size_t label,
                 const Walk& walk) noexcept {
    const uint32_t expires = database::LastDay(posting, rule);
    const uint64_t rank = NameRank(rule.layer, label, posting.kind);
    if (!Holds(rule, rank, expires)) return;
    if (posting.kind != database::PostingKind::kHost &&
        matcher_.FindStop(rule, label, walk, question_.today)) {
      return;
    }
    Take(rule, rank, {posting.rule, posting.line, expires, static_cast<uint8_t>(label)});
  }

  void OfferPattern(const database::PatternRecord& pattern, size_t label,
                    const Walk& walk) noexcept {
    const database::RuleRecord& rule = matcher_.rules_[pattern.rule];
    const uint64_t rank = PatternRank(rule.layer, pattern.rule);
    if (!Holds(rule, rank, rule.expires) || matcher_.FindException(pattern, walk.qname)) return;
    Take(rule, rank, {pattern.rule, rule.line, rule.expires, static_cast<uint8_t>(label)});
  }

  void OfferClient(const database::RuleRecord& rule, const database::PrefixPosting& posting,
                   uint8_t length) noexcept {
    const uint32_t expires = database::LastDay(posting, rule);
    const uint64_t rank = ClientRank(rule.layer, length);
    if (!Holds(rule, rank, expires)) return;
    Take(rule, rank, {posting.rule, posting.line, expires, 0, policy::Subject::kClient});
  }

  // Whether a pattern could still change the verdict.
  bool WantsPatterns(const PatternUse& use) const noexcept { return use.first_rank < rank_; }

  // Whether something of this layer would decide in the place of what does.
  bool DecidesBehind(uint32_t layer) const noexcept { return layer <= LayerOf(rank_); }

  policy::Verdict Verdict() const noexcept {
    policy::Verdict verdict{decision_, shadow_};
    // Shadow rules that the decision outranks would have changed nothing. Of two rules of one rank
    // the first one decides.
    if (shadow_rank_ > rank_ || (shadow_rank_ == rank_ && shadow_.rule > decision_.rule)) {
      verdict.shadow = {};
    }
    verdict.depends_on_client = client_rank_ != kNone && client_rank_ <= rank_;
    return verdict;
  }

 private:
  static constexpr uint64_t kNone = ~uint64_t{0};

  bool Holds(const database::RuleRecord& rule, uint64_t rank, uint32_t expires) const noexcept {
    return rank < (IsShadow(rule, question_.shadowed) ? shadow_rank_ : rank_) &&
           !database::IsPast(expires, question_.today) && matcher_.IsAbout(rule, question_.qtype);
  }

  void Take(const database::RuleRecord& rule, uint64_t rank, const policy::Match& match) noexcept {
    const bool is_shadow = IsShadow(rule, question_.shadowed);
    if (matcher_.IsForSome(rule)) [[unlikely]] {
      if (!is_shadow) client_rank_ = std::min(client_rank_, rank);
      if (!matcher_.IsForClient(rule, question_)) return;
    }
    (is_shadow ? shadow_rank_ : rank_) = rank;
    (is_shadow ? shadow_ : decision_) = match;
  }

  const Matcher& matcher_;
  const Question& question_;
  uint64_t rank_ = kNone;
  uint64_t shadow_rank_ = kNone;
  uint64_t client_rank_ = kNone;  // of the best that is for some clients only, whoever asks
  policy::Match decision_;
  policy::Match shadow_;
};

}  // namespace tollgate::match

#endif  // TOLLGATE_RULESET_MATCH_BEST_H_
