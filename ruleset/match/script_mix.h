// SPDX-License-Identifier: BSD-3-Clause
//
// Labels that mix scripts as no writing system does: "apple" with a Cyrillic first letter.

#ifndef TOLLGATE_RULESET_MATCH_SCRIPT_MIX_H_
#define TOLLGATE_RULESET_MATCH_SCRIPT_MIX_H_

#include <cstdint>
#include <optional>
#include <span>

#include "ruleset/database/format.h"
#include "ruleset/dns/name.h"

namespace tollgate::match {

// The scripts of all code points, from a database. Trivially copyable.
class ScriptTable {
 public:
  ScriptTable() = default;
  // `ranges` are sorted and apart, and their sets are indices of `sets`.
  ScriptTable(std::span<const database::ScriptRange> ranges,
              std::span<const database::ScriptSet> sets) noexcept
      : ranges_(ranges), sets_(sets) {}

  // The first label of `qname` that is an A-label and not at least Highly Restrictive in the sense
  // of Unicode TR39 section 5.2: neither of one script, nor Latin with Japanese, with Korean, or
  // with Han and Bopomofo. No allocation, at most some 10,000 steps.
  std::optional<size_t> FindMixedLabel(const dns::Name& qname) const noexcept;

 private:
  const database::ScriptSet* ScriptsOf(char32_t code_point) const noexcept;
  bool IsMixed(std::span<const char32_t> label) const noexcept;

  std::span<const database::ScriptRange> ranges_;
  std::span<const database::ScriptSet> sets_;
};

}  // namespace tollgate::match

#endif  // TOLLGATE_RULESET_MATCH_SCRIPT_MIX_H_
