// SPDX-License-Identifier: BSD-3-Clause

#include "module/control/values.h"

#include <array>
#include <algorithm>
#include <charconv>
#include <system_error>

#include "absl/status/statusor.h"
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
  const absl::StatusOr<Prefix> prefix = ParsePrefix(text);
  if (prefix.ok()) {
    value = *prefix;
    return std::nullopt;
  }
  // What is wrong, and behind a colon what to do.
  const std::string message(prefix.status().message());
  const size_t colon = message.rfind(": ");
  if (colon == std::string::npos) return Fault{message, "the number behind '/' counts bits"};
  return Fault{message.substr(0, colon), message.substr(colon + 2)};
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
