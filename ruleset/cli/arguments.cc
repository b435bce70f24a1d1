// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/arguments.h"

#include <algorithm>
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

void AddEvidenceOptions(CLI::App& command, EvidenceArguments* arguments) {
  command.add_option("--client", arguments->client, "address of the client that asks");
  // One value each time, so that names can follow.
  auto add = [&](const char* option, std::vector<std::string>& values, const char* about) {
    command.add_option(option, values, about)->allow_extra_args(false);
  };
  add("--tag", arguments->tags, "as if Unbound gave the client this tag; again for more");
  add("--target", arguments->targets, "as if the answer had a CNAME to this name; again for more");
  add("--address", arguments->addresses, "as if it held this address; again for more");
  add("--name-server", arguments->name_servers,
      "as if the zone had this name server; again for more");
  add("--name-server-address", arguments->name_server_addresses,
      "as if a name server had this address; again for more");
}

bool FindTags(const RuleSet& rules, Evidence& evidence) {
  for (const std::string& tag : evidence.tags) {
    const auto known = std::find(rules.tags().begin(), rules.tags().end(), tag);
    if (known == rules.tags().end()) {
      PrintError(absl::StrCat("--tag: no policy of this database is for clients with the tag '",
                              tag, "'"));
      return false;
    }
    evidence.tag_bits |= uint64_t{1} << (known - rules.tags().begin());
  }
  return true;
}

std::optional<Evidence> ParseEvidence(const EvidenceArguments& arguments) {
  Evidence evidence;
  bool good = true;
  auto address = [&](const char* option, const std::string& text) {
    std::optional<dns::Prefix> prefix = dns::Prefix::Parse(text);
    if (text.find('/') != std::string::npos) prefix.reset();
    if (!prefix) {
      PrintError(
          absl::StrCat(option, ": '", text, "' is no address; write 192.0.2.7 or 2001:db8::7"));
      good = false;
    }
    return prefix.value_or(dns::Prefix());
  };
  auto name = [&](const char* option, const std::string& text, std::vector<dns::Name>& names) {
    absl::StatusOr<dns::Name> parsed = ParseQname(text);
    if (parsed.ok()) {
      names.push_back(*parsed);
    } else {
      PrintError(absl::StrCat(option, ": '", text, "' is not a name: ", parsed.status().message()));
      good = false;
    }
  };
  if (!arguments.client.empty()) {
    const dns::Prefix client = address("--client", arguments.client);
    evidence.client.assign(client.address.begin(),
                           client.address.begin() + static_cast<ptrdiff_t>(client.octets()));
  }
  evidence.tags = arguments.tags;
  policy::AnswerEvidence& answer = evidence.answer;
  for (const std::string& text : arguments.targets) name("--target", text, answer.targets);
  for (const std::string& text : arguments.addresses) {
    answer.addresses.push_back(address("--address", text));
  }
  for (const std::string& text : arguments.name_servers) {
    name("--name-server", text, answer.name_servers);
  }
  for (const std::string& text : arguments.name_server_addresses) {
    answer.name_server_addresses.push_back(address("--name-server-address", text));
  }
  if (!good) return std::nullopt;
  return evidence;
}

}  // namespace tollgate::cli
