// SPDX-License-Identifier: BSD-3-Clause
//
// Rings, rates and counts: what keeps events within bounds.

#include <map>
#include <random>
#include <thread>

#include "module/events/limiter.h"
#include "module/events/ring.h"
#include "module/events/top_counts.h"
#include "tests/support/catch.h"

namespace tollgate::module {
namespace {

size_t Admitted(RateTable& table, uint64_t key, uint32_t now, size_t asked) {
  size_t admitted = 0;
  for (size_t i = 0; i < asked; ++i) admitted += table.Admit(key, now) ? 1 : 0;
  return admitted;
}

TEST_CASE("A rate is a burst of a second's worth, and then so many a second", "[events]") {
  RateTable table(20, 64);
  CHECK(Admitted(table, 1234, 5000, 100) == 20);
  CHECK(Admitted(table, 1234, 5500, 100) == 10);
  CHECK(Admitted(table, 1234, 6500, 100) == 20);
  CHECK(Admitted(table, 1234, 60000, 100) == 20);
}

TEST_CASE("A rate of 0 is no limit", "[events]") {
  RateTable table(0, 64);
  CHECK(Admitted(table, 1, 0, 1000) == 1000);
}

TEST_CASE("Keys have buckets of their own", "[events]") {
  RateTable table(5, 1024);
  for (uint64_t key = 1; key <= 100; ++key) {
    CHECK(Admitted(table, LimiterKey(reinterpret_cast<const uint8_t*>(&key), 8, 42), 0, 10) == 5);
  }
}

TEST_CASE("The highest rate does not overflow", "[events]") {
  TokenBucket bucket(kHighestRate, 0);
  size_t taken = 0;
  while (bucket.Take(kHighestRate, 0)) ++taken;
  CHECK(taken == kHighestRate);
  CHECK(bucket.Take(kHighestRate, 2'000'000'000));
}

TEST_CASE("A clock that jumps back refills nothing, and goes on from there", "[events]") {
  RateTable table(10, 64);
  CHECK(Admitted(table, 8, 1'000'000, 100) == 10);
  CHECK(Admitted(table, 8, 400'000, 100) == 0);
  CHECK(Admitted(table, 8, 401'000, 100) == 10);
}

TEST_CASE("A clock that wraps is a clock that goes on", "[events]") {
  RateTable table(10, 64);
  CHECK(Admitted(table, 8, 0xffffffff, 100) == 10);
  CHECK(Admitted(table, 8, 999, 100) == 10);
}

TEST_CASE("A full table gives up whom it was not asked for longest", "[events]") {
  RateTable table(10, 4);  // one set of four
  for (uint64_t key = 2; key < 10; key += 2) Admitted(table, key, 100 * key, 100);
  CHECK(Admitted(table, 4, 1001, 100) > 0);     // kept, and refilled a little
  CHECK(Admitted(table, 10, 1002, 100) == 10);  // takes the place of 2
  CHECK(Admitted(table, 8, 1003, 100) < 10);
  CHECK(Admitted(table, 4, 1004, 100) == 0);
}

TEST_CASE("A ring gives back what it was given, in order", "[events]") {
  Ring ring(4);
  Event event{};
  uint16_t next = 0;
  for (uint16_t i = 0; i < 1000; ++i) {
    event.query_id = i;
    REQUIRE(ring.Push(event));
    if (ring.Count() < 3) continue;
    while (ring.Count() > 0) {
      REQUIRE(ring.Front().query_id == next++);
      ring.Pop();
    }
  }
}

TEST_CASE("A full ring takes nothing, and something again when one is out", "[events]") {
  Ring ring(4);
  const Event event{};
  for (int i = 0; i < 4; ++i) CHECK(ring.Push(event));
  CHECK_FALSE(ring.Push(event));
  CHECK(ring.Count() == 4);
  ring.Pop();
  CHECK(ring.Push(event));
  CHECK_FALSE(ring.Push(event));
}

TEST_CASE("Two threads at a ring's two ends", "[events]") {
  Ring ring(64);
  constexpr uint64_t kEvents = 200000;
  std::thread producer([&] {
    Event event{};
    for (uint64_t i = 0; i < kEvents; ++i) {
      event.microseconds = i;
      event.qname.fill(static_cast<uint8_t>(i));
      while (!ring.Push(event)) std::this_thread::yield();
    }
  });
  uint64_t wrong = 0;
  for (uint64_t i = 0; i < kEvents; ++i) {
    while (ring.Count() == 0) std::this_thread::yield();
    const Event& event = ring.Front();
    wrong += event.microseconds != i || event.qname[254] != static_cast<uint8_t>(i) ? 1 : 0;
    ring.Pop();
  }
  producer.join();
  CHECK(wrong == 0);
}

TEST_CASE("Counts of fewer keys than counters are exact", "[events]") {
  TopCounts counts(16);
  for (int i = 0; i < 1000; ++i) counts.Add(std::to_string(i % 10));
  CHECK(counts.entries().size() == 10);
  for (const auto& [key, count] : counts.entries()) CHECK(count == 100);
}

TEST_CASE("A sketch of m counters keeps whoever is more than one in m, and never undercounts",
          "[events]") {
  constexpr size_t kCounters = 64;
  constexpr size_t kKeys = 100000;
  TopCounts counts(kCounters);
  std::map<std::string, uint64_t> exact;
  std::mt19937 random(7);
  for (size_t i = 0; i < kKeys; ++i) {
    // A few keys often, a great many once or twice.
    const std::string key =
        random() % 2 == 0 ? "often " + std::to_string(random() % 20) : std::to_string(random());
    counts.Add(key);
    ++exact[key];
  }
  std::map<std::string, uint64_t> found;
  for (const auto& [key, count] : counts.entries()) found[key] = count;
  CHECK(found.size() == kCounters);
  size_t heavy = 0;
  for (const auto& [key, count] : exact) {
    if (count <= kKeys / kCounters) continue;
    ++heavy;
    REQUIRE(found.contains(key));
    CHECK(found[key] >= count);
    CHECK(found[key] <= count + kKeys / kCounters);
  }
  CHECK(heavy == 20);
}

TEST_CASE("Recent counts are those of this span of time and the one before", "[events]") {
  RecentCounts counts(8);
  counts.Add("a");
  counts.BeginSpan();
  counts.Add("a");
  counts.Add("b");
  REQUIRE(counts.Top(8).size() == 2);
  CHECK(counts.Top(8)[0].key == "a");
  CHECK(counts.Top(8)[0].count == 2);
  CHECK(counts.Top(1).size() == 1);
  counts.BeginSpan();
  CHECK(counts.Top(8)[0].count == 1);
  counts.BeginSpan();
  CHECK(counts.Top(8).empty());
}

}  // namespace
}  // namespace tollgate::module
