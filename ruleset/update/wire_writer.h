// SPDX-License-Identifier: BSD-3-Clause
//
// Numbers as they stand in DNS messages: the highest octet first (RFC 1035 section 2.3.2).

#ifndef TOLLGATE_RULESET_UPDATE_WIRE_WRITER_H_
#define TOLLGATE_RULESET_UPDATE_WIRE_WRITER_H_

#include <cstdint>
#include <string>

namespace tollgate::update {

inline void Put16(std::string& out, uint16_t number) {
  out += static_cast<char>(number >> 8);
  out += static_cast<char>(number & 0xff);
}

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_WIRE_WRITER_H_
