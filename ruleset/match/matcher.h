// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_MATCH_MATCHER_H_
#define TOLLGATE_RULESET_MATCH_MATCHER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/database/hyperscan.h"
#include "ruleset/database/reader.h"
#include "ruleset/dns/name.h"
#include "ruleset/dns/name_parts.h"
#include "ruleset/match/late_rank.h"
#include "ruleset/match/pattern_gate.h"
#include "ruleset/match/script_mix.h"
#include "ruleset/policy/verdict.h"

namespace tollgate::match {

// Which rules some patterns belong to, so that no text is scanned that none of them is about.
struct PatternUse {
  // The rank of the first one that decides by QNAME: what decides before it needs no scan.
  uint64_t first_rank = ~uint64_t{0};
  bool parts = false;         // a part of a rule is about QNAME
  bool name_servers = false;  // a rule, or a part of one, is about names of name servers
};

// The patterns of one shard, ready to scan.
struct PatternScan {
  database::PatternDatabase database;
  std::vector<uint32_t> patterns;  // from Hyperscan's ids to indices of Reader::patterns()
  PatternUse use;
};

// What a query is judged by, beside its name. `shadowed` and `client` are RuleSet::Match's.
struct Question {
  static constexpr uint32_t kNoGroup = ~uint32_t{0};

  uint16_t qtype = 0;
  uint32_t today = 0;
  std::span<const uint8_t> shadowed;
  policy::Asker client;
  uint32_t group = kNoGroup;  // the client's, by its prefix: Matcher::WithGroup
};

// One answer on its way. Made once for a thread and a Matcher; nothing in it allocates after that.
struct AnswerState {
  Question question;
  uint8_t stage = 0;      // of the chain of CNAMEs
  policy::Verdict early;  // of the question and the targets
  // The rest: the best so far, in shadow mode and not, and the best of those that hold for some
  // clients only, whoever asks.
  LateRank rank;
  LateRank shadow_rank;
  LateRank client_rank;
  policy::Match decision;
  policy::Match shadow;
  // Of each rule with parts, by its number among them: which parts match, as bits; and the numbers
  // of those that have any.
  std::vector<uint8_t> parts;
  std::vector<uint32_t> touched;
};

// Immutable, for any number of threads. The Reader must outlive it.
class Matcher {
 public:
  // Loads the patterns, or compiles them again where the file has no Hyperscan database for this
  // machine.
  static absl::StatusOr<std::unique_ptr<const Matcher>> Create(const database::Reader& reader);

  // Working memory that suits this matcher.
  absl::StatusOr<database::PatternScratch> NewScratch() const { return scratch_.Clone(); }
  AnswerState NewAnswer() const;

  // RuleSet::Match.
  policy::Verdict Match(const dns::Name& qname, const Question& question,
                        const database::PatternScratch& scratch) const noexcept;

  // RuleSet::BeginAnswer and what follows it, in answer.cc.
  void Begin(const dns::Name& qname, const Question& question, bool is_silent,
             const database::PatternScratch& scratch, AnswerState& state) const noexcept;
  void AddTarget(const dns::Name& target, const database::PatternScratch& scratch,
                 AnswerState& state) const noexcept;
  void AddAddress(std::span<const uint8_t> address, policy::Subject subject,
                  AnswerState& state) const noexcept;
  void AddNameServer(const dns::Name& name, const database::PatternScratch& scratch,
                     AnswerState& state) const noexcept;
  static policy::Verdict VerdictOf(const AnswerState& state) noexcept;

  // RuleSet::Explain, in explain.cc.
  std::vector<policy::Candidate> Explain(const dns::Name& qname, const Question& question,
                                         const policy::AnswerEvidence& answer,
                                         const database::PatternScratch& scratch) const;

  // RuleSet::Parts.
  dns::NameParts Parts(const dns::Name& qname) const noexcept;

  policy::Evidence evidence() const noexcept { return evidence_; }
  const std::vector<std::string_view>& tags() const noexcept { return tags_; }
  bool patterns_recompiled() const noexcept { return patterns_recompiled_; }

 private:
  class Best;
  class AnswerSink;
  class All;
  struct Walk;
  template <typename Sink>
  struct ScanContext;

  // A rule that has parts.
  struct Whole {
    uint32_t rule;
    uint8_t all;      // its parts, as bits
    uint8_t clients;  // those about the client
  };

