// SPDX-License-Identifier: BSD-3-Clause
//
// Where the parts of a name begin, by the Public Suffix List (publicsuffix.org).

#ifndef TOLLGATE_RULESET_DNS_NAME_PARTS_H_
#define TOLLGATE_RULESET_DNS_NAME_PARTS_H_

#include <cstddef>
#include <optional>

namespace tollgate::dns {

// Labels of a Name, as Name::Suffix and Name::Text take them.
struct NameParts {
  size_t public_suffix = 0;           // of the ICANN section; the top-level domain where none fits
  std::optional<size_t> registrable;  // nothing for a public suffix itself, and for the root
};

}  // namespace tollgate::dns

#endif  // TOLLGATE_RULESET_DNS_NAME_PARTS_H_
