// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/publish.h"

#include <filesystem>
#include <limits>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "ruleset/ruleset.h"
#include "ruleset/text/yaml.h"

namespace tollgate::update {
namespace {

constexpr size_t kLargestDatabase = std::numeric_limits<uint32_t>::max();

absl::StatusOr<std::string> ReadOctets(const std::string& path) {
  std::string reason;
  std::optional<std::string> octets = text::ReadFile(path, kLargestDatabase, reason);
  if (!octets) return absl::UnavailableError(absl::StrCat(path, ": ", reason));
  return *std::move(octets);
}

// An entry of the history for a database.
absl::StatusOr<Published> Describe(std::string_view octets, uint64_t number, uint64_t now) {
  absl::StatusOr<std::unique_ptr<const RuleSet>> rules = RuleSet::OpenOctets(octets);
  if (!rules.ok()) return rules.status();
  Published entry;
  entry.number = number;
  entry.at = now;
  entry.checksum = (*rules)->checksum();
  entry.names = (*rules)->name_count();
  return entry;
}

// Forgets the oldest, but never the one in use.
void Trim(uint32_t keep, State& state) {
  for (size_t i = 0; i < state.history.size() && state.history.size() > keep;) {
    if (state.history[i].number == state.current) {
      ++i;
    } else {
      state.history.erase(state.history.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

}  // namespace

bool IsInUse(const std::string& path, const State& state) {
  const Published* current = state.FindDatabase(state.current);
  if (current == nullptr) return false;
  const absl::StatusOr<std::unique_ptr<const RuleSet>> rules = RuleSet::Open(path);
  return rules.ok() && (*rules)->checksum() == current->checksum;
}

absl::Status KeepForeign(const Destination& to, const StateFolder& folder, uint64_t now,
                         State& state) {
  const absl::StatusOr<std::string> octets = ReadOctets(to.database);
  if (!octets.ok()) return absl::OkStatus();
  absl::StatusOr<Published> entry = Describe(*octets, state.last_number + 1, now);
  if (!entry.ok()) return absl::OkStatus();  // nothing that anybody wants back
  for (const Published& known : state.history) {
    if (known.checksum == entry->checksum) return absl::OkStatus();
  }
  if (absl::Status status = folder.StoreDatabase(entry->number, *octets); !status.ok()) {
    return status;
  }
  state.last_number = state.current = entry->number;
  state.history.push_back(*std::move(entry));
  return folder.Save(state);
}

absl::Status Publish(const Destination& to, std::string_view octets, const std::string& inputs,
                     const std::string& local_inputs, const StateFolder& folder, uint64_t now,
                     State& state) {
  absl::StatusOr<Published> entry = Describe(octets, state.last_number + 1, now);
  if (!entry.ok()) return entry.status();
  entry->local_inputs = local_inputs;
  if (absl::Status status = folder.StoreDatabase(entry->number, octets); !status.ok()) {
    return status;
  }
  if (absl::Status status = ReplaceDurably(to.database, octets); !status.ok()) return status;
  state.last_number = state.current = entry->number;
  state.history.push_back(*std::move(entry));
  state.inputs = inputs;
  std::error_code none;
  state.database = std::filesystem::absolute(to.database, none).string();
  state.hold.reset();
  Trim(to.keep, state);
  return folder.Save(state);
}

absl::StatusOr<Published> Rollback(const RollbackOptions& options) {
  absl::StatusOr<std::unique_ptr<StateFolder>> folder = StateFolder::Open(options.state);
  if (!folder.ok()) return folder.status();
  absl::StatusOr<State> state = (*folder)->Load();
  if (!state.ok()) return state.status();
  const Published* target = options.to == 0 ? nullptr : state->FindDatabase(options.to);
  if (options.to == 0) {
    for (const Published& one : state->history) {
      if (one.number < state->current) target = &one;
    }
  }
  if (target == nullptr) {
    return absl::NotFoundError(
        options.to == 0 ? std::string("there is no database before the one in use")
                        : absl::StrCat("there is no database ", options.to,
                                       "; 'tollgate rollback --list' shows those that are kept"));
  }
  const absl::StatusOr<std::string> octets = ReadOctets((*folder)->DatabasePath(target->number));
  if (!octets.ok()) return octets.status();
  // Also a damaged one is refused here, and not by the resolver.
  const absl::StatusOr<Published> known = Describe(*octets, target->number, target->at);
  if (!known.ok()) return known.status();
  const std::string database = options.database.empty() ? state->database : options.database;
  if (database.empty()) return absl::NotFoundError("no update has published a database yet");
  const Published chosen = *target;
  // The hold comes first: who is killed in between must not find the bad one published again.
  const Published* bad = state->FindDatabase(state->current);
  if (bad != nullptr && bad->number != chosen.number) {
    state->hold = Hold{options.now, bad->number, bad->local_inputs};
  }
  state->current = chosen.number;
  state->inputs.clear();
  if (absl::Status status = (*folder)->Save(*state); !status.ok()) return status;
  if (absl::Status status = ReplaceDurably(database, *octets); !status.ok()) return status;
  return chosen;
}

}  // namespace tollgate::update
