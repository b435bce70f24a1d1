// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/dns/type_text.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace tollgate::dns {

std::optional<uint16_t> TypeFromText(std::string_view text) {
  const absl::string_view word(text.data(), text.size());
  for (const TypeMnemonic& known : kTypeMnemonics) {
    if (absl::EqualsIgnoreCase(word, absl::string_view(known.text.data(), known.text.size())))
      return known.type;
  }
  const absl::string_view digits = absl::StartsWithIgnoreCase(word, "TYPE") ? word.substr(4) : word;
  uint32_t number = 0;
  // SimpleAtoi takes signs and blanks too.
  if (digits.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(digits, &number) || number > UINT16_MAX) {
    return std::nullopt;
  }
  return static_cast<uint16_t>(number);
}

}  // namespace tollgate::dns
