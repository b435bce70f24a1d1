// SPDX-License-Identifier: BSD-3-Clause

#include "module/control/values.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstring>
#include <system_error>

#include "absl/time/time.h"
#include "ruleset/dns/type_text.h"
#include "ruleset/text/yaml.h"

namespace tollgate::module {
namespace {

using control::Fault;

constexpr std::array<std::string_view, 4> kLevels = {"error", "warning", "info", "debug"};
constexpr uint64_t kLongestPause = 7 * 24 * 60 * 60;  // seconds

std::string Quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

// All of `text` as a decimal number without a sign.
template <typename Number>
bool ReadDigits(std::string_view text, Number& value) {
  Number number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return false;
  value = number;
  return true;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The first `length` bits of `address`.
std::array<uint8_t, 16> Network(const std::array<uint8_t, 16>& address, size_t length) {
  std::array<uint8_t, 16> network{};
  for (size_t i = 0; i < network.size() && length > i * 8; ++i) {
    const size_t bits = std::min<size_t>(length - i * 8, 8);
    network[i] = static_cast<uint8_t>(address[i] & (0xff00U >> bits));
  }
  return network;
}

bool IsMapped(const Prefix& prefix) {
  constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return prefix.family == 6 && std::memcmp(prefix.address.data(), kMapped.data(), 12) == 0;
}

}  // namespace

std::optional<Fault> ReadSeconds(std::string_view text, uint64_t& value) {
  absl::Duration duration;
  if (IsDigits(text)) {
    uint64_t seconds = kLongestPause + 1;  // also for what does not fit
    ReadDigits(text, seconds);
    duration = absl::Seconds(std::min(seconds, kLongestPause + 1));
  } else if (!absl::ParseDuration(std::string(text), &duration)) {
    return Fault{Quoted(text) + " is no span of time", "write 90s, 5m, 1h30m, or seconds"};
  }
  if (duration < absl::Seconds(1) || duration > absl::Seconds(kLongestPause)) {
    return Fault{Quoted(text) + " is not between a second and a week (168h)",
                 "without 'for' a pause lasts until 'resume', or a restart"};
  }
  value = static_cast<uint64_t>(absl::ToInt64Seconds(absl::Ceil(duration, absl::Seconds(1))));
  return std::nullopt;
}

std::optional<Fault> ReadPrefix(std::string_view text, Prefix& value) {
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Prefix prefix;
  if (inet_pton(AF_INET, address.c_str(), prefix.address.data()) == 1) {
    prefix.family = 4;
  } else if (inet_pton(AF_INET6, address.c_str(), prefix.address.data()) == 1) {
    prefix.family = 6;
  } else {
    return Fault{Quoted(text) + " is no address and no prefix",
                 "write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32"};
  }
  const uint8_t longest = prefix.family == 4 ? 32 : 128;
  prefix.length = longest;
  if (slash != std::string_view::npos) {
    if (!IsDigits(text.substr(slash + 1)) || !ReadDigits(text.substr(slash + 1), prefix.length) ||
        prefix.length > longest) {
      return Fault{
          "the length of " + Quoted(text) + " is not a number from 0 to " + std::to_string(longest),
          "the number behind '/' counts bits"};
    }
    const std::array<uint8_t, 16> network = Network(prefix.address, prefix.length);
    if (network != prefix.address) {
      prefix.address = network;
      const std::string right = PrefixText(prefix);
      return Fault{Quoted(text) + " has bits set behind its length",
                   "write " + right + ", or the address without '/' for one client"};
    }
  }
  if (IsMapped(prefix)) {
    return Fault{Quoted(text) + " is a form of an IPv4 address",
                 "write it as IPv4: clients are known by that"};
  }
  value = prefix;
  return std::nullopt;
}

std::string PrefixText(const Prefix& prefix) {
  if (prefix.family == 0) return "";
  std::array<char, INET6_ADDRSTRLEN> text;
  const bool is_v4 = prefix.family == 4;
  inet_ntop(is_v4 ? AF_INET : AF_INET6, prefix.address.data(), text.data(), text.size());
  if (prefix.length == (is_v4 ? 32 : 128)) return text.data();
  return std::string(text.data()) + "/" + std::to_string(prefix.length);
}

std::optional<Fault> ReadName(std::string_view text, std::optional<dns::Name>& value) {
  const absl::StatusOr<dns::Name> name = dns::Name::FromText(text);
  if (!name.ok()) {
    return Fault{Quoted(text) + " is no name: " + std::string(name.status().message()),
                 "write a name such as www.example.com"};
  }
  value = *name;
  return std::nullopt;
}

std::optional<Fault> ReadType(std::string_view text, uint16_t& value) {
  const std::optional<uint16_t> type = dns::TypeFromText(text);
  if (!type) {
    return Fault{Quoted(text) + " is no record type",
                 "write A, AAAA, HTTPS, TXT or the like, or TYPE and its number"};
  }
  value = *type;
  return std::nullopt;
}

std::optional<Fault> ReadYesNo(std::string_view text, bool& value) {
  if (text != "yes" && text != "no")
    return Fault{Quoted(text) + " is neither yes nor no", "write yes or no"};
  value = text == "yes";
  return std::nullopt;
}

std::optional<Fault> ReadNumber(std::string_view text, uint64_t& value) {
  if (IsDigits(text) && ReadDigits(text, value)) return std::nullopt;
  return Fault{Quoted(text) + " is no number that fits", "write digits alone"};
}

std::optional<Fault> ReadLevel(std::string_view text, gate_level& value) {
  for (size_t level = 0; level < kLevels.size(); ++level) {
    if (text != kLevels[level]) continue;
    value = static_cast<gate_level>(level);
    return std::nullopt;
  }
  const std::optional<std::string_view> suggestion = text::Suggest(text, kLevels);
  return Fault{Quoted(text) + " is no log level", suggestion
                                                      ? "did you mean " + Quoted(*suggestion) + "?"
                                                      : "write " + text::OneOf(kLevels)};
}

std::string_view LevelText(gate_level level) {
  const auto index = static_cast<size_t>(level);
  return index < kLevels.size() ? kLevels[index] : "unknown";
}

}  // namespace tollgate::module
