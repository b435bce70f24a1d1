// SPDX-License-Identifier: BSD-3-Clause
//
// The state of updates: refused, or written again as it was.

#include "ruleset/update/state.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto state = tollgate::update::ParseState(tollgate::fuzz::Text(data, size));
  if (!state.ok()) return 0;
  for (const auto& source : state->sources) {
    Require(source.sha256.find('/') == std::string::npos, "a copy lies in its folder");
  }
  const auto again = tollgate::update::ParseState(tollgate::update::SerializeState(*state));
  Require(again.ok() && *again == *state, "what is written is read again");
  return 0;
}
