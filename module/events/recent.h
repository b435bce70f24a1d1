// SPDX-License-Identifier: BSD-3-Clause
//
// The latest events, and what the filter decided on most: for `tollgate top`.

#ifndef TOLLGATE_MODULE_EVENTS_RECENT_H_
#define TOLLGATE_MODULE_EVENTS_RECENT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "module/events/client_form.h"
#include "module/events/event.h"
#include "module/events/top_counts.h"

namespace tollgate::module {

// Not for two threads at once.
class Recent {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr size_t kKept = 256;  // events
  // Counts go back one to two of these.
  static constexpr std::chrono::minutes kSpan{5};

  // `forms` outlives this.
  explicit Recent(const ClientForms& forms) : forms_(forms) {}

  // Gives the event its number, and counts it where it is a decision.
  void Count(const Event& event, Time now);
  // Keeps the event that was counted last, as its line of JSON.
  void Keep(std::string line);

  // {"latest":3,"decisions":[{...,"seq":3}],"names":[{"name":"evil.example","count":2}],
  //  "clients":[{"client":"192.0.2.1","count":2}],
  //  "rules":[{"policy":"smishing","rule":"domains","count":2}],
  //  "campaigns":[{"campaign":"smishing","count":2}]}
  // Decisions have a number above `after`, oldest first.
  std::string Json(uint64_t after) const;

 private:
  static constexpr size_t kCounters = 256;
  static constexpr size_t kShown = 32;

  struct Kept {
    uint64_t number;
    std::string line;
  };

  const ClientForms& forms_;
  uint64_t latest_ = 0;
  std::deque<Kept> kept_;
  Time span_end_{};
  RecentCounts names_{kCounters};
  RecentCounts clients_{kCounters};  // by octets of the address, as far as it may be told
  RecentCounts rules_{kCounters};    // policy, a zero octet, rule
  RecentCounts campaigns_{kCounters};
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_RECENT_H_
