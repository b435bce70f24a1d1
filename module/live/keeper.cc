// SPDX-License-Identifier: BSD-3-Clause

#include "module/live/keeper.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "module/clock.h"
#include "module/live/admission.h"
#include "module/live/last_good.h"
#include "module/thread.h"
#include "ruleset/version.h"

namespace tollgate::module {
namespace {

using control::ServiceCounter;

constexpr char kClosing[] = "the module is being closed";
constexpr int kNiceness = 10;
constexpr int64_t kLookEveryMilliseconds = 5000;  // where inotify says nothing
constexpr int64_t kReapEveryMilliseconds = 20;

// Whether the file itself is at fault, so that it need not be opened again until it changes. All
// else (no descriptor, no memory, no permission) may pass.
bool IsTheFilesFault(const absl::Status& status) {
  return status.code() == absl::StatusCode::kDataLoss ||
         status.code() == absl::StatusCode::kInvalidArgument ||
         status.code() == absl::StatusCode::kFailedPrecondition ||
         status.code() == absl::StatusCode::kUnimplemented;
}

// While queries are answered, maybe by the same processor: it is left to them again and again, long
// before the scheduler would take it away from this thread.
void LeaveTheProcessor() { std::this_thread::sleep_for(std::chrono::microseconds(200)); }

std::string Count(uint64_t count, const char* one, const char* many) {
  return absl::StrCat(count, " ", count == 1 ? one : many);
}

// How long ago `then` was, in the largest unit that gives a number above one.
std::string Age(uint64_t then, uint64_t now) {
  const uint64_t seconds = now > then ? now - then : 0;
  if (seconds >= 2 * 86400) return absl::StrCat(seconds / 86400, " days ago");
  if (seconds >= 2 * 3600) return absl::StrCat(seconds / 3600, " hours ago");
  if (seconds >= 2 * 60) return absl::StrCat(seconds / 60, " minutes ago");
  return "just now";
}

std::string Moment(uint64_t seconds) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC",
                          absl::FromUnixSeconds(static_cast<int64_t>(seconds)),
                          absl::UTCTimeZone());
}

}  // namespace

Keeper::Keeper(Settings settings, Live& live, Sweep& sweep, Counters& counters, const HostLog& log)
    : settings_(std::move(settings)),
      live_(live),
      sweep_(sweep),
      counters_(counters),
      log_(log),
      watch_(settings_.database),
      day_(DayOf(Now())),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Keeper::~Keeper() {
  Stop();
  if (wake_ >= 0) close(wake_);
}

// --- Opening ---

absl::StatusOr<Keeper::Candidate> Keeper::Open(void (*pause)()) const {
  Candidate candidate;
  candidate.file = IdentityOf(settings_.database);
  const std::optional<LastGood> last = RecallDatabase(settings_.database);
  if (last && candidate.file.exists() && last->file == candidate.file) {
    candidate.rules = last->rules;
    return candidate;
  }
  absl::StatusOr<std::unique_ptr<const RuleSet>> rules =
      RuleSet::OpenCopy(settings_.database, pause);
  if (!rules.ok()) return rules.status();
  // It was exchanged in the meantime: what was read is good, and the next look finds the newer one.
  candidate.rules = *std::move(rules);
  return candidate;
}

absl::StatusOr<std::shared_ptr<Loaded>> Keeper::Load(std::shared_ptr<const RuleSet> rules) const {
  auto loaded = std::make_shared<Loaded>(std::move(rules), settings_.slots, settings_.threads,
                                         settings_.tags);
  if (loaded->is_ready()) return loaded;
  return absl::ResourceExhaustedError("there is no memory for the threads that would ask it");
}

void Keeper::OpenFirst() {
  absl::StatusOr<Candidate> candidate = Open(nullptr);
  const std::optional<LastGood> last = RecallDatabase(settings_.database);
  absl::Status status = candidate.status();
  if (status.ok() && last) status = Admit(*last->rules, *candidate->rules, settings_.max_shrink);
  absl::StatusOr<std::shared_ptr<Loaded>> loaded;
  if (status.ok()) {
    loaded = Load(candidate->rules);
    status = loaded.status();
  }
  if (status.ok()) {
    live_.Amend([&](Ruling& ruling) { ruling.loaded = *loaded; });
    RememberDatabase(settings_.database, {candidate->rules, candidate->file});
    Accept(candidate->file);
    Introduce(*candidate->rules);
    return;
  }
  const RuleSet* kept = nullptr;
  if (last) {
    loaded = Load(last->rules);
    if (loaded.ok()) {
      live_.Amend([&](Ruling& ruling) { ruling.loaded = *loaded; });
      kept = last->rules.get();
    }
  }
  if (IsTheFilesFault(status)) seen_ = IdentityOf(settings_.database);
  Refuse(status, kept);
}

