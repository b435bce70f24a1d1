// SPDX-License-Identifier: BSD-3-Clause
//
// Whether what was fetched may take the place of the copy before.

#ifndef TOLLGATE_RULESET_UPDATE_JUDGE_H_
#define TOLLGATE_RULESET_UPDATE_JUDGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ruleset/inspect/difference.h"

namespace tollgate::update {

// Fewer rules, or names, than this come and go in any list, whatever their share.
inline constexpr uint64_t kFew = 50;

// Whether `text` begins as a web page does. Servers answer with one, and with status 200, where a
// login has expired, a proxy wants a word, or a site was given up.
bool IsWebPage(std::string_view text);

// Why so many rules after so many are not believed; nothing where they are. The limits are in
// percent of `before`, which is 0 where there is no copy yet.
std::optional<std::string> JudgeSize(uint64_t before, uint64_t after, double max_shrink,
                                     double max_grow);

// How much of the names of those policies that both databases have is different.
struct Change {
  uint64_t before = 0;  // names and prefixes in the older one
  uint64_t added = 0;
  uint64_t removed = 0;
  uint64_t changed = 0;

  double percent() const;
};

// `names_before` are those in the older database of the policies that both have.
Change ChangeOf(const inspect::Difference& difference, uint64_t names_before);

// Why such a change is not believed; nothing where it is.
std::optional<std::string> JudgeChange(const Change& change, double max_change);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_JUDGE_H_
