// SPDX-License-Identifier: BSD-3-Clause
//
// Where events go, and what becomes of them where it is full, slow, or gone.

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <type_traits>

#include "module/events/datagram_output.h"
#include "module/events/file_output.h"
#include "module/events/syslog_output.h"
#include "ruleset/text/json_text.h"
#include "tests/module/event_fixture.h"
#include "tests/support/catch.h"

namespace tollgate::module {
namespace {

namespace fs = std::filesystem;
using control::ServiceCounter;
using std::chrono::seconds;
using test::Eventually;
using test::LinesOf;
using test::UnixServer;

// An output by itself, driven as the writing thread drives it, at times of the test's own.
struct Bench {
  template <typename Kind>
  Bench(std::type_identity<Kind>, const std::string& path)
      : output(std::make_unique<Kind>(path, counters, log)) {}

  void Write(const std::string& record) { output->Write(record, now); }
  bool Flush() { return output->Flush(now); }
  // Long enough for the next attempt.
  bool FlushLater() {
    now += seconds(10);
    return Flush();
  }
  uint64_t written() { return counters.Value(ServiceCounter::kEventsWritten); }
  uint64_t lost() { return counters.Value(ServiceCounter::kEventsLost); }

  Counters counters{1};
  HostLog log{[](gate_level, const char* line) { said += std::string(line) + "\n"; }};
  std::unique_ptr<Output> output;
  Output::Time now = std::chrono::steady_clock::now();
  static inline std::string said;
};
constexpr std::type_identity<FileOutput> kFile;
constexpr std::type_identity<DatagramOutput> kDatagram;
constexpr std::type_identity<SyslogOutput> kSyslog;

using Lines = std::vector<std::string>;

TEST_CASE("file: lines are added to what is there", "[events]") {
  test::TemporaryFolder folder;
  const std::string path = folder.Write("events.json", "old\n");
  Bench bench(kFile, path);
  bench.Write("new\n");
  bench.Flush();
  CHECK(LinesOf(path) == Lines{"old", "new"});
}

TEST_CASE("file: others may not read it", "[events]") {
  test::TemporaryFolder folder;
  Bench bench(kFile, folder.path() + "/events.json");
  bench.Flush();
  const fs::perms perms = fs::status(folder.path() + "/events.json").permissions();
  CHECK((perms & fs::perms::others_all) == fs::perms::none);
}

TEST_CASE("file: half a line that somebody left is ended first", "[events]") {
  test::TemporaryFolder folder;
  const std::string path = folder.Write("events.json", "whole\n{\"half");
  Bench bench(kFile, path);
  bench.Write("new\n");
  bench.Flush();
  CHECK(LinesOf(path) == Lines{"whole", "{\"half", "new"});
}

TEST_CASE("file: after rotation, Reopen begins a new one", "[events]") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/events.json";
  Bench bench(kFile, path);
  bench.Write("first\n");
  bench.Flush();
  fs::rename(path, path + ".1");
  bench.Write("second\n");
  bench.Flush();
  REQUIRE(bench.output->Reopen().ok());
  bench.Write("third\n");
  bench.Flush();
  CHECK(LinesOf(path + ".1") == Lines{"first", "second"});
  CHECK(LinesOf(path) == Lines{"third"});
}

TEST_CASE("file: where Reopen fails, the old file goes on", "[events]") {
  test::TemporaryFolder folder;
  fs::create_directory(folder.path() + "/logs");
  const std::string path = folder.path() + "/logs/events.json";
  Bench bench(kFile, path);
  bench.Write("first\n");
  bench.Flush();
  fs::rename(folder.path() + "/logs", folder.path() + "/moved");
  CHECK(bench.output->Reopen().message().find(path) != absl::string_view::npos);
  bench.Write("second\n");
  bench.Flush();
  CHECK(LinesOf(folder.path() + "/moved/events.json") == Lines{"first", "second"});
}

TEST_CASE("file: a missing folder that appears later gets what was kept", "[events]") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/later/events.json";
  Bench bench(kFile, path);
  bench.said.clear();
  bench.Write("kept\n");
  CHECK_FALSE(bench.Flush());
  CHECK(bench.said.find("No such file or directory") != std::string::npos);
  fs::create_directory(folder.path() + "/later");
  CHECK(bench.FlushLater());
  CHECK(LinesOf(path) == Lines{"kept"});
  CHECK(bench.said.find("written to again") != std::string::npos);
}

