// SPDX-License-Identifier: BSD-3-Clause
//
// The scripts of all code points, for databases with rules about mixed scripts. The only file that
// speaks to ICU is its source.

#ifndef TOLLGATE_RULESET_COMPILE_SCRIPT_TABLE_H_
#define TOLLGATE_RULESET_COMPILE_SCRIPT_TABLE_H_

#include <vector>

#include "ruleset/database/format.h"

namespace tollgate::compile {

struct ScriptSections {
  std::vector<database::ScriptRange> ranges;  // sorted and apart
  std::vector<database::ScriptSet> sets;
};

// The augmented script set (Unicode TR39 section 5.1) of every code point that has one and is not
// of every script.
ScriptSections BuildScriptTable();

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_SCRIPT_TABLE_H_
