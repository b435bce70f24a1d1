// SPDX-License-Identifier: BSD-3-Clause
//
// Looks after the database: notices a new one, opens and verifies it on a thread of its own, has
// Unbound's cache swept, puts it in force, and frees the old one. A database that is refused
// changes nothing.

#ifndef TOLLGATE_MODULE_LIVE_KEEPER_H_
#define TOLLGATE_MODULE_LIVE_KEEPER_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "module/counters/counters.h"
#include "module/host_log.h"
#include "module/live/file_identity.h"
#include "module/live/file_watch.h"
#include "module/live/live.h"
#include "module/live/sweep.h"

namespace tollgate::module {

class Keeper {
 public:
  struct Settings {
    std::string database;           // path
    bool watch = true;              // notice a new file by itself
    uint32_t max_shrink = 50;       // percent; see Admit
    bool without_filter = true;     // without a database, queries are resolved (for the log)
    size_t slots = 1;               // thread numbers are below this
    size_t threads = 1;             // that are expected
    std::vector<std::string> tags;  // of clients, in Unbound's order
  };

  // Everything given outlives the keeper.
  Keeper(Settings settings, Live& live, Sweep& sweep, Counters& counters, const HostLog& log);
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  // Puts the first database in force, on the calling thread: before there are queries. Where the
  // file is no good, the last good one of this process.
  void OpenFirst();

  // Starts the thread; ends it, and comes back when it has ended.
  void Start();
  void Stop();

  // Called from the keeper's thread with the outcome; never, and destroyed, where the keeper ends
  // before it has come to it or gives it up for want of memory.
  using Done = std::function<void(absl::Status)>;

  // Any thread, not waiting: opens the file again, changed or not. `force` admits a database that
  // has shrunk. OK: it is in force.
  void Reload(bool force, Done done);

  // Any thread, not waiting: puts a policy into shadow mode, or back into its own. OK: that is in
  // force, and the cache holds nothing that is blocked now.
  void SetShadow(const std::string& policy, bool shadow, Done done);

  // Why the file is not the database in use, and since when; empty where it is.
  struct Fault {
    std::string message;
    uint64_t time = 0;  // seconds since 1970-01-01 UTC
  };
  Fault fault() const;

 private:
  struct Candidate {
    std::shared_ptr<const RuleSet> rules;
    FileIdentity file;
  };
  using Task = std::function<void()>;

  void Run() noexcept;
  void LogFault(const char* what) const noexcept;
  void Wait(int descriptor, int64_t milliseconds);
  void Wake() noexcept;
  void Post(Task task);
  bool HasTasks() const;
  void RunTasks();
  int64_t MillisecondsToNextLook() const;

  absl::Status Look(bool always, bool force);
  absl::Status Shadow(const std::string& policy, bool shadow);
  absl::StatusOr<Candidate> Open(void (*pause)()) const;
  absl::Status PutInForce(Candidate candidate);
  // Announces, sweeps, switches. False where the module is being closed.
  bool ChangeAfterSweep(const Live::Change& change);
  bool SweepCache();
  bool WaitUntilReaped();
  void SweepOnNewDay();

  std::shared_ptr<const RuleSet> InForce() const;
  absl::StatusOr<std::shared_ptr<Loaded>> Load(std::shared_ptr<const RuleSet> rules) const;
  void Refuse(const absl::Status& why, const RuleSet* kept);
  void Accept(const FileIdentity& file);
  void Introduce(const RuleSet& rules) const;

  const Settings settings_;
  Live& live_;
  Sweep& sweep_;
  Counters& counters_;
  const HostLog& log_;

  // Of the keeper's thread.
  FileWatch watch_;
  FileIdentity seen_;      // of the file that was looked at last, and need not be again
  std::string complaint_;  // what was logged last, not to say it twice
  uint32_t day_;

  mutable std::mutex mutex_;  // of what follows
  std::deque<Task> tasks_;
  Fault fault_;

  int wake_;  // an eventfd
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_LIVE_KEEPER_H_
