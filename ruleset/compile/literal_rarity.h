// SPDX-License-Identifier: BSD-3-Clause
//
// How often names hold a string: a guess, to choose among strings. Nothing depends on its being
// right but how many names are scanned in vain.

#ifndef TOLLGATE_RULESET_COMPILE_LITERAL_RARITY_H_
#define TOLLGATE_RULESET_COMPILE_LITERAL_RARITY_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::compile {

// What the text of a plain name (dns::Name::IsPlain) has where it has the literal: a dot for the
// beginning of the text and a NUL for its end. Nothing where no such text can have it.
std::optional<std::string> OctetsOf(const std::string& literal);

// The share of names whose text has these octets, roughly.
double ShareOfNames(std::string_view octets);

// The share of names that hold at least one of these literals, roughly; at most 1.
double ShareOfNames(const std::vector<std::string>& literals);

// The rarest `length` neighbours of these octets, which are as many at least.
std::string_view RarestPart(std::string_view octets, size_t length);

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_LITERAL_RARITY_H_
