// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/indicator.h"

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

// Lists have millions of lines and almost all are plain names: those skip the search for defanging
// and URLs. A name that ends in a digit could be an address.
bool IsPlain(std::string_view text) {
  return !text.empty() && !absl::ascii_isdigit(static_cast<unsigned char>(text.back())) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
         });
}

bool LooksLikeAddress(std::string_view host) {
  return host.find(':') != std::string_view::npos ||
         (absl::ascii_isdigit(static_cast<unsigned char>(host.back())) &&
          std::all_of(host.begin(), host.end(), [](unsigned char c) {
            return absl::ascii_isdigit(c) || c == '.' || c == '/';
          }));
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
  std::string host = Refang({stripped.data(), stripped.size()});
  // hxxps://user@host:port/path: only the host is a name.
  if (const size_t scheme = host.find("://"); scheme != std::string::npos) {
    host.erase(0, scheme + 3);
    host.erase(std::min(host.size(), host.find_first_of("/?#")));
    if (const size_t at = host.rfind('@'); at != std::string::npos) host.erase(0, at + 1);
  } else if (const size_t path = host.find('/'); path != std::string::npos) {
    // Without a scheme a slash is a path only behind a name; 192.0.2.0/24 is told apart below.
    if (!LooksLikeAddress(host)) host.erase(path);
  }
  if (const size_t port = host.rfind(':');
      port != std::string::npos && host.find(':') == port && port + 1 < host.size() &&
      std::all_of(host.begin() + static_cast<ptrdiff_t>(port) + 1, host.end(),
                  absl::ascii_isdigit)) {
    host.erase(port);
  }
  if (host.empty()) return Bad("no name in it");
  if (absl::StartsWith(host, "*.")) {
    return Bad("a wildcard; leave '*.' out: 'domains' takes the name and everything below it");
  }
  if (LooksLikeAddress(host)) return Bad("an IP address, and names are wanted here");
  if (host.find('@') != std::string::npos)
    return Bad("an e-mail address, and names are wanted here");
  absl::StatusOr<std::string> ascii = ToAscii(host);
  if (!ascii.ok()) return ascii.status();
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
