// SPDX-License-Identifier: BSD-3-Clause
//
// Databases that go out, and come back.

#ifndef TOLLGATE_RULESET_UPDATE_PUBLISH_H_
#define TOLLGATE_RULESET_UPDATE_PUBLISH_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ruleset/update/state.h"
#include "ruleset/update/state_folder.h"

namespace tollgate::update {

// Where a database goes, and how many are kept for the way back.
struct Destination {
  std::string database;
  uint32_t keep = 10;
};

// Whether the database at `path` is the one that `state` believes to be in use.
bool IsInUse(const std::string& path, const State& state);

// Keeps what lies at the destination and was never published by an update, so that there is a way
// back from the first one; does nothing where there is none, or where it is known.
absl::Status KeepForeign(const Destination& to, const StateFolder& folder, uint64_t now,
                         State& state);

// Publishes `octets`: first it is in the history, then at its place, then the state speaks of it.
// Whoever is killed in between has published all of it or nothing, and the next update knows what
// to do. `state.inputs` and `local_inputs` are what it was made of.
absl::Status Publish(const Destination& to, std::string_view octets, const std::string& inputs,
                     const std::string& local_inputs, const StateFolder& folder, uint64_t now,
                     State& state);

struct RollbackOptions {
  std::string state;     // folder
  std::string database;  // what the resolver reads; empty: where the last update published
  uint64_t to = 0;       // number of the database to go back to; 0: the one before
  uint64_t now = 0;
};

// Puts an older database into the place of the one in use, and holds back what updates would
// publish until what the manifest's owner has written changes, or they are told to. Returns what is
// in use now. Aborted where an update is at work.
absl::StatusOr<Published> Rollback(const RollbackOptions& options);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_PUBLISH_H_
