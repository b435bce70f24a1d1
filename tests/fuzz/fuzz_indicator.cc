// SPDX-License-Identifier: BSD-3-Clause
//
// Indicators and dates as people write them.

#include <algorithm>
#include <string>

#include "ruleset/source/indicator.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;
namespace source = tollgate::source;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = tollgate::fuzz::Text(data, size);
  const absl::StatusOr<tollgate::dns::Name> name = source::ParseIndicator(text);
  if (name.ok()) {
    // Octets that only an escape can write come out of Text as an escape, which is no indicator any
    // more; and what stands for a U-label is libidn2's to say.
    const std::string plain = name->Text();
    const bool ascii = std::all_of(text.begin(), text.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii && plain.find('\\') == std::string::npos) {
      const auto again = source::ParseIndicator(plain);
      // "192.0." is a name, and what is left of it without its dot reads like an address.
      Require(!again.ok() || *again == *name, "the text of an indicator's name is that name");
    }
  } else {
    Require(!name.status().message().empty(), "a refusal has a reason");
  }
  if (const auto day = source::ParseDay(text); day.ok()) {
    Require(source::DayText(*day).size() >= 10, "a day has a text");
    Require(*source::ParseDay(source::DayText(*day)) == *day, "which is that day");
  }
  return 0;
}
