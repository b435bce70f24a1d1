// SPDX-License-Identifier: BSD-3-Clause
//
// The response that dnstap shows, as ldns reads it.

#include <memory>

#include "module/events/response_message.h"
#include "tests/module/event_fixture.h"
#include "tests/support/catch.h"

// clang-format off: ldns defines bool, true and false as macros, so that it comes last.
#include <ldns/ldns.h>
#undef bool
#undef true
#undef false
// clang-format on

namespace tollgate::module {
namespace {

using test::EventFor;

std::string Freed(char* text) {
  std::string copy = text;
  free(text);
  return copy;
}

// One line for each record.
std::string Section(const ldns_rr_list* records) {
  std::string text;
  for (size_t i = 0; i < ldns_rr_list_rr_count(records); ++i) {
    text += Freed(ldns_rr2str(ldns_rr_list_rr(records, i)));
  }
  return text;
}

using Packet = std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)>;

Packet Parsed(const std::string& message) {
  ldns_pkt* packet = nullptr;
  const auto* octets = reinterpret_cast<const uint8_t*>(message.data());
  REQUIRE(ldns_wire2pkt(&packet, octets, message.size()) == LDNS_STATUS_OK);
  return {packet, &ldns_pkt_free};
}

TEST_CASE("response: NXDOMAIN, with the SOA of the matched name", "[events]") {
  const Packet packet = Parsed(ResponseMessage(EventFor("www.nxdomain.com", 28)));
  CHECK(ldns_pkt_id(packet.get()) == 0x1234);
  CHECK(ldns_pkt_qr(packet.get()));
  CHECK(ldns_pkt_rd(packet.get()));
  CHECK(ldns_pkt_ra(packet.get()));
  CHECK_FALSE(ldns_pkt_aa(packet.get()));
  CHECK(ldns_pkt_get_rcode(packet.get()) == LDNS_RCODE_NXDOMAIN);
  CHECK(Section(ldns_pkt_question(packet.get())) == "www.nxdomain.com.\tIN\tAAAA\n");
  CHECK(Section(ldns_pkt_answer(packet.get())) == "");
  CHECK(Section(ldns_pkt_authority(packet.get())) ==
        "nxdomain.com.\t300\tIN\tSOA\tlocalhost. nobody.invalid. 1 3600 1200 604800 300\n");
}

TEST_CASE("response: the question in the client's own spelling", "[events]") {
  const Packet packet = Parsed(ResponseMessage(EventFor("wWw.nXdomain.cOm")));
  CHECK(Section(ldns_pkt_question(packet.get())) == "wWw.nXdomain.cOm.\tIN\tA\n");
}

TEST_CASE("response: the records of a sinkhole for the type", "[events]") {
  const auto answer = [](uint16_t qtype) {
    return Section(ldns_pkt_answer(Parsed(ResponseMessage(EventFor("sinkhole.com", qtype))).get()));
  };
  CHECK(answer(1) ==
        "sinkhole.com.\t60\tIN\tA\t192.0.2.80\nsinkhole.com.\t60\tIN\tA\t192.0.2.81\n");
  CHECK(answer(28) == "sinkhole.com.\t60\tIN\tAAAA\t2001:db8::80\n");
  CHECK(answer(255) == answer(1) + answer(28));
  CHECK(answer(16) == "");
}

TEST_CASE("response: the address that names the client stands where the rule's own was",
          "[events]") {
  Event event = EventFor("sinkhole.com");
  event.own_length = 16;
  event.own_at = 12;  // two numbers before each record's RDATA of four octets
  const uint8_t own[] = {198, 51, 100, 7};
  std::copy(std::begin(own), std::end(own), event.own.begin());
  CHECK(Section(ldns_pkt_answer(Parsed(ResponseMessage(event)).get())) ==
        "sinkhole.com.\t60\tIN\tA\t192.0.2.80\nsinkhole.com.\t60\tIN\tA\t198.51.100.7\n");
}

TEST_CASE("response: the label that names the client stands in front of the target", "[events]") {
  const std::string rdata("\1p\6garden\7example", 18);
  const std::string record = std::string("\x05\0\x12\0", 4) + rdata;
  const AnswerView answer = {
      .action = policy::Action::kSinkhole,
      .ede = policy::Ede::kNone,
      .ttl = 60,
      .text = {},
      .record_count = 1,
      .records = {reinterpret_cast<const uint8_t*>(record.data()), record.size()}};
  Event event = EventFor("sinkhole.com");
  event.own_length = 3;
  std::fill_n(event.own.begin(), 3, uint8_t{'x'});
  CHECK(Section(ldns_pkt_answer(Parsed(ResponseMessage(event, answer)).get())) ==
        "sinkhole.com.\t60\tIN\tCNAME\txxx.p.garden.example.\n");
  event.own_length = 200;  // of another's making
  CHECK(Section(ldns_pkt_answer(Parsed(ResponseMessage(event, answer)).get()))
            .ends_with(".p.garden.example.\n"));
}

TEST_CASE("response: NODATA and REFUSED", "[events]") {
  const Packet nodata = Parsed(ResponseMessage(EventFor("nodata.com")));
  CHECK(ldns_pkt_get_rcode(nodata.get()) == LDNS_RCODE_NOERROR);
  CHECK(ldns_pkt_nscount(nodata.get()) == 1);
  const Packet refused = Parsed(ResponseMessage(EventFor("refused.com")));
  CHECK(ldns_pkt_get_rcode(refused.get()) == LDNS_RCODE_REFUSED);
  CHECK(ldns_pkt_nscount(refused.get()) == 0);
}

TEST_CASE("response: of the query's flags, RD and CD come back", "[events]") {
  Event event = EventFor("nxdomain.com");
  event.query_flags = 0x0010;
  const Packet cd = Parsed(ResponseMessage(event));
  CHECK_FALSE(ldns_pkt_rd(cd.get()));
  CHECK(ldns_pkt_cd(cd.get()));
  event.query_flags = 0xffff;  // a broken query
  CHECK(ldns_pkt_get_rcode(Parsed(ResponseMessage(event)).get()) == LDNS_RCODE_NXDOMAIN);
}

TEST_CASE("response: none for drop and pass", "[events]") {
  CHECK(ResponseMessage(EventFor("drop.com")) == "");
  CHECK(ResponseMessage(EventFor("pass.com")) == "");
}

TEST_CASE("response: none for a name that is none", "[events]") {
  Event event = EventFor("nxdomain.com");
  event.qname_length -= 1;
  CHECK(ResponseMessage(event) == "");
  CHECK(QueryMessage(event) == "");
}

TEST_CASE("response: what does not fit in a message is left out, and TC says so", "[events]") {
  std::string records;
  for (int i = 0; i < 100; ++i) {
    records += std::string("\x10\x00\xe9\x03", 4);  // TXT, 1001 octets
    for (int piece = 0; piece < 7; ++piece) records += '\x8e' + std::string(142, 'x');
  }
  const AnswerView answer = {
      .action = policy::Action::kSinkhole,
      .ede = policy::Ede::kNone,
      .ttl = 60,
      .text = {},
      .record_count = 100,
      .records = {reinterpret_cast<const uint8_t*>(records.data()), records.size()}};
  const std::string message = ResponseMessage(EventFor("sinkhole.com", 16), answer);
  CHECK(message.size() <= 65535);
  CHECK(message.size() > 64000);
  const Packet packet = Parsed(message);
  CHECK(ldns_pkt_tc(packet.get()));
  CHECK(ldns_pkt_ancount(packet.get()) == 64);
  CHECK(ldns_rr_list_rr_count(ldns_pkt_answer(packet.get())) == 64);
}

TEST_CASE("query: header and question", "[events]") {
  const Packet packet = Parsed(QueryMessage(EventFor("drop.com", 16)));
  CHECK_FALSE(ldns_pkt_qr(packet.get()));
  CHECK(ldns_pkt_rd(packet.get()));
  CHECK(Section(ldns_pkt_question(packet.get())) == "drop.com.\tIN\tTXT\n");
}

}  // namespace
}  // namespace tollgate::module
