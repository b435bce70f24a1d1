// SPDX-License-Identifier: BSD-3-Clause
//
// What rules did, beyond the life of one database: a rule is known by its policy's id and its own.

#ifndef TOLLGATE_MODULE_LIVE_RULE_TOTALS_H_
#define TOLLGATE_MODULE_LIVE_RULE_TOTALS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "module/live/loaded.h"

namespace tollgate::module {

// Not synchronised: Live's lock is around it.
class RuleTotals {
 public:
  struct Counts {
    uint64_t decisions = 0;
    uint64_t shadow = 0;
  };

  // Takes over the counts of a database that nobody asks any more. Of rules that come and go with
  // every feed, no more than kMostRules are remembered one by one; their policy has them all.
  void Fold(const Loaded& loaded);

  Counts OfPolicy(const std::string& policy) const;
  Counts OfRule(const std::string& policy, const std::string& rule) const;

 private:
  static constexpr size_t kMostRules = 10000;

  std::map<std::string, Counts> policies_;
  std::map<std::pair<std::string, std::string>, Counts> rules_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_LIVE_RULE_TOTALS_H_