std::shared_ptr<const RuleSet> Keeper::InForce() const {
  std::shared_ptr<const RuleSet> rules;
  live_.Read([&](const Ruling& ruling) {
    if (ruling.loaded != nullptr) rules = ruling.loaded->shared_rules();
  });
  return rules;
}

// Looks at the file; opens it if it has changed since the last look, or `always`.
absl::Status Keeper::Look(bool always, bool force) {
  const FileIdentity file = IdentityOf(settings_.database);
  if (!always && file == seen_) return absl::OkStatus();
  // Never a third database in memory.
  if (!WaitUntilReaped()) return absl::CancelledError(kClosing);
  const std::shared_ptr<const RuleSet> old = InForce();
  absl::StatusOr<Candidate> candidate = Open(&LeaveTheProcessor);
  absl::Status status = candidate.status();
  if (status.ok() && old != nullptr && !force) {
    status = Admit(*old, *candidate->rules, settings_.max_shrink);
  }
  if (!status.ok()) {
    if (IsTheFilesFault(status)) seen_ = file;
    Refuse(status, old.get());
    return status;
  }
  if (old != nullptr && old->checksum() == candidate->rules->checksum()) {
    RememberDatabase(settings_.database, {old, candidate->file});
    Accept(candidate->file);
    return absl::OkStatus();
  }
  return PutInForce(*std::move(candidate));
}

absl::Status Keeper::PutInForce(Candidate candidate) {
  absl::StatusOr<std::shared_ptr<Loaded>> loaded = Load(candidate.rules);
  if (!loaded.ok()) {
    Refuse(loaded.status(), InForce().get());
    return loaded.status();
  }
  if (!ChangeAfterSweep([&](Ruling& ruling) { ruling.loaded = *loaded; })) {
    return absl::CancelledError(kClosing);
  }
  loaded->reset();
  RememberDatabase(settings_.database, {candidate.rules, candidate.file});
  counters_.Add(ServiceCounter::kSwitches);
  Accept(candidate.file);
  Introduce(*candidate.rules);
  return absl::OkStatus();
}

absl::Status Keeper::Shadow(const std::string& policy, bool shadow) {
  bool is_so = false;
  live_.Read([&](const Ruling& ruling) {
    is_so =
        shadow == (std::count(ruling.shadowed_ids.begin(), ruling.shadowed_ids.end(), policy) != 0);
  });
  if (is_so) return absl::OkStatus();  // nothing to sweep for
  // Either way a rule may come to block that did not: one behind a `pass`.
  if (!ChangeAfterSweep([&](Ruling& ruling) {
        std::erase(ruling.shadowed_ids, policy);
        if (shadow) ruling.shadowed_ids.push_back(policy);
      })) {
    return absl::CancelledError(kClosing);
  }
  log_.Write(GATE_INFO, absl::StrCat("policy ", policy,
                                     shadow ? " is in shadow mode, until a restart"
                                            : " is in the mode of its file again"));
  return absl::OkStatus();
}

bool Keeper::ChangeAfterSweep(const Live::Change& change) {
  live_.Announce(change);
  // Who went in before may still store what is about to be blocked: for microseconds.
  while (!stopping_ && !live_.IsHeard()) Wait(-1, 1);
  if (!SweepCache()) {
    live_.Withdraw();
    return false;
  }
  live_.Switch();
  return true;
}

// Until the cache holds nothing that the ruling in force, or the announced one, blocks. Where no
// query thread has come by yet, nothing has been stored since it was last swept.
bool Keeper::SweepCache() {
  if (!sweep_.has_sweeper()) return true;
  sweep_.Want();
  while (!sweep_.done()) {
    if (stopping_) return false;
    Wait(sweep_.done_signal(), kLookEveryMilliseconds);
    sweep_.TakeDone();
  }
  return true;
}

bool Keeper::WaitUntilReaped() {
  while (!live_.Reap()) {
    if (stopping_) return false;
    Wait(-1, kReapEveryMilliseconds);
  }
  return true;
}

// A rule that ended can uncover one behind it: of a `pass` rule, what it let into the cache.
void Keeper::SweepOnNewDay() {
  const uint32_t today = DayOf(Now());
  if (today == day_) return;
  day_ = today;
  SweepCache();
}

// --- What is said about it ---

void Keeper::Accept(const FileIdentity& file) {
  seen_ = file;
  complaint_.clear();
  const std::lock_guard lock(mutex_);
  fault_ = {};
}

