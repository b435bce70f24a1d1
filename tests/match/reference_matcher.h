// SPDX-License-Identifier: BSD-3-Clause
//
// The slow and obvious matcher: what docs/rule-language.md says, in the order in which it says it,
// on the rule model itself. No hash, no index, no Hyperscan: linear scans and std::regex. The real
// matcher must agree with it on everything.

#ifndef TOLLGATE_TESTS_MATCH_REFERENCE_MATCHER_H_
#define TOLLGATE_TESTS_MATCH_REFERENCE_MATCHER_H_

#include <cstddef>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "ruleset/dns/name.h"
#include "ruleset/policy/rule.h"
#include "ruleset/policy/verdict.h"
#include "ruleset/source/public_suffix_list.h"

namespace tollgate::testing {

// The label at which the registrable domain of `qname` begins: one label more than its public
// suffix, which the ICANN section alone decides. Nothing for a public suffix itself and for the
// root.
std::optional<size_t> RegistrableDomain(const dns::Name& qname,
                                        const source::PublicSuffixList& suffixes);

class ReferenceMatcher {
 public:
  // Both must outlive the matcher and stay as they are. Expressions are those of TranslatePattern,
  // within what std::regex and Hyperscan both understand.
  ReferenceMatcher(const policy::RuleModel& model, const source::PublicSuffixList& suffixes);

  // `shadowed` as RuleSet::Match takes it; `client` is an address, or nothing. depends_on_client is
  // left alone: whoever wants to know asks for all clients.
  policy::Verdict Match(const dns::Name& qname, uint16_t qtype, policy::Day today,
                        const std::vector<uint8_t>& shadowed = {},
                        const std::optional<dns::Prefix>& client = std::nullopt) const;

  // What BeginAnswer, Add* and AnswerVerdict say of a whole answer.
  policy::Verdict Judge(const dns::Name& qname, uint16_t qtype, policy::Day today,
                        const policy::AnswerEvidence& answer,
                        const std::vector<uint8_t>& shadowed = {},
                        const std::optional<dns::Prefix>& client = std::nullopt) const;

 private:
  struct Question {
    const dns::Name& qname;  // or another name that rules are about
    uint16_t qtype;
    policy::Day today;
    policy::Subject subject = policy::Subject::kQname;
    uint32_t part = policy::kNoRule;  // this rule alone, a part; otherwise all that are none
  };
  struct Asked {
    const std::vector<uint8_t>& shadowed;
    const std::optional<dns::Prefix>& client;
  };
  // Takes the first that decides, noting what would have in shadow mode. True where one does.
  bool Decide(const std::vector<policy::Match>& matches, const Asked& asked,
              policy::Verdict& verdict) const;
  bool CountsFor(uint32_t policy, const std::optional<dns::Prefix>& client) const;
  bool Considers(uint32_t rule, const Question& question) const;
  // Matches of addresses, the longest prefix first.
  std::vector<policy::Match> PrefixesIn(uint32_t policy, uint8_t tier, const Question& question,
                                        const std::vector<dns::Prefix>& addresses) const;
  std::vector<policy::Match> NameServersIn(uint32_t policy, uint8_t tier, uint16_t qtype,
                                           policy::Day today,
                                           const std::vector<dns::Name>& names) const;
  std::vector<policy::Match> WholesIn(uint32_t policy, uint8_t tier, const Question& question,
                                      const policy::AnswerEvidence& answer,
                                      const std::optional<dns::Prefix>& client) const;
  bool PartMatches(uint32_t part, const Question& question, const policy::AnswerEvidence& answer,
                   const std::optional<dns::Prefix>& client) const;
  // What matches inside one policy and tier and is not past its last day, the most specific first.
  std::vector<policy::Match> MatchesIn(uint32_t policy, uint8_t tier,
                                       const Question& question) const;
  void AddNames(uint32_t policy, uint8_t tier, policy::NameScope scope, const Question& question,
                size_t label, std::vector<policy::Match>& matches) const;
  void AddPatterns(uint32_t policy, uint8_t tier, const Question& question,
                   std::vector<policy::Match>& matches) const;
  // Whether the zone has a name between QNAME and what stands at `label`, QNAME included.
  bool IsStopped(const policy::Rule& rule, const Question& question, size_t label) const;

  const policy::RuleModel& model_;
  const source::PublicSuffixList& suffixes_;
  std::vector<std::regex> expressions_;  // of model_.pattern_triggers
};

}  // namespace tollgate::testing

#endif  // TOLLGATE_TESTS_MATCH_REFERENCE_MATCHER_H_
