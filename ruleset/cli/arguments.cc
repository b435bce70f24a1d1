// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/arguments.h"

#include <ctime>

#include "absl/strings/str_cat.h"
#include "ruleset/cli/console.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/zone_text.h"

namespace tollgate::cli {

absl::StatusOr<dns::Name> ParseQname(std::string_view text) {
  absl::StatusOr<dns::Name> name = source::ParseIndicator(text);
  // Resolvers are asked for names that nobody would list.
  if (!name.ok() && text.find_first_of("[]/:@") == std::string_view::npos)
    name = dns::Name::FromText(text);
  return name;
}

std::optional<uint32_t> ParseToday(const std::string& date) {
  if (date.empty()) return static_cast<uint32_t>(std::time(nullptr) / 86400);
  absl::StatusOr<policy::Day> day = source::ParseDay(date);
  if (day.ok()) return *day;
  PrintError(absl::StrCat("--date: ", day.status().message()));
  return std::nullopt;
}

std::optional<uint16_t> ParseQtype(const std::string& type) {
  absl::StatusOr<uint16_t> qtype = source::ParseType(type);
  if (qtype.ok()) return *qtype;
  PrintError(absl::StrCat("--type: ", qtype.status().message()));
  return std::nullopt;
}

}  // namespace tollgate::cli
