// SPDX-License-Identifier: BSD-3-Clause
//
// The control socket under peers that behave, and under those that do not.

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "module/control/server.h"
#include "tests/module/control_fixture.h"
#include "tests/support/catch.h"

namespace tollgate::module::test {
namespace {

using std::chrono::milliseconds;

constexpr char kOk[] = "{\"ok\":true}";
constexpr char kReopened[] = "{\"ok\":true,\"files\":1}";

bool IsGood(const std::string& answer) { return answer.starts_with("{\"ok\":true"); }
bool IsFault(const std::string& answer) { return answer.starts_with("{\"ok\":false,\"error\":\""); }

TEST_CASE("A request is answered with a line", "[control]") {
  Served served;
  Talker talker(served.path());
  CHECK(talker.Ask("reopen") == kReopened);
}

TEST_CASE("Requests of one connection are answered in their order", "[control]") {
  Served served;
  Talker talker(served.path());
  std::string all;
  for (int i = 0; i < 1000; ++i) all += "recent after=" + std::to_string(i) + "\n";
  std::thread sender([&] { talker.Send(all); });
  for (int i = 0; i < 1000; ++i) {
    if (talker.Line() != "{\"ok\":true,\"last\":7}") FAIL("answer " << i);
  }
  sender.join();
  std::string expected;
  for (int i = 0; i < 1000; ++i) expected += "recent " + std::to_string(i) + "\n";
  CHECK(served.filter.steering.TakeNotes() == expected);
}

TEST_CASE("A peer that half-closes after its request gets the answer, then the end", "[control]") {
  Served served;
  for (const char* request : {"reopen\n", "reopen", "\n\n reopen \r\n\r\n"}) {
    Talker talker(served.path());
    talker.Send(request);
    talker.EndOutput();
    CHECK(talker.Line() == kReopened);
    CHECK(talker.Line() == "(end)");
  }
}

TEST_CASE("A peer that half-closes gets the answer to a reload, too", "[control]") {
  Served served;
  Talker talker(served.path());
  talker.Send("reload\nreopen\n");
  talker.EndOutput();
  REQUIRE(Eventually([&] { return served.filter.steering.waiting() == 1; }));
  served.filter.steering.FinishWaiting(absl::OkStatus());
  CHECK(talker.Line() == kOk);
  CHECK(talker.Line() == kReopened);
  CHECK(talker.Line() == "(end)");
}

TEST_CASE("Others are served while a reload is on its way", "[control]") {
  Served served;
  Talker waiting(served.path());
  waiting.Send("reload\nrecent\n");
  REQUIRE(Eventually([&] { return served.filter.steering.waiting() == 1; }));
  Talker other(served.path());
  CHECK(other.Ask("reopen") == kReopened);
  // What came behind the reload has waited.
  CHECK(served.filter.steering.TakeNotes() == "reload\nreopen\n");
  std::thread keeper(
      [&] { served.filter.steering.FinishWaiting(absl::DataLossError("the checksum is wrong")); });
  keeper.join();
  const std::string refused = waiting.Line();
  CHECK(IsFault(refused));
  CHECK(refused.find("the checksum is wrong") != std::string::npos);
  CHECK(IsGood(waiting.Line()));
}

TEST_CASE("A reload may end when whoever asked has gone", "[control]") {
  Served served;
  {
    Talker talker(served.path());
    talker.Send("reload\n");
    REQUIRE(Eventually([&] { return served.filter.steering.waiting() == 1; }));
  }
  CHECK(Talker(served.path()).Ask("reopen") == kReopened);
  CHECK(served.filter.steering.FinishWaiting(absl::OkStatus()) == 1);
  CHECK(Talker(served.path()).Ask("reopen") == kReopened);
}

TEST_CASE("A reload may end when the server has gone", "[control]") {
  Served served;
  Talker talker(served.path());
  talker.Send("reload\n");
  REQUIRE(Eventually([&] { return served.filter.steering.waiting() == 1; }));
  served.server.reset();
  CHECK(talker.Line() == "(end)");
  CHECK(served.filter.steering.FinishWaiting(absl::OkStatus()) == 1);
}

TEST_CASE("A reload that nobody ever ends is answered, too", "[control]") {
  Served served;
  Talker talker(served.path());
  talker.Send("reload\n");
  REQUIRE(Eventually([&] { return served.filter.steering.waiting() == 1; }));
  served.filter.steering.TakeWaiting();
  CHECK(talker.Line().find("the outcome is not known") != std::string::npos);
}

TEST_CASE("Garbage is answered with a fault, and the next request counts", "[control]") {
  Served served;
  for (const std::string& garbage :
       {std::string("\0\0\0", 3), std::string("\xff\xfe\x80 \x01=\x02"),
        std::string("GET / HTTP/1.1"), std::string("status a=%zz"), std::string("{\"ok\":true}"),
        std::string(4096, 'a')}) {
    Talker talker(served.path());
    CHECK(IsFault(talker.Ask(garbage)));
    CHECK(talker.Ask("reopen") == kReopened);
  }
  CHECK(served.filter.Counted(control::ServiceCounter::kControlFaults) == 6);
  CHECK(served.filter.Counted(control::ServiceCounter::kControlRequests) == 12);
}

TEST_CASE("A line of 4096 octets is read, one of 4097 ends the connection", "[control]") {
  Served served;
  Talker talker(served.path());
  CHECK(IsGood(talker.Ask("recent after=" + std::string(4096 - 14, '0') + "7")));
  const std::string refused = talker.Ask("recent after=" + std::string(4096 - 13, '0') + "7");
  CHECK(refused.find("a line of more than 4096 octets") != std::string::npos);
  CHECK(talker.Line() == "(end)");
}

TEST_CASE("Ten million octets without a line's end are not kept", "[control]") {
  Served served;
  Talker talker(served.path());
  const std::string piece(100'000, 'x');
  bool taken = true;
  for (int i = 0; i < 100 && taken; ++i) taken = talker.Send(piece);
  CHECK_FALSE(taken);
  CHECK(Talker(served.path()).Ask("reopen") == kReopened);
}

TEST_CASE("A million empty lines are passed over", "[control]") {
  Served served;
  Talker talker(served.path());
  CHECK(talker.Send(std::string(1'000'000, '\n')));
  CHECK(talker.Ask("reopen") == kReopened);
}

TEST_CASE("A request may come one octet at a time", "[control]") {
  Served served;
  Talker talker(served.path());
  for (char c : std::string("reopen\n")) {
    talker.Send(std::string(1, c));
    std::this_thread::sleep_for(milliseconds(1));
  }
  CHECK(talker.Line() == kReopened);
}

TEST_CASE("One octet at a time is no way to stay for ever", "[control]") {
  Served served({.silence = milliseconds(100)});
  Talker talker(served.path());
  const auto begin = std::chrono::steady_clock::now();
  while (talker.Send("x") && std::chrono::steady_clock::now() - begin < milliseconds(10'000))
    std::this_thread::sleep_for(milliseconds(10));
  CHECK(talker.Line().find("no request came in time") != std::string::npos);
  CHECK(served.filter.Counted(control::ServiceCounter::kControlFaults) == 1);
}

TEST_CASE("A silent connection is closed, one that asks stays", "[control]") {
  Served served({.silence = milliseconds(1000)});
  Talker silent(served.path());
  Talker lively(served.path());
  for (int i = 0; i < 20; ++i) {
    CHECK(lively.Ask("reopen") == kReopened);
    std::this_thread::sleep_for(milliseconds(75));
  }
  CHECK(silent.Line().find("no request came in time") != std::string::npos);
  CHECK(silent.Line() == "(end)");
}

TEST_CASE("Who waits for a reload is not silent", "[control]") {
  Served served({.silence = milliseconds(50), .reading = milliseconds(50)});
  Talker talker(served.path());
  talker.Send("reload\n");
  REQUIRE(Eventually([&] { return served.filter.steering.waiting() == 1; }));
  std::this_thread::sleep_for(milliseconds(300));
  served.filter.steering.FinishWaiting(absl::OkStatus());
  CHECK(talker.Line() == kOk);
}

TEST_CASE("A peer that does not read its answers is cut, and keeps nobody waiting", "[control]") {
  Served served({.reading = milliseconds(200)});
  served.filter.steering.recent = "{\"text\":\"" + std::string(4 << 20, 'x') + "\"}";
  Talker deaf(served.path());
  deaf.Send("recent\nrecent\nrecent\n");
  REQUIRE(Eventually(
      [&] { return served.filter.Counted(control::ServiceCounter::kControlRequests) > 0; }));
  for (int i = 0; i < 10; ++i) CHECK(Talker(served.path()).Ask("reopen") == kReopened);
  CHECK(Eventually(
      [&] { return served.filter.Counted(control::ServiceCounter::kControlFaults) == 1; }));
  CHECK(deaf.Line().starts_with("(cut) "));
}

TEST_CASE("A large answer arrives whole", "[control]") {
  Served served;
  served.filter.steering.recent = "{\"text\":\"" + std::string(8 << 20, 'x') + "\"}";
  Talker talker(served.path());
  CHECK(talker.Ask("recent") == "{\"ok\":true," + served.filter.steering.recent.substr(1));
}

TEST_CASE("Answers that nobody reads take up no more than they may", "[control]") {
  Served served({.unread = size_t{10} << 20});
  served.filter.steering.recent = "{\"text\":\"" + std::string(4 << 20, 'x') + "\"}";
  std::vector<Talker> deaf;
  for (int i = 0; i < 2; ++i) {
    deaf.emplace_back(served.path());
    deaf.back().Send("recent\n");
  }
  REQUIRE(Eventually(
      [&] { return served.filter.Counted(control::ServiceCounter::kControlRequests) == 2; }));
  Talker talker(served.path());
  CHECK(talker.Ask("recent").find("too many answers are waiting to be read") != std::string::npos);
  CHECK(talker.Ask("reopen") == kReopened);
}

TEST_CASE("Of too many connections, the one that was silent longest makes room", "[control]") {
  Served served({.connections = 4});
  std::vector<Talker> talkers;
  for (int i = 0; i < 200; ++i) {
    talkers.emplace_back(served.path());
    REQUIRE(talkers.back().error() == 0);
  }
  CHECK(talkers.back().Ask("reopen") == kReopened);
  CHECK(talkers.front().Line().find("others need its place") != std::string::npos);
  CHECK(talkers.front().Line() == "(end)");
  CHECK(talkers[196].Ask("reopen") == kReopened);
}

TEST_CASE("Where all connections wait for a reload, another one is told so", "[control]") {
  Served served({.connections = 3});
  std::vector<Talker> talkers;
  for (int i = 0; i < 3; ++i) {
    talkers.emplace_back(served.path());
    talkers.back().Send("reload\n");
  }
  REQUIRE(Eventually([&] { return served.filter.steering.waiting() == 3; }));
  CHECK(Talker(served.path()).Line().find("too many connections") != std::string::npos);
  served.filter.steering.FinishWaiting(absl::OkStatus());
  for (Talker& talker : talkers) CHECK(talker.Line() == kOk);
}

TEST_CASE("Peers that go away in the middle of everything", "[control]") {
  Served served;
  served.filter.steering.recent = "{\"text\":\"" + std::string(1 << 20, 'x') + "\"}";
  for (int i = 0; i < 100; ++i) {
    Talker talker(served.path());
    talker.Send(i % 3 == 0 ? "rece" : i % 3 == 1 ? "recent\nrecent\n" : "reload\n");
    if (i % 2 == 0) talker.EndOutput();
  }
  CHECK(Talker(served.path()).Ask("reopen") == kReopened);
}

TEST_CASE("Many at once, of every kind, with reloads that end meanwhile", "[control]") {
  Served served({.connections = 8, .silence = milliseconds(50), .reading = milliseconds(50)});
  served.filter.steering.recent = "{\"text\":\"" + std::string(1 << 18, 'x') + "\"}";
  std::atomic<bool> done = false;
  std::thread keeper([&] {
    while (!done) {
      served.filter.steering.FinishWaiting(absl::OkStatus());
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  std::vector<std::thread> crowd;
  for (int i = 0; i < 6; ++i) {
    crowd.emplace_back([&, i] {
      for (int j = 0; j < 40; ++j) {
        Talker talker(served.path());
        switch ((i + j) % 4) {
          case 0:
            talker.Send("reload\nreload\n");
            break;
          case 1:
            talker.Send(std::string(5000, 'x'));
            break;
          case 2:
            talker.Send("recent\nrecent\n");
            break;
          default:
            talker.Send("reload\n");
            talker.Line();
        }
      }
    });
  }
  for (std::thread& thread : crowd) thread.join();
  CHECK(Eventually([&] { return Talker(served.path()).Ask("reopen") == kReopened; }));
  done = true;
  keeper.join();
}

TEST_CASE("The server ends at once while connections hang", "[control]") {
  Served served;
  served.filter.steering.recent = "{\"text\":\"" + std::string(4 << 20, 'x') + "\"}";
  Talker silent(served.path()), deaf(served.path()), waiting(served.path());
  deaf.Send("recent\n");
  waiting.Send("reload\n");
  REQUIRE(Eventually([&] { return served.filter.steering.waiting() == 1; }));
  const auto begin = std::chrono::steady_clock::now();
  served.server.reset();
  // A peer that does not read has ten seconds, a silent one thirty.
  CHECK(std::chrono::steady_clock::now() - begin < milliseconds(8000));
  CHECK(silent.Line() == "(end)");
  CHECK(waiting.Line() == "(end)");
  CHECK(access(served.path().c_str(), F_OK) != 0);
}

TEST_CASE("A filter that throws costs that answer alone", "[control]") {
  Served served;
  served.filter.steering.read_throws = true;
  Talker talker(served.path());
  CHECK(IsFault(talker.Ask("status")));
  CHECK(talker.Ask("reopen") == kReopened);
}

TEST_CASE("What changes the filter is logged with who asked for it", "[control]") {
  Served served;
  Talker talker(served.path());
  Logged::Take();
  talker.Ask("pause for=5m client=192.0.2.0/24");
  CHECK(Logged::Take() == "info: tollgate: control: uid " + std::to_string(getuid()) + ", pid " +
                              std::to_string(getpid()) +
                              ": pause for=5m client=192.0.2.0/24: done\n");
}

TEST_CASE("No socket is asked for, and none is there", "[control]") {
  FakeFilter filter;
  ControlSettings settings;
  settings.socket = "";
  CHECK(ControlServer::Start(settings, filter.commands, filter.counters, filter.log) == nullptr);
  CHECK(Logged::Take() == "");
}

TEST_CASE("A socket that cannot be had now is there when it can be", "[control]") {
  const tollgate::test::TemporaryFolder folder;
  FakeFilter filter;
  ControlSettings settings;
  settings.socket = folder.path() + "/later/control.sock";
  settings.is_default = false;
  const auto server = ControlServer::Start(settings, filter.commands, filter.counters, filter.log,
                                           {.tending = milliseconds(20)});
  REQUIRE(Eventually([] { return !Logged::Read().empty(); }));
  std::this_thread::sleep_for(milliseconds(100));
  CHECK(Logged::Take() == "error: tollgate: no control socket: " + settings.socket +
                              ": cannot be made: No such file or directory; 'tollgate ctl' will "
                              "not work; tried again from time to time\n");
  mkdir((folder.path() + "/later").c_str(), 0700);
  CHECK(Eventually([&] { return Talker(settings.socket).Ask("reopen") == kReopened; }));
}

TEST_CASE("A socket that somebody removed is put back", "[control]") {
  Served served({.tending = milliseconds(20)});
  Talker before(served.path());
  CHECK(before.Ask("reopen") == kReopened);
  REQUIRE(unlink(served.path().c_str()) == 0);
  CHECK(Eventually([&] { return Talker(served.path()).Ask("reopen") == kReopened; }));
  CHECK(before.Ask("reopen") == kReopened);  // who was there has lost nothing
}

// The process's own time, in milliseconds.
int64_t ProcessorTime() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

TEST_CASE("Without descriptors the server rests, and goes on when there are some", "[control]") {
  Served served;
  Talker before(served.path());
  CHECK(before.Ask("reopen") == kReopened);
  rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit low{64, limit.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
  std::vector<int> taken;
  for (int fd; (fd = open("/dev/null", O_RDONLY)) >= 0;) taken.push_back(fd);
  close(taken.back());
  taken.pop_back();
  Logged::Take();
  Talker waiting(served.path());  // takes the last one
  // Nothing is checked before there are descriptors again: sanitizers need some for their own.
  const bool is_logged = Eventually([] { return !Logged::Read().empty(); });
  const int64_t begin = ProcessorTime();
  std::this_thread::sleep_for(milliseconds(700));
  const int64_t took = ProcessorTime() - begin;
  const std::string log = Logged::Take();
  const std::string answer_before = before.Ask("reopen");
  setrlimit(RLIMIT_NOFILE, &limit);
  const std::string answer_after = waiting.Ask("reopen");
  for (int fd : taken) close(fd);
  CHECK(waiting.error() == 0);
  CHECK(is_logged);
  CHECK(took < 350);
  CHECK(log ==
        "warning: tollgate: control socket: cannot accept a connection: Too many open files\n");
  CHECK(answer_before == kReopened);
  CHECK(answer_after == kReopened);
}

TEST_CASE("A waiting server takes no time", "[control]") {
  Served served;
  std::vector<Talker> talkers;
  for (int i = 0; i < 5; ++i) talkers.emplace_back(served.path());
  talkers[0].Send("reload\n");
  talkers[1].Send("stat");
  talkers[2].EndOutput();
  talkers[3].Ask("reopen");
  talkers[4].Send("reload\n");
  talkers[4].EndOutput();
  REQUIRE(Eventually([&] { return served.filter.steering.waiting() == 2; }));
  const int64_t begin = ProcessorTime();
  std::this_thread::sleep_for(milliseconds(500));
  CHECK(ProcessorTime() - begin < 250);
}

TEST_CASE("The thread has every signal blocked", "[control]") {
  static std::atomic<int> caught = 0;
  Served served;
  sigset_t all, before;
  sigfillset(&all);
  struct sigaction action {
  }, old;
  action.sa_handler = [](int) { ++caught; };
  sigaction(SIGUSR1, &action, &old);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  kill(getpid(), SIGUSR1);  // nobody but the server's thread could take it
  std::this_thread::sleep_for(milliseconds(50));
  CHECK(Talker(served.path()).Ask("reopen") == kReopened);
  CHECK(caught == 0);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  CHECK(caught == 1);
  sigaction(SIGUSR1, &old, nullptr);
}

}  // namespace
}  // namespace tollgate::module::test
