// SPDX-License-Identifier: BSD-3-Clause
//
// What may stand behind the keys of a request. Each function reads `text` into `value` and returns
// nothing; or says what is wrong with it, and `value` is as it was.

#ifndef TOLLGATE_MODULE_CONTROL_VALUES_H_
#define TOLLGATE_MODULE_CONTROL_VALUES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "module/gate.h"
#include "module/live/pauses.h"
#include "ruleset/control/request.h"

namespace tollgate::module {

// A second to a week, for a pause that is longer is a policy to be taken out: "300", "5m", "1h30m".
std::optional<control::Fault> ReadSeconds(std::string_view text, uint64_t& value);

// What ParsePrefix takes.
std::optional<control::Fault> ReadPrefix(std::string_view text, Prefix& value);

// Anything that dns::Name::FromText takes.
std::optional<control::Fault> ReadName(std::string_view text, std::optional<dns::Name>& value);

// A record type: "AAAA", "TYPE65", "65".
std::optional<control::Fault> ReadType(std::string_view text, uint16_t& value);

// yes or no
std::optional<control::Fault> ReadYesNo(std::string_view text, bool& value);

std::optional<control::Fault> ReadNumber(std::string_view text, uint64_t& value);

// error, warning, info or debug
std::optional<control::Fault> ReadLevel(std::string_view text, gate_level& value);
std::string_view LevelText(gate_level level);

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_CONTROL_VALUES_H_
