// SPDX-License-Identifier: BSD-3-Clause
//
// The database in force, and how another one comes into force while queries are answered.
//
// A ruling is immutable. Query threads find the one in force behind an atomic pointer; whoever
// changes anything publishes a new one and frees the old one when no query thread, and no event,
// refers to it any more.
//
// A change that blocks more than before comes in two steps, so that from the second one on no
// blocked name is in Unbound's cache: Announce() makes every thread keep out of the cache what the
// next ruling blocks, too; then the cache is swept by it; Switch() puts it in force.

#ifndef TOLLGATE_MODULE_LIVE_LIVE_H_
#define TOLLGATE_MODULE_LIVE_LIVE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "module/events/event_log.h"
#include "module/live/epochs.h"
#include "module/live/loaded.h"
#include "module/live/pauses.h"
#include "module/live/rule_totals.h"

namespace tollgate::module {

// What decides queries.
struct Ruling {
  std::shared_ptr<Loaded> loaded;  // null: there is no database
  // Ids of the policies that were put into shadow mode at run time, whether the database has them
  // or not; and, as Match wants them, one octet for each of its policies, or none at all.
  std::vector<std::string> shadowed_ids;
  std::vector<uint8_t> shadowed;
  Pauses pauses;

  // Null where there is no database.
  const RuleSet* rules() const noexcept { return loaded == nullptr ? nullptr : &loaded->rules(); }

  // Whether a policy of the database was put into shadow mode at run time.
  bool IsShadowed(uint32_t policy) const noexcept {
    return !shadowed.empty() && shadowed[policy] != 0;
  }

  // Fits `shadowed` and `pauses` to the database.
  void Fit();
};

class Live {
 public:
  // What a query thread sees between Enter and Leave.
  struct View {
    const Ruling* current;
    const Ruling* next;  // announced, not yet in force; null where nothing is
    uint64_t number;     // grows with every change
  };

  // For threads 0 to `slots` - 1; `events` may hold pointers into databases, and outlives this.
  // Begins with no database.
  Live(size_t slots, EventLog& events);
  ~Live();
  Live(const Live&) = delete;
  Live& operator=(const Live&) = delete;

  // THE QUERY PATH, each thread with its own number below `slots`; not nested.
  View Enter(size_t thread) noexcept;
  void Leave(size_t thread) noexcept { epochs_.Leave(thread); }

  // From here on: threads that are not query threads, any of them.

  // The change counter, as in View.
  uint64_t number() const noexcept { return number_.load(); }

  // Makes a ruling out of the one in force, or out of the announced one where there is one, and
  // changes it.
  using Change = std::function<void(Ruling&)>;

  void Announce(const Change& change);
  // Whether no thread acts any more without knowing what was announced.
  bool IsHeard() const;
  void Switch();
  // Forgets what was announced.
  void Withdraw() noexcept;
  // Both steps at once, for what blocks no more than before.
  void Amend(const Change& change);

  // Calls `read` with the ruling in force, which stays while it runs.
  void Read(const std::function<void(const Ruling&)>& read) const;

  // Frees what nobody reads any more. Whether all of it could be freed.
  bool Reap();

  // Size of the database in force; 0 without one. Any thread, and no waiting.
  uint64_t database_size() const noexcept { return size_.load(std::memory_order_relaxed); }

  // Databases in memory, those that are still being read included.
  size_t databases() const;

  // What rules did since the start, but for those of the database in force: that counts itself.
  // For the function that Read calls, and for nobody else.
  RuleTotals TotalsBefore() const;

 private:
  struct Retired {
    std::unique_ptr<const Ruling> ruling;
    uint64_t epoch;
    bool marked = false;  // `mark` is set: no query thread has it any more
    uint64_t mark = 0;
  };

  // By one change, and by the end of what it announced.
  static constexpr size_t kMostTakenAway = 3;

  std::unique_ptr<Ruling> Changed(const Change& change) const;
  void MakeRoom();
  void Retire(const Ruling* ruling) noexcept;
  void NoteSize() noexcept;
  bool ReapLocked() noexcept;
  void FoldTotals(const Loaded& loaded) noexcept;

  Epochs epochs_;
  EventLog& events_;
  std::atomic<const Ruling*> current_;
  std::atomic<const Ruling*> next_{nullptr};
  std::atomic<uint64_t> number_{1};
  std::atomic<uint64_t> size_{0};

  mutable std::mutex mutex_;  // of those who publish
  std::vector<Retired> retired_;
  RuleTotals totals_;
  uint64_t announced_ = 0;  // the epoch of the latest announcement
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_LIVE_LIVE_H_
