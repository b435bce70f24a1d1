// SPDX-License-Identifier: BSD-3-Clause
//
// The file of first sights: refused, or written again as it was.

#include "ruleset/compile/first_sights.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view octets = tollgate::fuzz::Text(data, size);
  auto sights = tollgate::compile::FirstSights::Parse(octets);
  if (!sights.ok()) {
    Require(!sights.status().message().empty(), "a refusal says why");
    return 0;
  }
  const std::string again = sights->Serialize();
  Require(tollgate::compile::FirstSights::Parse(again).ok(), "what is written can be read");
  return 0;
}