  explicit Matcher(const database::Reader& reader);
  absl::Status LoadPatterns();
  absl::StatusOr<database::PatternDatabase> LoadShard(size_t shard,
                                                      std::span<const uint32_t> patterns);
  void LoadScripts();
  void LoadRules();
  void LoadTags();
  void NoteUse(uint32_t rule, PatternUse& use) const;

  // Tells `sink` of everything that matches `qname`, whatever its rank. Defined in collect.h.
  template <typename Sink>
  void Collect(const dns::Name& qname, const database::PatternScratch& scratch, Sink& sink) const
      noexcept(Sink::kNoexcept);
  // The shards in which the name, whose text is written there, could match.
  void FindShards(const dns::Name& qname, dns::NameText& text, ShardSet& shards) const noexcept;
  // Tells `sink` of the patterns in `shards`; QNAME's registrable domain begins at label `domain`.
  template <typename Sink>
  void ScanPatterns(const ShardSet& shards, size_t domain, const Walk& walk,
                    const dns::NameText& text, const database::PatternScratch& scratch,
                    Sink& sink) const noexcept(Sink::kNoexcept);
  // The label of QNAME at which the pattern's exception begins, if there is one.
  std::optional<size_t> FindException(const database::PatternRecord& pattern,
                                      const dns::Name& qname) const noexcept;
  // The label at which the name begins that keeps a wildcard of a policy zone from QNAME, if any.
  std::optional<size_t> FindStop(const database::RuleRecord& rule, size_t label, const Walk& walk,
                                 uint32_t today) const noexcept;
  bool IsAbout(const database::RuleRecord& rule, uint16_t qtype) const noexcept;

  // `question` with the group of its client.
  Question WithGroup(const Question& question) const noexcept;
  // Whether the rule's policy counts for some clients only, and whether for the one who asks.
  bool IsForSome(const database::RuleRecord& rule) const noexcept {
    return policies_[rule.policy].clients.length != 0;
  }
  bool IsForClient(const database::RuleRecord& rule, const Question& question) const noexcept {
    return reader_.IsForGroup(policies_[rule.policy], question.group) ||
           (question.client.tags != 0 && (tags_of_[rule.policy] & question.client.tags) != 0);
  }
  // The rules about the client, for the verdict on a question.
  void CollectClient(const Question& question, Best& best) const noexcept;

  // Behind the question, in answer.cc.
  uint32_t NumberOf(uint32_t whole) const noexcept;
  void NotePart(const database::RuleRecord& part, AnswerState& state) const noexcept;
  void NotePrefixParts(const database::PrefixHit& hit, policy::Subject subject,
                       AnswerState& state) const noexcept;
  void Offer(uint32_t number, const LateRank& rank, const policy::Match& match, bool some_clients,
             AnswerState& state) const noexcept;

  std::span<const database::RuleRecord> rules_;
  std::span<const database::PolicyRecord> policies_;
  std::span<const database::PatternRecord> patterns_;
  const database::Reader& reader_;
  database::NameIndex names_;
  uint32_t max_name_labels_;
  std::vector<PatternScan> shards_;
  size_t shard_words_ = 0;  // of each ShardSet
  ShardSet domain_shards_{};
  ShardSet name_shards_{};
  ShardSet open_shards_{};  // those that are not gated
  PatternUse domain_use_;
  PatternUse name_use_;
  PatternGate gate_;
  ScriptTable scripts_;
  std::vector<uint32_t> script_patterns_;  // indices of Reader::patterns()
  PatternUse script_use_;
  std::vector<Whole> wholes_;  // sorted by rule
  std::vector<std::string_view> tags_;
  std::vector<uint64_t> tags_of_;  // of each policy, as bits
  policy::Evidence evidence_ = 0;
  bool asks_clients_ = false;  // a policy is for some clients only, or a rule about them
  bool has_client_parts_ = false;
  bool has_qname_parts_ = false;
  bool has_name_server_rules_ = false;
  // The smallest layer with a rule about clients that may decide.
  uint32_t first_client_layer_ = ~uint32_t{0};
  database::PatternScratch scratch_;  // only cloned, never used
  bool patterns_recompiled_ = false;
};

}  // namespace tollgate::match

#endif  // TOLLGATE_RULESET_MATCH_MATCHER_H_
