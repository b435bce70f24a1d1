// SPDX-License-Identifier: BSD-3-Clause
//
// Records of sinkhole answers: presentation format in, RDATA in wire format out, and back.

#include "ruleset/source/zone_text.h"

#include <string>

#include "tests/support/catch.h"

namespace tollgate::source {
namespace {

std::string Hex(std::string_view octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char octet : octets) {
    out += kDigits[octet >> 4];
    out += kDigits[octet & 15];
  }
  return out;
}

// "1 c0000201": type and RDATA; or what is wrong.
std::string Parsed(std::string_view text) {
  absl::StatusOr<policy::Record> record = ParseSinkholeRecord(text);
  if (!record.ok()) return "error: " + std::string(record.status().message());
  return std::to_string(record->type) + " " + Hex(record->rdata);
}

constexpr char kForms[] =
    "; write an address, or a type and its data such as 'TXT \"walled garden\"'";

}  // namespace

TEST_CASE("Sinkhole records: text to type and RDATA") {
  const auto [written, parsed] = GENERATE(table<std::string, std::string>({
      {"192.0.2.1", "1 c0000201"},
      {"  192.0.2.1 ", "1 c0000201"},
      {"A 192.0.2.1", "1 c0000201"},
      {"a 192.0.2.1", "1 c0000201"},
      {"2001:db8::1", "28 20010db8000000000000000000000001"},
      {"AAAA 2001:DB8::1", "28 20010db8000000000000000000000001"},
      {"::ffff:192.0.2.1", "28 00000000000000000000ffffc0000201"},
      {R"(TXT "walled garden")", "16 0d77616c6c65642067617264656e"},
      {R"(TXT "a" "b")", "16 01610162"},
      {"MX 10 mail.example.", "15 000a046d61696c076578616d706c6500"},
      {R"(TYPE65280 \# 2 abcd)", "65280 abcd"},
      {R"(TYPE1 \# 4 c0000201)", "1 c0000201"},
  }));
  INFO(written);
  CHECK(Parsed(written) == parsed);
}

TEST_CASE("An HTTPS record can be written") {
  // With RFC 9460's own form where ldns knows it, or with RFC 3597's, which every ldns takes.
  CHECK(Parsed(R"(TYPE65 \# 3 000000)") == "65 000000");
}

TEST_CASE("A text that is no record says what to write") {
  CHECK(Parsed("") == std::string("error: '' is no address") + kForms);
  CHECK(Parsed("192.0.2.256") == std::string("error: '192.0.2.256' is no address") + kForms);
  CHECK(Parsed("walled.garden.example") ==
        std::string("error: 'walled.garden.example' is no address") + kForms);
  CHECK(Parsed("XTX \"a\"") == std::string("error: 'XTX' is no record type") + kForms);
}

TEST_CASE("A record whose data does not fit its type names the type") {
  for (const char* written : {"A 2001:db8::1", "AAAA 192.0.2.1", "MX mail.example."}) {
    const std::string message = Parsed(written);
    INFO(message);
    CHECK(message.find("error: not a valid ") == 0);
    CHECK(message.find(kForms) != std::string::npos);
  }
}

TEST_CASE("A CNAME has an absolute target, in lower case, with or without the final dot") {
  for (const char* written :
       {"CNAME garden.example.", "cname \t Garden.example ", "TYPE5 garden.example"}) {
    CHECK(Parsed(written) == "5 0667617264656e076578616d706c6500");
  }
  CHECK(Parsed("CNAME *.example") == "5 012a076578616d706c6500");
}

TEST_CASE("A CNAME to what is no name, or to an action of policy zones, is refused") {
  for (const char* written : {"CNAME a..example", R"(TYPE5 \# 1 00)", "CNAME 192.0.2.1", "CNAME .",
                              "CNAME *.", "CNAME rpz-passthru.", "CNAME x.rpz-foo"}) {
    const std::string message = Parsed(written);
    INFO(message);
    CHECK(message.find("error: '") == 0);
  }
}

TEST_CASE("Types that would break the answer are refused") {
  const std::string type =
      GENERATE(as<std::string>{}, "SOA", "NS", "DNAME", "RRSIG", "NSEC", "NSEC3", "DNSKEY", "DS");
  CHECK(Parsed(type + " x") ==
        "error: a record of type " + type + ", which a sinkhole cannot answer with");
}

TEST_CASE("A type has a name or a number") {
  CHECK(*ParseType("A") == 1);
  CHECK(*ParseType("aaaa") == 28);
  CHECK(*ParseType("HTTPS") == 65);
  CHECK(*ParseType("TYPE65280") == 65280);
  CHECK(*ParseType("ANY") == 255);
}

TEST_CASE("What is no type says what types look like") {
  CHECK(std::string(ParseType("ADDRESS").status().message()) ==
        "'ADDRESS' is no record type; write A, AAAA, HTTPS, TXT or the like");
}

TEST_CASE("TypeText is ParseType the other way round") {
  CHECK(TypeText(1) == "A");
  CHECK(TypeText(65) == "HTTPS");
  CHECK(TypeText(65280) == "TYPE65280");
}

TEST_CASE("RecordText is ParseSinkholeRecord the other way round") {
  const std::string written =
      GENERATE(as<std::string>{}, "A 192.0.2.1", "AAAA 2001:db8::1", R"(TXT "walled garden")",
               "MX 10 mail.example.", R"(TYPE65280 \# 2 abcd)");
  const absl::StatusOr<policy::Record> record = ParseSinkholeRecord(written);
  REQUIRE(record.ok());
  CHECK(RecordText(record->type, record->rdata) == written);
}

TEST_CASE("RDATA that does not fit its type is shown in RFC 3597's form") {
  const std::string text = RecordText(1, "abc");
  INFO(text);
  CHECK(text.find(R"(\# 3 616263)") != std::string::npos);
}

}  // namespace tollgate::source
