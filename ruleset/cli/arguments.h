// SPDX-License-Identifier: BSD-3-Clause
//
// Arguments that several commands take. What is wrong with one is said on standard error.

#ifndef TOLLGATE_RULESET_CLI_ARGUMENTS_H_
#define TOLLGATE_RULESET_CLI_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/cli/commands.h"
#include "ruleset/dns/name.h"
#include "ruleset/policy/verdict.h"
#include "ruleset/ruleset.h"

namespace tollgate::cli {

// A name that somebody asks about: an indicator, defanged or not, or any other name that a resolver
// can be asked for (*.example.com, 1.2.3.4, the root).
absl::StatusOr<dns::Name> ParseQname(std::string_view text);

// Where `update` keeps what it knows, unless it is told otherwise.
inline constexpr char kDefaultUpdateState[] = "/var/lib/tollgate";

// --date, in days since 1970-01-01; today (UTC) where it is empty. Nothing where it is no date.
std::optional<uint32_t> ParseToday(const std::string& date);

// --type. Nothing where it is none.
std::optional<uint16_t> ParseQtype(const std::string& type);

// What is asked beside a name: who asks, and what the answer holds.
struct EvidenceArguments {
  std::string client;
  std::vector<std::string> tags;
  std::vector<std::string> targets;
  std::vector<std::string> addresses;
  std::vector<std::string> name_servers;
  std::vector<std::string> name_server_addresses;
};

// --client, --tag, --target, --address, --name-server and --name-server-address, into `*arguments`.
void AddEvidenceOptions(CLI::App& command, EvidenceArguments* arguments);

struct Evidence {
  std::vector<uint8_t> client;  // its address, in network order; may be empty
  std::vector<std::string> tags;
  uint64_t tag_bits = 0;  // the same, as FindTags has found them
  policy::AnswerEvidence answer;

  policy::Asker asker() const { return {client, tag_bits}; }

  bool has_answer() const {
    return !answer.targets.empty() || !answer.addresses.empty() || !answer.name_servers.empty() ||
           !answer.name_server_addresses.empty();
  }
};

// Looks for the client's tags among those of `rules`. False where one is not among them.
bool FindTags(const RuleSet& rules, Evidence& evidence);

// Nothing where one is not what it should be.
std::optional<Evidence> ParseEvidence(const EvidenceArguments& arguments);

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_ARGUMENTS_H_
