// SPDX-License-Identifier: BSD-3-Clause
//
// Transfers of a zone, record by record (RFC 5936, RFC 1995).

#include "ruleset/update/zone_copy.h"

#include <vector>

#include "tests/support/catch.h"

namespace tollgate::update {
namespace {

ZoneRecord Soa(uint32_t serial) {
  return *RecordOfLine("rpz.\t60\tIN\tSOA\tns. root. " + std::to_string(serial) + " 1 2 3 4");
}
ZoneRecord Blocks(const std::string& name) {
  return *RecordOfLine(name + ".rpz.\t60\tIN\tCNAME\t.");
}

// Takes them all; the fault of the first that is not taken.
std::string Taken(TransferReader& reader, const std::vector<ZoneRecord>& records) {
  for (const ZoneRecord& record : records) {
    const absl::Status status = reader.Take(record);
    if (!status.ok()) return std::string(status.message());
  }
  return reader.done() ? "done" : "more";
}

// The zone with serial 5 that has a and b.
ZoneCopy Base() {
  TransferReader reader(std::nullopt, 10000);
  REQUIRE(Taken(reader, {Soa(5), Blocks("a"), Blocks("b"), Soa(5)}) == "done");
  return reader.zone();
}

std::string Differences(const std::vector<ZoneRecord>& records, std::string& text) {
  TransferReader reader(Base(), 10000);
  const std::string taken = Taken(reader, records);
  text = reader.done() ? reader.zone().Text() : "";
  return taken;
}

std::string Lines(const std::vector<ZoneRecord>& records) {
  std::string text;
  for (const ZoneRecord& record : records) text += record.text + "\n";
  return text;
}

}  // namespace

TEST_CASE("A whole zone begins and ends with its SOA") {
  CHECK(Base().Text() == Lines({Soa(5), Blocks("a"), Blocks("b")}));
  CHECK(Base().serial() == 5);
}

TEST_CASE("What is written is read again") {
  const absl::StatusOr<ZoneCopy> again = ZoneCopy::Parse(Base().Text());
  REQUIRE(again.ok());
  CHECK(again->Text() == Base().Text());
}

TEST_CASE("A copy that is cut off, empty or begins with something else is refused") {
  CHECK(!ZoneCopy::Parse("").ok());
  CHECK(!ZoneCopy::Parse(Blocks("a").text + "\n").ok());
  const std::string text = Base().Text();
  CHECK(!ZoneCopy::Parse(text.substr(0, text.size() - 1)).ok());
}

TEST_CASE("Differences are applied one after the other") {
  std::string text;
  CHECK(Differences({Soa(7), Soa(5), Blocks("a"), Soa(6), Blocks("c"), Soa(6), Blocks("c"), Soa(7),
                     Blocks("d"), Soa(7)},
                    text) == "done");
  CHECK(text == Lines({Soa(7), Blocks("b"), Blocks("d")}));
}

TEST_CASE("A server may answer with the whole zone") {
  std::string text;
  CHECK(Differences({Soa(7), Blocks("x"), Soa(7)}, text) == "done");
  CHECK(text == Lines({Soa(7), Blocks("x")}));
}

TEST_CASE("One SOA alone says that there is nothing newer") {
  TransferReader reader(Base(), 10000);
  CHECK(Taken(reader, {Soa(5)}) == "more");
  CHECK(reader.is_lone_soa());
  CHECK(reader.serial() == 5);
}

TEST_CASE("Differences that remove what is not there do not fit") {
  std::string text;
  CHECK(Differences({Soa(6), Soa(5), Blocks("x"), Soa(6), Soa(6)}, text) ==
        "the differences do not fit the copy");
}

TEST_CASE("Differences from another serial do not fit each other") {
  std::string text;
  CHECK(Differences({Soa(8), Soa(5), Soa(6), Soa(7), Soa(8)}, text) ==
        "the differences do not fit each other");
}

TEST_CASE("A whole zone that ends with another SOA is refused") {
  TransferReader reader(std::nullopt, 10000);
  CHECK(Taken(reader, {Soa(5), Blocks("a"), Soa(6)}) == "the transfer ends with another SOA");
}

TEST_CASE("A transfer that begins with something else is refused") {
  TransferReader reader(std::nullopt, 10000);
  CHECK(Taken(reader, {Blocks("a")}) == "the transfer does not begin with an SOA");
}

TEST_CASE("A zone that is too large is refused while it comes") {
  TransferReader reader(std::nullopt, 50);
  CHECK(Taken(reader, {Soa(5), Blocks("a"), Blocks("b"), Blocks("c")}) ==
        "larger than max_size, 50 octets");
}

TEST_CASE("Serials go around (RFC 1982)") {
  CHECK(SerialIsLater(6, 5));
  CHECK(!SerialIsLater(5, 5));
  CHECK(!SerialIsLater(5, 6));
  CHECK(SerialIsLater(3, 4294967290));
  CHECK(!SerialIsLater(4294967290, 3));
}

}  // namespace tollgate::update
