// SPDX-License-Identifier: BSD-3-Clause
//
// What AdGuard's engine said of thousands of names (tests/adblock), and what Tollgate says of them.

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "ruleset/source/zone_text.h"
#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate {
namespace {

// One name that was asked for.
struct Question {
  std::string name;
  std::string type;
  std::string verdict;  // AdGuard's
  std::string own;      // Tollgate's, where it is another one and meant to be
};

struct Case {
  std::string rules;
  std::vector<Question> questions;
};

// "NAME TYPE VERDICT" or "NAME TYPE VERDICT | OWN".
Question QuestionOf(const std::string& line) {
  std::istringstream words(line);
  Question question;
  words >> question.name >> question.type >> std::ws;
  std::getline(words, question.verdict);
  question.own = question.verdict;
  if (const size_t bar = question.verdict.find(" | "); bar != std::string::npos) {
    question.own = question.verdict.substr(bar + 3);
    question.verdict.erase(bar);
  }
  return question;
}

std::vector<Case> ReadCases(const std::string& file) {
  std::ifstream in(std::string(TOLLGATE_TEST_ADBLOCK) + "/" + file);
  REQUIRE(in.good());
  std::vector<Case> cases;
  bool in_rules = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("--- rules")) {
      cases.emplace_back();
      in_rules = true;
    } else if (line == "--- names") {
      in_rules = false;
    } else if (in_rules) {
      cases.back().rules += line + "\n";
    } else if (!cases.empty() && !line.empty()) {
      cases.back().questions.push_back(QuestionOf(line));
    }
  }
  return cases;
}

// The records of an answer, as the judge writes them: without quotes and final dots.
std::string RecordsOf(const AnswerView& answer) {
  std::vector<std::string> texts;
  std::span<const uint8_t> records = answer.records;
  for (RecordView record; NextRecord(records, record);) {
    std::string text = source::RecordText(
        record.type, {reinterpret_cast<const char*>(record.rdata.data()), record.rdata.size()});
    std::erase(text, '"');
    if (text.ends_with('.')) text.pop_back();
    texts.push_back(text);
  }
  std::sort(texts.begin(), texts.end());
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

std::string VerdictOf(const RuleSet& rules, const policy::Verdict& verdict) {
  const policy::Match match = verdict.decision;
  if (!match) return "none";
  const AnswerView answer = rules.Answer(match.rule);
  if (answer.action == policy::Action::kPass) return "allowed";
  if (answer.action == policy::Action::kSinkhole) return "rewritten " + RecordsOf(answer);
  if (rules.Rule(match.rule).id == "rewrites") {
    return "rewritten " + std::string(policy::ActionName(answer.action));
  }
  return "blocked";
}

// The number of questions that were answered as they should be; each of the others fails the test.
size_t AskAll(const std::string& file) {
  size_t agreed = 0;
  for (const Case& c : ReadCases(file)) {
    // A policy without any rule is an error: one more keeps it from being so.
    const test::Compiled compiled(
        {{"tollgate.yaml", "policies: [{file: list.txt, syntax: adblock}]"},
         {"list.txt", c.rules + "||there-is-always-one.example^\n"}});
    INFO(c.rules);
    INFO(compiled.Faults());
    REQUIRE(compiled.ok());
    absl::StatusOr<Scratch> scratch = compiled.rules().NewScratch();
    REQUIRE(scratch.ok());
    for (const Question& question : c.questions) {
      const uint16_t type = *source::ParseType(question.type);
      const std::string own = VerdictOf(
          compiled.rules(),
          compiled.rules().Match(test::NameOf(question.name), type, /*today=*/1, *scratch));
      INFO(question.name << " " << question.type);
      CHECK(own == question.own);
      agreed += own == question.own ? 1 : 0;
    }
  }
  return agreed;
}

}  // namespace

TEST_CASE("Tollgate says of a list what AdGuard's engine says of it") {
  CHECK(AskAll("judged.golden") > 4000);
}

TEST_CASE("Where Tollgate means to say something else than AdGuard, it says that") {
  CHECK(AskAll("differences.golden") > 20);
}

}  // namespace tollgate
