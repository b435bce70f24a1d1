// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/tsig.h"

#include <array>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ruleset/dns/name.h"
#include "ruleset/update/wire_reader.h"
#include "ruleset/update/wire_writer.h"

namespace tollgate::update {
namespace {

constexpr uint16_t kTypeTsig = 250;
constexpr uint16_t kClassAny = 255;
constexpr uint16_t kFudge = 300;  // seconds, as section 10 recommends
constexpr uint32_t kMostUnsigned = 99;

constexpr std::string_view kSha256Name("\x0bhmac-sha256\0", 13);
constexpr std::string_view kSha512Name("\x0bhmac-sha512\0", 13);

std::string_view AlgorithmName(HmacHash hash) {
  return hash == HmacHash::kSha256 ? kSha256Name : kSha512Name;
}

void Put48(std::string& out, uint64_t number) {
  Put16(out, static_cast<uint16_t>(number >> 32));
  Put16(out, static_cast<uint16_t>(number >> 16));
  Put16(out, static_cast<uint16_t>(number));
}

// Section 4.3.3: what is signed of a first message beside itself.
std::string Variables(const TsigKey& key, uint64_t time, uint16_t fudge, uint16_t error) {
  std::string out = key.name;
  Put16(out, kClassAny);
  out.append(4, '\0');  // TTL
  out += AlgorithmName(key.hash);
  Put48(out, time);
  Put16(out, fudge);
  Put16(out, error);
  Put16(out, 0);  // Other Len
  return out;
}

// The words of a configuration of BIND's, without quotes, blanks and comments.
std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '#' || text.substr(at).starts_with("//")) {
      at = std::min(text.find('\n', at), text.size());
    } else if (text.substr(at).starts_with("/*")) {
      const size_t end = text.find("*/", at + 2);
      at = end == std::string_view::npos ? text.size() : end + 2;
    } else if (c == '"') {
      const size_t end = std::min(text.find('"', at + 1), text.size());
      words.emplace_back(text.substr(at + 1, end - at - 1));
      at = std::min(end + 1, text.size());
    } else if (c == '{' || c == '}' || c == ';') {
      words.emplace_back(1, c);
      ++at;
    } else if (absl::ascii_isspace(static_cast<unsigned char>(c))) {
      ++at;
    } else {
      const size_t end = std::min(text.find_first_of(" \t\r\n\"{};#", at), text.size());
      words.emplace_back(text.substr(at, end - at));
      at = end;
    }
  }
  return words;
}

const char* ErrorText(uint16_t error) {
  switch (error) {
    case 16:
      return "BADSIG: the key's secret is another one there";
    case 17:
      return "BADKEY: the key is not known there";
    case 18:
      return "BADTIME: the clocks differ by more than five minutes";
    default:
      return "an error";
  }
}

}  // namespace

absl::StatusOr<TsigKey> ParseTsigKey(std::string_view text) {
  const std::vector<std::string> words = WordsOf(text);
  const absl::Status fault = absl::InvalidArgumentError(
      "not a key; write the file with 'tsig-keygen NAME', or take the provider's");
  if (words.size() < 4 || words[0] != "key" || words[2] != "{") return fault;
  TsigKey key;
  const absl::StatusOr<dns::Name> name = dns::Name::FromText(words[1]);
  if (!name.ok()) return fault;
  const std::span<const uint8_t> stored = name->Stored();
  key.name.assign(reinterpret_cast<const char*>(stored.data()), stored.size());
  key.name += '\0';
  std::string algorithm;
  for (size_t i = 3; i + 1 < words.size() && words[i] != "}"; ++i) {
    if (words[i] == "algorithm") algorithm = absl::AsciiStrToLower(words[i + 1]);
    if (words[i] == "secret") {
      std::optional<std::string> secret = FromBase64(words[i + 1]);
      if (!secret) return absl::InvalidArgumentError("the key's secret is not base64");
      key.secret = *std::move(secret);
    }
  }
  if (key.secret.empty()) return absl::InvalidArgumentError("the key has no secret");
  while (algorithm.ends_with('.')) algorithm.pop_back();
  if (algorithm == "hmac-sha512") {
    key.hash = HmacHash::kSha512;
  } else if (algorithm != "hmac-sha256") {
    return absl::InvalidArgumentError(absl::StrCat("the key's algorithm is '", algorithm,
                                                   "'; hmac-sha256 and hmac-sha512 can be used"));
  }
  return key;
}