TEST_CASE("file: a full disk is said once, and costs what the queue does not hold", "[events]") {
  Bench bench(kFile, "/dev/full");
  bench.said.clear();
  const std::string line(1000, 'x');
  for (int i = 0; i < 5000; ++i) bench.Write(line);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(bench.FlushLater());
  CHECK(bench.lost() > 2000);
  CHECK(bench.lost() < 5000);
  CHECK(bench.written() == 0);
  CHECK(bench.said.find("No space left on device") == std::string::npos);  // the queue came first
  CHECK(bench.said.find("queue is full") != std::string::npos);
  CHECK(std::count(bench.said.begin(), bench.said.end(), '\n') == 1);
  bench.output->End();
  CHECK(bench.lost() == 5000);
}

TEST_CASE("file: a line that was cut by a full disk is completed when there is room", "[events]") {
  // RLIMIT_FSIZE cuts a write short as a full disk does, and is lifted again.
  struct Cut {
    explicit Cut(rlim_t size) {
      signal(SIGXFSZ, SIG_IGN);
      getrlimit(RLIMIT_FSIZE, &before);
      const rlimit cut{size, before.rlim_max};
      setrlimit(RLIMIT_FSIZE, &cut);
    }
    ~Cut() { setrlimit(RLIMIT_FSIZE, &before); }
    rlimit before;
  };
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/events.json";
  Bench bench(kFile, path);
  bench.Write("first line\n");
  bench.Write("second line\n");
  {
    const Cut cut(15);
    bench.Flush();
    CHECK(LinesOf(path) == Lines{"first line", "seco"});
    CHECK_FALSE(bench.FlushLater());
  }
  bench.Write("third line\n");
  CHECK(bench.FlushLater());
  CHECK(LinesOf(path) == Lines{"first line", "second line", "third line"});
  CHECK(bench.lost() == 0);
}

TEST_CASE("file: a line cut at the end of a file that was rotated is whole in the new one",
          "[events]") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/events.json";
  Bench bench(kFile, path);
  bench.Write("a line\n");
  signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit cut{3, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &cut);
  bench.Flush();
  setrlimit(RLIMIT_FSIZE, &before);
  fs::rename(path, path + ".1");
  REQUIRE(bench.output->Reopen().ok());
  bench.Flush();
  CHECK(LinesOf(path) == Lines{"a line"});
}

TEST_CASE("file: a FIFO is refused without waiting for its reader", "[events]") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/fifo";
  REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  Bench bench(kFile, path);
  CHECK_FALSE(bench.Flush());
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK);
  bench.said.clear();
  CHECK_FALSE(bench.output->Reopen().ok());
  close(reader);
}

TEST_CASE("file: a folder is refused", "[events]") {
  test::TemporaryFolder folder;
  Bench bench(kFile, folder.path());
  CHECK_FALSE(bench.output->Reopen().ok());
}

TEST_CASE("datagram: one for each event", "[events]") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/socket";
  UnixServer server(path, SOCK_DGRAM);
  Bench bench(kDatagram, path);
  bench.Write("one\n");
  bench.Write("two\n");
  bench.Flush();
  CHECK(server.Receive() == "one\n");
  CHECK(server.Receive() == "two\n");
}

TEST_CASE("datagram: a reader that does not read is not waited for", "[events]") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/socket";
  UnixServer server(path, SOCK_DGRAM);
  Bench bench(kDatagram, path);
  const std::string record(1000, 'x');
  for (int i = 0; i < 3000; ++i) bench.Write(record);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) bench.Flush();
  CHECK(std::chrono::steady_clock::now() - start < seconds(1));
  CHECK(bench.written() > 0);
  CHECK(bench.lost() > 0);
  // When he reads again, he gets the rest.
  const uint64_t before = bench.written();
  CHECK(server.Receive() == record);
  CHECK(bench.Flush());
  CHECK(bench.written() == before + 1);
}

