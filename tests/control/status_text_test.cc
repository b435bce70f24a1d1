// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate ctl status, for people.

#include "ruleset/cli/status_text.h"

#include "ruleset/control/totals.h"
#include "tests/support/catch.h"

namespace tollgate::cli {
namespace {

using control::Gauge;
using control::ServiceCounter;
using control::Snapshot;

constexpr uint64_t kNow = 1'761'239'100;  // 2025-10-23 17:05:00 UTC

Snapshot Healthy() {
  Snapshot snapshot;
  snapshot.version = "0.1.0";
  snapshot.unbound = "1.22.0";
  snapshot.now = kNow;
  snapshot.database = "/var/lib/unbound/tollgate.db";
  snapshot.checksum = "0123456789abcdef";
  snapshot.log_level = "info";
  auto set = [&](Gauge gauge, uint64_t value) {
    snapshot.gauges[static_cast<size_t>(gauge)] = value;
  };
  set(Gauge::kStarted, kNow - 3 * 86400);
  set(Gauge::kDatabaseCreated, kNow - 720);
  set(Gauge::kDatabaseNames, 1'000'000);
  set(Gauge::kDatabasePatterns, 1);
  set(Gauge::kDatabasePolicies, 2);
  set(Gauge::kDatabaseBytes, 30'100'000);
  set(Gauge::kMemoryBytes, 31'000'000);
  snapshot.service[static_cast<size_t>(ServiceCounter::kSwitches)] = 1200;
  snapshot.policies = {{.id = "allow", .names = 12, .decisions = 5},
                       {.id = "block", .names = 999'988, .patterns = 1, .decisions = 7'000}};
  return snapshot;
}

bool Has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST_CASE("A filter that is well", "[status]") {
  CHECK(IsHealthy(Healthy()));
  CHECK(StatusText(Healthy()) ==
        "Tollgate    0.1.0 in Unbound 1.22.0, running for 3 d 0 h\n"
        "Database    /var/lib/unbound/tollgate.db\n"
        "            compiled 2025-10-23 16:53:00 UTC, 12 min ago; checksum 0123456789abcdef\n"
        "            1,000,000 names, 1 pattern, 2 policies, 30.1 MB\n"
        "Switches    1,200, 0 refused\n"
        "Memory      31.0 MB\n"
        "Log level   info\n"
        "\n"
        "Policy, in order of precedence        names   patterns    decided     shadow\n"
        "allow                                    12          0          5          0\n"
        "block                               999,988          1      7,000          0\n");
}

TEST_CASE("A database that was refused", "[status]") {
  Snapshot snapshot = Healthy();
  snapshot.last_error = "tollgate.db: the checksum is wrong";
  snapshot.last_error_time = kNow - 60;
  CHECK_FALSE(IsHealthy(snapshot));
  CHECK(Has(StatusText(snapshot),
            "            REFUSED 1 min ago, the one above stays in use: tollgate.db: the checksum "
            "is wrong"));
}

TEST_CASE("No database", "[status]") {
  Snapshot snapshot = Healthy();
  snapshot.checksum = "";
  snapshot.policies.clear();
  CHECK_FALSE(IsHealthy(snapshot));
  CHECK(
      Has(StatusText(snapshot), "            NONE IN USE: every query gets what on_failure says"));
  CHECK(StatusText(snapshot).find("compiled") == std::string::npos);
}

TEST_CASE("Pauses, with the time that is left", "[status]") {
  Snapshot snapshot = Healthy();
  snapshot.pauses = {{.until = kNow + 250},
                     {.client = "192.0.2.0/24", .policy = "block", .name = "shop.example"},
                     {.policy = "block", .until = kNow - 1}};
  const std::string text = StatusText(snapshot);
  CHECK(Has(text,
            "Paused      EVERYTHING: for 4 min more, until 2025-10-23 17:09:10 UTC\n"
            "            client 192.0.2.0/24, policy block, name shop.example and below: until "
            "'tollgate ctl resume', or a restart\n"
            "            policy block: for 0 s more, until 2025-10-23 17:04:59 UTC"));
  CHECK(IsHealthy(snapshot));
}

TEST_CASE("Policies in shadow mode are marked", "[status]") {
  Snapshot snapshot = Healthy();
  snapshot.policies[1].shadowed = true;
  const std::string text = StatusText(snapshot);
  CHECK(Has(text,
            "Shadow      1 policy put into shadow mode, until a restart: marked SHADOWED below"));
  CHECK(Has(text,
            "block                               999,988          1      7,000          0  "
            "SHADOWED"));
}

TEST_CASE("A clock that was put back makes nobody older than now", "[status]") {
  Snapshot snapshot = Healthy();
  snapshot.now = kNow - 10 * 86400;
  const std::string text = StatusText(snapshot);
  CHECK(Has(text, "Tollgate    0.1.0 in Unbound 1.22.0, running for 0 s"));
  CHECK(text.find("UTC, 0 s ago; checksum") != std::string::npos);
}

}  // namespace
}  // namespace tollgate::cli
