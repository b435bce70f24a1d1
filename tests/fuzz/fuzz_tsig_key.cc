// SPDX-License-Identifier: BSD-3-Clause
//
// Files of TSIG keys: refused with a reason, or a key with a secret.

#include "ruleset/update/tsig.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto key = tollgate::update::ParseTsigKey(tollgate::fuzz::Text(data, size));
  if (key.ok()) {
    Require(!key->secret.empty() && !key->name.empty(), "a key has a name and a secret");
  } else {
    Require(!key.status().message().empty(), "a refusal says why");
  }
  return 0;
}
