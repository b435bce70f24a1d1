// SPDX-License-Identifier: BSD-3-Clause

#include "module/events/response_message.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "module/answer.h"
#include "module/events/event_text.h"
#include "ruleset/dns/type.h"

namespace tollgate::module {
namespace {

// RFC 1035 section 4.1.1; AD and CD: RFC 4035 section 3.2.
constexpr uint16_t kQr = 0x8000;
constexpr uint16_t kTc = 0x0200;
constexpr uint16_t kRd = 0x0100;
constexpr uint16_t kRa = 0x0080;
constexpr uint16_t kCd = 0x0010;
constexpr size_t kHeaderLength = 12;
constexpr size_t kFlagsAt = 2;
constexpr size_t kAnswerCountAt = 6;
constexpr size_t kAuthorityCountAt = 8;

constexpr uint16_t kClassIn = 1;
constexpr uint16_t kPointer = 0xc000;  // RFC 1035 section 4.1.4
constexpr size_t kLargestMessage = 65535;

class Message {
 public:
  Message(const Event& event, uint16_t flags) : flags_(flags) {
    Put16(event.query_id);
    Put16(flags);
    Put16(1);  // QDCOUNT
    for (int i = 0; i < 3; ++i) Put16(0);
    Append({event.qname.data(), event.qname_length});
    Put16(event.qtype);
    Put16(kClassIn);
  }

  // Adds a record of QNAME from octet `owner_offset` on. False where there is no room.
  bool Add(size_t owner_offset, uint16_t type, uint32_t ttl, std::span<const uint8_t> rdata) {
    constexpr size_t kFixed = 2 + 2 + 2 + 4 + 2;
    if (octets_.size() + kFixed + rdata.size() > kLargestMessage) {
      Set16(kFlagsAt, flags_ | kTc);
      return false;
    }
    Put16(static_cast<uint16_t>(kPointer | (kHeaderLength + owner_offset)));
    Put16(type);
    Put16(kClassIn);
    Put16(static_cast<uint16_t>(ttl >> 16));
    Put16(static_cast<uint16_t>(ttl));
    Put16(static_cast<uint16_t>(rdata.size()));
    Append(rdata);
    return true;
  }

  void Set16(size_t at, uint16_t value) {
    octets_[at] = static_cast<char>(value >> 8);
    octets_[at + 1] = static_cast<char>(value);
  }

  std::string Take() { return std::move(octets_); }

 private:
  void Put16(uint16_t value) {
    octets_.push_back(static_cast<char>(value >> 8));
    octets_.push_back(static_cast<char>(value));
  }
  void Append(std::span<const uint8_t> octets) {
    octets_.append(reinterpret_cast<const char*>(octets.data()), octets.size());
  }

  const uint16_t flags_;
  std::string octets_;
};

// As NamePatient did before the event was offered.
void NamePatientAgain(const Event& event, gate_decision& decision) {
  const size_t length = std::min<size_t>(event.own_length, event.own.size());
  if (length == 0) return;
  if (decision.target_length > 0) {
    if (decision.target_length + 1 + length > sizeof(decision.target)) return;
    std::copy_backward(decision.target, decision.target + decision.target_length,
                       decision.target + decision.target_length + 1 + length);
    decision.target[0] = static_cast<uint8_t>(length);
    std::copy_n(event.own.begin(), length, decision.target + 1);
    decision.target_length += 1 + length;
  } else if (event.own_at < decision.answer.size) {
    std::copy_n(event.own.begin(), std::min(length, sizeof(decision.named)), decision.named);
    decision.named_rdata = decision.answer.octets + event.own_at;
  }
}

}  // namespace

std::string QueryMessage(const Event& event) {
  if (!QnameOf(event)) return "";
  return Message(event, event.query_flags & ~kQr).Take();
}

std::string ResponseMessage(const Event& event) {
  return ResponseMessage(event, event.rules->Answer(event.match.rule));
}

std::string ResponseMessage(const Event& event, const AnswerView& answer) {
  const std::optional<dns::Name> qname = QnameOf(event);
  if (!qname) return "";
  const size_t owner_label = std::min<size_t>(event.match.owner_label, qname->label_count());
  gate_decision decision{};
  WriteAnswer(answer, *qname, qname->SuffixOffset(owner_label), event.qtype, decision);
  if (decision.verdict != GATE_ANSWER) return "";
  NamePatientAgain(event, decision);

  const auto flags = static_cast<uint16_t>(kQr | (event.query_flags & (kRd | kCd)) | kRa |
                                           (decision.truncated ? kTc : 0) | decision.rcode);
  Message message(event, flags);
  std::span<const uint8_t> records(decision.answer.octets, decision.answer.size);
  uint16_t answers = 0;
  for (RecordView record; NextRecord(records, record); ++answers) {
    if (!message.Add(0, record.type, decision.ttl, SentRdata(decision, record.rdata))) break;
  }
  if (decision.target_length > 0 &&
      message.Add(0, dns::kTypeCname, decision.ttl, {decision.target, decision.target_length})) {
    ++answers;
  }
  message.Set16(kAnswerCountAt, answers);
  if (decision.has_soa && message.Add(decision.soa_owner_offset, dns::kTypeSoa, decision.ttl,
                                      {decision.soa_rdata, GATE_SOA_LENGTH})) {
    message.Set16(kAuthorityCountAt, 1);
  }
  return message.Take();
}

}  // namespace tollgate::module
