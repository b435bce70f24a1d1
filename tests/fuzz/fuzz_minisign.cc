// SPDX-License-Identifier: BSD-3-Clause
//
// Keys and signatures of minisign: whatever they are, they do not fit, and nothing crashes.

#include "ruleset/update/minisign.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = tollgate::fuzz::Text(data, size);
  const auto key = tollgate::update::ParseMinisignKey(text);
  Require(!key.ok() || (key->id.size() == 8 && key->octets.size() == 32), "a key has its sizes");
  const auto signature = tollgate::update::ParseMinisignSignature(text);
  if (!signature.ok()) return 0;
  const tollgate::update::MinisignKey own{signature->key_id, std::string(32, 'k')};
  Require(!tollgate::update::CheckMinisign(own, *signature, "contents").ok(),
          "a key that nobody has signs nothing");
  return 0;
}
