// SPDX-License-Identifier: BSD-3-Clause
//
// What to do with a query: the verdict of the database in force, or, without one, what the operator
// chose. Counts it, and tells of it.

#ifndef TOLLGATE_MODULE_FILTER_H_
#define TOLLGATE_MODULE_FILTER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "module/config.h"
#include "module/counters/counters.h"
#include "module/events/event_log.h"
#include "module/gate.h"
#include "module/live/live.h"
#include "ruleset/ruleset.h"

namespace tollgate::module {

// One verdict of so many is timed.
inline constexpr uint64_t kTimedEvery = 64;

// THE QUERY PATH, all of it. Safe from any number of threads at once, as long as each names itself
// with a number below `slots`.
class Filter {
 public:
  // All that is given outlives the filter.
  Filter(size_t slots, OnFailure on_failure, bool shadow_events, Live& live, Counters& counters,
         EventLog& events);

  // Between Enter and Leave, a thread sees one database, which stays.
  void Enter(size_t thread) noexcept { slots_[thread].view = live_.Enter(thread); }
  void Leave(size_t thread) noexcept { live_.Leave(thread); }

  // Writes what to do with `query` and returns the verdict behind it.
  policy::Verdict Decide(const gate_query& query, gate_decision& decision) noexcept;

  // Whether the real answer to `query` must be kept out of the cache: a client that asks is kept
  // from it, or will be once what is announced is in force. Costs what Decide costs.
  bool Blocks(const gate_query& query) noexcept;

  // Whether a sweep removes the answer to the query from the cache: by what is announced, or, where
  // nothing is, by what is in force.
  bool Removes(const gate_query& query) noexcept;

  // The change counter of what the thread sees.
  uint64_t Number(size_t thread) const noexcept { return slots_[thread].view.number; }

  // What the thread sees; null: there is no database.
  const RuleSet* RulesOf(size_t thread) const noexcept;

 private:
  // On cache lines of its own: one for each thread.
  struct alignas(128) Slot {
    Live::View view{};
    uint64_t asked = 0;
  };
  struct Question;

  // By one of the two; the other may be null.
  bool BlockedBy(const gate_query& query, const Ruling* one, const Ruling* other) noexcept;
  void Judge(const gate_query& query, const Question& question, const Ruling& ruling,
             Scratch& scratch, gate_decision& decision, policy::Verdict& verdict) noexcept;
  void Tell(const gate_query& query, const Question& question, const RuleSet& rules,
            const policy::Match& match, bool shadow) noexcept;

  OnFailure on_failure_;
  bool shadow_events_;
  Live& live_;
  Counters& counters_;
  EventLog& events_;
  std::vector<Slot> slots_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_FILTER_H_
