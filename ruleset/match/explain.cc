// SPDX-License-Identifier: BSD-3-Clause
//
// The reasoning behind a verdict, for people: all that matches, whatever its rank.

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "ruleset/match/best.h"
#include "ruleset/match/collect.h"
#include "ruleset/match/matcher.h"

namespace tollgate::match {

using database::PatternRecord;
using database::Posting;
using database::PostingKind;
using database::RuleRecord;
using policy::Standing;
using policy::Subject;

// All matches, with what keeps each from deciding.
class Matcher::All {
 public:
  static constexpr bool kNoexcept = false;

  All(const Matcher& matcher, const Question& question) : matcher_(matcher), question_(question) {}

  // What follows is about this: of a list its element `evidence`. Of QNAME and targets, `stage` as
  // in policy::Match.
  void Turn(Subject subject, size_t evidence, uint8_t stage = 0) {
    subject_ = subject;
    evidence_ = static_cast<uint16_t>(std::min<size_t>(evidence, 0xffff));
    stage_ = stage;
  }

  bool Takes(const RuleRecord& rule) const {
    return rule.subject == static_cast<uint8_t>(subject_) &&
           (rule.flags & (database::kRuleMarker | database::kRuleParts)) == 0;
  }
  static bool WantsPatterns(const PatternUse&) { return true; }

  void OfferName(const RuleRecord& rule, const Posting& posting, size_t label, const Walk& walk) {
    std::optional<size_t> stop;
    if (posting.kind != PostingKind::kHost) {
      stop = matcher_.FindStop(rule, label, walk, question_.today);
    }
    const LateRank rank =
        subject_ == Subject::kNameServer
            ? LateRank::OfNameServer(rule, posting, walk.qname.label_count() - label)
            : LateRank{NameRank(rule.layer, label, posting.kind), 0, 0};
    Add(rule, rank,
        {.match = MatchOf(posting.rule, posting.line, database::LastDay(posting, rule), label),
         .standing = stop ? Standing::kStopped : Standing::kDecides,
         .kind = KindOf(posting.kind),
         .because_label = static_cast<uint8_t>(stop.value_or(0))});
  }

  void OfferPattern(const PatternRecord& pattern, size_t label, const Walk& walk) {
    const RuleRecord& rule = matcher_.rules_[pattern.rule];
    const std::optional<size_t> exception = matcher_.FindException(pattern, walk.qname);
    const LateRank rank = subject_ == Subject::kNameServer
                              ? LateRank::OfNameServerPattern(rule, pattern.rule)
                              : LateRank{PatternRank(rule.layer, pattern.rule), 0, 0};
    Add(rule, rank,
        {.match = MatchOf(pattern.rule, rule.line, rule.expires, label),
         .standing = exception ? Standing::kExcepted : Standing::kDecides,
         .kind = policy::TriggerKind::kPattern,
         .because_label = static_cast<uint8_t>(exception.value_or(0))});
  }

  void OfferAddress(std::span<const uint8_t> address, const database::PrefixIndex& index) {
    index.ForEachAround(address, [&](const database::PrefixHit& hit) {
      const unsigned length = address.size() == 4 ? hit.length - 96u : hit.length;
      for (const database::PrefixPosting& posting : hit.postings) {
        if ((posting.rule & database::kPostingGroup) != 0) break;
        const RuleRecord& rule = matcher_.rules_[posting.rule];
        if (!Takes(rule)) continue;
        const LateRank rank = subject_ == Subject::kClient
                                  ? LateRank{ClientRank(rule.layer, hit.length), 0, 0}
                                  : LateRank::OfPrefix(rule, posting, hit);
        Add(rule, rank,
            {.match = MatchOf(posting.rule, posting.line, database::LastDay(posting, rule), 0),
             .standing = Standing::kDecides,
             .kind = policy::TriggerKind::kPrefix,
             .prefix = dns::Prefix::Of(address, length).value_or(dns::Prefix())});
      }
    });
  }

