// SPDX-License-Identifier: BSD-3-Clause

#include "module/answer.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "ruleset/dns/type.h"
#include "ruleset/policy/cname_target.h"

namespace tollgate::module {
namespace {

using policy::Action;

// RFC 1035 section 4.1.1 and IANA, "DNS RCODEs".
constexpr uint16_t kNoError = 0;
constexpr uint16_t kServFail = 2;
constexpr uint16_t kNxDomain = 3;
constexpr uint16_t kRefused = 5;
constexpr uint16_t kYxDomain = 6;

constexpr uint16_t kEdeOther = 0;
constexpr std::string_view kNoDatabase = "tollgate: no database";

// The SOA of Unbound's own static zones: MNAME localhost., RNAME nobody.invalid., SERIAL 1,
// REFRESH 3600, RETRY 1200, EXPIRE 604800. MINIMUM follows.
constexpr char kSoa[] =
    "\x09localhost\x00"
    "\x06nobody\x07invalid\x00"
    "\x00\x00\x00\x01"
    "\x00\x00\x0e\x10"
    "\x00\x00\x04\xb0"
    "\x00\x09\x3a\x80";
constexpr size_t kSoaLength = sizeof(kSoa) - 1;
static_assert(kSoaLength + sizeof(uint32_t) == GATE_SOA_LENGTH);

// RFC 2308 section 5: a client caches a negative answer for the lesser of the SOA's TTL and its
// MINIMUM, so that both are the policy's.
void WriteSoa(size_t owner_offset, uint32_t ttl, gate_decision& decision) noexcept {
  decision.has_soa = 1;
  decision.soa_owner_offset = owner_offset;
  std::memcpy(decision.soa_rdata, kSoa, kSoaLength);
  for (int i = 0; i < 4; ++i) {
    decision.soa_rdata[kSoaLength + i] = static_cast<uint8_t>(ttl >> (24 - 8 * i));
  }
}

// The part of `records` that answers `qtype`. Records are sorted by type, so that it is one piece.
std::span<const uint8_t> RecordsOfType(std::span<const uint8_t> records, uint16_t qtype) noexcept {
  if (qtype == dns::kTypeAny) return records;
  const uint8_t* begin = records.data();
  const uint8_t* end = begin;
  RecordView record;
  for (const uint8_t* at = begin; NextRecord(records, record); at = records.data()) {
    if (record.type < qtype) {
      begin = records.data();
      end = begin;
    } else if (record.type == qtype) {
      begin = begin == end ? at : begin;
      end = records.data();
    } else {
      break;
    }
  }
  return {begin, static_cast<size_t>(end - begin)};
}

// A CNAME stands alone at its name (RFC 1034 section 3.6.2). Nothing where `records` have none.
std::optional<RecordView> CnameOf(std::span<const uint8_t> records) noexcept {
  RecordView record;
  while (NextRecord(records, record) && record.type <= dns::kTypeCname) {
    if (record.type == dns::kTypeCname) return record;
  }
  return std::nullopt;
}

// As for a DNAME (RFC 6672 section 2.2), a target that would be too long is YXDOMAIN.
void WriteCname(const RecordView& cname, const dns::Name& qname, uint16_t qtype,
                gate_decision& decision) noexcept {
  const std::optional<dns::Name> target = policy::CnameTarget(cname.rdata, qname);
  if (!target) {
    decision.rcode = kYxDomain;
    return;
  }
  if (*target == qname) {
    decision.verdict = GATE_RESOLVE;
    return;
  }
  std::copy(target->wire().begin(), target->wire().end(), decision.target);
  decision.target_length = target->wire().size();
  decision.has_chain = qtype != dns::kTypeCname && qtype != dns::kTypeAny;
}

void Clear(gate_decision& decision, gate_verdict verdict, uint16_t rcode, uint32_t ttl) noexcept {
  decision.verdict = verdict;
  decision.rcode = rcode;
  decision.truncated = 0;
  decision.ttl = ttl;
  decision.answer = {nullptr, 0};
  decision.named_rdata = nullptr;
  decision.target_length = 0;
  decision.has_chain = 0;
  decision.has_soa = 0;
  decision.has_ede = 0;
}

void WriteEde(uint16_t code, std::string_view text, gate_decision& decision) noexcept {
  decision.has_ede = 1;
  decision.ede_code = code;
  decision.ede_text = text.data();
  decision.ede_text_length = text.size();
}

}  // namespace

bool IsOwnTarget(const AnswerView& answer, const dns::Name& qname) noexcept {
  if (answer.action != Action::kSinkhole) return false;
  const std::optional<RecordView> cname = CnameOf(answer.records);
  return cname && policy::CnameTarget(cname->rdata, qname) == qname;
}

void WriteAnswer(const AnswerView& answer, const dns::Name& qname, size_t owner_offset,
                 uint16_t qtype, gate_decision& decision) noexcept {
  Clear(decision, GATE_ANSWER, kNoError, answer.ttl);
  switch (answer.action) {
    case Action::kPass:
      decision.verdict = GATE_RESOLVE;
      return;
    case Action::kTruncate:
      decision.truncated = 1;
      return;  // nothing is blocked: no EDE
    case Action::kDrop:
      decision.verdict = GATE_DROP;
      return;
    case Action::kRefused:
      decision.rcode = kRefused;
      break;
    case Action::kNxdomain:
      decision.rcode = kNxDomain;
      WriteSoa(owner_offset, answer.ttl, decision);
      break;
    case Action::kSinkhole: {
      if (const std::optional<RecordView> cname = CnameOf(answer.records)) {
        WriteCname(*cname, qname, qtype, decision);
        if (decision.verdict == GATE_RESOLVE) return;
        break;
      }
      const std::span<const uint8_t> records = RecordsOfType(answer.records, qtype);
      if (!records.empty()) {
        decision.answer = {records.data(), records.size()};
        break;
      }
      [[fallthrough]];  // the name exists, without this type
    }
    case Action::kNodata:
      WriteSoa(owner_offset, answer.ttl, decision);
      break;
  }
  if (answer.ede != policy::Ede::kNone) {
    WriteEde(static_cast<uint16_t>(answer.ede), answer.text, decision);
  }
}

bool NamePatient(const patient::Patients& patients, std::span<const uint8_t> client,
                 gate_decision& decision) noexcept {
  if (patients.empty() || client.empty() || decision.verdict != GATE_ANSWER) return false;
  if (decision.target_length > 0) {
    const auto target = dns::Name::FromWire({decision.target, decision.target_length});
    const auto own = target ? patients.Name(client, *target) : std::nullopt;
    if (!own) return false;
    std::copy(own->wire().begin(), own->wire().end(), decision.target);
    decision.target_length = own->wire().size();
    return true;
  }
  std::span<const uint8_t> records(decision.answer.octets, decision.answer.size);
  for (RecordView record; NextRecord(records, record);) {
    const bool is_address = (record.type == dns::kTypeA && record.rdata.size() == 4) ||
                            (record.type == dns::kTypeAaaa && record.rdata.size() == 16);
    if (!is_address) continue;
    std::copy(record.rdata.begin(), record.rdata.end(), decision.named);
    if (!patients.Name(client, {decision.named, record.rdata.size()})) continue;
    decision.named_rdata = record.rdata.data();
    return true;
  }
  return false;
}

std::span<const uint8_t> SentRdata(const gate_decision& decision,
                                   std::span<const uint8_t> rdata) noexcept {
  if (decision.named_rdata == nullptr || rdata.data() != decision.named_rdata) return rdata;
  return {decision.named, std::min(rdata.size(), sizeof(decision.named))};
}

void WriteUnavailable(gate_decision& decision) noexcept {
  Clear(decision, GATE_ANSWER, kServFail, 0);
  WriteEde(kEdeOther, kNoDatabase, decision);
}

}  // namespace tollgate::module
