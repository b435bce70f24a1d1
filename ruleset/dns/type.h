// SPDX-License-Identifier: BSD-3-Clause
//
// The record types that are named in code (IANA "Resource Record (RR) TYPEs").

#ifndef TOLLGATE_RULESET_DNS_TYPE_H_
#define TOLLGATE_RULESET_DNS_TYPE_H_

#include <cstdint>

namespace tollgate::dns {

inline constexpr uint16_t kTypeA = 1;
inline constexpr uint16_t kTypeCname = 5;
inline constexpr uint16_t kTypeSoa = 6;
inline constexpr uint16_t kTypeAaaa = 28;
inline constexpr uint16_t kTypeAny = 255;

}  // namespace tollgate::dns

#endif  // TOLLGATE_RULESET_DNS_TYPE_H_
