// SPDX-License-Identifier: BSD-3-Clause
//
// Transaction signatures of zone transfers (RFC 8945), with HMAC-SHA-256 and HMAC-SHA-512.
//
//   TsigStream stream(key);
//   stream.Sign(request, now);
//   for each message of the reply: stream.Check(message, now) ...
//   stream.Finish()                          // was the last one signed?

#ifndef TOLLGATE_RULESET_UPDATE_TSIG_H_
#define TOLLGATE_RULESET_UPDATE_TSIG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ruleset/update/crypto.h"

namespace tollgate::update {

struct TsigKey {
  std::string name;  // wire format, lower case, with the root label
  HmacHash hash = HmacHash::kSha256;
  std::string secret;
};

// The key in a file as `tsig-keygen` writes it:
//   key "rpz" { algorithm hmac-sha256; secret "aGVsbG8="; };
absl::StatusOr<TsigKey> ParseTsigKey(std::string_view text);

// A TSIG record at the end of a message.
struct TsigRecord {
  size_t at = 0;          // where it begins
  std::string key_name;   // as TsigKey::name
  std::string algorithm;  // the same
  uint64_t time = 0;      // seconds since 1970
  uint16_t fudge = 0;
  std::string mac;
  uint16_t original_id = 0;
  uint16_t error = 0;
};

// Looks for it: nothing where the message has none, an error where the message is damaged.
absl::StatusOr<std::optional<TsigRecord>> FindTsig(std::string_view message);

// One request and the messages of its reply.
class TsigStream {
 public:
  explicit TsigStream(TsigKey key) : key_(std::move(key)) {}

  // Appends the signature to `request`.
  void Sign(std::string& request, uint64_t now);

  // Takes the next message. Of a reply the first message must be signed, and one in a hundred of
  // the others; each signature is over all messages since the one before.
  absl::Status Check(std::string_view message, uint64_t now);

  // After the last message: an error where it was not signed.
  absl::Status Finish() const;

 private:
  TsigKey key_;
  std::string last_mac_;
  std::string unsigned_;  // messages since the last signature
  uint32_t unsigned_count_ = 0;
  bool first_ = true;
};

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_TSIG_H_
