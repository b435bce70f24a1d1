// SPDX-License-Identifier: BSD-3-Clause
//
// The folder in which updates keep what they know:
//
//   lock            held while an update runs; its death frees it
//   state.json      state.h
//   copies/HASH     the last good copy of each source, called by its SHA-256
//   history/N.db    databases that were published
//   first-sights    of names in policies with a lifetime
//
// Every file is written beside its place, synced, and renamed, and what a file speaks of is there
// before it. So at any moment, a power cut's too, the state is the one before a step or the one
// after it. What no state speaks of is removed by the next update.

#ifndef TOLLGATE_RULESET_UPDATE_STATE_FOLDER_H_
#define TOLLGATE_RULESET_UPDATE_STATE_FOLDER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ruleset/update/state.h"

namespace tollgate::update {

// Replaces the file at `path` in one step, by way of the file `path` and ".new": who is killed on
// the way leaves one such file, which the next one takes. For one writer at a time. After an error
// the file is untouched.
absl::Status ReplaceDurably(const std::string& path, std::string_view octets);

class StateFolder {
 public:
  // Makes the folder where there is none, and takes its lock: Aborted where another update has it.
  static absl::StatusOr<std::unique_ptr<StateFolder>> Open(const std::string& path);
  ~StateFolder();
  StateFolder(const StateFolder&) = delete;
  StateFolder& operator=(const StateFolder&) = delete;

  // An empty state where there was none yet.
  absl::StatusOr<State> Load() const;
  absl::Status Save(const State& state) const;

  // Keeps `octets` under their hash.
  absl::Status StoreCopy(const std::string& sha256, std::string_view octets) const;
  std::string CopyPath(std::string_view sha256) const;

  absl::Status StoreDatabase(uint64_t number, std::string_view octets) const;
  std::string DatabasePath(uint64_t number) const;

  std::string FirstSightsPath() const;

  // Removes copies and databases that `state`, which must have been saved, does not speak of.
  void RemoveUnused(const State& state) const;

 private:
  StateFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_;
};

// The state in the folder at `path`, for whoever only looks: it needs no lock, for it is replaced
// whole.
absl::StatusOr<State> LoadState(const std::string& path);

// The copies in the state folder at `path`, files by source::Origin::Key, for whoever compiles
// without fetching; none where there is no such folder.
absl::StatusOr<std::map<std::string, std::string>> CopiesIn(const std::string& path);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_STATE_FOLDER_H_
