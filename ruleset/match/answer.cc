// SPDX-License-Identifier: BSD-3-Clause
//
// Behind the question: rules about what an answer holds, and rules that ask for several things at
// once.
//
// Idea: evidence comes piece by piece, and each piece is judged when it comes. Of rules about the
// answer the best so far is kept, by a rank that does not depend on the order of the pieces. Of a
// rule with parts, the parts that matched are kept as bits of one octet; the last bit offers the
// rule like any other. What was asked and the targets of CNAMEs decide before all of it.
//
// A piece costs one look-up: an address a binary search, a name the walk of collect.h.

#include <algorithm>

#include "ruleset/match/best.h"
#include "ruleset/match/collect.h"
#include "ruleset/match/matcher.h"

namespace tollgate::match {

using database::IsPast;
using database::LastDay;
using database::PatternRecord;
using database::Posting;
using database::PostingKind;
using database::RuleRecord;
using policy::Subject;

// Names of the answer. Of QNAME and targets, rules go to `best` and parts are noted.
class Matcher::AnswerSink {
 public:
  static constexpr bool kNoexcept = true;

  AnswerSink(const Matcher& matcher, AnswerState& state, Best& best) noexcept
      : matcher_(matcher), state_(state), best_(&best), subject_(Subject::kQname) {}
  AnswerSink(const Matcher& matcher, AnswerState& state) noexcept
      : matcher_(matcher), state_(state), subject_(Subject::kNameServer) {}

  bool Takes(const RuleRecord& rule) const noexcept {
    return rule.subject == static_cast<uint8_t>(subject_) &&
           (rule.flags & (database::kRuleMarker | database::kRuleParts)) == 0;
  }

  void OfferName(const RuleRecord& rule, const Posting& posting, size_t label,
                 const Walk& walk) noexcept {
    const bool is_part = rule.part_of != database::kNotAPart;
    if (!is_part && best_ != nullptr) return best_->OfferName(rule, posting, label, walk);
    const uint32_t expires = LastDay(posting, rule);
    if (!Holds(rule, expires) || (posting.kind != PostingKind::kHost &&
                                  matcher_.FindStop(rule, label, walk, state_.question.today))) {
      return;
    }
    if (is_part) return matcher_.NotePart(rule, state_);
    matcher_.Offer(posting.rule,
                   LateRank::OfNameServer(rule, posting, walk.qname.label_count() - label),
                   {posting.rule, posting.line, expires, 0, subject_}, false, state_);
  }

  void OfferPattern(const PatternRecord& pattern, size_t label, const Walk& walk) noexcept {
    const RuleRecord& rule = matcher_.rules_[pattern.rule];
    const bool is_part = rule.part_of != database::kNotAPart;
    if (!is_part && best_ != nullptr) return best_->OfferPattern(pattern, label, walk);
    if (!Holds(rule, rule.expires) || matcher_.FindException(pattern, walk.qname)) return;
    if (is_part) return matcher_.NotePart(rule, state_);
    matcher_.Offer(pattern.rule, LateRank::OfNameServerPattern(rule, pattern.rule),
                   {pattern.rule, rule.line, rule.expires, 0, subject_}, false, state_);
  }

  bool WantsPatterns(const PatternUse& use) const noexcept {
    return best_ == nullptr ? use.name_servers : use.parts || best_->WantsPatterns(use);
  }

 private:
  bool Holds(const RuleRecord& rule, uint32_t expires) const noexcept {
    return !IsPast(expires, state_.question.today) && matcher_.IsAbout(rule, state_.question.qtype);
  }

