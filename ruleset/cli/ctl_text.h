// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_CLI_CTL_TEXT_H_
#define TOLLGATE_RULESET_CLI_CTL_TEXT_H_

#include <string>

#include "ruleset/text/json_text.h"

namespace tollgate::cli {

// `tollgate ctl explain`, for people: the module's answer (docs/control-protocol.md) in several
// lines of plain text.
std::string ExplanationText(text::JsonValue answer);

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_CTL_TEXT_H_
