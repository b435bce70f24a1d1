// SPDX-License-Identifier: BSD-3-Clause
//
// What a database is made of, as a hash: the same inputs make the same database.

#ifndef TOLLGATE_RULESET_UPDATE_INPUTS_H_
#define TOLLGATE_RULESET_UPDATE_INPUTS_H_

#include <string>
#include <vector>

#include "ruleset/policy/rule.h"
#include "ruleset/update/state.h"

namespace tollgate::update {

// Of what the manifest's owner has written: the manifest, and the local files that it names.
std::string HashLocalInputs(const std::vector<std::string>& files);

// Of everything: these, the Public Suffix List, the copies, the day, this program.
std::string HashInputs(const std::string& local_inputs, const std::string& public_suffix_list,
                       const std::vector<SourceState>& sources, policy::Day today);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_INPUTS_H_
