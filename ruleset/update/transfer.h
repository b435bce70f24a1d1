// SPDX-License-Identifier: BSD-3-Clause
//
// A policy zone from its primary, over TCP: whole (AXFR, RFC 5936), or what is new (IXFR, RFC
// 1995), signed with TSIG where there is a key.

#ifndef TOLLGATE_RULESET_UPDATE_TRANSFER_H_
#define TOLLGATE_RULESET_UPDATE_TRANSFER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "ruleset/source/origin.h"
#include "ruleset/update/zone_copy.h"

namespace tollgate::update {

struct TransferReply {
  bool unchanged = false;  // the copy's serial is the server's; then there is no zone
  ZoneCopy zone;
};

// Asks for what is new since `copy`, or for all of it where there is none; and for all of it, too,
// where the differences do not fit. A serial that went backwards is FailedPrecondition, unless
// `anew`: then the zone is taken as it is. Unavailable is what may be better in a second. `now` is
// in seconds since 1970. Any number of threads.
absl::StatusOr<TransferReply> TransferZone(const source::Origin& origin,
                                           std::optional<ZoneCopy> copy, bool anew, uint64_t now);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_TRANSFER_H_