absl::StatusOr<std::optional<TsigRecord>> FindTsig(std::string_view message) {
  const absl::Status fault = absl::DataLossError("a damaged message");
  WireReader reader(message);
  reader.Skip(4);
  const uint16_t questions = reader.Number16();
  uint32_t records = reader.Number16();
  records += reader.Number16();
  const uint16_t additional = reader.Number16();
  records += additional;
  for (uint32_t i = 0; i < questions && reader.ok(); ++i) {
    reader.SkipName();
    reader.Skip(4);
  }
  if (additional == 0)
    return reader.ok() ? std::optional<TsigRecord>()
                       : absl::StatusOr<std::optional<TsigRecord>>(fault);
  for (uint32_t i = 0; i + 1 < records && reader.ok(); ++i) {
    reader.SkipName();
    reader.Skip(8);
    reader.Skip(reader.Number16());
  }
  TsigRecord tsig;
  tsig.at = reader.at();
  tsig.key_name = reader.Name();
  const uint16_t type = reader.Number16();
  reader.Skip(6);
  const uint16_t size = reader.Number16();
  if (!reader.ok() || reader.left() != size) return fault;
  if (type != kTypeTsig) return std::optional<TsigRecord>();
  tsig.algorithm = reader.Name();
  tsig.time = static_cast<uint64_t>(reader.Number16()) << 32;
  tsig.time |= static_cast<uint64_t>(reader.Number16()) << 16;
  tsig.time |= reader.Number16();
  tsig.fudge = reader.Number16();
  tsig.mac = reader.Octets(reader.Number16());
  tsig.original_id = reader.Number16();
  tsig.error = reader.Number16();
  reader.Skip(reader.Number16());  // other data: the server's time
  if (!reader.ok() || reader.left() != 0) return fault;
  return tsig;
}

void TsigStream::Sign(std::string& request, uint64_t now) {
  const std::string variables = Variables(key_, now, kFudge, 0);
  const std::array<std::string_view, 2> parts = {request, variables};
  last_mac_ = Hmac(key_.hash, key_.secret, parts);
  const std::string id = request.substr(0, 2);
  std::string data(AlgorithmName(key_.hash));
  Put48(data, now);
  Put16(data, kFudge);
  Put16(data, static_cast<uint16_t>(last_mac_.size()));
  data += last_mac_ + id;
  Put16(data, 0);  // error
  Put16(data, 0);  // other data
  request += key_.name;
  Put16(request, kTypeTsig);
  Put16(request, kClassAny);
  request.append(4, '\0');
  Put16(request, static_cast<uint16_t>(data.size()));
  request += data;
  ++request[11];  // ARCOUNT, which was 0
}

absl::Status TsigStream::Check(std::string_view message, uint64_t now) {
  const absl::StatusOr<std::optional<TsigRecord>> found = FindTsig(message);
  if (!found.ok()) return found.status();
  if (!*found) {
    if (first_) return absl::UnauthenticatedError("the reply is not signed");
    if (++unsigned_count_ > kMostUnsigned) {
      return absl::UnauthenticatedError("too many messages in a row are not signed");
    }
    unsigned_ += message;
    return absl::OkStatus();
  }
  const TsigRecord& tsig = **found;
  if (tsig.error != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("the server refuses the key: ", ErrorText(tsig.error)));
  }
  if (tsig.key_name != key_.name || tsig.algorithm != AlgorithmName(key_.hash)) {
    return absl::UnauthenticatedError("the reply is signed with another key");
  }
  // The message as it was before it was signed: its own ID, and one additional record fewer.
  std::string before(message.substr(0, tsig.at));
  before[0] = static_cast<char>(tsig.original_id >> 8);
  before[1] = static_cast<char>(tsig.original_id & 0xff);
  const uint16_t additional = static_cast<uint16_t>(
      (static_cast<unsigned char>(before[10]) << 8 | static_cast<unsigned char>(before[11])) - 1);
  before[10] = static_cast<char>(additional >> 8);
  before[11] = static_cast<char>(additional & 0xff);
  std::string prior;
  Put16(prior, static_cast<uint16_t>(last_mac_.size()));
  prior += last_mac_;
  std::string last;
  if (first_) {
    last = Variables(key_, tsig.time, tsig.fudge, tsig.error);
  } else {
    Put48(last, tsig.time);
    Put16(last, tsig.fudge);
  }
  const std::array<std::string_view, 4> parts = {prior, unsigned_, before, last};
  if (!SameSecret(Hmac(key_.hash, key_.secret, parts), tsig.mac)) {
    return absl::UnauthenticatedError("the signature of the reply is wrong");
  }
  if ((now > tsig.time ? now - tsig.time : tsig.time - now) > tsig.fudge) {
    return absl::UnauthenticatedError("the reply was signed at another time; compare the clocks");
  }
  last_mac_ = tsig.mac;
  unsigned_.clear();
  unsigned_count_ = 0;
  first_ = false;
  return absl::OkStatus();
}

absl::Status TsigStream::Finish() const {
  if (first_ || unsigned_count_ > 0) {
    return absl::UnauthenticatedError("the end of the reply is not signed");
  }
  return absl::OkStatus();
}

}  // namespace tollgate::update
