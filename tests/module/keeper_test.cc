// SPDX-License-Identifier: BSD-3-Clause
//
// The keeper with real files, and a sweeper that the test plays.

#include "module/live/keeper.h"

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "module/live/admission.h"
#include "module/live/last_good.h"
#include "tests/module/live_fixture.h"
#include "tests/support/catch.h"

namespace tollgate::module {
namespace {

using control::ServiceCounter;

struct Keeping {
  explicit Keeping(std::string_view first_domains, bool watch = true) : log(&Lines::Take) {
    ForgetDatabases();
    settings.database = folder.path() + "/tollgate.db";
    settings.watch = watch;
    settings.slots = kSlots;
    if (!first_domains.empty()) Put(DatabaseOf(first_domains));
    Restart();
  }
  ~Keeping() {
    keeper.reset();
    events.reset();
    ForgetDatabases();
  }

  // As `unbound-control reload` does.
  void Restart() {
    keeper.reset();
    live.emplace(kSlots, *events);
    keeper.emplace(settings, *live, sweep, counters, log);
    keeper->OpenFirst();
    keeper->Start();
  }

  // As `tollgate compile` writes: by rename.
  void Put(std::string_view octets) const {
    const std::string path = folder.Write("new", octets);
    REQUIRE(std::rename(path.c_str(), settings.database.c_str()) == 0);
  }

  // Whether the database in force blocks `name`.
  bool Blocks(std::string_view name) const {
    bool blocks = false;
    live->Read([&](const Ruling& ruling) {
      if (ruling.loaded == nullptr) return;
      Scratch scratch = *ruling.loaded->rules().NewScratch();
      blocks = static_cast<bool>(ruling.loaded->rules()
                                     .Match(test::NameOf(name), 1, 0, scratch, ruling.shadowed)
                                     .decision);
    });
    return blocks;
  }

  absl::Status Reload(bool force) {
    return OutcomeOf([&](Keeper::Done done) { keeper->Reload(force, std::move(done)); });
  }
  absl::Status SetShadow(const std::string& policy, bool shadow) {
    return OutcomeOf(
        [&](Keeper::Done done) { keeper->SetShadow(policy, shadow, std::move(done)); });
  }

  uint64_t Count(ServiceCounter counter) const { return counters.Value(counter); }

  static absl::Status OutcomeOf(const std::function<void(Keeper::Done)>& begin) {
    std::atomic<bool> done{false};
    absl::Status status;
    begin([&](absl::Status outcome) {
      status = std::move(outcome);
      done = true;
    });
    REQUIRE(Comes([&] { return done.load(); }));
    return status;
  }

