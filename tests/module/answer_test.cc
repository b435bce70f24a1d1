// SPDX-License-Identifier: BSD-3-Clause
//
// From a rule's answer to the records of a DNS response.

#include "module/answer.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace tollgate::module {
namespace {

constexpr uint16_t kA = 1;
constexpr uint16_t kMx = 15;
constexpr uint16_t kTxt = 16;
constexpr uint16_t kAaaa = 28;
constexpr uint16_t kHttps = 65;
constexpr uint16_t kAny = 255;

// Records as the database packs them: type and RDLENGTH little-endian, then the RDATA.
std::vector<uint8_t> Packed(const std::vector<std::pair<uint16_t, std::string>>& records) {
  std::vector<uint8_t> octets;
  for (const auto& [type, rdata] : records) {
    octets.push_back(type & 0xff);
    octets.push_back(type >> 8);
    octets.push_back(rdata.size() & 0xff);
    octets.push_back(static_cast<uint8_t>(rdata.size() >> 8));
    octets.insert(octets.end(), rdata.begin(), rdata.end());
  }
  return octets;
}

// "1:abcd 16:text", the records of a decision by type.
std::string Answers(const gate_decision& decision) {
  std::string text;
  gate_records records = decision.answer;
  gate_record record;
  while (gate_next_record(&records, &record)) {
    if (!text.empty()) text += ' ';
    text += std::to_string(record.type) + ":" +
            std::string(reinterpret_cast<const char*>(record.rdata), record.rdata_length);
  }
  return text;
}

AnswerView Answer(policy::Action action) {
  return {.action = action,
          .ede = policy::Ede::kBlocked,
          .ttl = 60,
          .text = "smishing-triad",
          .record_count = 0,
          .records = {}};
}

gate_decision Decide(const AnswerView& answer, uint16_t qtype = kA) {
  gate_decision decision{};
  WriteAnswer(answer, 4, qtype, decision);
  return decision;
}

TEST_CASE("pass: resolve", "[answer]") {
  CHECK(Decide(Answer(policy::Action::kPass)).verdict == GATE_RESOLVE);
}

TEST_CASE("truncate: an empty answer with TC, which blocks nothing and has no EDE", "[answer]") {
  const gate_decision decision = Decide(Answer(policy::Action::kTruncate));
  CHECK(decision.verdict == GATE_ANSWER);
  CHECK(decision.truncated);
  CHECK(decision.rcode == 0);
  CHECK(Answers(decision) == "");
  CHECK_FALSE(decision.has_soa);
  CHECK_FALSE(decision.has_ede);
}

TEST_CASE("drop: no answer", "[answer]") {
  CHECK(Decide(Answer(policy::Action::kDrop)).verdict == GATE_DROP);
}

TEST_CASE("nxdomain: RCODE 3 and an SOA", "[answer]") {
  const gate_decision decision = Decide(Answer(policy::Action::kNxdomain));
  CHECK(decision.verdict == GATE_ANSWER);
  CHECK(decision.rcode == 3);
  CHECK(decision.has_soa);
  CHECK(Answers(decision) == "");
}

TEST_CASE("nodata: RCODE 0 and an SOA", "[answer]") {
  const gate_decision decision = Decide(Answer(policy::Action::kNodata));
  CHECK(decision.rcode == 0);
  CHECK(decision.has_soa);
  CHECK(Answers(decision) == "");
}

TEST_CASE("refused: RCODE 5 and nothing else", "[answer]") {
  const gate_decision decision = Decide(Answer(policy::Action::kRefused));
  CHECK(decision.rcode == 5);
  CHECK_FALSE(decision.has_soa);
}

TEST_CASE("The SOA is owned by the matched name", "[answer]") {
  CHECK(Decide(Answer(policy::Action::kNxdomain)).soa_owner_offset == 4);
}

TEST_CASE("The SOA, octet by octet", "[answer]") {
  AnswerView answer = Answer(policy::Action::kNxdomain);
  answer.ttl = 0x01020304;
  const gate_decision decision = Decide(answer);
  const std::string soa(reinterpret_cast<const char*>(decision.soa_rdata), GATE_SOA_LENGTH);
  const char expected[] =
      "\x09localhost\x00\x06nobody\x07invalid\x00"
      "\x00\x00\x00\x01\x00\x00\x0e\x10\x00\x00\x04\xb0\x00\x09\x3a\x80\x01\x02\x03\x04";
  CHECK(soa == std::string(expected, sizeof(expected) - 1));
  CHECK(decision.ttl == 0x01020304);
}

TEST_CASE("sinkhole: the records of the queried type", "[answer]") {
  const std::vector<uint8_t> records =
      Packed({{kA, "1111"}, {kA, "2222"}, {kTxt, "text"}, {kAaaa, "sixteen octets.."}});
  AnswerView answer = Answer(policy::Action::kSinkhole);
  answer.records = records;

  CHECK(Answers(Decide(answer, kA)) == "1:1111 1:2222");
  CHECK(Answers(Decide(answer, kTxt)) == "16:text");
  CHECK(Answers(Decide(answer, kAaaa)) == "28:sixteen octets..");
  CHECK(Answers(Decide(answer, kAny)) == "1:1111 1:2222 16:text 28:sixteen octets..");
  CHECK_FALSE(Decide(answer, kA).has_soa);
}

TEST_CASE("sinkhole: NODATA for a type below, between and above those that it has", "[answer]") {
  const std::vector<uint8_t> records = Packed({{kMx, "mail"}, {kAaaa, "sixteen octets.."}});
  AnswerView answer = Answer(policy::Action::kSinkhole);
  answer.records = records;
  for (uint16_t qtype : {kA, kTxt, kHttps}) {
    const gate_decision decision = Decide(answer, qtype);
    CHECK(decision.verdict == GATE_ANSWER);
    CHECK(decision.rcode == 0);
    CHECK(Answers(decision) == "");
    CHECK(decision.has_soa);
  }
}

TEST_CASE("sinkhole: a record may have no RDATA", "[answer]") {
  const std::vector<uint8_t> records = Packed({{kA, "1111"}, {kTxt, ""}});
  AnswerView answer = Answer(policy::Action::kSinkhole);
  answer.records = records;
  CHECK(Answers(Decide(answer, kTxt)) == "16:");
}

TEST_CASE("The EDE has the policy's code and id", "[answer]") {
  AnswerView answer = Answer(policy::Action::kRefused);
  answer.ede = policy::Ede::kFiltered;
  const gate_decision decision = Decide(answer);
  CHECK(decision.has_ede);
  CHECK(decision.ede_code == 17);
  CHECK(std::string(decision.ede_text, decision.ede_text_length) == "smishing-triad");
}

TEST_CASE("ede: none sends none", "[answer]") {
  AnswerView answer = Answer(policy::Action::kNxdomain);
  answer.ede = policy::Ede::kNone;
  CHECK_FALSE(Decide(answer).has_ede);
}

TEST_CASE("Nothing of an earlier decision is left over", "[answer]") {
  const std::vector<uint8_t> records = Packed({{kA, "1111"}});
  AnswerView sinkhole = Answer(policy::Action::kSinkhole);
  sinkhole.records = records;
  AnswerView refused = Answer(policy::Action::kRefused);
  refused.ede = policy::Ede::kNone;
  gate_decision decision{};
  WriteAnswer(Answer(policy::Action::kNxdomain), 0, kA, decision);
  WriteAnswer(Answer(policy::Action::kTruncate), 0, kA, decision);
  WriteAnswer(sinkhole, 0, kA, decision);
  CHECK_FALSE(decision.has_soa);
  CHECK_FALSE(decision.truncated);
  WriteAnswer(refused, 0, kA, decision);
  CHECK(Answers(decision) == "");
  CHECK_FALSE(decision.has_ede);
}

TEST_CASE("Without a database: SERVFAIL, and EDE 0 says why", "[answer]") {
  gate_decision decision{};
  WriteUnavailable(decision);
  CHECK(decision.verdict == GATE_ANSWER);
  CHECK(decision.rcode == 2);
  CHECK_FALSE(decision.has_soa);
  CHECK(decision.has_ede);
  CHECK(decision.ede_code == 0);
  CHECK(std::string(decision.ede_text, decision.ede_text_length) == "tollgate: no database");
}

}  // namespace
}  // namespace tollgate::module
