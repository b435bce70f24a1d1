// SPDX-License-Identifier: BSD-3-Clause
//
// One update: ask the sources that are due, keep what can be believed, compile, check, publish.
//
//   absl::StatusOr<update::UpdateReport> report = update::Update(options);
//   // not ok: nothing could be done at all; else what became of each source and of the database

#ifndef TOLLGATE_RULESET_UPDATE_UPDATE_H_
#define TOLLGATE_RULESET_UPDATE_UPDATE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/compiler.h"
#include "ruleset/update/judge.h"

namespace tollgate::update {

struct UpdateOptions {
  std::string manifest;
  std::string state;     // folder, see state_folder.h
  std::string database;  // what the resolver reads
  std::string public_suffix_list;
  bool dry_run = false;  // fetch and judge, and change neither state nor database
  // Ask every source, take changes of any size, and publish after a rollback. What is wrong (a
  // signature, a syntax, a self-test) stays refused.
  bool force = false;
  uint32_t retries = 2;
  uint64_t now = 0;  // seconds since 1970-01-01 UTC
  policy::Day today = 0;
  std::function<void(const std::string&)> on_step;  // called by one thread at a time; may be empty
};

enum class SourceOutcome : uint8_t {
  kNotDue,
  kUnchanged,
  kNew,
  kFailed,    // not fetched, or not what it has to be
  kHeldBack,  // fetched, and not believed
};

struct SourceReport {
  std::string shown;  // source::Origin::Shown
  SourceOutcome outcome = SourceOutcome::kNotDue;
  std::string problem;     // of this run, or for kNotDue of the one before; may be empty
  bool has_copy = false;   // that is in use
  uint64_t confirmed = 0;  // when the copy was last what the server has
  uint64_t rules = 0;      // in the copy
  uint64_t rules_before = 0;

  bool is_well() const { return problem.empty(); }
};

enum class Publication : uint8_t {
  kNothingNew,
  kPublished,
  kWouldPublish,  // but for dry_run
  kHeldBack,      // compiled and not believed, or after a rollback not compiled
  kFailed,        // `faults` say why
};

struct UpdateReport {
  std::vector<SourceReport> sources;  // in the manifest's order
  Publication publication = Publication::kNothingNew;
  std::string reason;     // of kHeldBack and kFailed
  uint64_t number = 0;    // of the database that is in use now
  CompileCounts counts;   // of the one that was compiled
  Change change;          // against the one before
  bool compared = false;  // whether there was one
  text::Diagnostics faults;
};

// Aborted where another update is at work.
absl::StatusOr<UpdateReport> Update(const UpdateOptions& options);

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_UPDATE_H_
