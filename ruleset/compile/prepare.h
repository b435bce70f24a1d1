// SPDX-License-Identifier: BSD-3-Clause
//
// From a manifest to the rules that are worth storing: what `compile` builds a database of, and
// what is asked about feeds before there is one.

#ifndef TOLLGATE_RULESET_COMPILE_PREPARE_H_
#define TOLLGATE_RULESET_COMPILE_PREPARE_H_

#include <optional>
#include <string>
#include <vector>

#include "ruleset/compile/blast_check.h"
#include "ruleset/compile/name_order.h"
#include "ruleset/compiler.h"
#include "ruleset/source/manifest.h"
#include "ruleset/source/public_suffix_list.h"

namespace tollgate::compile {

struct Prepared {
  source::PublicSuffixList suffixes;
  source::LoadedRules loaded;  // its reports of feeds have moved to CompileReport::feeds
  NameOrder order;             // of loaded.model
};

// Reads the manifest and all that it names, and leaves out what the floor protects, what has
// expired and what is redundant. Faults, counts, feeds and first sights go to `report`. Nothing
// where there is no Public Suffix List; the rules are whole only if `report` is ok().
// `demotions` (blast_check.h) are put into shadow mode before anything is folded.
std::optional<Prepared> Prepare(const std::string& manifest, const CompileOptions& options,
                                const std::vector<Demotion>& demotions, CompileReport& report);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_PREPARE_H_
