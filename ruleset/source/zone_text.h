// SPDX-License-Identifier: BSD-3-Clause
//
// Resource records in presentation format, by ldns. The only file that speaks to it.

#ifndef TOLLGATE_RULESET_SOURCE_ZONE_TEXT_H_
#define TOLLGATE_RULESET_SOURCE_ZONE_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ruleset/dns/name.h"
#include "ruleset/policy/rule.h"

namespace tollgate::source {

// A record of a sinkhole answer: "192.0.2.1", "2001:db8::1", or a type and its RDATA: 'TXT "walled
// garden"'. The error says what is wrong and what to write.
absl::StatusOr<policy::Record> ParseSinkholeRecord(std::string_view text);

// The CNAME of a sinkhole to `target`, in presentation format: "garden.example", or
// "*.garden.example", which puts QNAME in front (policy::CnameTarget). The error is as above.
absl::StatusOr<policy::Record> ParseSinkholeTarget(std::string_view target);

// What a zone file calls a record type that nobody knows.
inline constexpr absl::string_view kUnknownType = "an unknown record type";

// A type and its RDATA as they stand in a zone file: "MX 10 mail". Relative names in it lie below
// `origin`. What is wrong is one of few sentences, without the text itself.
absl::StatusOr<policy::Record> ParseRecord(std::string_view text, const dns::Name& origin);

// The number of a record type, "A" or "TYPE65280"; InvalidArgument where it is none.
absl::StatusOr<uint16_t> ParseType(std::string_view text);

// "A", "HTTPS", or "TYPE65280".
std::string TypeText(uint16_t type);

// A record as text, "A 192.0.2.1"; RFC 3597's form where ldns does not know its type.
std::string RecordText(uint16_t type, std::string_view rdata);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_ZONE_TEXT_H_
