// SPDX-License-Identifier: BSD-3-Clause
//
// A timeline of names: which registrable domains ("roots") were first seen on which day.

#ifndef TOLLGATE_BENCH_TIMELINE_H_
#define TOLLGATE_BENCH_TIMELINE_H_

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ruleset/dns/name.h"
#include "ruleset/policy/rule.h"
#include "ruleset/source/public_suffix_list.h"

namespace tollgate::bench {

struct Root {
  policy::Day first_seen = policy::kNever;  // the earliest day of any name below it
  std::set<std::string> families;           // the tags of all of them
  std::vector<dns::Name> names;
};

struct Timeline {
  std::map<std::string, Root> roots;  // by the text of the registrable domain
  size_t rows = 0;
  size_t skipped =
      0;  // rows that are no names with a day, or public suffixes; the heading is neither
};

// Reads tab-separated rows: name, day (YYYY-MM-DD), families with commas between them. Plain or
// compressed by gzip.
absl::StatusOr<Timeline> ReadTimeline(const std::string& path,
                                      const source::PublicSuffixList& suffixes);

// Calls `take` with each line of a file that is plain or compressed by gzip.
absl::Status ForEachLine(const std::string& path,
                         const std::function<void(std::string_view)>& take);

// The registrable domain of `name` (ICANN section, as the matcher sees it); empty for public
// suffixes.
std::string RegistrableDomain(const dns::Name& name, const source::PublicSuffixList& suffixes);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_TIMELINE_H_
