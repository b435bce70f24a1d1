// SPDX-License-Identifier: BSD-3-Clause
//
// The matcher of answers, through the real writer and the real reader, against the slow and obvious
// one; for every client, and whatever the order of the evidence.

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "ruleset/compile/redundant.h"
#include "ruleset/dns/type.h"
#include "ruleset/ruleset.h"
#include "tests/match/database_image.h"
#include "tests/match/dice.h"
#include "tests/match/random_answers.h"
#include "tests/match/random_model.h"
#include "tests/match/reference_matcher.h"
#include "tests/match/sanitized.h"
#include "tests/support/catch.h"

namespace tollgate::testing {
namespace {

using policy::AnswerEvidence;
using policy::Match;
using policy::Verdict;

#if TOLLGATE_SANITIZED || !defined(NDEBUG)
constexpr uint32_t kRandomModels = 300;
#else
constexpr uint32_t kRandomModels = 2000;
#endif
constexpr uint32_t kAnswersEach = 40;

std::string Text(const Match& match) {
  if (!match) return "nothing";
  return "rule " + std::to_string(match.rule) + ", line " + std::to_string(match.line) +
         ", until " + std::to_string(match.expires) + ", owner at label " +
         std::to_string(match.owner_label) + ", subject " +
         std::to_string(static_cast<int>(match.subject)) + ", stage " + std::to_string(match.stage);
}

std::string Text(const Verdict& verdict) {
  return Text(verdict.decision) + "; in shadow: " + Text(verdict.shadow);
}

// One ruleset under test, and what is asked of it.
class Pair {
 public:
  Pair(const policy::RuleModel& model, const source::PublicSuffixList& suffixes)
      : model_(model), reference_(model, suffixes) {
    auto rules = Image(DatabaseOf(model, suffixes, PatternsOf(model))).Open();
    if (!rules.ok()) throw std::runtime_error(rules.status().ToString());
    rules_ = *std::move(rules);
    scratch_.emplace(*rules_->NewScratch());
  }

  Verdict Judge(const dns::Name& qname, policy::Day today, const AnswerEvidence& answer,
                const std::vector<uint8_t>& shadowed, const std::optional<dns::Prefix>& client) {
    std::span<const uint8_t> address;
    if (client) address = OctetsOf(*client);
    rules_->BeginAnswer(qname, dns::kTypeA, today, *scratch_, shadowed, address);
    for (const dns::Name& name : answer.targets) rules_->AddTarget(name, *scratch_);
    for (const auto& a : answer.addresses) rules_->AddAddress(OctetsOf(a), *scratch_);
    for (const dns::Name& name : answer.name_servers) rules_->AddNameServer(name, *scratch_);
    for (const auto& a : answer.name_server_addresses) {
      rules_->AddNameServerAddress(OctetsOf(a), *scratch_);
    }
    return rules_->AnswerVerdict(*scratch_);
  }

  // The same with the evidence in another order, the targets last, and some of it twice.
  Verdict JudgeBackwards(const dns::Name& qname, policy::Day today, AnswerEvidence answer,
                         const std::vector<uint8_t>& shadowed,
                         const std::optional<dns::Prefix>& client) {
    std::span<const uint8_t> address;
    if (client) address = OctetsOf(*client);
    std::reverse(answer.addresses.begin(), answer.addresses.end());
    std::reverse(answer.name_servers.begin(), answer.name_servers.end());
    rules_->BeginAnswer(qname, dns::kTypeA, today, *scratch_, shadowed, address);
    for (const auto& a : answer.name_server_addresses) {
      rules_->AddNameServerAddress(OctetsOf(a), *scratch_);
    }
    for (const dns::Name& name : answer.name_servers) rules_->AddNameServer(name, *scratch_);
    for (const auto& a : answer.addresses) rules_->AddAddress(OctetsOf(a), *scratch_);
    for (const auto& a : answer.addresses) rules_->AddAddress(OctetsOf(a), *scratch_);
    for (const dns::Name& name : answer.targets) rules_->AddTarget(name, *scratch_);
    return rules_->AnswerVerdict(*scratch_);
  }

