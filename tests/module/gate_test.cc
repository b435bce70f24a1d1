// SPDX-License-Identifier: BSD-3-Clause
//
// What the module says to its host's log when it is opened, and that nothing keeps it from opening.

#include "module/gate.h"

#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace {

using tollgate::test::TemporaryFolder;

std::vector<std::string> log_lines;
std::mutex log_mutex;  // the gate's threads write, too

void TakeLine(enum gate_level level, const char* line) {
  const std::lock_guard lock(log_mutex);
  static constexpr const char* kNames[] = {"error", "warning", "info", "debug"};
  log_lines.push_back(std::string(kNames[level]) + " " + line);
}

using Gate = std::unique_ptr<gate, decltype(&gate_close)>;

// Opens a gate with this module.yaml.
Gate Open(const std::string& configuration) {
  const TemporaryFolder folder;
  log_lines.clear();
  setenv("TOLLGATE_CONFIG", folder.Write("module.yaml", configuration).c_str(), 1);
  const gate_host host = {
      .threads = 1, .unbound = "1.17.1", .tags = nullptr, .tag_count = 0, .log = &TakeLine};
  return Gate(gate_open(&host), &gate_close);
}

bool Logged(const std::string& text) {
  const std::lock_guard lock(log_mutex);
  for (const std::string& line : log_lines) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

TEST_CASE("A missing database is an error that says what happens and what to do", "[gate]") {
  const Gate gate = Open("database: /nonexistent/tollgate.db");
  REQUIRE(gate != nullptr);
  CHECK_FALSE(gate_has_database(gate.get()));
  CHECK(Logged("error tollgate: no database: "));
  CHECK(Logged("WITHOUT ANY FILTER"));
  CHECK(Logged("tollgate compile tollgate.yaml -o /nonexistent/tollgate.db"));
}

TEST_CASE("on_failure: servfail is told of", "[gate]") {
  const Gate gate = Open("{database: /nonexistent/tollgate.db, on_failure: servfail}");
  CHECK(Logged("SERVFAIL"));
  CHECK_FALSE(Logged("WITHOUT ANY FILTER"));
}

TEST_CASE("Each line begins with the module's name", "[gate]") {
  const Gate gate = Open("databas: [");
  CHECK(!log_lines.empty());
  for (const std::string& line : log_lines) CHECK(line.find(" tollgate: ") != std::string::npos);
}

TEST_CASE("Without a database every query is resolved", "[gate]") {
  const Gate gate = Open("database: /nonexistent/tollgate.db");
  const uint8_t qname[] = "\3bad\3com";
  const gate_query query = {
      .qname = qname, .qname_length = sizeof(qname), .qtype = 1, .thread = 0, .now = 0};
  gate_decision decision{};
  gate_enter(gate.get(), 0);
  gate_decide(gate.get(), &query, &decision);
  CHECK(decision.verdict == GATE_RESOLVE);
  CHECK_FALSE(gate_blocks(gate.get(), &query));
  gate_leave(gate.get(), 0);
  CHECK(gate_memory(gate.get()) > 0);
}

TEST_CASE("A thread number beyond all reason is a failure, not a crash", "[gate]") {
  const Gate gate = Open("{database: /nonexistent/tollgate.db, on_failure: servfail}");
  const uint8_t qname[] = "\3bad\3com";
  const gate_query query = {
      .qname = qname, .qname_length = sizeof(qname), .qtype = 1, .thread = 100000, .now = 0};
  gate_decision decision{};
  gate_enter(gate.get(), query.thread);
  gate_decide(gate.get(), &query, &decision);
  gate_leave(gate.get(), query.thread);
  CHECK(decision.rcode == 2);
}

}  // namespace