// Logged once for the same fault, counted once, and in the status until it is mended.
void Keeper::Refuse(const absl::Status& why, const RuleSet* kept) {
  std::string message(why.message());
  // The status names the file where it can; the operator needs the path in any case.
  if (message.find(settings_.database) == std::string::npos) {
    message = absl::StrCat(settings_.database, ": ", message);
  }
  if (message == complaint_) return;
  complaint_ = message;
  counters_.Add(ServiceCounter::kRefusals);
  {
    const std::lock_guard lock(mutex_);
    fault_ = {message, Now()};
  }
  if (kept != nullptr) {
    log_.Write(GATE_ERROR, absl::StrCat("new database refused: ", message, "; the one compiled ",
                                        Moment(kept->created()), " stays in force"));
    return;
  }
  log_.Write(GATE_ERROR, absl::StrCat("no database: ", message));
  log_.Write(GATE_ERROR,
             absl::StrCat(settings_.without_filter
                              ? "every query is resolved WITHOUT ANY FILTER (on_failure: pass)"
                              : "every query that is not in the cache gets SERVFAIL (on_failure: "
                                "servfail)",
                          " until you write it with `tollgate compile tollgate.yaml -o ",
                          settings_.database, "`",
                          settings_.watch ? "" : " and say `tollgate ctl reload`"));
}

void Keeper::Introduce(const RuleSet& rules) const {
  log_.Write(GATE_INFO,
             absl::StrCat("version " TOLLGATE_VERSION " filters with ", settings_.database, ": ",
                          Count(rules.policy_count(), "policy", "policies"), ", ",
                          Count(rules.name_count(), "name", "names"), ", ",
                          Count(rules.pattern_count(), "pattern", "patterns"), ", compiled ",
                          Moment(rules.created()), " (", Age(rules.created(), Now()), ")"));
  if (rules.patterns_recompiled()) {
    log_.Write(GATE_WARNING,
               absl::StrCat(settings_.database,
                            ": its patterns were compiled for another processor or another "
                            "Hyperscan, and had to be compiled again; compile the database on "
                            "this machine to start faster"));
  }
}

Keeper::Fault Keeper::fault() const {
  const std::lock_guard lock(mutex_);
  return fault_;
}

// --- The thread ---

void Keeper::Start() {
  try {
    thread_ = StartThread("tollgate-keeper", kNiceness, [this] { Run(); });
  } catch (const std::exception& fault) {
    log_.Write(GATE_ERROR,
               absl::StrCat("new databases are not noticed: no thread for it: ", fault.what()));
  }
}

void Keeper::Stop() {
  stopping_ = true;
  Wake();
  if (thread_.joinable()) thread_.join();
}

void Keeper::Wake() noexcept {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
}

void Keeper::Post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  Wake();
}

void Keeper::Reload(bool force, Done done) {
  Post([this, force, done = std::move(done)] {
    complaint_.clear();  // who asks is told again
    done(Look(true, force));
  });
}

void Keeper::SetShadow(const std::string& policy, bool shadow, Done done) {
  Post([this, policy, shadow, done = std::move(done)] { done(Shadow(policy, shadow)); });
}

bool Keeper::HasTasks() const {
  const std::lock_guard lock(mutex_);
  return !tasks_.empty();
}

void Keeper::RunTasks() {
  while (!stopping_) {
    Task task;
    {
      const std::lock_guard lock(mutex_);
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

// Until `descriptor` (if it is not -1) is readable, somebody has posted something, or the time is
// up.
void Keeper::Wait(int descriptor, int64_t milliseconds) {
  std::array<pollfd, 2> polled = {{{wake_, POLLIN, 0}, {descriptor, POLLIN, 0}}};
  poll(polled.data(), polled.size(), static_cast<int>(milliseconds));
  if ((polled[0].revents & POLLIN) == 0) return;
  uint64_t count;
  [[maybe_unused]] const ssize_t taken = read(wake_, &count, sizeof(count));
}

int64_t Keeper::MillisecondsToNextLook() const {
  const auto to_midnight =
      static_cast<int64_t>(kSecondsPerDay - Now() % kSecondsPerDay) * int64_t{1000};
  return std::min(kLookEveryMilliseconds, to_midnight);
}

void Keeper::Run() noexcept {
  while (!stopping_) {
    try {
      RunTasks();
      if (settings_.watch) {
        watch_.Renew();
        Look(false, false).IgnoreError();
      }
      SweepOnNewDay();
      const bool reaped = live_.Reap();
      if (HasTasks()) continue;
      Wait(watch_.descriptor(), reaped ? MillisecondsToNextLook() : kReapEveryMilliseconds);
      if (watch_.descriptor() >= 0) watch_.Take();
    } catch (const std::exception& fault) {
      // Memory, most likely. What is in force stays in force.
      live_.Withdraw();
      LogFault(fault.what());
      Wait(-1, kLookEveryMilliseconds);
    } catch (...) {
      live_.Withdraw();
      Wait(-1, kLookEveryMilliseconds);
    }
  }
}

void Keeper::LogFault(const char* what) const noexcept {
  try {
    log_.Write(GATE_ERROR,
               absl::StrCat("what was under way was given up, and is tried again: ", what));
  } catch (...) {
    // Not even for this is there memory.
  }
}

}  // namespace tollgate::module
