// SPDX-License-Identifier: BSD-3-Clause
//
// Brings the copies of the sources up to date.

#ifndef TOLLGATE_RULESET_UPDATE_SOURCES_H_
#define TOLLGATE_RULESET_UPDATE_SOURCES_H_

#include <string>
#include <vector>

#include "ruleset/source/origin.h"
#include "ruleset/update/state.h"
#include "ruleset/update/state_folder.h"
#include "ruleset/update/update.h"

namespace tollgate::update {

// Asks those of `origins` that are due, several at once, and stores what is new and can be believed
// in `folder`. Afterwards `states` speaks of these origins and of no other. Never stops at the
// first that fails. An error is the disk's.
absl::StatusOr<std::vector<SourceReport>> RefreshSources(const std::vector<source::Origin>& origins,
                                                         const UpdateOptions& options,
                                                         const StateFolder& folder,
                                                         std::vector<SourceState>& states);

// How compile is to be told of copies.
std::map<std::string, std::string> CopiesOf(const std::vector<SourceState>& states,
                                            const StateFolder& folder);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_SOURCES_H_
