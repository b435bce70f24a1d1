// SPDX-License-Identifier: BSD-3-Clause
//
// Punycode (RFC 3492), the direction that a filter needs: what a label looks like to a reader.

#ifndef TOLLGATE_RULESET_DNS_PUNYCODE_H_
#define TOLLGATE_RULESET_DNS_PUNYCODE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ruleset/dns/name.h"

namespace tollgate::dns {

// The code points of one label: never more than it has octets.
using CodePoints = std::array<char32_t, kMaxLabelLength>;

// Decodes an A-label, "xn--" included, folded to lower case, at most kMaxLabelLength octets.
// Returns the number of code points; 0 where it is no A-label. No allocation, at most some 3,000
// steps.
size_t DecodeALabel(std::string_view label, CodePoints& out) noexcept;

}  // namespace tollgate::dns

#endif  // TOLLGATE_RULESET_DNS_PUNYCODE_H_
