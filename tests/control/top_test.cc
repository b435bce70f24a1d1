// SPDX-License-Identifier: BSD-3-Clause
//
// What `tollgate top` makes of states, and how it shows it on screens of any size.

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "ruleset/cli/top_model.h"
#include "ruleset/cli/top_screen.h"
#include "tests/control/example_snapshot.h"
#include "tests/support/catch.h"

namespace tollgate::cli {
namespace {

using control::QueryCounter;
using control::Recent;
using control::Snapshot;

// After `looks` seconds with 100 queries each: 60 from the cache, 10 blocked.
Snapshot StateAfter(uint64_t looks) {
  Snapshot state = control::ExampleSnapshot();
  state.last_error.clear();
  state.pauses.clear();
  state.threads.assign(1, {});
  auto set = [&](QueryCounter counter, uint64_t count) {
    state.threads[0][static_cast<size_t>(counter)] = count * looks;
  };
  set(QueryCounter::kFromCache, 60);
  set(QueryCounter::kResolved, 30);
  set(QueryCounter::kNxdomain, 10);
  set(QueryCounter::kShadow, 2);
  state.verdict_times.assign(25, 0);
  state.verdict_times[8] = looks;
  return state;
}

Recent RecentUpTo(uint64_t latest, uint64_t after) {
  Recent recent;
  recent.latest = latest;
  for (uint64_t seq = after + 1; seq <= latest; ++seq) {
    const std::string number = std::to_string(seq);
    recent.decisions.push_back({seq, "2025-11-13T02:13:07.123Z", "192.0.2." + number,
                                "track" + number + ".example", "A", "nxdomain", "enforce",
                                "smishing", "summer", "post"});
  }
  recent.names = {{"", "www.example.com", 1'234'567}};
  recent.clients = {{"", "192.0.2.7", 30}};
  recent.rules = {{"smishing", "post", 50}};
  recent.campaigns = {{"", "summer", 60}};
  return recent;
}

TopModel Running() {
  TopModel model;
  for (uint64_t second = 1; second <= 10; ++second) {
    model.TakeState(StateAfter(second), static_cast<double>(second));
    model.TakeRecent(RecentUpTo(second, model.latest()));
  }
  return model;
}

std::vector<std::string> Lines(const TopModel& model, size_t width, size_t height,
                               TopSettings settings = {}) {
  std::vector<std::string> lines =
      absl::StrSplit(PlainText(DrawTop(model, settings, width, height)), '\n');
  lines.pop_back();
  return lines;
}

bool Shows(const TopModel& model, const std::string& text, TopSettings settings = {},
           size_t width = 80) {
  const std::string all = PlainText(DrawTop(model, settings, width, 24));
  CAPTURE(all);
  CAPTURE(text);
  return all.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("Rates are differences of two states, of a second") {
  TopModel model;
  model.TakeState(StateAfter(1), 10);
  CHECK_FALSE(model.rates());
  model.TakeState(StateAfter(5), 12);
  REQUIRE(model.rates());
  CHECK(model.rates()->queries == 200);
  CHECK(model.rates()->blocked == 20);
  CHECK(model.rates()->shadow == 4);
  CHECK(model.rates()->blocked_share() == 20.0 / 200);
  CHECK(std::abs(model.rates()->cached_share() - 0.6) < 1e-9);
}

TEST_CASE("A module that was restarted is not compared with what it was") {
  TopModel model = Running();
  Snapshot restarted = StateAfter(0);
  restarted.gauges[static_cast<size_t>(control::Gauge::kStarted)] += 500;
  model.TakeState(restarted, 11);
  CHECK_FALSE(model.rates());
  CHECK(model.decisions().empty());
  CHECK(model.latest() == 0);
  CHECK(model.VerdictTime(0.5) == 0);
}

TEST_CASE("Two states at one moment have no rate") {
  TopModel model;
  model.TakeState(StateAfter(1), 10);
  model.TakeState(StateAfter(2), 10);
  CHECK_FALSE(model.rates());
}

TEST_CASE("Numbers that run backwards are no negative rate") {
  TopModel model;
  model.TakeState(StateAfter(5), 10);
  model.TakeState(StateAfter(4), 11);
  CHECK(model.rates()->queries == 0);
}

TEST_CASE("Verdict times are those of the last minute") {
  TopModel model;
  Snapshot state = StateAfter(0);
  state.verdict_times[20] = 1'000;  // long ago
  model.TakeState(state, 0);
  CHECK(model.VerdictTime(0.5) > 500'000);
  state.verdict_times[8] = 10;
  model.TakeState(state, 10);
  CHECK(model.VerdictTime(0.5) == 192);
  model.TakeState(state, 100);
  model.TakeState(state, 170);  // nothing new for a minute
  CHECK(model.VerdictTime(0.5) > 500'000);
}

TEST_CASE("Decisions add up, and those of another run do not") {
  TopModel model = Running();
  CHECK(model.decisions().size() == 10);
  CHECK(model.latest() == 10);
  model.TakeRecent(RecentUpTo(2, 0));
  CHECK(model.decisions().size() == 2);
}

TEST_CASE("Memory is bounded however long it is left open") {
  TopModel model;
  for (uint64_t second = 1; second < 3'000; ++second) {
    model.TakeState(StateAfter(second), static_cast<double>(second));
    model.TakeRecent(RecentUpTo(second, model.latest()));
  }
  CHECK(model.history().size() == 512);
  CHECK(model.decisions().size() == 512);
}

TEST_CASE("80 columns and 24 lines show all there is") {
  const std::vector<std::string> lines = Lines(Running(), 80, 24);
  CHECK(lines.size() == 24);
  CHECK(lines[1] ==
        "queries 100/s     blocked 10.0%   shadow 2/s      cache 60.0%  verdict 192 ns");
  CHECK(lines[2] == "queries #########");
  CHECK(lines[4] == "database 12 min old, 1,002 names, 1,003 patterns, switched 2,000 times");
  CHECK(lines[6] == "    count  campaigns                        count  rules");
  CHECK(lines[7] == "       60  summer                              50  smishing/post");
  CHECK(lines[9] == "1,234,567  www.example.com                     30  192.0.2.7");
  CHECK(lines[11] ==
        "02:13:07 192.0.2.10      nxdomain   track10.example A              smishing/post");
  CHECK(lines[20] ==
        "02:13:07 192.0.2.1       nxdomain   track1.example A               smishing/post");
  CHECK(lines[23] == "q: end  p: hold  s: lists in full  ?: help");
}

TEST_CASE("A wide screen has its four lists side by side") {
  const std::vector<std::string> lines = Lines(Running(), 200, 50);
  CHECK(lines.size() == 50);
  CHECK(lines[6].find("campaigns") < lines[6].find("rules"));
  CHECK(lines[6].find("names") < lines[6].find("clients"));
  CHECK(lines[6].find("clients") != std::string::npos);
  CHECK(lines[1].find("192 ns median") != std::string::npos);
}

TEST_CASE("No screen is too small, and nothing stands outside of one") {
  TopModel model = Running();
  Snapshot state = StateAfter(11);
  state.last_error = std::string(300, 'x');
  state.pauses.resize(20);
  model.TakeState(state, 11);
  for (size_t view = 0; view < kTopViews; ++view) {
    for (size_t width : {0, 1, 7, 20, 39, 80, 119, 120, 500}) {
      for (size_t height : {0, 1, 2, 5, 9, 13, 24, 200}) {
        CAPTURE(view, width, height);
        TopSettings settings;
        settings.view = static_cast<TopView>(view);
        settings.block_chars = true;
        const Screen screen = DrawTop(model, settings, width, height);
        CHECK(screen.size() <= height);
        for (const ScreenLine& line : screen) {
          size_t columns = 0;
          for (const Span& span : line) columns += ColumnsOf(span.text);
          CHECK(columns <= width);
        }
      }
    }
  }
}

TEST_CASE("Until a module answers it says what it waits for, and why") {
  TopModel model;
  model.TakeFault("/run/tollgate/control.sock: no such socket; is Unbound running?");
  TopSettings settings;
  settings.socket = "/run/tollgate/control.sock";
  CHECK(Shows(model, "waiting for /run/tollgate/control.sock\n", settings));
  CHECK(Shows(model, "\n  /run/tollgate/control.sock: no such socket; is Unbound running?",
              settings));
}

TEST_CASE("When a module goes away what was known stays in sight, but no rate") {
  TopModel model = Running();
  model.TakeFault("nobody listens there");
  CHECK(Shows(model, "waiting for"));
  CHECK(Shows(model, "queries -  "));
  CHECK(Shows(model, "smishing/post"));
  model.TakeState(StateAfter(11), 11);
  CHECK_FALSE(Shows(model, "waiting for"));
}

TEST_CASE("A refused database, none at all, and a pause stand out") {
  TopModel model;
  Snapshot state = StateAfter(1);
  state.last_error = "it is damaged";
  state.last_error_time = state.now - 125;
  state.pauses = {{"", "", "", state.now + 90}, {"192.0.2.0/24", "partner", "", 0}};
  model.TakeState(state, 1);
  CHECK(Shows(model, "\nREFUSED 2 min ago: it is damaged\n"));
  CHECK(Shows(model, "\nPAUSED for 1 min: everything is resolved\n"));
  CHECK(Shows(model, "\nPAUSED: client 192.0.2.0/24, policy partner\n"));
  state.checksum.clear();
  model.TakeState(state, 2);
  CHECK(Shows(model, "\ndatabase NONE IN USE: every query gets what on_failure says\n"));
}

TEST_CASE("What comes from outside cannot command the terminal") {
  TopModel model = Running();
  Recent recent = RecentUpTo(11, 10);
  recent.decisions[0].qname = "a\x1b[2Jb\x9b\r\n.example";
  recent.names = {{"", "\x1b]0;title\x07", 1}};
  recent.campaigns = {{"", "caf\xc3\xa9", 1}};
  model.TakeRecent(recent);
  const std::string all = PlainText(DrawTop(model, {}, 80, 24));
  CHECK(all.find('\x1b') == std::string::npos);
  CHECK(all.find('\r') == std::string::npos);
  CHECK(all.find("?]0;title?") != std::string::npos);
  CHECK(all.find("caf?") != std::string::npos);
}

TEST_CASE("Of a long name its end is shown") {
  TopModel model = Running();
  Recent recent = RecentUpTo(11, 10);
  recent.names = {{"", std::string(60, 'a') + ".example", 1}};
  model.TakeRecent(recent);
  CHECK(Shows(model, "...aaaaaaaaaaaaaaaa.example "));
}

TEST_CASE("A decision in shadow mode is in brackets") {
  TopModel model = Running();
  Recent recent = RecentUpTo(11, 10);
  recent.decisions[0].mode = "shadow";
  model.TakeRecent(recent);
  CHECK(Shows(model, "(nxdomain) track11.example A"));
}

TEST_CASE("Each list can have the screen to itself") {
  TopModel model = Running();
  TopSettings settings;
  settings.view = TopView::kNames;
  CHECK(Shows(model, "1,234,567  www.example.com\n", settings));
  CHECK_FALSE(Shows(model, "campaigns", settings));
  settings.view = TopView::kDecisions;
  CHECK(Shows(model, "track1.example", settings));
  CHECK_FALSE(Shows(model, "count", settings));
}

TEST_CASE("Held, and the page of help") {
  TopSettings settings;
  settings.held = true;
  CHECK(Shows(Running(), "tollgate top  HELD: p goes on", settings));
  settings.help = true;
  CHECK(Shows(Running(), "  q        end\n", settings));
  for (const std::string& line : Lines(Running(), 300, 24, settings)) CHECK(line.size() <= 80);
}

TEST_CASE("The graphs are as high as their highest, in blocks where there are such") {
  TopModel model;
  model.TakeState(StateAfter(0), 0);
  model.TakeState(StateAfter(1), 1);
  model.TakeState(StateAfter(3), 2);
  CHECK(Lines(model, 80, 24)[2] == "queries =#");
  TopSettings settings;
  settings.block_chars = true;
  CHECK(Lines(model, 80, 24, settings)[2] == "queries \xe2\x96\x84\xe2\x96\x88");
}

}  // namespace tollgate::cli
