// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/control/snapshot_json.h"

#include "tests/control/example_snapshot.h"
#include "tests/support/catch.h"

namespace tollgate::control {
namespace {

std::string FaultOf(std::string_view json) {
  const absl::StatusOr<Snapshot> read = FromJson(json);
  return read.ok() ? "" : std::string(read.status().message());
}

}  // namespace

TEST_CASE("A state that is written and read is the same in every field") {
  const Snapshot written = ExampleSnapshot();
  const absl::StatusOr<Snapshot> read = FromJson(ToJson(written));
  REQUIRE(read.ok());
  CHECK(read->version == written.version);
  CHECK(read->unbound == written.unbound);
  CHECK(read->now == written.now);
  CHECK(read->database == written.database);
  CHECK(read->checksum == written.checksum);
  CHECK(read->last_error == written.last_error);
  CHECK(read->last_error_time == written.last_error_time);
  CHECK(read->log_level == written.log_level);
  CHECK(read->gauges == written.gauges);
  CHECK(read->service == written.service);
  CHECK(read->threads == written.threads);
  CHECK(read->verdict_times == written.verdict_times);
  CHECK(read->verdict_nanoseconds == written.verdict_nanoseconds);
  CHECK(read->sampled == written.sampled);
  REQUIRE(read->policies.size() == 2);
  CHECK(read->policies[0].id == "smishing");
  CHECK(read->policies[0].campaign == "summer");
  CHECK_FALSE(read->policies[0].shadowed);
  CHECK(read->policies[0].names == 70);
  CHECK(read->policies[0].patterns == 7);
  CHECK(read->policies[0].decisions == 700);
  CHECK(read->policies[0].shadow == 7'000);
  REQUIRE(read->policies[0].rules.size() == 2);
  CHECK(read->policies[0].rules[0].id == "post");
  CHECK(read->policies[0].rules[0].is_pattern);
  CHECK(read->policies[0].rules[0].decisions == 650);
  CHECK(read->policies[1].shadowed);
  REQUIRE(read->policies[1].rules.size() == 1);
  CHECK(read->policies[1].rules[0].shadow == 8'000);
  REQUIRE(read->pauses.size() == 1);
  CHECK(read->pauses[0].client == "192.0.2.0/24");
  CHECK(read->pauses[0].policy == "partner");
  CHECK(read->pauses[0].name == "example.com");
  CHECK(read->pauses[0].until == written.pauses[0].until);
  CHECK(ToJson(*read) == ToJson(written));
}

TEST_CASE("A state is one line") {
  Snapshot snapshot = ExampleSnapshot();
  snapshot.last_error = "two\nlines";
  CHECK(ToJson(snapshot).find('\n') == std::string::npos);
  CHECK(FromJson(ToJson(snapshot))->last_error == "two\nlines");
}

TEST_CASE("The largest number comes back whole") {
  Snapshot snapshot;
  snapshot.verdict_nanoseconds = UINT64_MAX;
  CHECK(FromJson(ToJson(snapshot))->verdict_nanoseconds == UINT64_MAX);
}

TEST_CASE("Octets that are no UTF-8 become JSON all the same") {
  Snapshot snapshot;
  snapshot.last_error = "a\xff";
  REQUIRE(FromJson(ToJson(snapshot)).ok());
  CHECK(FromJson(ToJson(snapshot))->last_error == "a\xef\xbf\xbd");
}

TEST_CASE("What is missing is nothing, and what is not known is left out") {
  const absl::StatusOr<Snapshot> read = FromJson(
      R"({"ok":true,"later":{"x":[1]},"gauges":{"database_names":5,"later":-1.5},"threads":[{}]})");
  REQUIRE(read.ok());
  CHECK(read->gauges[static_cast<size_t>(Gauge::kDatabaseNames)] == 5);
  CHECK(read->gauges[static_cast<size_t>(Gauge::kDatabaseBytes)] == 0);
  CHECK(read->threads.size() == 1);
  CHECK(read->version.empty());
  CHECK(read->policies.empty());
}

TEST_CASE("What is no JSON object is no state") {
  CHECK(FaultOf("").starts_with("not a state of Tollgate: "));
  CHECK(FaultOf("[]") == "not a state of Tollgate: no JSON object");
  CHECK(FaultOf("{\"now\":").starts_with("not a state of Tollgate: not JSON"));
}

TEST_CASE("A number that is none, negative, broken or too large is a fault") {
  for (const char* number : {"\"5\"", "-1", "1.5", "1e3", "18446744073709551616", "null", "[]"}) {
    CAPTURE(number);
    CHECK(FaultOf(std::string("{\"now\":") + number + "}") ==
          "not a state of Tollgate: 'now' is no whole number from 0 to 2^64 - 1");
  }
}

TEST_CASE("A value of another kind is a fault that names the field") {
  CHECK(FaultOf(R"({"version":1})") == "not a state of Tollgate: 'version' is no string");
  CHECK(FaultOf(R"({"gauges":[]})") == "not a state of Tollgate: 'gauges' is no object");
  CHECK(FaultOf(R"({"threads":{}})") == "not a state of Tollgate: 'threads' is no list");
  CHECK(FaultOf(R"({"threads":[1]})") == "not a state of Tollgate: 'threads' is no object");
  CHECK(FaultOf(R"({"policies":[1]})") ==
        "not a state of Tollgate: 'policies' has an item that is no object");
  CHECK(FaultOf(R"({"policies":[{"rules":[null]}]})") ==
        "not a state of Tollgate: 'rules' has an item that is no object");
  CHECK(FaultOf(R"({"policies":[{"shadowed":1}]})") ==
        "not a state of Tollgate: 'shadowed' is neither true nor false");
}

TEST_CASE("A short text does not become much memory") {
  std::string threads = "{\"threads\":[{}";
  for (int i = 0; i < 5000; ++i) threads += ",{}";
  CHECK(FaultOf(threads + "]}") == "not a state of Tollgate: 'threads' is too long");
}

}  // namespace tollgate::control