  std::vector<policy::Candidate> Candidates() {
    AddWholes();
    std::stable_sort(ranked_.begin(), ranked_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<policy::Candidate> candidates;
    bool decided = false;
    bool shadowed = false;
    for (auto& [rank, candidate] : ranked_) {
      if (candidate.standing == Standing::kDecides) {
        bool& taken = candidate.shadow ? shadowed : decided;
        const RuleRecord& rule = matcher_.rules_[candidate.match.rule];
        if (decided || taken) {
          candidate.standing = Standing::kOutranked;
        } else if (matcher_.IsForSome(rule) && !matcher_.IsForClient(rule, question_)) {
          candidate.standing = Standing::kOtherClient;
          candidates.push_back(candidate);
          continue;
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
  // The moment first: QNAME, each target, the rest.
  using Key = std::pair<uint32_t, LateRank>;
  static constexpr uint32_t kRest = 256;

  static policy::TriggerKind KindOf(PostingKind kind) {
    if (kind == PostingKind::kHost) return policy::TriggerKind::kHost;
    return kind == PostingKind::kBelow ? policy::TriggerKind::kBelow : policy::TriggerKind::kDomain;
  }

  policy::Match MatchOf(uint32_t rule, uint32_t line, uint32_t expires, size_t label) const {
    return {rule, line, expires, static_cast<uint8_t>(label), subject_, stage_};
  }

  void Add(const RuleRecord& rule, const LateRank& rank, policy::Candidate candidate) {
    if (database::IsPast(candidate.match.expires, question_.today)) {
      candidate.standing = Standing::kExpired;
    } else if (!matcher_.IsAbout(rule, question_.qtype)) {
      candidate.standing = Standing::kOtherType;
    }
    if (rule.part_of != database::kNotAPart) {
      if (candidate.standing == Standing::kDecides) {
        parts_[rule.part_of] |= static_cast<uint8_t>(1u << rule.parts);
      }
      return;
    }
    candidate.shadow = IsShadow(rule, question_.shadowed);
    candidate.evidence = evidence_;
    const bool early = subject_ == Subject::kQname || subject_ == Subject::kClient;
    ranked_.push_back({{early ? stage_ : kRest, rank}, candidate});
  }

  // The rules that have parts, of which some match.
  void AddWholes() {
    for (const auto& [number, parts] : std::exchange(parts_, {})) {
      const RuleRecord& rule = matcher_.rules_[number];
      subject_ = Subject::kAddress;  // it is judged with the answer
      evidence_ = 0;
      stage_ = 0;
      policy::Candidate candidate{.match = {number, rule.line, rule.expires},
                                  .standing = Standing::kDecides,
                                  .kind = policy::TriggerKind::kParts,
                                  .parts = parts};
      if (parts != (1u << rule.parts) - 1) candidate.standing = Standing::kIncomplete;
      Add(rule, LateRank::OfParts(rule, number), candidate);
    }
  }

  const Matcher& matcher_;
  const Question& question_;
  Subject subject_ = Subject::kQname;
  uint16_t evidence_ = 0;
  uint8_t stage_ = 0;
  std::map<uint32_t, uint8_t> parts_;  // of rules that have them: which match, as bits
  std::vector<std::pair<Key, policy::Candidate>> ranked_;
};

std::vector<policy::Candidate> Matcher::Explain(const dns::Name& qname, const Question& question,
                                                const policy::AnswerEvidence& answer,
                                                const database::PatternScratch& scratch) const {
  const Question asked = WithGroup(question);
  All all(*this, asked);
  all.Turn(Subject::kClient, 0);
  all.OfferAddress(asked.client.address, reader_.clients());
  all.Turn(Subject::kQname, 0);
  Collect(qname, scratch, all);
  for (size_t i = 0; i < answer.targets.size(); ++i) {
    all.Turn(Subject::kQname, i, static_cast<uint8_t>(std::min<size_t>(i + 1, 255)));
    Collect(answer.targets[i], scratch, all);
  }
  auto add_addresses = [&](Subject subject, const std::vector<dns::Prefix>& addresses) {
    for (size_t i = 0; i < addresses.size(); ++i) {
      all.Turn(subject, i);
      all.OfferAddress({addresses[i].address.data(), addresses[i].octets()}, reader_.prefixes());
    }
  };
  add_addresses(Subject::kAddress, answer.addresses);
  for (size_t i = 0; i < answer.name_servers.size(); ++i) {
    all.Turn(Subject::kNameServer, i);
    Collect(answer.name_servers[i], scratch, all);
  }
  add_addresses(Subject::kNameServerAddress, answer.name_server_addresses);
  return all.Candidates();
}

}  // namespace tollgate::match
