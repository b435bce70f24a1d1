// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/inspect/answer_text.h"

#include <optional>
#include <span>

#include "ruleset/dns/type.h"
#include "ruleset/policy/cname_target.h"
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

std::string RecordLine(const std::string& owner, uint32_t ttl, uint16_t type,
                       std::span<const uint8_t> rdata) {
  return owner + " " + std::to_string(ttl) + " IN " +
         source::RecordText(type, {reinterpret_cast<const char*>(rdata.data()), rdata.size()});
}

void AddRecords(const AnswerView& view, const std::string& owner, uint16_t qtype,
                std::vector<std::string>& out) {
  std::span<const uint8_t> records = view.records;
  for (RecordView record; NextRecord(records, record);) {
    if (record.type != qtype && qtype != dns::kTypeAny) continue;
    out.push_back(RecordLine(owner, view.ttl, record.type, record.rdata));
  }
}

// False where `view` has no CNAME. What lies behind the CNAME, only the resolver knows.
bool AddCname(const AnswerView& view, const dns::Name& qname, AnswerText& text) {
  std::span<const uint8_t> records = view.records;
  RecordView record;
  do {
    if (!NextRecord(records, record)) return false;
  } while (record.type != dns::kTypeCname);
  const std::optional<dns::Name> target = policy::CnameTarget(record.rdata, qname);
  if (!target) {
    text.status = "YXDOMAIN";
  } else if (*target == qname) {
    text.outcome = Outcome::kResolve;
  } else {
    text.status = "NOERROR";
    text.answer.push_back(
        RecordLine(Absolute(qname, 0), view.ttl, dns::kTypeCname, target->wire()));
  }
  return true;
}

}  // namespace

AnswerText DescribeAnswer(const AnswerView& view, const dns::Name& qname, size_t owner_label,
                          uint16_t qtype) {
  AnswerText text;
  text.outcome = Outcome::kAnswer;
  bool has_soa = true;
  switch (view.action) {
    case Action::kPass:
      text.outcome = Outcome::kResolve;
      return text;
    case Action::kDrop:
      text.outcome = Outcome::kDrop;
      return text;
    case Action::kTruncate:
      text.outcome = Outcome::kTruncate;
      return text;
    case Action::kRefused:
      text.status = "REFUSED";
      has_soa = false;
      break;
    case Action::kNxdomain:
      text.status = "NXDOMAIN";
      break;
    case Action::kSinkhole:
      if (AddCname(view, qname, text)) {
        if (text.outcome == Outcome::kResolve) return text;
        has_soa = false;
        break;
      }
      AddRecords(view, Absolute(qname, 0), qtype, text.answer);
      has_soa = text.answer.empty();
      [[fallthrough]];
    case Action::kNodata:
      text.status = "NOERROR";
      break;
  }
  text.flags = {"qr", "rd", "ra"};
  if (has_soa) {
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
