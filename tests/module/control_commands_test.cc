// SPDX-License-Identifier: BSD-3-Clause
//
// What the requests of the control protocol do, and what they are answered.

#include <ctime>

#include "module/control/commands.h"
#include "tests/module/control_fixture.h"
#include "tests/support/catch.h"

namespace tollgate::module::test {
namespace {

using control::ServiceCounter;

constexpr char kOk[] = "{\"ok\":true}";
constexpr char kReopened[] = "{\"ok\":true,\"files\":1}";

std::string Faulty(const std::string& error, const std::string& hint) {
  return "{\"ok\":false,\"error\":\"" + error + "\",\"hint\":\"" + hint + "\"}";
}

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("status: the state of the filter, without the counts of single rules", "[control]") {
  FakeFilter filter;
  filter.steering.snapshot.version = "1.2.3";
  filter.steering.snapshot.policies.push_back({.id = "block", .rules = {{.id = "com-hyphen"}}});
  const std::string status = filter.Ask("status");
  CHECK(status.starts_with("{\"ok\":true,\"version\":\"1.2.3\","));
  CHECK(Has(status, "\"id\":\"block\""));
  CHECK_FALSE(Has(status, "com-hyphen"));
}

TEST_CASE("stats: all of it", "[control]") {
  FakeFilter filter;
  filter.steering.snapshot.policies.push_back({.id = "block", .rules = {{.id = "com-hyphen"}}});
  const std::string stats = filter.Ask("stats");
  CHECK(stats.starts_with("{\"ok\":true,\"version\":\"\","));
  CHECK(Has(stats, "\"id\":\"com-hyphen\""));
}

TEST_CASE("reload: answers when the database is in use, or why it is not", "[control]") {
  FakeFilter filter;
  for (const auto& [request, note] :
       {std::pair("reload", "reload\n"), std::pair("reload force=no", "reload\n"),
        std::pair("reload force=yes", "reload force\n")}) {
    std::string answer;
    filter.commands.CarryOut(request, {}, [&](std::string text) { answer += text; });
    CHECK(filter.steering.TakeNotes() == note);
    CHECK(answer.empty());
    filter.steering.FinishWaiting(absl::OkStatus());
    CHECK(answer == "{\"ok\":true}\n");
  }
  std::string answer;
  filter.commands.CarryOut("reload", {}, [&](std::string text) { answer += text; });
  filter.steering.FinishWaiting(absl::DataLossError("tollgate.db: the checksum is wrong"));
  CHECK(answer == Faulty("tollgate.db: the checksum is wrong",
                         "the database in use before, if any, stays in use; 'status' shows it") +
                      "\n");
}

TEST_CASE("reload: is answered once, even if its end is told twice", "[control]") {
  FakeFilter filter;
  int answers = 0;
  filter.commands.CarryOut("reload", {}, [&](std::string) { ++answers; });
  const auto waiting = filter.steering.TakeWaiting();
  waiting[0](absl::OkStatus());
  waiting[0](absl::InternalError("again"));
  CHECK(answers == 1);
}

TEST_CASE("pause: for a time, a client, a policy, a name, or all together", "[control]") {
  FakeFilter filter;
  for (const auto& [request, note] : {
           std::pair("pause", "pause for ever\n"),
           std::pair("pause for=300", "pause for a time\n"),
           std::pair("pause client=2001:db8::/32", "pause client 2001:db8::/32 for ever\n"),
           std::pair("pause client=192.0.2.7", "pause client 192.0.2.7 for ever\n"),
           std::pair("pause policy=my%20policy", "pause policy my policy for ever\n"),
           std::pair("pause name=WWW.Example.COM.", "pause name www.example.com for ever\n"),
           std::pair("pause for=1h client=192.0.2.0/24 policy=p name=a.example",
                     "pause client 192.0.2.0/24 policy p name a.example for a time\n"),
       }) {
    CHECK(filter.Ask(request).starts_with("{\"ok\":true,\"until\":"));
    CHECK(filter.steering.TakeNotes() == note);
  }
}

TEST_CASE("pause: its end is a point in time, and told", "[control]") {
  FakeFilter filter;
  const auto before = static_cast<uint64_t>(std::time(nullptr));
  const std::string answer = filter.Ask("pause for=5m");
  CHECK(filter.steering.last_until >= before + 300);
  CHECK(filter.steering.last_until <= static_cast<uint64_t>(std::time(nullptr)) + 300);
  CHECK(answer == "{\"ok\":true,\"until\":" + std::to_string(filter.steering.last_until) + "}");
  CHECK(filter.Ask("pause") == "{\"ok\":true,\"until\":null}");
}

TEST_CASE("pause: one that the filter does not take is not done", "[control]") {
  FakeFilter filter;
  filter.steering.pause_status = absl::NotFoundError("no policy 'x'");
  CHECK(filter.Ask("pause policy=x") == Faulty("no policy 'x'", "'status' lists the policies"));
  filter.steering.pause_status = absl::ResourceExhaustedError("100 pauses already");
  CHECK(filter.Ask("pause") ==
        Faulty("100 pauses already", "'resume' ends pauses that are no longer needed"));
  CHECK(Has(Logged::Take(), ": pause: not done: 100 pauses already\n"));
  // They were understood.
  CHECK(filter.Counted(ServiceCounter::kControlFaults) == 0);
}

TEST_CASE("resume: the pause with the same keys, or all of them", "[control]") {
  FakeFilter filter;
  CHECK(filter.Ask("resume") == "{\"ok\":true,\"ended\":2}");
  CHECK(filter.Ask("resume client=192.0.2.0/24 policy=p name=a.example") ==
        "{\"ok\":true,\"ended\":2}");
  CHECK(filter.steering.TakeNotes() ==
        "resume\nresume client 192.0.2.0/24 policy p name a.example\n");
  CHECK(
      filter.Ask("resume for=5m") ==
      Faulty("'resume' has no key 'for'", "write: resume [client=PREFIX] [policy=ID] [name=NAME]"));
}

TEST_CASE("shadow: on, and off again; answers when that is in force", "[control]") {
  FakeFilter filter;
  for (const auto& [request, note] : {std::pair("shadow policy=p", "shadow p on\n"),
                                      std::pair("shadow policy=p on=yes", "shadow p on\n"),
                                      std::pair("shadow policy=p on=no", "shadow p off\n")}) {
    std::string answer;
    filter.commands.CarryOut(request, {}, [&](std::string text) { answer += text; });
    CHECK(filter.steering.TakeNotes() == note);
    CHECK(answer.empty());
    filter.steering.FinishWaiting(absl::OkStatus());
    CHECK(answer == "{\"ok\":true}\n");
  }
}

TEST_CASE("shadow: what cannot be done is told at once", "[control]") {
  FakeFilter filter;
  CHECK(filter.Ask("shadow policy=nobody") ==
        Faulty("no policy 'nobody'", "'status' lists the policies"));
  CHECK(filter.Ask("shadow") == Faulty("'shadow' needs the id of a policy",
                                       "write: shadow policy=ID; 'status' lists the policies"));
  CHECK(filter.Ask("shadow policy=p on=maybe") ==
        Faulty("on: 'maybe' is neither yes nor no", "write yes or no"));
}

TEST_CASE("explain: every rule that matches, in order", "[control]") {
  FakeFilter filter;
  filter.steering.explanation = {.outcome = "nxdomain",
                                 .rules = {{.policy = "block",
                                            .campaign = "block",
                                            .rule = "com-hyphen",
                                            .meaning = "com, a hyphen and letters",
                                            .file = "block.yaml",
                                            .indicator = "com-x.top",
                                            .action = "nxdomain",
                                            .line = 15,
                                            .standing = "decides"}}};
  CHECK(filter.Ask("explain name=USPS.com-x.top type=aaaa client=192.0.2.7") ==
        "{\"ok\":true,\"name\":\"usps.com-x.top\",\"type\":\"AAAA\",\"client\":\"192.0.2.7\","
        "\"outcome\":\"nxdomain\",\"rules\":[{\"standing\":\"decides\",\"action\":\"nxdomain\","
        "\"shadow\":false,\"policy\":\"block\",\"campaign\":\"block\",\"rule\":\"com-hyphen\","
        "\"indicator\":\"com-x.top\",\"meaning\":\"com, a hyphen and letters\",\"report\":null,"
        "\"file\":\"block.yaml\",\"line\":15}]}");
  CHECK(filter.steering.TakeNotes() == "explain usps.com-x.top 28 192.0.2.7\n");
}

TEST_CASE("explain: type A for nobody in particular where nothing else is said", "[control]") {
  FakeFilter filter;
  filter.steering.explanation.outcome = "resolve";
  CHECK(filter.Ask("explain name=.") ==
        "{\"ok\":true,\"name\":\".\",\"type\":\"A\",\"client\":null,\"outcome\":\"resolve\","
        "\"rules\":[]}");
  CHECK(filter.steering.TakeNotes() == "explain . 1 \n");
}

TEST_CASE("explain: what it does not take", "[control]") {
  FakeFilter filter;
  CHECK(filter.Ask("explain") ==
        Faulty("'explain' needs a name", "write: explain name=www.example.com"));
  CHECK(filter.Ask("explain name=a..b") ==
        Faulty("name: 'a..b' is no name: an empty label (two dots, or a dot at the start)",
               "write a name such as www.example.com"));
  CHECK(filter.Ask("explain name=a type=ADDRESS") ==
        Faulty("type: 'ADDRESS' is no record type",
               "write A, AAAA, HTTPS, TXT or the like, or TYPE and its number"));
  CHECK(filter.Ask("explain name=a client=somebody") ==
        Faulty("client: 'somebody' is no address and no prefix",
               "write 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"));
  CHECK(
      filter.Ask("explain name=a client=192.0.2.0/24") ==
      Faulty("client: '192.0.2.0/24' is more than one client", "write the address of one of them"));
  CHECK(filter.steering.TakeNotes() == "");
  CHECK(filter.Ask("explain name=broken.example") ==
        Faulty("there is no database", "'status' shows how the filter is"));
}

TEST_CASE("log-level: is shown and set", "[control]") {
  FakeFilter filter;
  CHECK(filter.Ask("log-level") == "{\"ok\":true,\"level\":\"info\"}");
  CHECK(Logged::Take() == "");
  CHECK(filter.Ask("log-level level=debug") == "{\"ok\":true,\"level\":\"debug\"}");
  CHECK(filter.Ask("log-level") == "{\"ok\":true,\"level\":\"debug\"}");
  CHECK(filter.steering.TakeNotes() == "log-level debug\n");
  CHECK(filter.Ask("log-level level=waring") ==
        Faulty("level: 'waring' is no log level", "did you mean 'warning'?"));
  CHECK(filter.Ask("log-level level=loud") ==
        Faulty("level: 'loud' is no log level", "write error, warning, info or debug"));
}

TEST_CASE("log-level: who turned the log down or up is in the log", "[control]") {
  FakeFilter filter;
  filter.Ask("log-level level=error");
  CHECK(filter.log.level() == GATE_ERROR);
  CHECK(Has(Logged::Take(), "pid 77: log-level level=error: done\n"));
  filter.Ask("log-level level=info");
  CHECK(Has(Logged::Take(), "pid 77: log-level level=info: done\n"));
}

TEST_CASE("shadow: is answered, even where the filter ends before", "[control]") {
  FakeFilter filter;
  std::string answer;
  filter.commands.CarryOut("shadow policy=p", {}, [&](std::string text) { answer += text; });
  filter.steering.TakeWaiting();
  CHECK(answer ==
        Faulty("the outcome is not known", "Unbound is ending or reloading; see its log") + "\n");
}

TEST_CASE("reopen: the files of events, and how many there are", "[control]") {
  FakeFilter filter;
  CHECK(filter.Ask("reopen") == kReopened);
  CHECK(filter.steering.TakeNotes() == "reopen\n");
  Logged::Take();
  filter.steering.reopened = 0;
  CHECK(filter.Ask("reopen") == "{\"ok\":true,\"files\":0}");
  CHECK(Has(Logged::Take(), ": reopen: not done: events go to no file\n"));
  filter.steering.reopened = absl::PermissionDeniedError("events.json: Permission denied");
  CHECK(filter.Ask("reopen") ==
        Faulty("events.json: Permission denied", "check the folder's permissions, and ask again"));
}

TEST_CASE("recent: what the filter says, behind a number", "[control]") {
  FakeFilter filter;
  CHECK(filter.Ask("recent") == "{\"ok\":true,\"last\":7}");
  CHECK(filter.Ask("recent after=18446744073709551615") == "{\"ok\":true,\"last\":7}");
  CHECK(filter.steering.TakeNotes() == "recent 0\nrecent 18446744073709551615\n");
  for (const char* number : {"-1", "1e3", "18446744073709551616", "x"}) {
    CHECK(filter.Ask(std::string("recent after=") + number) ==
          Faulty("after: '" + std::string(number) + "' is no number that fits",
                 "write digits alone"));
  }
}

TEST_CASE("recent: an answer is always one line with one object", "[control]") {
  FakeFilter filter;
  filter.steering.recent = "{}\n";
  CHECK(filter.Ask("recent") == kOk);
  for (const char* broken : {"", "{", "[1]", "{\"a\":\n1}", "{\"a\":1}\n{\"b\":2}"}) {
    filter.steering.recent = broken;
    CHECK(filter.Ask("recent") == Faulty("an answer that is none", "this is a bug"));
  }
}

TEST_CASE("help: every request, and what it does", "[control]") {
  FakeFilter filter;
  const std::string help = filter.Ask("help");
  CHECK(help.starts_with("{\"ok\":true,\"requests\":{\"status\":\"what the filter is,"));
  for (const char* verb : {"status", "stats", "reload", "pause", "resume", "shadow", "explain",
                           "log-level", "reopen", "recent", "help"}) {
    CHECK(Has(help, std::string("\"") + verb));
  }
}

TEST_CASE("A request that there is not", "[control]") {
  FakeFilter filter;
  CHECK(filter.Ask("stauts") ==
        Faulty("no such request: 'stauts'", "did you mean 'status'? 'help' lists them"));
  CHECK(filter.Ask("quit") == Faulty("no such request: 'quit'", "'help' lists them"));
}

TEST_CASE("A key that there is not", "[control]") {
  FakeFilter filter;
  CHECK(filter.Ask("pause clinet=192.0.2.7") ==
        Faulty("'pause' has no key 'clinet'", "did you mean 'client'?"));
  CHECK(filter.Ask("status of=it") == Faulty("'status' has no key 'of'", "write: status"));
  CHECK(filter.steering.TakeNotes() == "");
}

TEST_CASE("What is asked wrongly is not done", "[control]") {
  FakeFilter filter;
  for (const char* request : {"pause for=tomorrow", "pause for=5m client=x", "resume name=a..b",
                              "shadow on=no", "log-level level=x", "reload force=maybe"}) {
    CHECK(filter.Ask(request).starts_with("{\"ok\":false,"));
  }
  CHECK(filter.steering.TakeNotes() == "");
  CHECK(Logged::Take() == "");
}

TEST_CASE("Requests and faults are counted", "[control]") {
  FakeFilter filter;
  for (const char* request : {"status", "stauts", "pause for=x", "reopen", "a=b", ""})
    filter.Ask(request);
  CHECK(filter.Counted(ServiceCounter::kControlRequests) == 6);
  CHECK(filter.Counted(ServiceCounter::kControlFaults) == 4);
}

TEST_CASE("What changes the filter is logged once, what asks is not", "[control]") {
  FakeFilter filter;
  for (const char* request :
       {"status", "stats", "explain name=a", "log-level", "recent", "help", "nonsense"}) {
    filter.Ask(request);
  }
  CHECK(Logged::Take() == "");
  for (const char* request :
       {"reload", "pause", "resume", "shadow policy=p", "reopen", "log-level level=info"}) {
    const bool answers_later = filter.Ask(request).empty();
    CHECK(Logged::Take() == "info: tollgate: control: uid 1000, pid 77: " + std::string(request) +
                                (answers_later ? ": asked for\n" : ": done\n"));
  }
  filter.commands.CarryOut("reopen", {}, [](std::string) {});
  CHECK(Logged::Take() == "info: tollgate: control: somebody: reopen: done\n");
}

TEST_CASE("Nobody can write lines of their own into the log", "[control]") {
  FakeFilter filter;
  filter.Ask("shadow policy=x%0aerror:%20forged");
  filter.Ask("shadow policy=x\rforged");
  CHECK(Logged::Take() == "");
  filter.Ask("shadow policy=x%20y");
  CHECK(Has(Logged::Take(), ": shadow policy=x%20y: asked for\n"));
}

TEST_CASE("Octets that are no text come back as JSON all the same", "[control]") {
  FakeFilter filter;
  CHECK(filter.Ask("explain name=a client=\xff\"\\") ==
        Faulty("client: '\xef\xbf\xbd\\\"\\\\' is no address and no prefix",
               "write 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"));
}

TEST_CASE("A filter without memory is a fault, not an end", "[control]") {
  FakeFilter filter;
  filter.steering.read_throws = true;
  CHECK(filter.Ask("status") == Faulty("the request failed inside the module",
                                       "see Unbound's log; there may be no memory"));
}

}  // namespace
}  // namespace tollgate::module::test
