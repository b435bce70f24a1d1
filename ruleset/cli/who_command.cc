// SPDX-License-Identifier: BSD-3-Clause
//
// tollgate who

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ruleset/cli/commands.h"
#include "ruleset/cli/console.h"
#include "ruleset/patient/patients.h"
#include "ruleset/patient/settings.h"
#include "ruleset/text/json_writer.h"
#include "ruleset/text/yaml.h"

namespace tollgate::cli {
namespace {

constexpr char kFooter[] = R"(Examples:
  tollgate who 2001:db8:5:1:62d4:19f:5bc0:8e77
  tollgate who b7m6ljmcrmf4d1vhpf3pvkgc31qh5rkt.p.garden.example
  awk '{print $1}' access.log | sort -u | tollgate who -
  tollgate who --of 192.0.2.7                        what does this client get?

Which client was given an address, or a name, of a sinkhole that names its patients: 'patient:' in the module's
configuration says which sinkholes do, and where the key is. '-' reads them from standard input, one a line. Of an
IPv6 client a sinkhole without 'clients:' tells the /64.

A line for each: what was asked, and the client, with a tab between them; '-' where nobody was given it, or under
another key. Exit status: 0 all are known, 1 some are not, 2 wrong usage.
)";

struct Arguments {
  std::vector<std::string> given;
  std::string client;
  std::string config;
  bool json = false;
};

// The settings and the key; nothing, and what to do on standard error, where there are none.
struct Desk {
  patient::Settings settings;
  patient::Patients patients;
};

std::string ConfigPath(const std::string& given) {
  if (!given.empty()) return given;
  const char* variable = std::getenv("TOLLGATE_CONFIG");
  return variable != nullptr && *variable != '\0' ? variable : "/etc/tollgate/module.yaml";
}

std::optional<Desk> OpenDesk(const std::string& path) {
  text::Diagnostics faults;
  text::YamlMap root = text::ParseYamlFile(path, faults);
  Desk desk;
  const std::string folder = std::filesystem::path(path).parent_path();
  if (std::optional<text::YamlMap> map = root.Map("patient")) {
    desk.settings = patient::ReadSettings(*map, folder);
  } else if (faults.error_count() == 0) {
    PrintError(absl::StrCat(path,
                            ": no sinkhole names its patients; write 'patient:', or name the "
                            "module's configuration with --config"));
    return std::nullopt;
  }
  PrintDiagnostics(faults);
  if (faults.error_count() > 0) return std::nullopt;
  absl::StatusOr<patient::Patients> patients = patient::Patients::Make(desk.settings);
  if (!patients.ok()) {
    PrintError(patients.status());
    return std::nullopt;
  }
  desk.patients = *std::move(patients);
  return desk;
}

// An address alone, or a prefix of several: "192.0.2.7", "2001:db8:1:2::/64".
std::string ClientText(const dns::Prefix& client) {
  std::string text = client.Text();
  if (client.length == client.octets() * 8) text.resize(text.find('/'));
  return text;
}

std::span<const uint8_t> OctetsOf(const dns::Prefix& address) {
  return {address.address.data(), address.octets()};
}

// An address, not a prefix.
std::optional<dns::Prefix> ParseAddress(const std::string& text) {
  return text.find('/') == std::string::npos ? dns::Prefix::Parse(text) : std::nullopt;
}

// Nothing where it is neither an address nor a name, or nobody's.
std::optional<dns::Prefix> FindClient(const patient::Patients& patients, const std::string& text) {
  // A log writes IPv6 addresses in brackets now and then.
  const bool in_brackets = text.size() > 2 && text.front() == '[' && text.back() == ']';
  const std::string bare = in_brackets ? text.substr(1, text.size() - 2) : text;
  if (const std::optional<dns::Prefix> address = ParseAddress(bare)) {
    return patients.Who(OctetsOf(*address));
  }
  const absl::StatusOr<dns::Name> name = dns::Name::FromText(bare);
  return name.ok() ? patients.Who(*name) : std::nullopt;
}

bool PrintPair(const Arguments& arguments, const std::string& given, const std::string& client) {
  if (!arguments.json) return Print(absl::StrCat(given, "\t", client.empty() ? "-" : client, "\n"));
  text::JsonWriter json;
  json.Open('{').Key("given").String(given).Key("client").StringOrNull(client).Close('}');
  return Print(json.TakeLine());
}

int PrintGiven(const Arguments& arguments, const Desk& desk) {
  const std::optional<dns::Prefix> client = ParseAddress(arguments.client);
  if (!client) {
    PrintError(absl::StrCat("--of: '", arguments.client,
                            "' is no address; write 192.0.2.7 or 2001:db8::7"));
    return kWrongUsage;
  }
  bool any = false;
  for (const patient::SinkholePrefix& sinkhole : desk.settings.prefixes) {
    dns::Prefix address = sinkhole.prefix;
    if (!desk.patients.Name(OctetsOf(*client), {address.address.data(), address.octets()}))
      continue;
    address.length = static_cast<uint8_t>(address.octets() * 8);
    any = PrintPair(arguments, ClientText(address), ClientText(*client)) || any;
  }
  for (const dns::Name& target : desk.settings.names) {
    const std::optional<dns::Name> own = desk.patients.Name(OctetsOf(*client), target);
    if (own) any = PrintPair(arguments, own->Text(), ClientText(*client)) || any;
  }
  if (!any) PrintError("no sinkhole is for this client: see 'clients:' in the configuration");
  return any ? kDone : kProblems;
}

int Run(const Arguments& arguments) {
  if (arguments.given.empty() == arguments.client.empty()) {
    PrintError(
        "give addresses or names of a sinkhole, or --of and a client; see 'tollgate who --help'");
    return kWrongUsage;
  }
  const std::optional<Desk> desk = OpenDesk(ConfigPath(arguments.config));
  if (!desk) return kProblems;
  if (!arguments.client.empty()) return PrintGiven(arguments, *desk);
  bool all = true;
  bool heard = true;  // somebody reads what is printed
  auto answer = [&](const std::string& text) {
    const std::optional<dns::Prefix> client = FindClient(desk->patients, text);
    all = all && client;
    heard = heard && PrintPair(arguments, text, client ? ClientText(*client) : "");
  };
  for (const std::string& text : arguments.given) {
    if (text != "-") {
      answer(text);
      continue;
    }
    for (std::string line; heard && std::getline(std::cin, line);) {
      const std::string word(absl::StripAsciiWhitespace(line));
      if (!word.empty()) answer(word);
    }
  }
  return all && heard ? kDone : kProblems;
}

}  // namespace

void AddWho(CLI::App& app, Command* run) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      app.add_subcommand("who", "Say which client a sinkhole's address or name was given to");
  command->add_option("WHAT", arguments->given,
                      "addresses and names from a sinkhole's log; '-': standard input");
  command->add_option("--of", arguments->client, "what this client gets, in place of WHAT");
  command->add_option("--config", arguments->config,
                      "the module's configuration (default: TOLLGATE_CONFIG, or "
                      "/etc/tollgate/module.yaml)");
  command->add_flag("--json", arguments->json, "one JSON object a line");
  command->footer(kFooter);
  command->callback([=] { *run = [=] { return Run(*arguments); }; });
}

}  // namespace tollgate::cli
