// SPDX-License-Identifier: BSD-3-Clause
//
// Indicators and dates as people write them.

#include <string>

#include "ruleset/source/indicator.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;
namespace source = tollgate::source;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = tollgate::fuzz::Text(data, size);
  const absl::StatusOr<tollgate::dns::Name> name = source::ParseIndicator(text);
  if (name.ok()) {
    // Octets that only an escape can write come back out of Text as an escape, which is no
    // indicator any more.
    const std::string plain = name->Text();
    if (plain.find('\\') == std::string::npos) {
      const auto again = source::ParseIndicator(plain);
      // A name may look like an address once it is plain ("1.2[.]3.4" never got here, "1.2.3" did
      // not either).
      Require(again.ok() && *again == *name, "an indicator's name is itself an indicator");
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
