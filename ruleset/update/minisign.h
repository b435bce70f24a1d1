// SPDX-License-Identifier: BSD-3-Clause
//
// Signatures as minisign and signify-like tools write them (https://jedisct1.github.io/minisign/):
// Ed25519, over the file or over its BLAKE2b hash, with a trusted comment that is signed too.

#ifndef TOLLGATE_RULESET_UPDATE_MINISIGN_H_
#define TOLLGATE_RULESET_UPDATE_MINISIGN_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tollgate::update {

struct MinisignKey {
  std::string id;      // 8 octets
  std::string octets;  // 32 octets
};

struct MinisignSignature {
  bool prehashed = true;  // over the BLAKE2b hash of the file
  std::string key_id;
  std::string octets;           // 64 octets
  std::string trusted_comment;  // without its title
  std::string comment_octets;   // 64 octets: over the signature and the trusted comment
};

// The line of base64 in a .pub file: "RW..."; a whole such file will do too.
absl::StatusOr<MinisignKey> ParseMinisignKey(std::string_view text);

// A .minisig file.
absl::StatusOr<MinisignSignature> ParseMinisignSignature(std::string_view text);

// Whether `signature` is one of `contents` by `key`; says what is wrong.
absl::Status CheckMinisign(const MinisignKey& key, const MinisignSignature& signature,
                           std::string_view contents);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_MINISIGN_H_
