// SPDX-License-Identifier: BSD-3-Clause
//
// The log as a whole: from threads that offer events to lines in a file.

#include "module/events/event_log.h"

#include <set>
#include <thread>

#include "ruleset/text/json_text.h"
#include "tests/module/event_fixture.h"
#include "tests/support/catch.h"

namespace tollgate::module {
namespace {

using control::QueryCounter;
using control::ServiceCounter;
using test::EventFor;
using test::Eventually;
using test::LinesOf;
using test::Log;
using test::Unlimited;

std::string Field(const std::string& line, const char* field) {
  const text::JsonText json(line);
  return json.fault() ? "no JSON: " + json.fault()->reason : std::string(json.root()[field].Text());
}

size_t LinesOfType(const std::vector<std::string>& lines, const char* type) {
  size_t count = 0;
  for (const std::string& line : lines) count += Field(line, "type") == type ? 1 : 0;
  return count;
}

TEST_CASE("A decision becomes a line of the file", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited();
  settings.file = folder.path() + "/events.json";
  Log log(settings);
  log->Offer(0, EventFor("www.NxDomain.com"));
  REQUIRE(Eventually([&] { return LinesOf(settings.file).size() == 1; }));
  CHECK(Field(LinesOf(settings.file)[0], "qname") == "www.NxDomain.com");
  CHECK(log.Count(ServiceCounter::kEventsWritten) == 1);
}

TEST_CASE("What is in the rings when the log ends is written", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited();
  settings.file = folder.path() + "/events.json";
  Log log(settings);
  for (int i = 0; i < 1000; ++i) log->Offer(0, EventFor("nxdomain.com"));
  log.End();
  CHECK(LinesOf(settings.file).size() == 1000);
}

TEST_CASE("Of several threads no event is lost, doubled or garbled", "[events]") {
  constexpr size_t kThreads = 4;
  constexpr size_t kEach = 5000;
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited(8192);
  settings.file = folder.path() + "/events.json";
  Log log(settings, kThreads);
  const Event event = EventFor("nxdomain.com");
  std::vector<std::thread> threads;
  for (size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      Event mine = event;
      for (size_t i = 0; i < kEach; ++i) {
        mine.microseconds = event.microseconds + thread * kEach + i;
        log->Offer(thread, mine);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  log.End();
  std::set<std::string> times;
  for (const std::string& line : LinesOf(settings.file)) times.insert(Field(line, "time"));
  CHECK(times.size() == kThreads * kEach);
  CHECK(LinesOf(settings.file).size() == kThreads * kEach);
  CHECK(log.Count(ServiceCounter::kEventsWritten) == kThreads * kEach);
}

TEST_CASE("A full ring costs events, which are counted and told of", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited(64);
  settings.file = folder.path() + "/events.json";
  Log log(settings);
  const Event event = EventFor("nxdomain.com");
  constexpr size_t kOffered = 100000;
  for (size_t i = 0; i < kOffered; ++i) log->Offer(0, event);
  const uint64_t dropped = log.Count(QueryCounter::kEventsDropped);
  log.End();
  const std::vector<std::string> lines = LinesOf(settings.file);
  CHECK(dropped > 0);
  CHECK(LinesOfType(lines, "decision") == kOffered - dropped);
  uint64_t told = 0;
  for (const std::string& line : lines) {
    if (Field(line, "type") == "suppressed") told += std::stoull(Field(line, "ring_full"));
  }
  CHECK(told == dropped);
}

TEST_CASE("A thread with a number too large costs its events, and nothing else", "[events]") {
  Log log(Unlimited(), 2);
  log->Offer(7, EventFor("nxdomain.com"));
  log->Offer(1, EventFor("nxdomain.com"));
  CHECK(Eventually([&] { return log->Recent(0).find("\"seq\":1}") != std::string::npos; }));
}

TEST_CASE("Without any output the latest decisions are kept all the same", "[events]") {
  Log log(EventSettings{});
  log->Offer(0, EventFor("nxdomain.com"));
  CHECK(Eventually([&] { return log->Recent(0).find("nxdomain.com") != std::string::npos; }));
  CHECK(log.Count(ServiceCounter::kEventsWritten) == 0);
}

TEST_CASE("A match in shadow mode is told where the settings say so, and only there", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited();
  settings.file = folder.path() + "/events.json";
  settings.shadow = GENERATE(false, true);
  Log log(settings);
  log->Offer(0, EventFor("shadow.com"));
  log->Offer(0, EventFor("nxdomain.com"));
  log.End();
  const std::vector<std::string> lines = LinesOf(settings.file);
  CHECK(LinesOfType(lines, "decision") == 1);
  CHECK(LinesOfType(lines, "shadow") == (settings.shadow ? 1 : 0));
}

TEST_CASE("A client has so many events a second on its thread; the rest is counted", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited();
  settings.per_client = 20;
  settings.file = folder.path() + "/events.json";
  Log log(settings);
  for (int i = 0; i < 100; ++i) log->Offer(0, EventFor("nxdomain.com"));
  for (int i = 0; i < 15; ++i) log->Offer(0, EventFor("nxdomain.com", 1, "192.0.2.2"));
  log.End();
  CHECK(LinesOfType(LinesOf(settings.file), "decision") == 35);
  CHECK(log.Count(QueryCounter::kEventsLimited) == 80);
}

TEST_CASE("A client that spreads over threads has no more", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited();
  settings.per_client = 20;
  settings.file = folder.path() + "/events.json";
  Log log(settings, 4);
  for (int i = 0; i < 400; ++i) log->Offer(i % 4, EventFor("nxdomain.com"));
  log.End();
  CHECK(LinesOfType(LinesOf(settings.file), "decision") == 20);
  CHECK(log.Count(QueryCounter::kEventsLimited) == 320);
  CHECK(log.Count(ServiceCounter::kEventsSuppressed) == 60);
}

TEST_CASE("A botnet that asks for one name does not fill the disk, and is told of", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings;  // as it is without any configuration
  settings.file = folder.path() + "/events.json";
  Log log(settings);
  Event event = EventFor("nxdomain.com");
  for (int bot = 0; bot < 3000; ++bot) {
    event.client.address = {10, 0, static_cast<uint8_t>(bot >> 8), static_cast<uint8_t>(bot)};
    log->Offer(0, event);
  }
  log.End();
  const std::vector<std::string> lines = LinesOf(settings.file);
  CHECK(LinesOfType(lines, "decision") == settings.per_name);
  CHECK(LinesOfType(lines, "suppressed") >= 1);
  CHECK(log.Count(ServiceCounter::kEventsSuppressed) == 3000 - settings.per_name);
}

TEST_CASE("The limit in all holds for different names and clients", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited();
  settings.per_second = 50;
  settings.file = folder.path() + "/events.json";
  Log log(settings);
  for (int i = 0; i < 200; ++i) {
    log->Offer(0, EventFor("a" + std::to_string(i) + ".nxdomain.com"));
  }
  log.End();
  CHECK(LinesOfType(LinesOf(settings.file), "decision") == 50);
}

TEST_CASE("Of a sample of one in ten, a tenth is written", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited();
  settings.sample = 10;
  settings.file = folder.path() + "/events.json";
  Log log(settings);
  for (int i = 0; i < 1000; ++i) log->Offer(0, EventFor("nxdomain.com"));
  log.End();
  CHECK(LinesOfType(LinesOf(settings.file), "decision") == 100);
  CHECK(log.Count(ServiceCounter::kEventsSuppressed) == 900);
}

TEST_CASE("Sampling and limits are for outputs: the latest decisions are all there", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited();
  settings.sample = 1000;
  settings.per_name = 1;
  settings.file = folder.path() + "/events.json";
  Log log(settings);
  for (int i = 0; i < 100; ++i) log->Offer(0, EventFor("nxdomain.com"));
  REQUIRE(Eventually([&] { return log->Recent(0).find("\"latest\":100,") != std::string::npos; }));
  const std::string recent = log->Recent(0);  // the tree points into it
  const text::JsonText json(recent);
  REQUIRE_FALSE(json.fault());
  size_t count = 0;
  for (const text::JsonValue decision : json.root()["decisions"]) {
    CHECK(decision["seq"].Text() == std::to_string(++count));
  }
  CHECK(count == 100);
  CHECK((*json.root()["names"].begin())["count"].Text() == "100");
  CHECK((*json.root()["clients"].begin())["client"].Text() == "192.0.2.1");
  CHECK((*json.root()["rules"].begin())["policy"].Text() == "parcels");
  CHECK((*json.root()["rules"].begin())["rule"].Text() == "domains");
}

TEST_CASE("Recent tells what is newer than a number", "[events]") {
  Log log(Unlimited());
  for (int i = 0; i < 300; ++i) log->Offer(0, EventFor("nxdomain.com"));
  REQUIRE(Eventually([&] { return log->Recent(0).find("\"latest\":300,") != std::string::npos; }));
  const std::string newer = log->Recent(299);
  CHECK(newer.find("\"seq\":300}") != std::string::npos);
  CHECK(newer.find("\"seq\":299}") == std::string::npos);
  const std::string all = log->Recent(0);
  CHECK(all.find("\"seq\":45}") != std::string::npos);  // of 300, the last 256
  CHECK(all.find("\"seq\":44}") == std::string::npos);
}

TEST_CASE("A mark is passed soon where nothing was ever offered", "[events]") {
  Log log(EventSettings{});
  const uint64_t mark = log->Mark();
  CHECK(Eventually([&] { return log->Passed(mark); }));
}

TEST_CASE("A mark is passed when what was offered before it has been read", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited();
  settings.file = folder.path() + "/events.json";
  Log log(settings);
  for (int i = 0; i < 2000; ++i) log->Offer(0, EventFor("nxdomain.com"));
  const uint64_t mark = log->Mark();
  REQUIRE(Eventually([&] { return log->Passed(mark); }));
  CHECK(log->Recent(0).find("\"latest\":2000,") != std::string::npos);
}

TEST_CASE("After a mark is passed, the database of what came before may go", "[events]") {
  // The sanitizers say whether somebody still reads it.
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited();
  settings.file = folder.path() + "/events.json";
  Log log(settings);
  for (int round = 0; round < 20; ++round) {
    auto rules = std::make_unique<test::Compiled>("{id: short, domains: [short-lived.com]}");
    Event event = EventFor("nxdomain.com");
    event.rules = &rules->rules();
    event.match = rules->VerdictOn("short-lived.com").decision;
    for (int i = 0; i < 100; ++i) log->Offer(0, event);
    const uint64_t mark = log->Mark();
    REQUIRE(Eventually([&] { return log->Passed(mark); }));
    rules.reset();
  }
  log.End();
  CHECK(LinesOf(settings.file).size() == 2000);
}

TEST_CASE("Reopen says how many files there are", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited();
  CHECK(Log(settings)->Reopen().value() == 0);
  settings.datagram = folder.path() + "/collector.sock";
  CHECK(Log(settings)->Reopen().value() == 0);
  settings.file = folder.path() + "/events.json";
  CHECK(Log(settings)->Reopen().value() == 1);
  settings.file = folder.path() + "/nowhere/events.json";
  CHECK_FALSE(Log(settings)->Reopen().ok());
}

TEST_CASE("A key that cannot be read leaves clients out, and says so", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = Unlimited();
  settings.file = folder.path() + "/events.json";
  settings.clients = ClientForm::kPseudonym;
  settings.key_file = folder.path() + "/absent.key";
  Log log(settings);
  log->Offer(0, EventFor("nxdomain.com"));
  log.End();
  REQUIRE(LinesOf(settings.file).size() == 1);
  CHECK(LinesOf(settings.file)[0].find("\"client\":null") != std::string::npos);
  CHECK(LinesOf(settings.file)[0].find("192.0.2.1") == std::string::npos);
  CHECK(Log::Said().find("no pseudonyms") != std::string::npos);
}

}  // namespace
}  // namespace tollgate::module
