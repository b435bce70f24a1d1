// SPDX-License-Identifier: BSD-3-Clause
//
// A plain list of names, one a line: the name and everything below it. '#' begins a comment.

#ifndef TOLLGATE_RULESET_SOURCE_NAME_LIST_H_
#define TOLLGATE_RULESET_SOURCE_NAME_LIST_H_

#include <cstddef>
#include <string_view>

#include "ruleset/policy/rule.h"
#include "ruleset/source/campaign.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::source {

// Reads the list in `text` and appends it to `model` as one policy with one rule. Lists are
// somebody else's: a line that is no name is passed over with a warning, and does not keep the rest
// out. `file` is its name in diagnostics. Returns the number of lines passed over. A list without a
// single name is an error.
size_t ReadNameList(std::string_view text, const std::string& file, const PolicyEntry& entry,
                    policy::RuleModel& model, text::Diagnostics& faults);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_NAME_LIST_H_
