// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/indicator.h"

#include <arpa/inet.h>
#include <idn2.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

namespace tollgate::source {
namespace {

constexpr absl::CivilDay kEpoch(1970, 1, 1);

// What stands for what in a defanged indicator; the longer ones first.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kFangs = {{
    {"[dot]", "."},
    {"(dot)", "."},
    {"{dot}", "."},
    {"[://]", "://"},
    {"[:]//", "://"},
    {"(:)//", "://"},
    {"[.]", "."},
    {"(.)", "."},
    {"{.}", "."},
    {"[:]", ":"},
    {"[.", "."},
    {".]", "."},
}};

absl::Status Bad(absl::string_view reason) { return absl::InvalidArgumentError(reason); }

bool IsNameCharacter(unsigned char c) {
  return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
}

// Lists have millions of lines and almost all are plain names: those skip the search for defanging
// and URLs. A name without a letter at its end could be an address.
bool IsPlain(std::string_view text) {
  return !text.empty() && absl::ascii_isalpha(static_cast<unsigned char>(text.back())) &&
         std::all_of(text.begin(), text.end(), IsNameCharacter);
}

// An address or a prefix; of IPv4 also what is none, such as 1.2.3 and 1.2.3.4.5: it is no name.
bool IsAddress(std::string_view text) {
  const std::string host(text.substr(0, text.find('/')));
  in6_addr address;
  if (inet_pton(AF_INET6, host.c_str(), &address) == 1) return true;
  return std::any_of(host.begin(), host.end(), absl::ascii_isdigit) &&
         std::all_of(host.begin(), host.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c) || c == '.'; });
}

// The host in what is left of a URL or a line of a list: behind the scheme and the user, before the
// port, the path, the query and the fragment.
std::string HostOf(std::string text) {
  if (const size_t scheme = text.find("://"); scheme != std::string::npos) {
    text.erase(0, scheme + 3);
    text.erase(std::min(text.size(), text.find_first_of("/?#")));
    if (const size_t at = text.rfind('@'); at != std::string::npos) text.erase(0, at + 1);
  } else {
    text.erase(std::min(text.size(), text.find_first_of("/?#")));
  }
  const size_t port = text.find(':');
  if (port != std::string::npos && port + 1 < text.size() &&
      std::all_of(text.begin() + static_cast<ptrdiff_t>(port) + 1, text.end(),
                  absl::ascii_isdigit)) {
    text.erase(port);
  }
  return text;
}

absl::StatusOr<std::string> ToAscii(const std::string& host) {
  if (std::all_of(host.begin(), host.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return host;
  }
  char* ascii = nullptr;
  const int error = idn2_to_ascii_8z(host.c_str(), &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  if (error != IDN2_OK) {
    return Bad(absl::StrCat("not a valid internationalised name (", idn2_strerror(error),
                            "); write its A-label (xn--...)"));
  }
  std::string out(ascii);
  idn2_free(ascii);
  return out;
}

}  // namespace

std::string Refang(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    auto fang = std::find_if(kFangs.begin(), kFangs.end(), [&](const auto& candidate) {
      return absl::StartsWithIgnoreCase({rest.data(), rest.size()},
                                        {candidate.first.data(), candidate.first.size()});
    });
    if (fang != kFangs.end()) {
      out += fang->second;
      i += fang->first.size();
    } else {
      out += text[i++];
    }
  }
  return out;
}

absl::StatusOr<dns::Name> ParseIndicator(std::string_view text) {
  if (IsPlain(text)) return dns::Name::FromText(text);
  const absl::string_view stripped = absl::StripAsciiWhitespace({text.data(), text.size()});
  const std::string whole = Refang({stripped.data(), stripped.size()});
  if (IsAddress(whole)) return Bad(kIsAddress);
  const std::string host = HostOf(whole);
  // RFC 3986 section 3.2.2: a URL has an IPv6 address in brackets.
  if (const size_t close = host.find(']');
      host[0] == '[' && close != std::string::npos && IsAddress(host.substr(1, close - 1))) {
    return Bad(kIsAddress);
  }
  if (host.empty()) return Bad("no name in it");
  if (host == ".") return dns::Name::FromText(host);
  if (absl::StartsWith(host, "*.")) {
    return Bad("a wildcard; leave '*.' out: 'domains' takes the name and everything below it");
  }
  if (host.find('@') != std::string::npos) {
    return Bad("an e-mail address, and names are wanted here");
  }
  if (IsAddress(host)) return Bad(kIsAddress);
  // libidn2 takes a C string, and would cut the name there.
  if (host.find('\0') != std::string::npos) return Bad("a NUL character in the name");
  absl::StatusOr<std::string> ascii = ToAscii(host);
  if (!ascii.ok()) return ascii.status();
  if (IsAddress(*ascii)) return Bad(kIsAddress);  // in full-width digits
  const auto odd = std::find_if_not(ascii->begin(), ascii->end(), IsNameCharacter);
  if (odd != ascii->end() && absl::ascii_isgraph(static_cast<unsigned char>(*odd))) {
    return Bad(
        absl::StrCat("'", std::string(1, *odd), "' stands in no name; write the name alone"));
  }
  return dns::Name::FromText(*ascii);
}

absl::StatusOr<policy::Day> ParseDay(std::string_view text) {
  absl::CivilDay day;
  const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-';
  if (!shaped || !absl::ParseCivilTime({text.data(), text.size()}, &day) || day <= kEpoch) {
    return Bad(absl::StrCat("'", absl::string_view(text.data(), text.size()),
                            "' is not a date such as 2025-10-23"));
  }
  return static_cast<policy::Day>(day - kEpoch);
}

std::string DayText(policy::Day day) {
  return day == policy::kNever ? "" : absl::FormatCivilTime(kEpoch + day);
}

}  // namespace tollgate::source