  test::TemporaryFolder folder;
  Lines lines;
  HostLog log;
  Counters counters{kSlots};
  std::unique_ptr<EventLog> events = EventLog::Start({}, kSlots, counters, log);
  Sweep sweep;
  Keeper::Settings settings;
  std::optional<Live> live;
  std::optional<Keeper> keeper;
};

// As many as a database must have for max_shrink to be asked.
std::string Many(int count) {
  std::string domains = "always.com";
  for (int i = 1; i < count; ++i) domains += ", n" + std::to_string(i) + ".com";
  return domains;
}

TEST_CASE("The first database is in force when it has been opened", "[keeper]") {
  const Keeping keeping("one.com");
  CHECK(keeping.Blocks("one.com"));
  CHECK(keeping.lines.With("filters with") == 1);
  CHECK(keeping.keeper->fault().message.empty());
}

TEST_CASE("A file that is put in place is put in force", "[keeper]") {
  const Keeping keeping("one.com");
  keeping.Put(DatabaseOf("two.com"));
  CHECK(Comes([&] { return keeping.Blocks("two.com"); }));
  CHECK_FALSE(keeping.Blocks("one.com"));
  CHECK(Comes([&] { return keeping.Count(ServiceCounter::kSwitches) == 1; }));
}

TEST_CASE("The old one leaves memory", "[keeper]") {
  const Keeping keeping("one.com");
  for (int i = 0; i < 5; ++i) {
    keeping.Put(DatabaseOf(i % 2 == 0 ? "two.com" : "one.com"));
    REQUIRE(Comes([&] { return keeping.Blocks(i % 2 == 0 ? "two.com" : "one.com"); }));
    CHECK(keeping.live->databases() <= 2);
  }
  CHECK(Comes([&] { return keeping.live->databases() == 1; }));
}

TEST_CASE("Without `watch`, only a request makes it look", "[keeper]") {
  Keeping keeping("one.com", false);
  keeping.Put(DatabaseOf("two.com"));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(keeping.Blocks("one.com"));
  CHECK(keeping.Reload(false).ok());
  CHECK(keeping.Blocks("two.com"));
}

TEST_CASE("A bad file is refused: said once, counted once, and in the status", "[keeper]") {
  const Keeping keeping("one.com");
  keeping.Put("garbage");
  REQUIRE(Comes([&] { return keeping.Count(ServiceCounter::kRefusals) == 1; }));
  CHECK(keeping.Blocks("one.com"));
  CHECK(keeping.keeper->fault().message.find("not a Tollgate database") != std::string::npos);
  keeping.Put("garbage");  // another file, the same fault
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(keeping.Count(ServiceCounter::kRefusals) == 1);
  CHECK(keeping.lines.With("new database refused") == 1);
}

TEST_CASE("Who asks for a reload is told why it is refused, again and again", "[keeper]") {
  Keeping keeping("one.com");
  keeping.Put("garbage");
  CHECK_FALSE(keeping.Reload(false).ok());
  CHECK_FALSE(keeping.Reload(false).ok());
}

TEST_CASE("A good file ends the fault", "[keeper]") {
  const Keeping keeping("one.com");
  keeping.Put("garbage");
  REQUIRE(Comes([&] { return !keeping.keeper->fault().message.empty(); }));
  keeping.Put(DatabaseOf("one.com"));
  CHECK(Comes([&] { return keeping.keeper->fault().message.empty(); }));
}

TEST_CASE("A file that is gone leaves the database where it is", "[keeper]") {
  const Keeping keeping("one.com");
  std::filesystem::remove(keeping.settings.database);
  CHECK(Comes([&] { return !keeping.keeper->fault().message.empty(); }));
  CHECK(keeping.Blocks("one.com"));
}

TEST_CASE("A database that shrank is refused until it is forced", "[keeper]") {
  Keeping keeping(Many(300));
  keeping.Put(DatabaseOf(Many(120)));
  REQUIRE(Comes([&] { return keeping.Count(ServiceCounter::kRefusals) == 1; }));
  CHECK(keeping.Blocks("n200.com"));
  CHECK(keeping.Reload(true).ok());
  CHECK_FALSE(keeping.Blocks("n200.com"));
}

TEST_CASE("A reload of the resolver keeps the last good database", "[keeper]") {
  Keeping keeping("one.com");
  keeping.Put("garbage");
  keeping.Restart();
  CHECK(keeping.Blocks("one.com"));
  CHECK_FALSE(keeping.keeper->fault().message.empty());
}

TEST_CASE("A file that has not changed is not read again at a reload", "[keeper]") {
  Keeping keeping("one.com");
  const RuleSet* before = nullptr;
  keeping.live->Read([&](const Ruling& ruling) { before = ruling.rules(); });
  keeping.Restart();
  keeping.live->Read([&](const Ruling& ruling) { CHECK(ruling.rules() == before); });
}

TEST_CASE("A start without a database filters as soon as there is one", "[keeper]") {
  const Keeping keeping("");
  CHECK(keeping.lines.With("WITHOUT ANY FILTER") == 1);
  keeping.Put(DatabaseOf("one.com"));
  CHECK(Comes([&] { return keeping.Blocks("one.com"); }));
}

TEST_CASE("A new database waits for the sweep, and is announced meanwhile", "[keeper]") {
  Keeping keeping("one.com");
  REQUIRE(keeping.sweep.Volunteer());
  const uint64_t before = keeping.live->number();
  keeping.Put(DatabaseOf("two.com"));
  REQUIRE(Comes([&] { return keeping.sweep.Wanted() != 0; }));
  CHECK(keeping.live->number() > before);
  CHECK_FALSE(keeping.Blocks("two.com"));
  const Live::View view = keeping.live->Enter(3);
  CHECK(view.next != nullptr);
  keeping.live->Leave(3);
  keeping.sweep.Finished(keeping.sweep.Wanted());
  CHECK(Comes([&] { return keeping.Blocks("two.com"); }));
}

TEST_CASE("The module can be closed in the middle of a sweep", "[keeper]") {
  Keeping keeping("one.com");
  REQUIRE(keeping.sweep.Volunteer());
  keeping.Put(DatabaseOf("two.com"));
  REQUIRE(Comes([&] { return keeping.sweep.Wanted() != 0; }));
  keeping.keeper.reset();
  CHECK(keeping.Blocks("one.com"));
}

TEST_CASE("A policy in shadow mode stays there when the database changes", "[keeper]") {
  Keeping keeping("one.com");
  REQUIRE(keeping.SetShadow("p", true).ok());
  REQUIRE_FALSE(keeping.Blocks("one.com"));
  keeping.Put(DatabaseOf("one.com, two.com"));
  REQUIRE(Comes([&] { return keeping.Count(ServiceCounter::kSwitches) == 1; }));
  CHECK_FALSE(keeping.Blocks("two.com"));
  CHECK(keeping.SetShadow("p", false).ok());
  CHECK(keeping.Blocks("two.com"));
}

TEST_CASE("Who shadows a policy is told when the cache has been swept, not before", "[keeper]") {
  Keeping keeping("one.com");
  REQUIRE(keeping.sweep.Volunteer());
  std::atomic<bool> done{false};
  keeping.keeper->SetShadow("p", true, [&](const absl::Status& status) { done = status.ok(); });
  REQUIRE(Comes([&] { return keeping.sweep.Wanted() != 0; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  CHECK_FALSE(done);
  CHECK(keeping.Blocks("one.com"));
  keeping.sweep.Finished(keeping.sweep.Wanted());
  CHECK(Comes([&] { return done.load(); }));
  CHECK_FALSE(keeping.Blocks("one.com"));
  CHECK(keeping.lines.With("policy p is in shadow mode") == 1);
}

TEST_CASE("A policy that is in that mode already needs no sweep", "[keeper]") {
  Keeping keeping("one.com");
  REQUIRE(keeping.SetShadow("p", true).ok());
  REQUIRE(keeping.sweep.Volunteer());
  CHECK(keeping.SetShadow("p", true).ok());
  CHECK(keeping.SetShadow("q", false).ok());
  CHECK(keeping.sweep.Wanted() == 0);
  CHECK_FALSE(keeping.Blocks("one.com"));
}

TEST_CASE("Who shadows a policy while the module is closed is told that it was not", "[keeper]") {
  Keeping keeping("one.com");
  REQUIRE(keeping.sweep.Volunteer());
  absl::Status status;
  keeping.keeper->SetShadow("p", true, [&](absl::Status outcome) { status = std::move(outcome); });
  REQUIRE(Comes([&] { return keeping.sweep.Wanted() != 0; }));
  keeping.keeper.reset();
  CHECK(status.code() == absl::StatusCode::kCancelled);
  CHECK(keeping.Blocks("one.com"));
}

// --- Admit ---

TEST_CASE("Few rules may become fewer, but not none", "[admission]") {
  CHECK(Admit(*Blocking("a.com, b.com, c.com"), *Blocking("a.com"), 0).ok());
}

TEST_CASE("A share is lost up to max_shrink, and not beyond", "[admission]") {
  const auto old = Blocking(Many(200));
  CHECK(Admit(*old, *Blocking(Many(100)), 50).ok());
  CHECK_FALSE(Admit(*old, *Blocking(Many(97)), 50).ok());
  CHECK(Admit(*old, *Blocking(Many(199)), 0).ok());  // less than one percent
  CHECK(Admit(*old, *Blocking(Many(1)), 100).ok());
}

TEST_CASE("More is always welcome", "[admission]") {
  CHECK(Admit(*Blocking(Many(100)), *Blocking(Many(300)), 0).ok());
}

// --- Sweep ---

TEST_CASE("There is one sweeper", "[sweep]") {
  Sweep sweep;
  CHECK(sweep.Volunteer());
  CHECK_FALSE(sweep.Volunteer());
  sweep.Resign();
  CHECK(sweep.Volunteer());
}

TEST_CASE("A sweep that was asked for again is not finished by the first one's end", "[sweep]") {
  Sweep sweep;
  sweep.Want();
  const uint64_t first = sweep.Wanted();
  sweep.Want();
  sweep.Finished(first);
  CHECK_FALSE(sweep.done());
  sweep.Finished(sweep.Wanted());
  CHECK(sweep.done());
}

}  // namespace
}  // namespace tollgate::module
