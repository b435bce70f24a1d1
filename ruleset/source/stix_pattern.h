// SPDX-License-Identifier: BSD-3-Clause
//
// Indicator patterns of STIX 2.1 (section 9) and 2.0 (part 5), as far as one DNS query can answer
// to them. A query shows one name, once: what a pattern asks for besides is named, and never
// dropped from it, so that an indicator of two things together does not become a block of either.

#ifndef TOLLGATE_RULESET_SOURCE_STIX_PATTERN_H_
#define TOLLGATE_RULESET_SOURCE_STIX_PATTERN_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace tollgate::source {

struct StixTerm {
  enum class Kind {
    kDomain,   // `value` is a domain name: domain-name:value
    kHost,     // ... of one host: hostname:value, network-traffic:dst_ref.value
    kBelow,    // names below `value`: LIKE '%.value'
    kUrl,      // a URL, or the part of one with its whole host
    kLike,     // names that are LIKE `value`
    kMatches,  // names that the PCRE `value` matches
    kAddress,  // an IP address or a prefix
    kNotYet,   // names, and more than one query shows; `reason` says what
    kOther,    // neither names nor addresses
  };
  Kind kind = Kind::kOther;
  std::string value;
  absl::string_view reason;  // a constant
};

// What `pattern` is about: each term alone is all that it asks for. The error is one of few and
// says what is wrong. Keywords are taken in lower case too, as in STIX 2.0.
absl::StatusOr<std::vector<StixTerm>> ParseStixPattern(std::string_view pattern);

// The expression for Hyperscan that matches what is LIKE `text`: '%' stands for any characters,
// '_' for one.
std::string LikeExpression(std::string_view text);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_STIX_PATTERN_H_
