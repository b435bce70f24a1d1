// SPDX-License-Identifier: BSD-3-Clause
//
// The rules in the formats of other tools: what can be said in them, and a count of what cannot.
// Patterns cannot be said in any.
//
// What is exported is what the rules come to, not how they are written: a name that an earlier
// policy lets pass is not blocked, and where only something below a blocked name passes, it becomes
// an exception, in formats that know such. For each name of the database three questions are put to
// RuleSet::Match: what becomes of the name, what of a name below it that nobody lists, and what
// would become of the name if it were not listed itself.

#ifndef TOLLGATE_RULESET_INSPECT_EXPORT_H_
#define TOLLGATE_RULESET_INSPECT_EXPORT_H_

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ruleset/ruleset.h"

namespace tollgate::inspect {

enum class ExportFormat : uint8_t { kRpz, kHosts, kDomains, kDnsmasq, kUnbound };
inline constexpr std::array<std::string_view, 5> kExportFormatNames = {"rpz", "hosts", "domains",
                                                                       "dnsmasq", "unbound"};

// What a format cannot say, or not so.
enum class ExportGap : uint8_t {
  kPattern,      // left out: a pattern
  kShadow,       // left out: a name or pattern in shadow mode
  kExpired,      // left out: its last day is past
  kTypes,        // left out: a rule for some QTYPEs
  kAlone,        // left out: a name without what is below it
  kBelow,        // left out: what is below a name, without or besides the name
  kText,         // left out: a name that cannot be written
  kAnswer,       // blocked with another answer
  kWidened,      // blocked with everything below it, which the rules do not block
  kPassWidened,  // let pass with everything below it, or above it, which the rules block
  kException,    // blocked, although the rules let it pass
  kNotByName,    // left out: about answers or name servers, a part, or for some clients only
};
inline constexpr size_t kExportGaps = 12;

// One line about it, for people: "left out: patterns".
std::string_view ExportGapText(ExportGap gap);
// One word, for programs: "pattern".
std::string_view ExportGapName(ExportGap gap);

struct ExportOptions {
  ExportFormat format = ExportFormat::kRpz;
  uint32_t today = 0;              // days since 1970-01-01 UTC
  std::vector<uint32_t> policies;  // blocks by these alone; empty is all
  // Where a format cannot say "this name alone": say the name and all below it.
  bool widen = false;
};

struct ExportCounts {
  uint64_t blocks = 0;  // names that were written as blocked
  uint64_t passes = 0;  // names that were written as exceptions
  std::array<uint64_t, kExportGaps> gaps{};

  uint64_t& operator[](ExportGap gap) { return gaps[static_cast<size_t>(gap)]; }
  uint64_t operator[](ExportGap gap) const { return gaps[static_cast<size_t>(gap)]; }
};

struct ExportReport {
  std::vector<ExportCounts> policies;  // by index of the policy that decides

  ExportCounts Sum() const;
};

// Writes through `write`, piece by piece, in an order that is the same for the same database;
// `write` returns false to end it all. Memory does not grow with the number of names, but for RPZ
// with that of exceptions deep below a blocked name.
absl::StatusOr<ExportReport> Export(const RuleSet& rules, const ExportOptions& options,
                                    const std::function<bool(std::string_view)>& write);

}  // namespace tollgate::inspect

#endif  // TOLLGATE_RULESET_INSPECT_EXPORT_H_
