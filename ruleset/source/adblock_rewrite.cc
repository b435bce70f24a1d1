// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/adblock_rewrite.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ruleset/dns/type.h"
#include "ruleset/source/zone_text.h"

namespace tollgate::source {
namespace {

constexpr std::optional<LeftOut> kTaken = std::nullopt;
constexpr size_t kLongestString = 255;  // RFC 1035 section 3.3

LeftOut Bad() { return {LineFate::kRejected, "a $dnsrewrite that is no answer"}; }

// An RCODE without data. `word` is in upper case.
std::optional<LeftOut> ReadRcode(std::string_view word, Rewrite& rewrite) {
  if (word == "NOERROR") {
    rewrite.action = policy::Action::kNodata;
  } else if (word == "NXDOMAIN") {
    rewrite.action = policy::Action::kNxdomain;
  } else if (word == "REFUSED") {
    rewrite.action = policy::Action::kRefused;
  } else if (word == "SERVFAIL" || word == "FORMERR" || word == "NOTIMP") {
    return LeftOut{LineFate::kNotYet, "an answer with this RCODE"};
  } else {
    return Bad();
  }
  return kTaken;
}

std::optional<LeftOut> ReadCname(std::string_view target, Rewrite& rewrite) {
  const absl::StatusOr<dns::Name> name = dns::Name::FromText(target);
  if (!name.ok() || name->label_count() == 0) return Bad();
  const std::span<const uint8_t> wire = name->wire();
  rewrite.action = policy::Action::kSinkhole;
  rewrite.record.type = dns::kTypeCname;
  rewrite.record.rdata.assign(reinterpret_cast<const char*>(wire.data()), wire.size());
  return kTaken;
}

// The value of a TXT record as presentation format wants it: quoted, in strings of 255 octets.
std::string QuotedText(std::string_view text) {
  std::string quoted;
  do {
    quoted += quoted.empty() ? "\"" : " \"";
    for (char c : text.substr(0, kLongestString)) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    quoted += '"';
    text.remove_prefix(std::min(text.size(), kLongestString));
  } while (!text.empty());
  return quoted;
}

std::optional<LeftOut> ReadRecord(std::string_view type, std::string_view value, Rewrite& rewrite) {
  const std::string upper = absl::AsciiStrToUpper(absl::string_view(type.data(), type.size()));
  if (upper == "CNAME") return ReadCname(value, rewrite);
  const bool is_known = upper == "A" || upper == "AAAA" || upper == "MX" || upper == "PTR" ||
                        upper == "SRV" || upper == "TXT" || upper == "HTTPS" || upper == "SVCB";
  if (!is_known) return Bad();
  const std::string data = upper == "TXT" ? QuotedText(value) : std::string(value);
  absl::StatusOr<policy::Record> record = ParseSinkholeRecord(absl::StrCat(upper, " ", data));
  if (!record.ok()) return Bad();
  rewrite.action = policy::Action::kSinkhole;
  rewrite.record = *std::move(record);
  return kTaken;
}

}  // namespace

std::optional<LeftOut> ParseRewrite(std::string_view value, Rewrite& rewrite) {
  rewrite = {};
  const size_t first = value.find(';');
  if (first == std::string_view::npos) {
    if (!value.empty() && std::all_of(value.begin(), value.end(),
                                      [](unsigned char c) { return absl::ascii_isupper(c); })) {
      return ReadRcode(value, rewrite);
    }
    if (value.find_first_of(" \t") != std::string_view::npos) return Bad();
    if (absl::StatusOr<policy::Record> address = ParseSinkholeRecord(value); address.ok()) {
      rewrite.action = policy::Action::kSinkhole;
      rewrite.record = *std::move(address);
      return kTaken;
    }
    return ReadCname(value, rewrite);
  }
  const size_t second = value.find(';', first + 1);
  if (second == std::string_view::npos) return Bad();
  const std::string rcode = absl::AsciiStrToUpper(absl::string_view(value.data(), first));
  const std::string_view type = value.substr(first + 1, second - first - 1);
  const std::string_view data = value.substr(second + 1);
  if (rcode != "NOERROR" || (type.empty() && data.empty())) return ReadRcode(rcode, rewrite);
  return ReadRecord(type, data, rewrite);
}

AnswerKeys AnswerOf(std::span<const Rewrite> rewrites) {
  AnswerKeys keys;
  auto whole = std::find_if(rewrites.begin(), rewrites.end(), [](const Rewrite& rewrite) {
    return rewrite.action == policy::Action::kNxdomain ||
           rewrite.action == policy::Action::kRefused || rewrite.record.type == dns::kTypeCname;
  });
  if (whole != rewrites.end()) rewrites = {whole, 1};
  std::vector<policy::Record> records;
  for (const Rewrite& rewrite : rewrites) {
    if (rewrite.action == policy::Action::kSinkhole) records.push_back(rewrite.record);
  }
  std::sort(records.begin(), records.end());
  records.erase(std::unique(records.begin(), records.end()), records.end());
  keys.action = records.empty() ? rewrites.front().action : policy::Action::kSinkhole;
  if (!records.empty()) keys.sinkhole = std::move(records);
  return keys;
}

}  // namespace tollgate::source
