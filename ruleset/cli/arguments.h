// SPDX-License-Identifier: BSD-3-Clause
//
// Arguments that several commands take. What is wrong with one is said on standard error.

#ifndef TOLLGATE_RULESET_CLI_ARGUMENTS_H_
#define TOLLGATE_RULESET_CLI_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "ruleset/dns/name.h"

namespace tollgate::cli {

// A name that somebody asks about: an indicator, defanged or not, or any other name that a resolver
// can be asked for (*.example.com, 1.2.3.4, the root).
absl::StatusOr<dns::Name> ParseQname(std::string_view text);

// --date, in days since 1970-01-01; today (UTC) where it is empty. Nothing where it is no date.
std::optional<uint32_t> ParseToday(const std::string& date);

// --type. Nothing where it is none.
std::optional<uint16_t> ParseQtype(const std::string& type);

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_ARGUMENTS_H_
