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
constexpr uint16_t kCname = 5;
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

const dns::Name kQname = *dns::Name::FromText("www.evil.example");
constexpr size_t kOwner = 4;  // the octet at which evil.example begins

gate_decision Decide(const AnswerView& answer, uint16_t qtype = kA,
                     const dns::Name& qname = kQname) {
  gate_decision decision{};
  WriteAnswer(answer, qname, kOwner, qtype, decision);
  return decision;
}

std::string Wire(std::string_view name) {
  const auto parsed = dns::Name::FromText(name);
  return {reinterpret_cast<const char*>(parsed->wire().data()), parsed->wire().size()};
}

// "www.evil.example" for the CNAME of a decision; empty where it has none.
std::string Target(const gate_decision& decision) {
  const auto name = dns::Name::FromWire({decision.target, decision.target_length});
  return name ? name->Text() : "";
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

TEST_CASE("A CNAME is the answer to every type, and its target's records are wanted", "[answer]") {
  const std::vector<uint8_t> records = Packed({{kCname, Wire("garden.example.net")}});
  AnswerView answer = Answer(policy::Action::kSinkhole);
  answer.records = records;
  for (uint16_t qtype : {kA, kMx, kTxt, kAaaa, kHttps}) {
    const gate_decision decision = Decide(answer, qtype);
    CHECK(decision.verdict == GATE_ANSWER);
    CHECK(decision.rcode == 0);
    CHECK(Target(decision) == "garden.example.net");
    CHECK(decision.has_chain);
    CHECK(Answers(decision) == "");
    CHECK_FALSE(decision.has_soa);
    CHECK(decision.has_ede);
  }
}

TEST_CASE("Asked for a CNAME or for anything, the CNAME is all", "[answer]") {
  const std::vector<uint8_t> records = Packed({{kCname, Wire("garden.example.net")}});
  AnswerView answer = Answer(policy::Action::kSinkhole);
  answer.records = records;
  for (uint16_t qtype : {kCname, kAny}) {
    CHECK(Target(Decide(answer, qtype)) == "garden.example.net");
    CHECK_FALSE(Decide(answer, qtype).has_chain);
  }
}

TEST_CASE("A target that begins with a star has QNAME in its place", "[answer]") {
  const std::vector<uint8_t> records = Packed({{kCname, Wire("\\*.garden.example")}});
  AnswerView answer = Answer(policy::Action::kSinkhole);
  answer.records = records;
  CHECK(Target(Decide(answer)) == "www.evil.example.garden.example");
  CHECK(Target(Decide(answer, kCname)) == "www.evil.example.garden.example");
}

TEST_CASE("A target of 255 octets is one, and a longer one is YXDOMAIN", "[answer]") {
  const std::vector<uint8_t> records = Packed({{kCname, Wire("\\*.garden")}});
  AnswerView answer = Answer(policy::Action::kSinkhole);
  answer.records = records;
  const std::string label = std::string(61, 'a') + ".";  // 62 octets; "garden" has 7, the root 1
  const auto longest = dns::Name::FromText(label + label + label + std::string(60, 'b'));
  CHECK(longest->wire().size() + 7 == 255);
  CHECK(Decide(answer, kA, *longest).rcode == 0);
  CHECK(Decide(answer, kA, *longest).target_length == 255);

  const auto longer = dns::Name::FromText(label + label + label + std::string(61, 'b'));
  const gate_decision decision = Decide(answer, kA, *longer);
  CHECK(decision.verdict == GATE_ANSWER);
  CHECK(decision.rcode == 6);
  CHECK(decision.target_length == 0);
  CHECK_FALSE(decision.has_chain);
  CHECK(decision.has_ede);
}

TEST_CASE("A target in the database that is no name is YXDOMAIN too", "[answer]") {
  const std::vector<uint8_t> records = Packed({{kCname, "\x40no name"}});
  AnswerView answer = Answer(policy::Action::kSinkhole);
  answer.records = records;
  CHECK(Decide(answer).rcode == 6);
}

TEST_CASE("The target of a rule is resolved where the rule matches it", "[answer]") {
  const std::vector<uint8_t> records = Packed({{kCname, Wire("www.evil.example")}});
  AnswerView answer = Answer(policy::Action::kSinkhole);
  answer.records = records;
  CHECK(IsOwnTarget(answer, kQname));
  CHECK(Decide(answer).verdict == GATE_RESOLVE);
  CHECK(Decide(answer, kCname).verdict == GATE_RESOLVE);
  const auto other = dns::Name::FromText("mail.evil.example");
  CHECK_FALSE(IsOwnTarget(answer, *other));
  CHECK(Decide(answer, kA, *other).verdict == GATE_ANSWER);
}

TEST_CASE("Only a sinkhole with a CNAME has a target", "[answer]") {
  const std::vector<uint8_t> address = Packed({{kA, "1111"}});
  AnswerView answer = Answer(policy::Action::kSinkhole);
  answer.records = address;
  CHECK_FALSE(IsOwnTarget(answer, kQname));
  CHECK_FALSE(IsOwnTarget(Answer(policy::Action::kNxdomain), kQname));
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
  const std::vector<uint8_t> cname = Packed({{kCname, Wire("garden.example")}});
  AnswerView garden = Answer(policy::Action::kSinkhole);
  garden.records = cname;
  gate_decision decision{};
  WriteAnswer(Answer(policy::Action::kNxdomain), kQname, 0, kA, decision);
  WriteAnswer(Answer(policy::Action::kTruncate), kQname, 0, kA, decision);
  WriteAnswer(sinkhole, kQname, 0, kA, decision);
  CHECK_FALSE(decision.has_soa);
  CHECK_FALSE(decision.truncated);
  WriteAnswer(garden, kQname, 0, kA, decision);
  CHECK(Answers(decision) == "");
  WriteAnswer(refused, kQname, 0, kA, decision);
  CHECK(Answers(decision) == "");
  CHECK(decision.target_length == 0);
  CHECK_FALSE(decision.has_chain);
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
