// SPDX-License-Identifier: BSD-3-Clause
//
// When each name of a feed was first seen, kept from one compilation to the next, so that a feed
// that never forgets can be given an end: a name is listed for so many days since its first sight.
//
// A name that has been missing from its feed for more than kGrace days is forgotten; if it comes
// back, it is seen for the first time again. Missing for a day or two changes nothing: feeds have
// bad days. Days on which nothing was compiled do not count as missing.

#ifndef TOLLGATE_RULESET_COMPILE_FIRST_SIGHTS_H_
#define TOLLGATE_RULESET_COMPILE_FIRST_SIGHTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/policy/rule.h"

namespace tollgate::compile {

class FirstSights {
 public:
  static constexpr policy::Day kGrace = 7;

  FirstSights() = default;

  // Reads what Serialize wrote. DataLoss where it is anything else.
  static absl::StatusOr<FirstSights> Parse(std::string_view octets);

  // Notes today's names of every policy that has a lifetime, and gives each of them its last day:
  // that of its first sight and so many days more, or its own where that is earlier.
  void Apply(policy::Day today, policy::RuleModel& model);

  // The file: a header, then for each policy its id, a day and, for each name, twelve
  // octets.
  std::string Serialize() const;

 private:
  struct Sight {
    uint64_t hash;  // of the name, XXH3-64: a name that shares it shares the day, and no more
    uint16_t first;
    uint16_t last;  // days since 1970-01-01, until 2149
  };
  struct Feed {
    policy::Day compiled = 0;   // the last day on which its names were noted
    std::vector<Sight> sights;  // by hash
  };
  static void Merge(Feed& feed, std::vector<uint64_t> hashes, policy::Day today);

  std::map<std::string, Feed> feeds_;  // by the id of the policy
};

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_FIRST_SIGHTS_H_
