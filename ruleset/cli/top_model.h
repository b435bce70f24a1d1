// SPDX-License-Identifier: BSD-3-Clause
//
// What `tollgate top` knows: the states of a module, one after the other, and what follows from
// their differences. Neither a terminal nor a clock: whoever feeds it says when.

#ifndef TOLLGATE_RULESET_CLI_TOP_MODEL_H_
#define TOLLGATE_RULESET_CLI_TOP_MODEL_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "ruleset/control/recent.h"
#include "ruleset/control/snapshot.h"

namespace tollgate::cli {

class TopModel {
 public:
  // Between two states; of a second.
  struct Rates {
    double queries = 0;
    double judged = 0;  // those that no cache answered
    double blocked = 0;
    double shadow = 0;
    // 0 to 1; 0 where there were no queries.
    double blocked_share() const { return queries > 0 ? blocked / queries : 0; }
    double cached_share() const { return queries > 0 ? 1 - judged / queries : 0; }
  };

  // A module that was restarted begins anew: its numbers are not compared with older ones.
  // `seconds` is any clock that does not jump.
  void TakeState(control::Snapshot state, double seconds);
  void TakeRecent(control::Recent recent);
  // The module could not be asked, and why. What was known stays.
  void TakeFault(std::string fault);

  // `recent after=` this number.
  uint64_t latest() const { return latest_; }

  const std::optional<control::Snapshot>& state() const { return state_; }
  const std::string& fault() const { return fault_; }  // empty while the module answers
  // Nothing until there were two states.
  const std::optional<Rates>& rates() const { return rates_; }
  const std::deque<Rates>& history() const { return history_; }  // oldest first
  const std::deque<control::Recent::Decision>& decisions() const { return decisions_; }
  // What was asked most; without decisions in it.
  const control::Recent& most() const { return most_; }
  // Nanoseconds within which `share` of the verdicts of the last minute came; of all where none was
  // timed in it; 0 where none ever was.
  double VerdictTime(double share) const;

 private:
  struct Timed {
    double seconds;
    std::vector<uint64_t> buckets;
  };
  void ForgetRun();

  std::optional<control::Snapshot> state_;
  double taken_ = 0;  // when the state was
  std::string fault_;
  std::optional<Rates> rates_;
  std::deque<Rates> history_;
  std::deque<Timed> times_;  // of the last minute
  std::deque<control::Recent::Decision> decisions_;
  control::Recent most_;
  uint64_t latest_ = 0;
};

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_TOP_MODEL_H_
