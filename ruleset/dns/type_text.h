// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_DNS_TYPE_TEXT_H_
#define TOLLGATE_RULESET_DNS_TYPE_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate::dns {

// "AAAA", in any case, "TYPE28" (RFC 3597 section 5) or "28" as a record type; nothing for all
// else. Knows the mnemonics of the IANA registry "Resource Record (RR) TYPEs".
std::optional<uint16_t> TypeFromText(std::string_view text);

// "AAAA"; "TYPE65280" for a type without a mnemonic.
std::string TypeText(uint16_t type);

}  // namespace tollgate::dns

#endif  // TOLLGATE_RULESET_DNS_TYPE_TEXT_H_
