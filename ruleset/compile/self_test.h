// SPDX-License-Identifier: BSD-3-Clause
//
// Before a database goes out: does it do to the names under `self_test:` what their authors say?

#ifndef TOLLGATE_RULESET_COMPILE_SELF_TEST_H_
#define TOLLGATE_RULESET_COMPILE_SELF_TEST_H_

#include <string>
#include <string_view>
#include <vector>

#include "ruleset/policy/rule.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::compile {

// Whether there is anything to ask.
bool HasSelfTests(const policy::RuleModel& model, const std::vector<policy::SelfTest>& of_all);

// Asks `database`, made of `model`, about the names of each campaign and about those of the
// manifest, `of_all`. A campaign's name asks about the campaign's own rules, whatever decides
// before them and also in shadow mode; a manifest's about what a client gets. A policy of which
// nothing is left (it has expired) is not asked. What is not as it should be is an error.
void CheckSelfTests(const policy::RuleModel& model, const std::string& manifest,
                    const std::vector<policy::SelfTest>& of_all, std::string_view database,
                    policy::Day today, text::Diagnostics& faults);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_SELF_TEST_H_
