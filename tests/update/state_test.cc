// SPDX-License-Identifier: BSD-3-Clause
//
// The file in which an update tells the next one what it knows.

#include "ruleset/update/state.h"

#include "tests/support/catch.h"

namespace tollgate::update {
namespace {

State Example() {
  State state;
  SourceState& source = state.sources.emplace_back();
  source.key = "https://feeds.example/\"list\".txt?token=\xc3\xa4";
  source.sha256 = std::string(64, 'a');
  source.etag = "W/\"5-abc\"";
  source.last_modified = "Sun, 22 Nov 2026 18:00:07 GMT";
  source.rules = 12034;
  source.serial = 4294967295;
  source.changed = 1763800000;
  source.confirmed = 1763800900;
  source.tried = 1763801800;
  source.problem = "HTTP status 404";
  source.problem_since = 1763801800;
  state.history = {{1, 1763700000, 0xffffffffffffffff, 10, std::string(64, 'b')},
                   {3, 1763800000, 7, 11, ""}};
  state.last_number = 4;
  state.current = 1;
  state.database = "/var/lib/unbound/tollgate/tollgate.db";
  state.inputs = std::string(64, 'c');
  state.hold = Hold{1763800001, 3, std::string(64, 'd')};
  return state;
}

std::string Replaced(const std::string& what, const std::string& by) {
  std::string text = SerializeState(Example());
  const size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("What is written is read again") {
  const absl::StatusOr<State> state = ParseState(SerializeState(Example()));
  REQUIRE(state.ok());
  CHECK(*state == Example());
}

TEST_CASE("So is a state in which nothing has happened yet") {
  const absl::StatusOr<State> state = ParseState(SerializeState(State()));
  REQUIRE(state.ok());
  CHECK(*state == State());
}

TEST_CASE("A file that is cut off anywhere is refused") {
  const std::string text = SerializeState(Example());
  for (size_t size = 0; size + 2 < text.size(); ++size) {
    CHECK(!ParseState(text.substr(0, size)).ok());
  }
}

TEST_CASE("A copy is called by its hash, and by nothing else") {
  CHECK(!ParseState(Replaced(std::string(64, 'a'), "../../etc/passwd")).ok());
  CHECK(!ParseState(Replaced(std::string(64, 'a'), std::string(63, 'a') + "/")).ok());
}

TEST_CASE("A number that is none is refused") {
  CHECK(!ParseState(Replaced("12034", "-1")).ok());
  CHECK(!ParseState(Replaced("12034", "\"12034\"")).ok());
  CHECK(!ParseState(Replaced("12034", "1.5")).ok());
}

TEST_CASE("Numbers of databases rise") {
  CHECK(!ParseState(Replaced("\"number\":3", "\"number\":1")).ok());
  CHECK(!ParseState(Replaced("\"last_number\":4", "\"last_number\":2")).ok());
}

TEST_CASE("Another format is refused") {
  CHECK(!ParseState(Replaced("tollgate-update-1", "tollgate-update-2")).ok());
}

TEST_CASE("Sources and databases are found") {
  const State state = Example();
  CHECK(state.Find(state.sources[0].key) == &state.sources[0]);
  CHECK(state.Find("https://other.example/") == nullptr);
  CHECK(state.FindDatabase(3) == &state.history[1]);
  CHECK(state.FindDatabase(2) == nullptr);
}

}  // namespace tollgate::update
