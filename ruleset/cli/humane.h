// SPDX-License-Identifier: BSD-3-Clause
//
// Quantities, and what strangers wrote, as people like to read them.

#ifndef TOLLGATE_RULESET_CLI_HUMANE_H_
#define TOLLGATE_RULESET_CLI_HUMANE_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::cli {

// "12.3%"; never "0.0%" for a little, nor "100.0%" for nearly all; "-" of nothing.
std::string ShareText(uint64_t part, uint64_t whole);

// "35 s", "12 min", "3 h 20 min", "4 d 6 h"
std::string DurationText(uint64_t seconds);

// "912 B", "30.1 MB": powers of 1000
std::string BytesText(uint64_t bytes);

// "180 ns", "1.2 us", "3.4 ms"
std::string VerdictTimeText(double nanoseconds);

// In at most five columns: "9,999", "12.3k", "4.5M", "123G"
std::string ShortNumber(double number);

// Text from outside, for a terminal: each character that is not printing ASCII is a question mark,
// so that none is obeyed.
std::string Harmless(std::string_view raw);

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_HUMANE_H_