TEST_CASE("datagram: a reader that was gone for a while misses nothing", "[events]") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/socket";
  Bench bench(kDatagram, path);
  {
    UnixServer server(path, SOCK_DGRAM);
    bench.Write("one");
    bench.Flush();
    CHECK(server.Receive() == "one");
  }
  bench.Write("two");
  CHECK_FALSE(bench.Flush());
  fs::remove(path);
  CHECK_FALSE(bench.FlushLater());
  UnixServer server(path, SOCK_DGRAM);
  CHECK(bench.FlushLater());
  CHECK(server.Receive() == "two");
  CHECK(bench.lost() == 0);
}

TEST_CASE("datagram: one that is too large for any datagram is lost alone", "[events]") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/socket";
  UnixServer server(path, SOCK_DGRAM);
  Bench bench(kDatagram, path);
  bench.Write(std::string(size_t{1} << 20, 'x'));
  bench.Write("small");
  bench.Flush();
  CHECK(server.Receive() == "small");
  CHECK(bench.lost() == 1);
}

TEST_CASE("syslog: priority and tag stand in front, and no newline behind", "[events]") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/log";
  UnixServer server(path, SOCK_DGRAM);
  Bench bench(kSyslog, path);
  bench.Write("{\"type\":\"decision\"}\n");
  bench.Flush();
  CHECK(server.Receive() == "<134>tollgate: {\"type\":\"decision\"}");
}

TEST_CASE("An output that comes and goes is told of once a minute", "[events]") {
  test::TemporaryFolder folder;
  const std::string path = folder.path() + "/socket";
  Bench bench(kDatagram, path);
  bench.said.clear();
  for (int i = 0; i < 6; ++i) bench.FlushLater();  // a minute
  CHECK(std::count(bench.said.begin(), bench.said.end(), '\n') == 1);
  for (int i = 0; i < 6; ++i) bench.FlushLater();
  CHECK(std::count(bench.said.begin(), bench.said.end(), '\n') == 2);
}

// Whole logs with outputs that do not take anything.

TEST_CASE("A dead reader keeps nobody: neither marks nor the end", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = test::Unlimited();
  settings.datagram = folder.path() + "/nobody";
  settings.dnstap = folder.path() + "/nobody-either";
  settings.file = "/dev/full";
  test::Log log(settings);
  for (int i = 0; i < 3000; ++i) log->Offer(0, test::EventFor("nxdomain.com"));
  const uint64_t mark = log->Mark();
  CHECK(Eventually([&] { return log->Passed(mark); }));
  const auto start = std::chrono::steady_clock::now();
  log.End();
  CHECK(std::chrono::steady_clock::now() - start < seconds(2));
  CHECK(log.Count(ServiceCounter::kEventsWritten) == 0);
  CHECK(log.Count(ServiceCounter::kEventsLost) >= 9000);  // and the lines that say so
}

TEST_CASE("A collector that accepts and reads nothing keeps nobody", "[events]") {
  test::TemporaryFolder folder;
  EventSettings settings = test::Unlimited();
  settings.dnstap = folder.path() + "/collector";
  UnixServer silent(settings.dnstap, SOCK_STREAM);
  test::Log log(settings);
  for (int i = 0; i < 3000; ++i) log->Offer(0, test::EventFor("nxdomain.com"));
  const uint64_t mark = log->Mark();
  CHECK(Eventually([&] { return log->Passed(mark); }));
  const auto start = std::chrono::steady_clock::now();
  log.End();
  CHECK(std::chrono::steady_clock::now() - start < seconds(2));
  CHECK(log.Count(ServiceCounter::kEventsLost) == 3000);
}

TEST_CASE("A datagram socket of a few places takes a burst all the same", "[events]") {
  // Linux queues ten datagrams by default: more than that waits here until he reads.
  test::TemporaryFolder folder;
  EventSettings settings = test::Unlimited();
  settings.datagram = folder.path() + "/socket";
  UnixServer server(settings.datagram, SOCK_DGRAM);
  test::Log log(settings);
  for (int i = 0; i < 500; ++i) log->Offer(0, test::EventFor("nxdomain.com"));
  int received = 0;
  while (received < 500 && !server.Receive().empty()) ++received;
  CHECK(received == 500);
  CHECK(log.Count(ServiceCounter::kEventsLost) == 0);
}

}  // namespace
}  // namespace tollgate::module
