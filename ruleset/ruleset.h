// SPDX-License-Identifier: BSD-3-Clause
//
// The runtime: open a database that `tollgate compile` wrote, and ask it about names. This is all
// that the module sees.
//
//   absl::StatusOr<std::unique_ptr<const RuleSet>> rules =
//   RuleSet::Open("/var/lib/unbound/tollgate.db"); absl::StatusOr<Scratch> scratch =
//   (*rules)->NewScratch();           // one for each thread policy::Verdict verdict =
//   (*rules)->Match(qname, qtype, Today(), *scratch); if (verdict.decision) {
//     AnswerView answer = (*rules)->Answer(verdict.decision.rule);      // what to do
//     RuleView rule = (*rules)->Rule(verdict.decision.rule);            // why
//   }

#ifndef TOLLGATE_RULESET_RULESET_H_
#define TOLLGATE_RULESET_RULESET_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ruleset/dns/name.h"
#include "ruleset/dns/name_parts.h"
#include "ruleset/policy/action.h"
#include "ruleset/policy/verdict.h"

namespace tollgate {

namespace database {
class Reader;
}

// Working memory of one thread for one RuleSet (Hyperscan's scratch). Movable; never used by two
// threads at once.
class Scratch {
 public:
  Scratch(Scratch&&) noexcept;
  Scratch& operator=(Scratch&&) noexcept;
  ~Scratch();

