// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/inspect/answer_text.h"

#include <span>

#include "ruleset/dns/type.h"
#include "ruleset/source/zone_text.h"

namespace tollgate::inspect {
namespace {

using policy::Action;

// "example.com." and ".": the form of zone files and of dig.
std::string Absolute(const dns::Name& name, size_t label) {
  const std::string text = name.Text(label);
  return text == "." ? text : text + ".";
}

// module/answer.cc has the SOA's fields, and why they are so.
std::string Soa(const std::string& owner, uint32_t ttl) {
  const std::string seconds = std::to_string(ttl);
  return owner + " " + seconds + " IN SOA localhost. nobody.invalid. 1 3600 1200 604800 " + seconds;
}

// IANA, "Extended DNS Error Codes".
std::string EdeTitle(policy::Ede ede) {
  switch (ede) {
    case policy::Ede::kBlocked:
      return "Blocked";
    case policy::Ede::kCensored:
      return "Censored";
    case policy::Ede::kFiltered:
      return "Filtered";
    case policy::Ede::kNone:
      break;
  }
  return "";
}

void AddRecords(const AnswerView& view, const std::string& owner, uint16_t qtype,
                std::vector<std::string>& out) {
  std::span<const uint8_t> records = view.records;
  for (RecordView record; NextRecord(records, record);) {
    if (record.type != qtype && qtype != dns::kTypeAny) continue;
    out.push_back(owner + " " + std::to_string(view.ttl) + " IN " +
                  source::RecordText(
                      record.type,
                      {reinterpret_cast<const char*>(record.rdata.data()), record.rdata.size()}));
  }
}

}  // namespace

AnswerText DescribeAnswer(const AnswerView& view, const dns::Name& qname, size_t owner_label,
                          uint16_t qtype) {
  AnswerText text;
  switch (view.action) {
    case Action::kPass:
      return text;
    case Action::kDrop:
      text.outcome = Outcome::kDrop;
      return text;
    case Action::kTruncate:
      text.outcome = Outcome::kTruncate;
      return text;
    case Action::kRefused:
      text.status = "REFUSED";
      break;
    case Action::kNxdomain:
      text.status = "NXDOMAIN";
      break;
    case Action::kSinkhole:
      AddRecords(view, Absolute(qname, 0), qtype, text.answer);
      [[fallthrough]];
    case Action::kNodata:
      text.status = "NOERROR";
      break;
  }
  text.outcome = Outcome::kAnswer;
  text.flags = {"qr", "rd", "ra"};
  if (view.action != Action::kRefused && text.answer.empty()) {
    text.authority.push_back(Soa(Absolute(qname, owner_label), view.ttl));
  }
  if (view.ede != policy::Ede::kNone) {
    text.has_ede = true;
    text.ede_code = static_cast<uint16_t>(view.ede);
    text.ede_name = EdeTitle(view.ede);
    text.ede_text = std::string(view.text);
  }
  return text;
}

}  // namespace tollgate::inspect
