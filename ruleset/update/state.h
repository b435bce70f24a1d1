// SPDX-License-Identifier: BSD-3-Clause
//
// What one update leaves for the next: of each source its last good copy and how it was obtained,
// and which databases were published. One JSON document, written whole.

#ifndef TOLLGATE_RULESET_UPDATE_STATE_H_
#define TOLLGATE_RULESET_UPDATE_STATE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tollgate::update {

// Times are in seconds since 1970-01-01 UTC.
struct SourceState {
  std::string key;     // source::Origin::Key
  std::string sha256;  // of the copy, which is called so; empty: there is none
  std::string etag;    // as the server gave them with the copy
  std::string last_modified;
  uint64_t rules = 0;      // in the copy
  uint64_t serial = 0;     // of a zone
  uint64_t changed = 0;    // when the copy came
  uint64_t confirmed = 0;  // when the server last said that the copy is what it has
  uint64_t tried = 0;      // when it was last asked
  std::string problem;     // why the last try brought nothing; empty: all is well
  uint64_t problem_since = 0;

  bool operator==(const SourceState&) const = default;
};

// A database that was published, and is kept.
struct Published {
  uint64_t number = 0;  // from 1, rising
  uint64_t at = 0;
  uint64_t checksum = 0;  // RuleSet::checksum
  uint64_t names = 0;
  std::string local_inputs;  // a hash of what the manifest's owner has written

  bool operator==(const Published&) const = default;
};

// Since a rollback nothing is published, until what the manifest's owner has written changes.
struct Hold {
  uint64_t since = 0;
  uint64_t number = 0;  // the database that nobody wants back
  std::string local_inputs;

  bool operator==(const Hold&) const = default;
};

struct State {
  std::vector<SourceState> sources;
  std::vector<Published> history;  // the oldest first
  uint64_t last_number = 0;        // of all that were ever published
  uint64_t current = 0;            // the number of the one in use; 0: none
  std::string database;            // where that one lies
  std::string inputs;              // a hash of all that the one in use was made of
  std::optional<Hold> hold;

  bool operator==(const State&) const = default;

  // The source with that key; nullptr where there is none.
  const SourceState* Find(std::string_view key) const;
  const Published* FindDatabase(uint64_t number) const;
};

std::string SerializeState(const State& state);

// Reads what SerializeState wrote. DataLoss where it is anything else.
absl::StatusOr<State> ParseState(std::string_view text);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_STATE_H_