 private:
  friend class RuleSet;
  struct Impl;
  explicit Scratch(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

// One resource record of a sinkhole answer. Its owner is QNAME, its class IN, its TTL the answer's.
struct RecordView {
  uint16_t type;
  std::span<const uint8_t> rdata;  // wire format without compression
};

// How a query that a rule decides is answered.
struct AnswerView {
  policy::Action action;
  policy::Ede ede;
  uint32_t ttl;  // seconds: of the SOA and its MINIMUM (RFC 2308), or of the sinkhole's RRs
  std::string_view text;  // for the EDE option's EXTRA-TEXT: the policy's id
  // Records of a sinkhole, sorted by type: RRsets are contiguous.
  size_t record_count;
  std::span<const uint8_t> records;  // packed; read them with NextRecord
};

// Takes the first record off `records`. False, with both unchanged, where there is none left.
bool NextRecord(std::span<const uint8_t>& records, RecordView& record) noexcept;

// Where a rule comes from. Every string is the database's own.
struct RuleView {
  uint32_t policy;                  // index, in order of precedence
  std::string_view id;              // "domains", "hosts", or the pattern's own
  std::string_view meaning;         // a sentence, for patterns
  std::string_view report;          // id of the reference that it comes from; may be empty
  std::string_view file;            // source file as the manifest names it
  std::string_view pattern;         // as its author wrote it; empty for names
  policy::Mode mode;                // the database's: of what Match is told, it knows nothing
  std::span<const uint8_t> qtypes;  // uint16_t each; empty is every type
  bool except_qtypes;               // every type but those
  policy::Subject subject;          // what its triggers are about
  uint8_t parts;                    // how many it has; 0 where it has triggers of its own
  uint32_t part_of;  // the rule that it is a part of; policy::kNoRule where it is none
};

struct PolicyView {
  std::string_view id;
  std::string_view campaign;  // id of the campaign; empty for a plain list
  std::string_view title;
  std::string_view category;
  std::string_view severity;
  uint32_t rule_count;
  uint64_t name_count;
  uint32_t pattern_count;
  uint32_t prefix_count;
};

// An open database. Immutable; every method is safe from any number of threads at once.
class RuleSet {
 public:
  // Maps the file at `path` and verifies all of it: magic, version, bounds, checksum. Where the
  // Hyperscan database in the file does not fit this processor or this Hyperscan, the patterns are
  // compiled again from their sources, which can take seconds; patterns_recompiled() says so. The
  // error says what is wrong with the file. Not for a query thread.
  static absl::StatusOr<std::unique_ptr<const RuleSet>> Open(const std::string& path);
  // The same for a copy of the file in memory of its own, for a process that must go on whatever
  // happens to the file: a mapped one that is truncated, or overwritten in place, ends it.
  // Unavailable where the file's size changed under the reader's eyes, ResourceExhausted where
  // there is not memory enough; throws nothing. `pause` is called after each quarter of a megabyte
  // that was read and verified: who shares a processor with somebody in a hurry sleeps in it.
  // Without it up to three threads help, and are gone before it returns.
  static absl::StatusOr<std::unique_ptr<const RuleSet>> OpenCopy(const std::string& path,
                                                                 void (*pause)() = nullptr);
  // The same for a copy of a database's octets, such as CompileReport::database.
  static absl::StatusOr<std::unique_ptr<const RuleSet>> OpenOctets(std::string_view octets);

  ~RuleSet();
  RuleSet(const RuleSet&) = delete;
  RuleSet& operator=(const RuleSet&) = delete;

  // Allocates working memory for one thread. `this` must outlive it.
  absl::StatusOr<Scratch> NewScratch() const;

  // THE HOT PATH. The verdict on a query for `qname` and `qtype`. `today` is in days since
  // 1970-01-01 UTC: rules whose last day is before it do not match. No allocation, no lock, no
  // system call; at most one probe for each enclosing domain, and again for each wildcard of a
  // policy zone that matches, and two pattern scans.
  //
  // `shadowed` has an octet for each policy, by index, or is empty: every rule of a policy whose
  // octet is not 0 counts as one in shadow mode, also one that says `pass`.
  //
  // `client` is who asks; nobody in particular is in no group, and no rule is about them. What
  // others would get is in depends_on_client.
  policy::Verdict Match(const dns::Name& qname, uint16_t qtype, uint32_t today, Scratch& scratch,
                        std::span<const uint8_t> shadowed = {},
                        const policy::Asker& client = {}) const noexcept;

  // The tags by which policies know their clients, at most kMostTags, and without kTagPrefix.
  const std::vector<std::string_view>& tags() const noexcept;

  // What the rules look at beside QNAME. Evidence that no rule looks at need not be gathered.
  policy::Evidence evidence() const noexcept;

  // THE HOT PATH, behind the question: rules about the answer. One answer at a time for each
  // Scratch. It begins with the question; then come, in any order but of the targets, which come as
  // the chain has them, as many calls of Add* as there is evidence; then the verdict. Where the
  // question alone decides (Match has a decision), or an earlier target does, later evidence
  // changes nothing: what was asked is judged before each target in turn, and targets before the
  // rest. Within one such step the first policy with a matching rule decides; inside it a rule with
  // parts before addresses, those before name servers' names, and these before their addresses
  // (RPZ draft section 5.4), the longest prefix and the longest name first. What `shadowed` points
  // to must live until the verdict. `is_silent`: Match said nothing at all of the question, to
  // anybody and with no mask, and need not be asked again.
  void BeginAnswer(const dns::Name& qname, uint16_t qtype, uint32_t today, Scratch& scratch,
                   std::span<const uint8_t> shadowed = {}, const policy::Asker& client = {},
                   bool is_silent = false) const noexcept;
  void AddTarget(const dns::Name& target, Scratch& scratch) const noexcept;
  // Addresses have 4 or 16 octets in network order; others are ignored.
  void AddAddress(std::span<const uint8_t> address, Scratch& scratch) const noexcept;
  void AddNameServer(const dns::Name& name, Scratch& scratch) const noexcept;
  void AddNameServerAddress(std::span<const uint8_t> address, Scratch& scratch) const noexcept;
  policy::Verdict AnswerVerdict(Scratch& scratch) const noexcept;

  // The whole reasoning behind Match, and behind AnswerVerdict where there is something in
  // `answer`: every rule that matches, in order of precedence, with what lets it decide or keeps it
  // from that. Of rules with parts, also those of which only some match. Not for a query thread.
  std::vector<policy::Candidate> Explain(const dns::Name& qname, uint16_t qtype, uint32_t today,
                                         Scratch& scratch, std::span<const uint8_t> shadowed = {},
                                         const policy::Asker& client = {},
                                         const policy::AnswerEvidence& answer = {}) const;

  // The public suffix and the registrable domain of `qname`, as Match sees them.
  dns::NameParts Parts(const dns::Name& qname) const noexcept;

  // `rule` is a Match's. Views live as long as the RuleSet.
  AnswerView Answer(uint32_t rule) const noexcept;
  RuleView Rule(uint32_t rule) const noexcept;
  PolicyView Policy(uint32_t policy) const noexcept;

  // The file behind it, for those who go through all that it holds (ruleset/inspect).
  const database::Reader& reader() const noexcept;

  uint32_t rule_count() const noexcept;
  uint32_t policy_count() const noexcept;
  uint64_t name_count() const noexcept;
  uint32_t pattern_count() const noexcept;
  uint32_t prefix_count() const noexcept;
  uint64_t file_size() const noexcept;
  uint64_t created() const noexcept;   // seconds since 1970-01-01 UTC
  uint64_t checksum() const noexcept;  // identifies the database
  bool patterns_recompiled() const noexcept;

 private:
  struct Impl;
  explicit RuleSet(std::unique_ptr<Impl> impl) noexcept;
  static absl::StatusOr<std::unique_ptr<const RuleSet>> OpenReader(
      absl::StatusOr<std::unique_ptr<const database::Reader>> reader, const std::string& name);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tollgate

#endif  // TOLLGATE_RULESET_RULESET_H_
