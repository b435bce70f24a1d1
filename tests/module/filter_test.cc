// SPDX-License-Identifier: BSD-3-Clause
//
// From a query to a decision, with a compiled database and without one.

#include "module/filter.h"

#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::module {
namespace {

using test::DayOf;
using test::NameOf;

constexpr uint64_t kSecondsPerDay = 24 * 60 * 60;
constexpr uint16_t kA = 1;

constexpr char kManifest[] =
    "policies: [{file: allow.yaml}, {file: trial.yaml}, {file: bad.yaml}]\n";
constexpr char kAllow[] = "id: allow\ntitle: t\naction: pass\ndomains: [good.bad.com]\n";
constexpr char kTrial[] = "id: trial\ntitle: t\nmode: shadow\ndomains: [trial.com]\n";
constexpr char kBad[] =
    "id: bad\ntitle: t\nexpires: 2025-12-31\ndomains: [bad.com]\nhosts: [host.com]\n"
    "patterns: [{id: com-hyphen, meaning: m, match: 'com-[a-z]+', suffixes: [top]}]\n";

std::unique_ptr<const RuleSet> Rules() {
  const test::TemporaryFolder folder;
  const std::string manifest = folder.Write("tollgate.yaml", kManifest);
  folder.Write("allow.yaml", kAllow);
  folder.Write("trial.yaml", kTrial);
  folder.Write("bad.yaml", kBad);
  CompileOptions options;
  options.public_suffix_list = test::TestSuffixList();
  options.today = DayOf("2025-06-01");
  const CompileReport report = Compile(manifest, options);
  if (!report.ok()) throw std::runtime_error(test::AsText(report.faults));
  auto rules = RuleSet::Open(folder.Write("tollgate.db", report.database));
  if (!rules.ok()) throw std::runtime_error(rules.status().ToString());
  return *std::move(rules);
}

// A query, with the octets that it points to.
struct Query : gate_query {
  explicit Query(std::string_view text, std::string_view day = "2025-06-01", size_t from = 0) {
    const dns::Name name = NameOf(text);
    octets.assign(name.wire().begin(), name.wire().end());
    qname = octets.data();
    qname_length = octets.size();
    qtype = kA;
    thread = from;
    now = DayOf(day) * kSecondsPerDay + 12345;
  }
  Query(const Query&) = delete;

  std::vector<uint8_t> octets;
};

gate_decision Decide(Filter& filter, const gate_query& query) {
  gate_decision decision{};
  filter.Decide(query, decision);
  return decision;
}

TEST_CASE("A name that no rule knows is resolved", "[filter]") {
  Filter filter(Rules(), OnFailure::kPass, 1);
  CHECK(Decide(filter, Query("www.example.com")).verdict == GATE_RESOLVE);
  CHECK(Decide(filter, Query(".")).verdict == GATE_RESOLVE);
  CHECK_FALSE(filter.Blocks(Query("www.example.com")));
}

TEST_CASE("A listed name is answered; the SOA belongs to the listed name", "[filter]") {
  Filter filter(Rules(), OnFailure::kPass, 1);
  const gate_decision decision = Decide(filter, Query("a.www.bad.com"));
  CHECK(decision.verdict == GATE_ANSWER);
  CHECK(decision.rcode == 3);
  CHECK(decision.soa_owner_offset == std::string("\1a\3www").size());
  CHECK(filter.Blocks(Query("a.www.bad.com")));
}

TEST_CASE("A pattern's SOA belongs to the registrable domain", "[filter]") {
  Filter filter(Rules(), OnFailure::kPass, 1);
  CHECK(Decide(filter, Query("usps.com-abc.top")).soa_owner_offset == 5);
}

TEST_CASE("Upper case is the same name", "[filter]") {
  Filter filter(Rules(), OnFailure::kPass, 1);
  Query query("bad.com");
  query.octets[1] = 'B';
  CHECK(filter.Blocks(query));
}

TEST_CASE("pass resolves, and blocks nothing", "[filter]") {
  Filter filter(Rules(), OnFailure::kPass, 1);
  CHECK(Decide(filter, Query("good.bad.com")).verdict == GATE_RESOLVE);
  CHECK_FALSE(filter.Blocks(Query("good.bad.com")));
}

TEST_CASE("Shadow mode resolves, blocks nothing, and is in the verdict", "[filter]") {
  Filter filter(Rules(), OnFailure::kPass, 1);
  gate_decision decision{};
  const policy::Verdict verdict = filter.Decide(Query("trial.com"), decision);
  CHECK(decision.verdict == GATE_RESOLVE);
  CHECK(verdict.shadow);
  CHECK_FALSE(filter.Blocks(Query("trial.com")));
}

TEST_CASE("A rule holds on its last day, and not on the next", "[filter]") {
  Filter filter(Rules(), OnFailure::kPass, 1);
  CHECK(filter.Blocks(Query("host.com", "2025-12-31")));
  CHECK_FALSE(filter.Blocks(Query("host.com", "2026-01-01")));
}

TEST_CASE("What is no name is resolved", "[filter]") {
  Filter filter(Rules(), OnFailure::kPass, 1);
  Query query("bad.com");
  query.qname_length -= 1;
  CHECK(Decide(filter, query).verdict == GATE_RESOLVE);
}

TEST_CASE("Without a database: pass", "[filter]") {
  Filter filter(nullptr, OnFailure::kPass, 1);
  CHECK(Decide(filter, Query("bad.com")).verdict == GATE_RESOLVE);
  CHECK_FALSE(filter.Blocks(Query("bad.com")));
}

TEST_CASE("Without a database: servfail", "[filter]") {
  Filter filter(nullptr, OnFailure::kServfail, 1);
  const gate_decision decision = Decide(filter, Query("example.com"));
  CHECK(decision.verdict == GATE_ANSWER);
  CHECK(decision.rcode == 2);
  CHECK_FALSE(filter.Blocks(Query("example.com")));
}

TEST_CASE("A thread that nobody announced filters too", "[filter]") {
  Filter filter(Rules(), OnFailure::kPass, 1);
  CHECK(filter.Blocks(Query("bad.com", "2025-06-01", 7)));
  CHECK(filter.Blocks(Query("com-abc.top", "2025-06-01", kMaxThreads - 1)));
}

TEST_CASE("A thread number beyond all reason is a failure, not a crash", "[filter]") {
  Filter filter(Rules(), OnFailure::kServfail, 1);
  CHECK(Decide(filter, Query("bad.com", "2025-06-01", kMaxThreads)).rcode == 2);
}

TEST_CASE("Threads decide at the same time", "[filter]") {
  constexpr size_t kThreads = 4;
  Filter filter(Rules(), OnFailure::kPass, kThreads / 2);
  std::vector<std::thread> threads;
  std::vector<int> wrong(kThreads);
  for (size_t number = 0; number < kThreads; ++number) {
    threads.emplace_back([&filter, &wrong, number] {
      const Query blocked("x.bad.com", "2025-06-01", number);
      const Query pattern("com-abc.top", "2025-06-01", number);
      const Query good("www.example.com", "2025-06-01", number);
      for (int round = 0; round < 1000; ++round) {
        wrong[number] += !filter.Blocks(blocked) + !filter.Blocks(pattern) + filter.Blocks(good);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(kThreads));
}

TEST_CASE("Memory includes the file", "[filter]") {
  Filter with(Rules(), OnFailure::kPass, 1);
  Filter without(nullptr, OnFailure::kPass, 1);
  CHECK(with.memory() == without.memory() + with.rules()->file_size());
}

}  // namespace
}  // namespace tollgate::module
