// SPDX-License-Identifier: BSD-3-Clause
//
// The records in the messages of a zone transfer. With the command line's zone_text.cc the only
// file that speaks to ldns.

#ifndef TOLLGATE_RULESET_UPDATE_ZONE_RECORDS_H_
#define TOLLGATE_RULESET_UPDATE_ZONE_RECORDS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tollgate::update {

struct ZoneRecord {
  bool is_soa = false;
  uint32_t serial = 0;   // of an SOA
  std::string identity;  // owner, type and data: the same record, whatever its TTL
  std::string text;      // a line of a zone file, without its end
};

// The records in the answer section of `message`. Names are in lower case and absolute. The error
// says what is wrong, also where the server refuses.
absl::StatusOr<std::vector<ZoneRecord>> RecordsOf(std::string_view message);

// A line of a zone file that RecordsOf has written; nothing where it is none.
absl::StatusOr<ZoneRecord> RecordOfLine(std::string_view line);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_ZONE_RECORDS_H_
