// SPDX-License-Identifier: BSD-3-Clause
//
// The response that dnstap shows: whatever the query and the rule's records are, it is a message
// that ldns reads, with the counts and the question that it should have.
//
//   action, owner label, query flags (2), QTYPE's low octet, times that the records are repeated,
//   length of QNAME, QNAME, then records: type's low octet, RDLENGTH (2), RDATA

#include <algorithm>
#include <string>

#include "module/events/response_message.h"
#include "ruleset/dns/type.h"
#include "tests/fuzz/fuzz.h"

// clang-format off: ldns defines bool, true and false as macros, so that it comes last.
#include <ldns/ldns.h>
#undef bool
#undef true
#undef false
// clang-format on

using tollgate::fuzz::Require;

namespace {

// RFC 6895 section 3.1: private use, RDATA of any form.
constexpr uint16_t kPrivateType = 65280;

class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  bool empty() const { return size_ == 0; }
  uint8_t Octet() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }
  uint16_t Two() { return static_cast<uint16_t>(Octet() << 8 | Octet()); }
  std::string Octets(size_t count) {
    count = std::min(count, size_);
    std::string octets(reinterpret_cast<const char*>(data_), count);
    data_ += count;
    size_ -= count;
    return octets;
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

// Records as a database packs them.
std::string Packed(Input& input, size_t& count) {
  std::string packed;
  for (; !input.empty(); ++count) {
    const uint16_t type = kPrivateType | (input.Octet() & 3);
    const std::string rdata = input.Octets(input.Two());
    const auto length = static_cast<uint16_t>(rdata.size());
    for (const uint16_t number : {type, length}) {
      packed.push_back(static_cast<char>(number));
      packed.push_back(static_cast<char>(number >> 8));
    }
    packed += rdata;
  }
  return packed;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tollgate;
  Input input(data, size);
  const auto action = static_cast<policy::Action>(input.Octet() % policy::kActionNames.size());
  module::Event event{};
  event.query_id = 4711;
  event.match.owner_label = input.Octet();
  event.query_flags = input.Two();
  event.qtype = input.Octet();
  event.qtype = event.qtype == dns::kTypeAny ? event.qtype : kPrivateType | (event.qtype & 3);
  const size_t repeat = 1 + input.Octet();
  event.qname_length = input.Octet();
  const std::string qname = input.Octets(event.qname_length);
  std::copy(qname.begin(), qname.end(), event.qname.begin());
  size_t record_count = 0;
  const std::string once = Packed(input, record_count);
  std::string records;
  for (size_t i = 0; i < repeat; ++i) records += once;
  event.own_length = input.Octet();
  event.own_at = input.Octet();

  const AnswerView answer = {
      .action = action,
      .ede = policy::Ede::kBlocked,
      .ttl = 300,
      .text = {},
      .record_count = record_count * repeat,
      .records = {reinterpret_cast<const uint8_t*>(records.data()), records.size()}};
  const std::string message = module::ResponseMessage(event, answer);
  const bool is_name = dns::Name::FromWire({event.qname.data(), event.qname_length}).has_value();
  const bool answers = action != policy::Action::kPass && action != policy::Action::kDrop;
  Require(message.empty() == !(is_name && answers), "a message where the client got one");
  if (message.empty()) return 0;
  Require(message.size() <= 65535, "no message is larger than a message can be");

  ldns_pkt* packet = nullptr;
  const auto* octets = reinterpret_cast<const uint8_t*>(message.data());
  Require(ldns_wire2pkt(&packet, octets, message.size()) == LDNS_STATUS_OK, "ldns reads it");
  Require(ldns_pkt_id(packet) == 4711 && ldns_pkt_qr(packet), "it answers the query");
  Require(ldns_pkt_qdcount(packet) == 1, "it has a question");
  const ldns_rdf* asked = ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(packet), 0));
  Require(ldns_rdf_size(asked) == event.qname_length &&
              std::equal(event.qname.begin(), event.qname.begin() + event.qname_length,
                         ldns_rdf_data(asked)),
          "the question is QNAME, letter by letter");
  const size_t shown = ldns_rr_list_rr_count(ldns_pkt_answer(packet));
  Require(shown == ldns_pkt_ancount(packet), "as many records as it says");
  Require(shown == 0 || action == policy::Action::kSinkhole, "records of a sinkhole alone");
  if (action == policy::Action::kTruncate) {
    Require(ldns_pkt_tc(packet) && ldns_pkt_nscount(packet) == 0, "TC and nothing else");
  }
  for (size_t i = 0; i < shown; ++i) {
    const ldns_rr* record = ldns_rr_list_rr(ldns_pkt_answer(packet), i);
    Require(ldns_dname_compare(ldns_rr_owner(record), asked) == 0, "records are QNAME's");
    Require(ldns_rr_ttl(record) == 300, "with the rule's TTL");
  }
  Require(ldns_pkt_nscount(packet) + (shown > 0 ? 1 : 0) <= 1, "an SOA where nothing is answered");
  ldns_pkt_free(packet);
  return 0;
}
