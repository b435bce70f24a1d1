// SPDX-License-Identifier: BSD-3-Clause
//
// What `tollgate explain` says of an answer is what the module answers.

#include <string>
#include <string_view>
#include <vector>

#include "module/answer.h"
#include "ruleset/dns/name.h"
#include "ruleset/dns/type.h"
#include "ruleset/inspect/answer_text.h"
#include "ruleset/source/zone_text.h"
#include "tests/support/catch.h"

namespace tollgate::module {
namespace {

constexpr uint16_t kSoa = 6;
constexpr uint16_t kMx = 15;

// Two A and one AAAA, as the database packs them.
const std::vector<uint8_t> kRecords = {1,   0, 4, 0, 192, 0, 2,  1, 1,  0, 4,  0,
                                       192, 0, 2, 2, 28,  0, 16, 0, 32, 1, 13, 184,
                                       0,   0, 0, 0, 0,   0, 0,  0, 0,  0, 0,  1};

std::string RecordText(uint16_t type, const uint8_t* rdata, size_t length) {
  return source::RecordText(type, {reinterpret_cast<const char*>(rdata), length});
}

// A decision of the module's in the words of `explain`.
inspect::AnswerText InWords(const gate_decision& decision, const dns::Name& qname) {
  inspect::AnswerText text;
  if (decision.verdict == GATE_RESOLVE) return text;
  if (decision.verdict == GATE_DROP) {
    text.outcome = inspect::Outcome::kDrop;
    return text;
  }
  text.outcome = inspect::Outcome::kAnswer;
  switch (decision.rcode) {
    case 0:
      text.status = "NOERROR";
      break;
    case 3:
      text.status = "NXDOMAIN";
      break;
    case 5:
      text.status = "REFUSED";
      break;
    case 6:
      text.status = "YXDOMAIN";
      break;
  }
  text.flags = {"qr", "rd", "ra"};  // module/reply.c
  const std::string in = " " + std::to_string(decision.ttl) + " IN ";
  gate_records records = decision.answer;
  for (gate_record record; gate_next_record(&records, &record);) {
    text.answer.push_back(qname.Text() + "." + in +
                          RecordText(record.type, record.rdata, record.rdata_length));
  }
  if (decision.target_length > 0) {
    text.answer.push_back(qname.Text() + "." + in +
                          RecordText(dns::kTypeCname, decision.target, decision.target_length));
  }
  if (decision.has_soa) {
    const auto owner = dns::Name::FromWire(qname.wire().subspan(decision.soa_owner_offset));
    text.authority.push_back(owner->Text() + "." + in +
                             RecordText(kSoa, decision.soa_rdata, GATE_SOA_LENGTH));
  }
  text.has_ede = decision.has_ede;
  if (decision.has_ede) {
    text.ede_code = decision.ede_code;
    text.ede_text = std::string(decision.ede_text, decision.ede_text_length);
  }
  return text;
}

TEST_CASE("an explained answer is the module's, for every action, type and EDE") {
  const dns::Name qname = *dns::Name::FromText("www.evil.example");
  for (policy::Action action :
       {policy::Action::kPass, policy::Action::kNxdomain, policy::Action::kNodata,
        policy::Action::kRefused, policy::Action::kDrop, policy::Action::kSinkhole}) {
    for (uint16_t qtype : {dns::kTypeA, dns::kTypeAaaa, kMx, dns::kTypeAny}) {
      for (policy::Ede ede : {policy::Ede::kBlocked, policy::Ede::kCensored, policy::Ede::kFiltered,
                              policy::Ede::kNone}) {
        const AnswerView answer = {.action = action,
                                   .ede = ede,
                                   .ttl = 77,
                                   .text = "a-policy",
                                   .record_count = 3,
                                   .records = kRecords};
        const size_t label = 1;  // evil.example
        gate_decision decision{};
        WriteAnswer(answer, qname, qname.SuffixOffset(label), qtype, decision);
        const inspect::AnswerText expected = InWords(decision, qname);
        const inspect::AnswerText found = inspect::DescribeAnswer(answer, qname, label, qtype);
        INFO(policy::ActionName(action) << " type " << qtype << " " << policy::EdeName(ede));
        CHECK(found.outcome == expected.outcome);
        CHECK(found.status == expected.status);
        CHECK(found.flags == expected.flags);
        CHECK(found.answer == expected.answer);
        CHECK(found.authority == expected.authority);
        CHECK(found.has_ede == expected.has_ede);
        CHECK(found.ede_code == expected.ede_code);
        CHECK(found.ede_text == expected.ede_text);
        CHECK(found.ede_name.empty() == !expected.has_ede);
      }
    }
  }
}

TEST_CASE(
    "an explained CNAME is the module's: its target, its star, too long, or the name itself") {
  const std::string longest = std::string(63, 'a') + "." + std::string(63, 'b') + "." +
                              std::string(63, 'c') + "." + std::string(50, 'd');
  for (std::string_view qname_text :
       {std::string_view("www.evil.example"), std::string_view("garden.example"),
        std::string_view(longest)}) {
    for (std::string_view target_text : {"garden.example", "\\*.garden.example"}) {
      const dns::Name qname = *dns::Name::FromText(qname_text);
      const dns::Name target = *dns::Name::FromText(target_text);
      std::vector<uint8_t> records = {dns::kTypeCname, 0,
                                      static_cast<uint8_t>(target.wire().size()), 0};
      records.insert(records.end(), target.wire().begin(), target.wire().end());
      AnswerView answer{};
      answer.action = policy::Action::kSinkhole;
      answer.ede = policy::Ede::kBlocked;
      answer.ttl = 77;
      answer.record_count = 1;
      answer.records = records;
      for (uint16_t qtype : {dns::kTypeA, dns::kTypeCname, dns::kTypeAny}) {
        gate_decision decision{};
        WriteAnswer(answer, qname, 0, qtype, decision);
        const inspect::AnswerText expected = InWords(decision, qname);
        const inspect::AnswerText found = inspect::DescribeAnswer(answer, qname, 0, qtype);
        INFO(qname_text << " to " << target_text);
        CHECK(found.outcome == expected.outcome);
        CHECK(found.status == expected.status);
        CHECK(found.answer == expected.answer);
        CHECK(found.authority == expected.authority);
      }
    }
  }
}

}  // namespace
}  // namespace tollgate::module
