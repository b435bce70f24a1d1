// SPDX-License-Identifier: BSD-3-Clause
//
// Indicators as people write them: defanged, as URLs, in upper case, as U-labels.

#ifndef TOLLGATE_RULESET_SOURCE_INDICATOR_H_
#define TOLLGATE_RULESET_SOURCE_INDICATOR_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ruleset/dns/name.h"
#include "ruleset/policy/rule.h"

namespace tollgate::source {

// Takes the defanging off dots and colons: [.] (.) {.} [dot] (dot) {dot} [:] [://].
std::string Refang(std::string_view text);

// The error of ParseIndicator for an address, bare or as the host of a URL.
inline constexpr absl::string_view kIsAddress = "an IP address, and names are wanted here";

// The name in an indicator:
//   usps.com-isjjz[.]top   hxxps[:]//usps.com-isjjz[.]top/us   USPS.COM-ISJJZ.TOP   bücher.example
//   name.example.:8443
// U-labels become A-labels (UTS 46, non-transitional, by libidn2). The error says what is wrong and
// what to write.
absl::StatusOr<dns::Name> ParseIndicator(std::string_view text);

// "2025-10-23" as a day. The error says what a date looks like.
absl::StatusOr<policy::Day> ParseDay(std::string_view text);

// The other way round; "" for kNever.
std::string DayText(policy::Day day);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_INDICATOR_H_
