// SPDX-License-Identifier: BSD-3-Clause
//
// From a query to a decision, with a compiled database and without one.

#include "module/filter.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/module/live_fixture.h"
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

std::shared_ptr<const RuleSet> Rules() {
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
  explicit Query(std::string_view text, std::string_view day = "2025-06-01", size_t from = 0)
      : gate_query() {
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

// A filter and what it stands on.
struct Filtering {
  explicit Filtering(std::shared_ptr<const RuleSet> rules, OnFailure on_failure = OnFailure::kPass,
                     size_t threads = 1, bool break_dnssec = true)
      : log(&Lines::Take),
        counters(kSlots),
        events(EventLog::Start({}, kSlots, counters, log)),
        live(kSlots, *events),
        filter(kSlots, {on_failure, break_dnssec}, patients, live, counters, *events) {
    if (rules == nullptr) return;
    live.Amend(
        [&](Ruling& ruling) { ruling.loaded = std::make_shared<Loaded>(rules, kSlots, threads); });
  }
  ~Filtering() { events.reset(); }

  gate_decision Decide(const gate_query& query, policy::Verdict* verdict = nullptr) {
    gate_decision decision{};
    filter.Enter(query.thread);
    const policy::Verdict said = filter.Decide(query, decision);
    if (verdict != nullptr) *verdict = said;
    filter.Leave(query.thread);
    return decision;
  }

  bool Blocks(const gate_query& query) {
    filter.Enter(query.thread);
    const bool blocks = filter.Blocks(query);
    filter.Leave(query.thread);
    return blocks;
  }

  bool Removes(const gate_query& query) {
    filter.Enter(query.thread);
    const bool removes = filter.Removes(query);
    filter.Leave(query.thread);
    return removes;
  }

  uint64_t Count(control::QueryCounter counter) const { return counters.Sum(counter); }

  HostLog log;
  Counters counters;
  std::unique_ptr<EventLog> events;
  Live live;
  patient::Patients patients;  // names nobody
  Filter filter;
};

TEST_CASE("A name that no rule knows is resolved", "[filter]") {
  Filtering filter(Rules());
  CHECK(filter.Decide(Query("www.example.com")).verdict == GATE_RESOLVE);
  CHECK(filter.Decide(Query(".")).verdict == GATE_RESOLVE);
  CHECK_FALSE(filter.Blocks(Query("www.example.com")));
}

TEST_CASE("A listed name is answered; the SOA belongs to the listed name", "[filter]") {
  Filtering filter(Rules());
  const gate_decision decision = filter.Decide(Query("a.www.bad.com"));
  CHECK(decision.verdict == GATE_ANSWER);
  CHECK(decision.rcode == 3);
  CHECK(decision.soa_owner_offset == std::string("\1a\3www").size());
  CHECK(filter.Blocks(Query("a.www.bad.com")));
}

TEST_CASE("A pattern's SOA belongs to the registrable domain", "[filter]") {
  Filtering filter(Rules());
  CHECK(filter.Decide(Query("usps.com-abc.top")).soa_owner_offset == 5);
}

TEST_CASE("Upper case is the same name", "[filter]") {
  Filtering filter(Rules());
  Query query("bad.com");
  query.octets[1] = 'B';
  CHECK(filter.Blocks(query));
}

TEST_CASE("pass resolves, and blocks nothing", "[filter]") {
  Filtering filter(Rules());
  CHECK(filter.Decide(Query("good.bad.com")).verdict == GATE_RESOLVE);
  CHECK_FALSE(filter.Blocks(Query("good.bad.com")));
}

TEST_CASE("Shadow mode resolves, blocks nothing, and is in the verdict", "[filter]") {
  Filtering filter(Rules());
  policy::Verdict verdict;
  const gate_decision decision = filter.Decide(Query("trial.com"), &verdict);
  CHECK(decision.verdict == GATE_RESOLVE);
  CHECK(verdict.shadow);
  CHECK_FALSE(filter.Blocks(Query("trial.com")));
}

TEST_CASE("A rule holds on its last day, and not on the next", "[filter]") {
  Filtering filter(Rules());
  CHECK(filter.Blocks(Query("host.com", "2025-12-31")));
  CHECK_FALSE(filter.Blocks(Query("host.com", "2026-01-01")));
}

TEST_CASE("What is no name is resolved", "[filter]") {
  Filtering filter(Rules());
  Query query("bad.com");
  query.qname_length -= 1;
  CHECK(filter.Decide(query).verdict == GATE_RESOLVE);
}

TEST_CASE("Without a database: pass", "[filter]") {
  Filtering filter(nullptr);
  CHECK(filter.Decide(Query("bad.com")).verdict == GATE_RESOLVE);
  CHECK_FALSE(filter.Blocks(Query("bad.com")));
}

TEST_CASE("Without a database: servfail", "[filter]") {
  Filtering filter(nullptr, OnFailure::kServfail, 1);
  const gate_decision decision = filter.Decide(Query("example.com"));
  CHECK(decision.verdict == GATE_ANSWER);
  CHECK(decision.rcode == 2);
  CHECK_FALSE(filter.Blocks(Query("example.com")));
}

TEST_CASE("A thread that nobody announced filters too", "[filter]") {
  Filtering filter(Rules());
  CHECK(filter.Blocks(Query("bad.com", "2025-06-01", 7)));
  CHECK(filter.Blocks(Query("com-abc.top", "2025-06-01", kSlots - 1)));
}

TEST_CASE("Threads decide at the same time", "[filter]") {
  constexpr size_t kThreads = 4;
  Filtering filter(Rules(), OnFailure::kPass, kThreads / 2);
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

TEST_CASE("truncate: over UDP an answer with TC, over TCP the real one, for this client alone",
          "[filter]") {
  const test::TemporaryFolder folder;
  const std::string path = folder.Write("p.yaml", "id: p\naction: truncate\ndomains: [bad.com]\n");
  CompileOptions options;
  options.public_suffix_list = test::TestSuffixList();
  const CompileReport report = Compile(path, options);
  REQUIRE(report.ok());
  auto rules = RuleSet::Open(folder.Write("tollgate.db", report.database));
  REQUIRE(rules.ok());
  Filtering filter(*std::move(rules));
  gate_client client{};
  Query query("bad.com");
  query.client = &client;
  CHECK(filter.Decide(query).truncated);
  for (const gate_transport transport : {GATE_TCP, GATE_TLS, GATE_HTTPS}) {
    client.transport = transport;
    const gate_decision decision = filter.Decide(query);
    CHECK(decision.verdict == GATE_RESOLVE);
    CHECK(decision.withhold == 1);
    CHECK(decision.for_one_client == 1);
  }
  CHECK(filter.Blocks(Query("bad.com")));
}

TEST_CASE("break_dnssec: no: who asks with DO waits for the proof, and gets what is secure",
          "[filter]") {
  Filtering filter(Rules(), OnFailure::kPass, 1, false);
  gate_client client{};
  Query query("bad.com");
  query.client = &client;
  CHECK(filter.Decide(query).verdict == GATE_ANSWER);
  client.dnssec_ok = 1;
  for (const gate_proof proof : {GATE_NO_ANSWER_YET, GATE_SECURE}) {
    query.proof = proof;
    const gate_decision decision = filter.Decide(query);
    CHECK(decision.verdict == GATE_RESOLVE);
    CHECK(decision.withhold == 1);
    CHECK(decision.for_one_client == 1);
    CHECK(decision.wait_for_proof == (proof == GATE_NO_ANSWER_YET));
    // What waits is not counted before the proof comes.
    CHECK(filter.Count(control::QueryCounter::kResolved) == (proof == GATE_SECURE ? 1 : 0));
  }
  query.proof = GATE_NOT_SECURE;
  CHECK(filter.Decide(query).verdict == GATE_ANSWER);
}

// --- Changes ---

Live::Change Loading(std::string_view domains) {
  return [rules = Blocking(domains)](Ruling& ruling) {
    ruling.loaded = std::make_shared<Loaded>(rules, kSlots, 1);
  };
}

TEST_CASE("What is announced decides nothing, and keeps its names out of the cache", "[filter]") {
  Filtering filter(Blocking("old.com"));
  filter.live.Announce(Loading("new.com"));
  CHECK(filter.Decide(Query("old.com")).verdict == GATE_ANSWER);
  const gate_decision decision = filter.Decide(Query("new.com"));
  CHECK(decision.verdict == GATE_RESOLVE);
  CHECK(decision.withhold == 1);
  CHECK(filter.Blocks(Query("new.com")));
  CHECK(filter.Blocks(Query("old.com")));
  CHECK(filter.Decide(Query("www.example.com")).withhold == 0);
}

TEST_CASE("A sweep removes what is announced to be blocked, or else what is blocked", "[filter]") {
  Filtering filter(Blocking("old.com"));
  CHECK(filter.Removes(Query("old.com")));
  CHECK_FALSE(filter.Removes(Query("www.example.com")));
  filter.live.Announce(Loading("new.com"));
  CHECK(filter.Removes(Query("new.com")));
  // It is not in the cache, and may be from the switch on.
  CHECK_FALSE(filter.Removes(Query("old.com")));
}

TEST_CASE("The first database that is announced keeps its names out of the cache", "[filter]") {
  Filtering filter(nullptr);
  filter.live.Announce(Loading("new.com"));
  CHECK(filter.Decide(Query("new.com")).verdict == GATE_RESOLVE);
  CHECK(filter.Decide(Query("new.com")).withhold == 1);
  CHECK(filter.Decide(Query("www.example.com")).withhold == 0);
}

TEST_CASE("From the switch on, the new database alone decides", "[filter]") {
  Filtering filter(Blocking("old.com"));
  filter.live.Announce(Loading("new.com"));
  filter.live.Switch();
  CHECK(filter.Decide(Query("new.com")).verdict == GATE_ANSWER);
  CHECK(filter.Decide(Query("old.com")).verdict == GATE_RESOLVE);
  CHECK_FALSE(filter.Blocks(Query("old.com")));
}

TEST_CASE("What is withdrawn is as if it had never been", "[filter]") {
  Filtering filter(Blocking("old.com"));
  filter.live.Announce(Loading("new.com"));
  filter.live.Withdraw();
  CHECK(filter.Decide(Query("new.com")).withhold == 0);
  filter.live.Switch();
  CHECK(filter.Decide(Query("old.com")).verdict == GATE_ANSWER);
}

TEST_CASE("Every change has a number of its own", "[filter]") {
  Filtering filter(Blocking("old.com"));
  std::vector<uint64_t> numbers = {filter.live.number()};
  filter.live.Announce(Loading("new.com"));
  numbers.push_back(filter.live.number());
  filter.live.Switch();
  numbers.push_back(filter.live.number());
  filter.live.Amend([](Ruling&) {});
  numbers.push_back(filter.live.number());
  for (size_t i = 1; i < numbers.size(); ++i) CHECK(numbers[i] > numbers[i - 1]);
}

TEST_CASE("A thread that is inside keeps its database until it leaves", "[filter]") {
  Filtering filter(Blocking("old.com"));
  filter.filter.Enter(3);
  filter.live.Amend(Loading("new.com"));
  CHECK_FALSE(filter.live.Reap());
  CHECK(filter.live.databases() == 2);
  gate_decision decision{};
  filter.filter.Decide(Query("old.com", "2025-06-01", 3), decision);
  CHECK(decision.verdict == GATE_ANSWER);
  filter.filter.Leave(3);
  CHECK(Comes([&] { return filter.live.Reap(); }));
  CHECK(filter.live.databases() == 1);
}

TEST_CASE("What the rules of an old database did is not forgotten", "[filter]") {
  Filtering filter(Blocking("old.com"));
  filter.Decide(Query("old.com"));
  filter.filter.Enter(3);
  filter.live.Amend(Loading("new.com"));
  // Also while it is still being read.
  CHECK_FALSE(filter.live.Reap());
  CHECK(filter.live.TotalsBefore().OfPolicy("p").decisions == 1);
  filter.filter.Leave(3);
  CHECK(Comes([&] { return filter.live.Reap(); }));
  CHECK(filter.live.TotalsBefore().OfPolicy("p").decisions == 1);
  CHECK(filter.live.TotalsBefore().OfRule("p", "domains").decisions == 1);
}

TEST_CASE("Nor is it when several rulings shared that database", "[filter]") {
  Filtering filter(Blocking("old.com"));
  filter.Decide(Query("old.com"));
  filter.filter.Enter(3);
  filter.live.Amend([](Ruling&) {});
  filter.live.Amend(Loading("new.com"));
  CHECK_FALSE(filter.live.Reap());
  filter.filter.Leave(3);
  CHECK(Comes([&] { return filter.live.Reap(); }));
  CHECK(filter.live.TotalsBefore().OfPolicy("p").decisions == 1);
}

TEST_CASE("A policy put into shadow mode at run time decides nothing", "[filter]") {
  Filtering filter(Blocking("bad.com"));
  filter.live.Amend([](Ruling& ruling) { ruling.shadowed_ids = {"p"}; });
  CHECK(filter.Decide(Query("bad.com")).verdict == GATE_RESOLVE);
  CHECK(filter.Count(control::QueryCounter::kShadow) == 1);
}

gate_client ClientOf(uint8_t last_octet) {
  return {.address = {192, 0, 2, last_octet}, .family = 4, .port = 1000};
}

TEST_CASE("A paused client gets the real answer, alone, and it is not stored", "[filter]") {
  Filtering filter(Blocking("bad.com"));
  Pause pause;
  pause.client = *ParsePrefix("192.0.2.1");
  filter.live.Amend(
      [&](Ruling& ruling) { ruling.pauses = *ruling.pauses.With(pause, ruling.rules(), 0); });
  Query query("bad.com");
  const gate_client paused = ClientOf(1);
  query.client = &paused;
  const gate_decision decision = filter.Decide(query);
  CHECK(decision.verdict == GATE_RESOLVE);
  CHECK(decision.withhold == 1);
  CHECK(decision.for_one_client == 1);
  CHECK(filter.Count(control::QueryCounter::kPaused) == 1);
  Query good("good.com");
  good.client = &paused;
  filter.Decide(good);
  CHECK(filter.Count(control::QueryCounter::kPaused) == 1);
  CHECK(filter.Count(control::QueryCounter::kResolved) == 1);
  const gate_client other = ClientOf(2);
  query.client = &other;
  CHECK(filter.Decide(query).verdict == GATE_ANSWER);
  CHECK(filter.Blocks(query));
}

TEST_CASE("A paused policy is looked away from, and the one behind it decides", "[filter]") {
  Filtering filter(Rules());
  Pause pause;
  pause.policy = "allow";
  filter.live.Amend(
      [&](Ruling& ruling) { ruling.pauses = *ruling.pauses.With(pause, ruling.rules(), 0); });
  Query query("good.bad.com");
  const gate_client client = ClientOf(1);
  query.client = &client;
  CHECK(filter.Decide(query).verdict == GATE_ANSWER);
}

TEST_CASE("A paused policy is counted as paused, and not as one in shadow mode", "[filter]") {
  Filtering filter(Blocking("bad.com"));
  Pause pause;
  pause.policy = "p";
  filter.live.Amend(
      [&](Ruling& ruling) { ruling.pauses = *ruling.pauses.With(pause, ruling.rules(), 0); });
  Query query("bad.com");
  const gate_client client = ClientOf(1);
  query.client = &client;
  CHECK(filter.Decide(query).verdict == GATE_RESOLVE);
  CHECK(filter.Count(control::QueryCounter::kPaused) == 1);
  CHECK(filter.Count(control::QueryCounter::kResolved) == 0);
  CHECK(filter.Count(control::QueryCounter::kShadow) == 0);
}

TEST_CASE("A timed pause ends by itself", "[filter]") {
  Filtering filter(Blocking("bad.com"));
  Query query("bad.com");
  Pause pause;
  pause.until = query.now;
  filter.live.Amend([&](Ruling& ruling) {
    ruling.pauses = *ruling.pauses.With(pause, ruling.rules(), query.now - 1);
  });
  const gate_client client = ClientOf(1);
  query.client = &client;
  CHECK(filter.Decide(query).verdict == GATE_ANSWER);
  query.now -= 1;
  CHECK(filter.Decide(query).verdict == GATE_RESOLVE);
}

TEST_CASE("Each decision is counted under its action, each other query as resolved", "[filter]") {
  Filtering filter(Rules());
  filter.Decide(Query("bad.com"));
  filter.Decide(Query("good.bad.com"));
  filter.Decide(Query("trial.com"));
  filter.Decide(Query("www.example.com"));
  CHECK(filter.Count(control::QueryCounter::kNxdomain) == 1);
  CHECK(filter.Count(control::QueryCounter::kPass) == 1);
  CHECK(filter.Count(control::QueryCounter::kShadow) == 1);
  CHECK(filter.Count(control::QueryCounter::kResolved) == 2);
}

TEST_CASE("A sinkhole's address names the client, unless others share the answer", "[filter]") {
  const test::Compiled compiled(
      "{id: sink, action: sinkhole, sinkhole: [198.51.100.1], domains: [sink.com]}");
  const test::TemporaryFolder folder;
  patient::Settings settings;
  settings.key_file = folder.Write("patient.key", "0123456789abcdef");
  std::filesystem::permissions(settings.key_file, std::filesystem::perms::owner_read);
  settings.prefixes = {{*dns::Prefix::Parse("198.51.100.0/24"), dns::Prefix::Parse("10.1.7.0/24")}};
  Filtering filter(std::shared_ptr<const RuleSet>(std::shared_ptr<void>(), &compiled.rules()));
  filter.patients = patient::Patients::Make(settings).value();

  const gate_client client{.address = {10, 1, 7, 9}, .family = 4};
  Query query("sink.com");
  query.client = &client;
  const gate_decision own = filter.Decide(query);
  REQUIRE(own.verdict == GATE_ANSWER);
  REQUIRE(own.named_rdata != nullptr);
  const auto who = filter.patients.Who(std::span<const uint8_t>(own.named, 4));
  REQUIRE(who);
  CHECK(who->Text() == "10.1.7.9/32");
  query.shared = 1;
  CHECK(filter.Decide(query).named_rdata == nullptr);
}

TEST_CASE("A query that is judged again is not counted twice as resolved", "[filter]") {
  Filtering filter(Blocking("bad.com"));
  Query query("www.example.com");
  filter.Decide(query);
  query.again = 1;
  filter.Decide(query);
  CHECK(filter.Count(control::QueryCounter::kResolved) == 1);
  CHECK(filter.Count(control::QueryCounter::kJudgedAgain) == 1);
}

TEST_CASE("Some verdicts are timed", "[filter]") {
  Filtering filter(Blocking("bad.com"));
  for (uint64_t i = 0; i < 3 * kTimedEvery; ++i) filter.Decide(Query("www.example.com"));
  uint64_t timed = 0;
  for (size_t bucket = 0; bucket < kTimeBuckets; ++bucket) {
    timed += filter.counters.VerdictTimes(bucket);
  }
  CHECK(timed == 3);
}

// For the thread sanitizer above all.
TEST_CASE("Databases change under threads that ask, and each gets a whole answer", "[filter]") {
  constexpr size_t kThreads = 4;
  Filtering filter(Blocking("always.com, old.com"), OnFailure::kPass, kThreads);
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (size_t number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      const Query always("www.always.com", "2025-06-01", number);
      const Query never("www.example.com", "2025-06-01", number);
      while (!stop) {
        wrong += filter.Decide(always).verdict != GATE_ANSWER;
        wrong += filter.Decide(never).verdict != GATE_RESOLVE;
      }
    });
  }
  for (int round = 0; round < 50; ++round) {
    filter.live.Announce(Loading(round % 2 == 0 ? "always.com, new.com" : "always.com, old.com"));
    filter.live.Switch();
    filter.live.Reap();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(Comes([&] { return filter.live.Reap(); }));
  CHECK(filter.live.databases() == 1);
}

}  // namespace
}  // namespace tollgate::module