  const Matcher& matcher_;
  AnswerState& state_;
  Best* best_ = nullptr;
  Subject subject_;
};

AnswerState Matcher::NewAnswer() const {
  AnswerState state;
  state.parts.resize(wholes_.size());
  state.touched.reserve(wholes_.size());
  return state;
}

uint32_t Matcher::NumberOf(uint32_t whole) const noexcept {
  const auto found =
      std::lower_bound(wholes_.begin(), wholes_.end(), whole,
                       [](const Whole& known, uint32_t wanted) { return known.rule < wanted; });
  return static_cast<uint32_t>(found - wholes_.begin());
}

void Matcher::NotePart(const RuleRecord& part, AnswerState& state) const noexcept {
  const uint32_t number = NumberOf(part.part_of);
  const Whole& whole = wholes_[number];
  uint8_t& seen = state.parts[number];
  const auto bit = static_cast<uint8_t>(1u << part.parts);
  if ((seen & bit) != 0) return;
  if (seen == 0) state.touched.push_back(number);
  seen |= bit;
  if ((seen | whole.clients) != whole.all) return;
  // Where only parts about the client are missing, others may have them.
  const RuleRecord& rule = rules_[whole.rule];
  const LateRank rank = LateRank::OfParts(rule, whole.rule);
  if (IsPast(rule.expires, state.question.today) || !IsAbout(rule, state.question.qtype)) return;
  if (seen == whole.all) {
    Offer(whole.rule, rank, {whole.rule, rule.line, rule.expires}, whole.clients != 0, state);
  } else if (!IsShadow(rule, state.question.shadowed)) {
    state.client_rank = std::min(state.client_rank, rank);
  }
}

void Matcher::Offer(uint32_t number, const LateRank& rank, const policy::Match& match,
                    bool some_clients, AnswerState& state) const noexcept {
  const RuleRecord& rule = rules_[number];
  const bool is_shadow = IsShadow(rule, state.question.shadowed);
  if (!(rank < (is_shadow ? state.shadow_rank : state.rank))) return;
  const bool is_for_some = IsForSome(rule);
  if ((some_clients || is_for_some) && !is_shadow) {
    state.client_rank = std::min(state.client_rank, rank);
  }
  if (is_for_some && !IsForClient(rule, state.question)) return;
  (is_shadow ? state.shadow_rank : state.rank) = rank;
  policy::Match& taken = is_shadow ? state.shadow : state.decision;
  taken = match;
  taken.late = true;
}

void Matcher::Begin(const dns::Name& qname, const Question& question, bool is_silent,
                    const database::PatternScratch& scratch, AnswerState& state) const noexcept {
  for (uint32_t number : state.touched) state.parts[number] = 0;
  state.touched.clear();
  state.question = asks_clients_ ? WithGroup(question) : question;
  state.stage = 0;
  state.rank = state.shadow_rank = state.client_rank = {};
  state.decision = state.shadow = {};

  if (!has_qname_parts_ && !has_client_parts_) {
    state.early = is_silent ? policy::Verdict() : Match(qname, question, scratch);
    return;
  }
  Best best(*this, state.question);
  if (asks_clients_) CollectClient(state.question, best);
  if (has_client_parts_) {
    reader_.clients().ForEachAround(question.client.address, [&](const database::PrefixHit& hit) {
      NotePrefixParts(hit, Subject::kClient, state);
    });
  }
  AnswerSink sink(*this, state, best);
  Collect(qname, scratch, sink);
  state.early = best.Verdict();
  state.early.depends_on_client |= best.DecidesBehind(first_client_layer_);
}

void Matcher::AddTarget(const dns::Name& target, const database::PatternScratch& scratch,
                        AnswerState& state) const noexcept {
  state.stage = static_cast<uint8_t>(std::min(state.stage + 1, 255));
  if (state.early.decision) return;
  Best best(*this, state.question);
  if (has_qname_parts_) {
    AnswerSink sink(*this, state, best);
    Collect(target, scratch, sink);
  } else {
    Collect(target, scratch, best);
  }
  policy::Verdict verdict = best.Verdict();
  // Labels are QNAME's, and this is another name.
  verdict.decision.stage = verdict.shadow.stage = state.stage;
  verdict.decision.owner_label = verdict.shadow.owner_label = 0;
  verdict.decision.late = verdict.shadow.late = true;
  state.early.decision = verdict.decision;
  if (!state.early.shadow) state.early.shadow = verdict.shadow;
  state.early.depends_on_client |= verdict.depends_on_client;
}

void Matcher::NotePrefixParts(const database::PrefixHit& hit, Subject subject,
                              AnswerState& state) const noexcept {
  for (const database::PrefixPosting& posting : hit.postings) {
    if ((posting.rule & database::kPostingGroup) != 0) return;
    const RuleRecord& rule = rules_[posting.rule];
    if (rule.subject == static_cast<uint8_t>(subject) && rule.part_of != database::kNotAPart &&
        !IsPast(LastDay(posting, rule), state.question.today) &&
        IsAbout(rule, state.question.qtype)) {
      NotePart(rule, state);
    }
  }
}

void Matcher::AddAddress(std::span<const uint8_t> address, Subject subject,
                         AnswerState& state) const noexcept {
  if (state.early.decision) return;
  reader_.prefixes().ForEachAround(address, [&](const database::PrefixHit& hit) {
    NotePrefixParts(hit, subject, state);
    for (const database::PrefixPosting& posting : hit.postings) {
      const RuleRecord& rule = rules_[posting.rule];
      const uint32_t expires = LastDay(posting, rule);
      if (!Decides(rule, subject) || IsPast(expires, state.question.today) ||
          !IsAbout(rule, state.question.qtype)) {
        continue;
      }
      Offer(posting.rule, LateRank::OfPrefix(rule, posting, hit),
            {posting.rule, posting.line, expires, 0, subject}, false, state);
    }
  });
}

void Matcher::AddNameServer(const dns::Name& name, const database::PatternScratch& scratch,
                            AnswerState& state) const noexcept {
  if (state.early.decision || !has_name_server_rules_) return;
  AnswerSink sink(*this, state);
  Collect(name, scratch, sink);
}

policy::Verdict Matcher::VerdictOf(const AnswerState& state) noexcept {
  policy::Verdict verdict = state.early;
  if (verdict.decision) return verdict;
  verdict.decision = state.decision;
  // Shadow rules that the decision outranks would have changed nothing.
  if (!verdict.shadow && state.shadow_rank < state.rank) verdict.shadow = state.shadow;
  verdict.depends_on_client |= state.client_rank != LateRank() && state.client_rank <= state.rank;
  return verdict;
}

}  // namespace tollgate::match
