// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/minisign.h"

#include <optional>
#include <vector>

#include "ruleset/text/lines.h"
#include "ruleset/update/crypto.h"

namespace tollgate::update {
namespace {

constexpr size_t kAlgorithm = 2;  // octets
constexpr size_t kKeyId = 8;
constexpr size_t kKey = 32;
constexpr size_t kSignature = 64;
constexpr std::string_view kTrusted = "trusted comment: ";
constexpr std::string_view kUntrusted = "untrusted comment: ";

// The lines that say something. The trusted comment is signed as it is, blanks at its end too.
std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace

absl::StatusOr<MinisignKey> ParseMinisignKey(std::string_view text) {
  std::vector<std::string_view> lines = LinesOf(text);
  if (lines.size() == 2 && lines[0].starts_with(kUntrusted)) lines.erase(lines.begin());
  std::optional<std::string> octets;
  if (lines.size() == 1) octets = FromBase64(text::Stripped(lines[0]));
  if (!octets || octets->size() != kAlgorithm + kKeyId + kKey || !octets->starts_with("Ed")) {
    return absl::InvalidArgumentError(
        "not a public key of minisign; write the line of its .pub file that begins with RW");
  }
  return MinisignKey{octets->substr(kAlgorithm, kKeyId), octets->substr(kAlgorithm + kKeyId)};
}

absl::StatusOr<MinisignSignature> ParseMinisignSignature(std::string_view text) {
  const absl::Status fault = absl::InvalidArgumentError("not a signature of minisign");
  const std::vector<std::string_view> lines = LinesOf(text);
  if (lines.size() != 4 || !lines[0].starts_with(kUntrusted) || !lines[2].starts_with(kTrusted)) {
    return fault;
  }
  const std::optional<std::string> octets = FromBase64(lines[1]);
  std::optional<std::string> comment = FromBase64(lines[3]);
  if (!octets || octets->size() != kAlgorithm + kKeyId + kSignature || !comment ||
      comment->size() != kSignature) {
    return fault;
  }
  const bool prehashed = octets->starts_with("ED");
  if (!prehashed && !octets->starts_with("Ed")) return fault;
  return MinisignSignature{prehashed, octets->substr(kAlgorithm, kKeyId),
                           octets->substr(kAlgorithm + kKeyId),
                           std::string(lines[2].substr(kTrusted.size())), *std::move(comment)};
}

absl::Status CheckMinisign(const MinisignKey& key, const MinisignSignature& signature,
                           std::string_view contents) {
  if (signature.key_id != key.id) {
    return absl::UnauthenticatedError("the signature is by another key");
  }
  const std::string hash = signature.prehashed ? Blake2b512(contents) : std::string();
  const std::string_view message = signature.prehashed ? std::string_view(hash) : contents;
  if (!Ed25519Verifies(signature.octets, message, key.octets)) {
    return absl::UnauthenticatedError("the signature does not fit the contents");
  }
  if (!Ed25519Verifies(signature.comment_octets, signature.octets + signature.trusted_comment,
                       key.octets)) {
    return absl::UnauthenticatedError("the signature's trusted comment was changed");
  }
  return absl::OkStatus();
}

}  // namespace tollgate::update