  const policy::RuleModel& model_;
  ReferenceMatcher reference_;
  std::unique_ptr<const RuleSet> rules_;
  std::optional<Scratch> scratch_;
};

std::vector<std::optional<dns::Prefix>> AllClients() {
  std::vector<std::optional<dns::Prefix>> clients = {std::nullopt};
  for (const dns::Prefix& address : AllAddresses()) clients.push_back(address);
  return clients;
}

TEST_CASE("the matcher and the reference matcher agree on random answers") {
  const source::PublicSuffixList suffixes = TinySuffixList();
  const std::vector<dns::Name> names = AllNames(4);
  const auto clients = AllClients();
  uint64_t by_subject[5] = {};
  uint64_t by_target = 0;
  uint64_t by_parts = 0;
  for (uint32_t seed = 0; seed < kRandomModels; ++seed) {
    policy::RuleModel model = RandomAnswerModel(seed);
    if (seed % 2 == 0) {
      // What is left out changes nothing.
      compile::NameOrder order = compile::OrderNames(model, compile::NameSeed(model));
      CompileCounts counts;
      compile::DropRedundant(model, order, counts);
    }
    Pair pair(model, suffixes);
    const std::vector<uint8_t> shadowed =
        seed % 3 == 0 ? RandomShadows(seed, model) : std::vector<uint8_t>();
    Dice dice(seed);
    for (uint32_t i = 0; i < kAnswersEach; ++i) {
      const AnswerEvidence answer = RandomAnswer(seed * kAnswersEach + i);
      const dns::Name& qname = names[dice.Below(static_cast<uint32_t>(names.size()))];
      const policy::Day today = kQueryDays[dice.Below(std::size(kQueryDays))];
      const auto& client = clients[dice.Below(static_cast<uint32_t>(clients.size()))];
      const Verdict expected =
          pair.reference_.Judge(qname, dns::kTypeA, today, answer, shadowed, client);
      const Verdict actual = pair.Judge(qname, today, answer, shadowed, client);
      const Verdict backwards = pair.JudgeBackwards(qname, today, answer, shadowed, client);
      if (expected.decision) {
        ++by_subject[static_cast<size_t>(expected.decision.subject)];
        by_target += expected.decision.stage > 0 ? 1 : 0;
        const uint32_t rule = expected.decision.rule;
        by_parts += std::any_of(model.rules.begin(), model.rules.end(),
                                [&](const policy::Rule& r) { return r.part_of == rule; });
      }
      if (Text(actual) == Text(expected) && Text(backwards) == Text(expected)) continue;
      INFO("seed " << seed << " for " << qname.Text() << Describe(answer) << " on day " << today
                   << " by " << (client ? client->Text() : "nobody") << "\n"
                   << DescribeWhole(model));
      REQUIRE(Text(actual) == Text(expected));
      REQUIRE(Text(backwards) == Text(expected));
    }
  }
  // The models are of a kind in which everything happens.
  for (uint64_t count : by_subject) CHECK(count > kRandomModels / 20);
  CHECK(by_target > kRandomModels / 20);
  CHECK(by_parts > kRandomModels / 20);
}

TEST_CASE("where clients get different verdicts, every one of them says so") {
  const source::PublicSuffixList suffixes = TinySuffixList();
  const std::vector<dns::Name> names = AllNames(3);
  const auto clients = AllClients();
  uint64_t different = 0;
  uint64_t alike_and_silent = 0;
  for (uint32_t seed = 0; seed < kRandomModels; ++seed) {
    const policy::RuleModel model = RandomAnswerModel(seed);
    const bool about_clients =
        !model.groups.empty() || std::any_of(model.rules.begin(), model.rules.end(), [](auto& r) {
          return r.subject == policy::Subject::kClient;
        });
    Pair pair(model, suffixes);
    Dice dice(seed);
    for (uint32_t i = 0; i < 4; ++i) {
      const AnswerEvidence answer = RandomAnswer(seed * 4 + i);
      const dns::Name& qname = names[dice.Below(static_cast<uint32_t>(names.size()))];
      const policy::Day today = kQueryDays[dice.Below(std::size(kQueryDays))];
      for (const bool whole : {false, true}) {
        std::vector<Verdict> verdicts;
        for (const auto& client : clients) {
          std::span<const uint8_t> address;
          if (client) address = OctetsOf(*client);
          verdicts.push_back(
              whole ? pair.Judge(qname, today, answer, {}, client)
                    : pair.rules_->Match(qname, dns::kTypeA, today, *pair.scratch_, {}, address));
        }
        bool differ = false;
        for (const Verdict& verdict : verdicts) {
          differ |= Text(verdict.decision) != Text(verdicts[0].decision);
        }
        different += differ ? 1 : 0;
        alike_and_silent += about_clients && !differ && !verdicts[0].depends_on_client ? 1 : 0;
        for (const Verdict& verdict : verdicts) {
          if (differ ? verdict.depends_on_client : about_clients || !verdict.depends_on_client) {
            continue;
          }
          INFO("seed " << seed << " for " << qname.Text() << (whole ? Describe(answer) : "")
                       << " on day " << today << "\n"
                       << DescribeWhole(model));
          REQUIRE(verdict.depends_on_client == differ);
        }
      }
    }
  }
  // Both happen often: it is not always said.
  CHECK(different > kRandomModels / 10);
  CHECK(alike_and_silent > kRandomModels / 10);
}

TEST_CASE("leaving out what is redundant changes no verdict on an answer") {
  const source::PublicSuffixList suffixes = TinySuffixList();
  const std::vector<dns::Name> names = AllNames(4);
  CompileCounts counts;
  auto effect = [](const policy::RuleModel& model, const Match& match) {
    if (!match) return std::string("nothing");
    const policy::Rule& rule = model.rules[match.rule];
    return "policy " + std::to_string(rule.policy) + " " +
           std::string(policy::ActionName(rule.answer.action)) + " ttl " +
           std::to_string(rule.answer.ttl) + " subject " +
           std::to_string(static_cast<int>(match.subject)) + " stage " +
           std::to_string(match.stage);
  };
  for (uint32_t seed = 0; seed < kRandomModels; ++seed) {
    const policy::RuleModel written = RandomAnswerModel(seed);
    policy::RuleModel folded = written;
    compile::NameOrder order = compile::OrderNames(folded, compile::NameSeed(folded));
    compile::DropRedundant(folded, order, counts);
    const ReferenceMatcher before(written, suffixes);
    const ReferenceMatcher after(folded, suffixes);
    Dice dice(seed);
    for (uint32_t i = 0; i < kAnswersEach / 4; ++i) {
      const AnswerEvidence answer = RandomAnswer(seed * kAnswersEach + i);
      const dns::Name& qname = names[dice.Below(static_cast<uint32_t>(names.size()))];
      const policy::Day today = kQueryDays[dice.Below(std::size(kQueryDays))];
      const Verdict expected = before.Judge(qname, dns::kTypeA, today, answer);
      const Verdict actual = after.Judge(qname, dns::kTypeA, today, answer);
      if (effect(folded, actual.decision) == effect(written, expected.decision) &&
          effect(folded, actual.shadow) == effect(written, expected.shadow)) {
        continue;
      }
      INFO("seed " << seed << " for " << qname.Text() << Describe(answer) << " on day " << today
                   << "\n"
                   << DescribeWhole(written));
      REQUIRE(Text(actual) == Text(expected));
    }
  }
  CHECK(counts.duplicates > kRandomModels);
}

TEST_CASE("what decides in an explanation is what decides on an answer") {
  const source::PublicSuffixList suffixes = TinySuffixList();
  const std::vector<dns::Name> names = AllNames(4);
  const auto clients = AllClients();
  uint64_t by_standing[9] = {};
  for (uint32_t seed = 0; seed < kRandomModels; ++seed) {
    const policy::RuleModel model = RandomAnswerModel(seed);
    Pair pair(model, suffixes);
    Dice dice(seed);
    for (uint32_t i = 0; i < kAnswersEach / 4; ++i) {
      const AnswerEvidence answer = RandomAnswer(seed * kAnswersEach + i);
      const dns::Name& qname = names[dice.Below(static_cast<uint32_t>(names.size()))];
      const policy::Day today = kQueryDays[dice.Below(std::size(kQueryDays))];
      const auto& client = clients[dice.Below(static_cast<uint32_t>(clients.size()))];
      const Verdict verdict = pair.Judge(qname, today, answer, {}, client);
      std::span<const uint8_t> address;
      if (client) address = OctetsOf(*client);
      Verdict explained;
      for (const policy::Candidate& candidate :
           pair.rules_->Explain(qname, dns::kTypeA, today, *pair.scratch_, {}, address, answer)) {
        ++by_standing[static_cast<size_t>(candidate.standing)];
        Match match = candidate.match;
        // There, labels are those of the name that matched.
        if (match.stage > 0 || match.subject != policy::Subject::kQname) match.owner_label = 0;
        if (candidate.kind == policy::TriggerKind::kParts) match.subject = policy::Subject::kQname;
        if (candidate.standing == policy::Standing::kDecides) explained.decision = match;
        if (candidate.standing == policy::Standing::kWouldDecide) explained.shadow = match;
      }
      INFO("seed " << seed << " for " << qname.Text() << Describe(answer) << " on day " << today
                   << " by " << (client ? client->Text() : "nobody") << "\n"
                   << DescribeWhole(model));
      REQUIRE(Text(explained) == Text(verdict));
    }
  }
  for (uint64_t count : by_standing) CHECK(count > 0);
}

}  // namespace
}  // namespace tollgate::testing
