// SPDX-License-Identifier: BSD-3-Clause
//
// Where the filter is told to look away: for a time, a client, a policy, a name, or any of these
// together. A pause lives in memory alone: a restart filters again.

#ifndef TOLLGATE_MODULE_LIVE_PAUSES_H_
#define TOLLGATE_MODULE_LIVE_PAUSES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "ruleset/dns/name.h"

namespace tollgate::module {

struct Prefix {
  std::array<uint8_t, 16> address{};  // in network order; IPv4 in the first four octets
  uint8_t family = 0;                 // 4 or 6; 0 is every client
  uint8_t length = 0;                 // in bits
};

struct Pause {
  Prefix client;                  // of the clients it is for
  std::string policy;             // id of the only policy it is about; empty: the whole filter
  std::optional<dns::Name> name;  // and what is below it; nothing: every name
  uint64_t until = 0;             // seconds since 1970-01-01 UTC; 0: until resume, or a restart
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_LIVE_PAUSES_H_
