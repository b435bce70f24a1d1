// SPDX-License-Identifier: BSD-3-Clause
//
// The order of steps: sources, copies, hold, compile, check, publish.

#include "ruleset/update/update.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ruleset/database/reader.h"
#include "ruleset/inspect/difference.h"
#include "ruleset/ruleset.h"
#include "ruleset/source/manifest.h"
#include "ruleset/text/yaml.h"
#include "ruleset/update/inputs.h"
#include "ruleset/update/publish.h"
#include "ruleset/update/sources.h"
#include "ruleset/update/state_folder.h"

namespace tollgate::update {
namespace {

class Updater {
 public:
  Updater(const UpdateOptions& options, const StateFolder& folder, State state)
      : options_(options), folder_(folder), state_(std::move(state)) {}

  absl::StatusOr<UpdateReport> Run() {
    outline_ = source::OutlineManifest(options_.manifest, report_.faults);
    report_.number = state_.current;
    if (report_.faults.error_count() > 0) return Fail("the manifest has errors");
    if (absl::Status status = Refresh(); !status.ok()) return status;
    absl::Status status = MakeDatabase();
    if (!status.ok()) return status;
    if (!options_.dry_run) folder_.RemoveUnused(state_);
    report_.number = state_.current;
    return std::move(report_);
  }

 private:
  void Step(const std::string& step) const {
    if (options_.on_step) options_.on_step(step);
  }

  UpdateReport Fail(std::string reason) {
    report_.publication = Publication::kFailed;
    report_.reason = std::move(reason);
    return std::move(report_);
  }

  absl::Status Refresh() {
    absl::StatusOr<std::vector<SourceReport>> sources =
        RefreshSources(outline_.origins, options_, folder_, state_.sources);
    if (!sources.ok()) return sources.status();
    report_.sources = *std::move(sources);
    return options_.dry_run ? absl::OkStatus() : folder_.Save(state_);
  }

  absl::Status MakeDatabase() {
    const std::string local = HashLocalInputs(outline_.local_files);
    const std::string inputs =
        HashInputs(local, options_.public_suffix_list, state_.sources, options_.today);
    if (inputs == state_.inputs && !outline_.reads_unnamed_files && !options_.force &&
        IsInUse(options_.database, state_)) {
      return absl::OkStatus();
    }
    if (state_.hold && state_.hold->local_inputs == local && !options_.force) {
      HoldBack(absl::StrCat("database ", state_.hold->number,
                            " was taken back; nothing is published before you change the rules, or "
                            "say 'tollgate update --force'"));
      return absl::OkStatus();
    }
    CompileReport compiled = CompileAll();
    report_.counts = compiled.counts;
    if (!compiled.ok()) {
      report_.publication = Publication::kFailed;
      report_.reason = "the rules have errors";
    }
    const bool ok = compiled.ok();
    report_.faults = std::move(compiled.faults);
    if (!ok) return absl::OkStatus();
    Step("comparing with the database in use");
    if (std::optional<std::string> doubt = Doubt(compiled.database); doubt && !options_.force) {
      HoldBack(*std::move(doubt));
      return absl::OkStatus();
    }
    if (options_.dry_run) {
      report_.publication = Publication::kWouldPublish;
      return absl::OkStatus();
    }
    Step("publishing " + options_.database);
    const Destination to{options_.database, outline_.update.keep};
    if (absl::Status status = KeepForeign(to, folder_, options_.now, state_); !status.ok()) {
      return status;
    }
    absl::Status status =
        Publish(to, compiled.database, inputs, local, folder_, options_.now, state_);
    if (!status.ok()) return status;
    report_.publication = Publication::kPublished;
    if (compiled.first_sights.empty()) return absl::OkStatus();
    return ReplaceDurably(folder_.FirstSightsPath(), compiled.first_sights);
  }

  void HoldBack(std::string reason) {
    report_.publication = Publication::kHeldBack;
    report_.reason = std::move(reason);
  }

  CompileReport CompileAll() const {
    CompileOptions options;
    options.public_suffix_list = options_.public_suffix_list;
    options.today = options_.today;
    options.created = options_.now;
    options.previous = options_.database;
    options.copies = CopiesOf(state_.sources, folder_);
    options.on_step = options_.on_step;
    options.first_sights_file = folder_.FirstSightsPath();
    std::string reason;
    options.first_sights =
        text::ReadFile(options.first_sights_file, kLargestFirstSights, reason).value_or("");
    return Compile(options_.manifest, options);
  }

  // Compares with what is in use. Why the difference is not believed; nothing where it is, or where
  // there is nothing to compare with.
  std::optional<std::string> Doubt(const std::string& octets) {
    const absl::StatusOr<std::unique_ptr<const RuleSet>> before = RuleSet::Open(options_.database);
    const absl::StatusOr<std::unique_ptr<const RuleSet>> after = RuleSet::OpenOctets(octets);
    if (!after.ok()) return std::string(after.status().message());
    if (!before.ok()) return std::nullopt;
    const inspect::Difference difference =
        inspect::Compare((*before)->reader(), (*after)->reader());
    report_.change = ChangeOf(difference, NamesOfShared(**before, difference));
    report_.compared = true;
    return JudgeChange(report_.change, outline_.update.max_change);
  }

  // The names in `before` of the policies that are in both.
  static uint64_t NamesOfShared(const RuleSet& before, const inspect::Difference& difference) {
    uint64_t names = 0;
    for (uint32_t i = 0; i < before.policy_count(); ++i) {
      const PolicyView policy = before.Policy(i);
      for (const inspect::PolicyDifference& one : difference.policies) {
        if (one.id == policy.id && one.change != inspect::Change::kRemoved) {
          names += policy.name_count + policy.prefix_count;
        }
      }
    }
    return names;
  }

  const UpdateOptions& options_;
  const StateFolder& folder_;
  State state_;
  source::ManifestOutline outline_;
  UpdateReport report_;
};

}  // namespace

absl::StatusOr<UpdateReport> Update(const UpdateOptions& options) {
  absl::StatusOr<std::unique_ptr<StateFolder>> folder = StateFolder::Open(options.state);
  if (!folder.ok()) return folder.status();
  absl::StatusOr<State> state = (*folder)->Load();
  if (!state.ok()) return state.status();
  return Updater(options, **folder, *std::move(state)).Run();
}

}  // namespace tollgate::update
