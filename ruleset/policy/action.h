// SPDX-License-Identifier: BSD-3-Clause
//
// What a rule does to a query (RPZ draft section 3, with this field's own names), and how the
// answer explains itself (RFC 8914).

#ifndef TOLLGATE_RULESET_POLICY_ACTION_H_
#define TOLLGATE_RULESET_POLICY_ACTION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tollgate::policy {

// DO NOT RENUMBER: these values are in the database file.
enum class Action : uint8_t {
  kPass = 0,      // resolve as if no later policy existed (RPZ: PASSTHRU)
  kNxdomain = 1,  // the name does not exist; SOA in the authority section
  kNodata = 2,    // the name exists without this type; SOA in the authority section
  kRefused = 3,   // RCODE 5
  kDrop = 4,      // no answer at all
  kSinkhole = 5,  // the rule's own RRs (RPZ: local data); NODATA for types that it does not have
  kTruncate = 6,  // over UDP an empty answer with TC, over TCP the real one (RPZ: TCP-ONLY)
};

// Enforced, or matched and counted without ever deciding. DO NOT RENUMBER: in the database file.
enum class Mode : uint8_t { kEnforce = 0, kShadow = 1 };

// Extended DNS Error INFO-CODEs, by their IANA values (RFC 8914 section 4). kNone sends no option.
enum class Ede : uint16_t { kNone = 0xffff, kBlocked = 15, kCensored = 16, kFiltered = 17 };

inline constexpr std::array<std::string_view, 7> kActionNames = {
    "pass", "nxdomain", "nodata", "refused", "drop", "sinkhole", "truncate"};
inline constexpr std::array<std::string_view, 2> kModeNames = {"enforce", "shadow"};

inline constexpr std::string_view ActionName(Action action) {
  return kActionNames[static_cast<uint8_t>(action)];
}
inline constexpr std::string_view ModeName(Mode mode) {
  return kModeNames[static_cast<uint8_t>(mode)];
}
inline constexpr std::string_view EdeName(Ede ede) {
  switch (ede) {
    case Ede::kBlocked:
      return "blocked";
    case Ede::kCensored:
      return "censored";
    case Ede::kFiltered:
      return "filtered";
    case Ede::kNone:
      break;
  }
  return "none";
}

}  // namespace tollgate::policy

#endif  // TOLLGATE_RULESET_POLICY_ACTION_H_
