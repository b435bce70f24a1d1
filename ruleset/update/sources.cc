// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/sources.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "ruleset/compiler.h"
#include "ruleset/update/fetch.h"
#include "ruleset/update/judge.h"
#include "ruleset/update/schedule.h"

namespace tollgate::update {
namespace {

// So many servers are asked at once: one that is slow does not keep the others waiting.
constexpr size_t kMostThreads = 8;

// One source on its way: what was known, what came, what is to be kept.
struct Job {
  const source::Origin* origin;
  SourceState state;
  bool due = false;
  std::optional<absl::StatusOr<Fetched>> fetched;
};

class Refresher {
 public:
  Refresher(const UpdateOptions& options, const StateFolder& folder)
      : options_(options), folder_(folder) {}

  void FetchAll(std::vector<Job>& jobs) {
    std::atomic<size_t> next = 0;
    auto work = [&] {
      for (size_t i = next++; i < jobs.size(); i = next++) {
        Job& job = jobs[i];
        if (!job.due) continue;
        Step(absl::StrCat("fetching ", job.origin->Shown()));
        job.fetched = Fetch(*job.origin, job.state, CopyOf(job.state),
                            {.retries = options_.retries, .anew = options_.force});
      }
    };
    std::vector<std::thread> threads;
    for (size_t i = 1; i < std::min(jobs.size(), kMostThreads); ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
  }

  // Decides about what came. An error is the disk's.
  absl::StatusOr<SourceReport> Finish(Job& job) {
    SourceReport report;
    report.shown = job.origin->Shown();
    report.rules_before = job.state.rules;
    if (job.due) {
      job.state.tried = options_.now;
      absl::Status status = Take(job, report);
      if (!status.ok()) return status;
    }
    report.problem = job.state.problem;
    report.has_copy = !job.state.sha256.empty();
    report.confirmed = job.state.confirmed;
    report.rules = job.state.rules;
    return report;
  }

 private:
  void Step(const std::string& step) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (options_.on_step) options_.on_step(step);
  }

  std::string CopyOf(const SourceState& state) const {
    return state.sha256.empty() ? "" : folder_.CopyPath(state.sha256);
  }

  void Refuse(Job& job, SourceReport& report, SourceOutcome outcome, std::string why) const {
    report.outcome = outcome;
    if (job.state.problem.empty()) job.state.problem_since = options_.now;
    job.state.problem = std::move(why);
  }

  absl::Status Take(Job& job, SourceReport& report) {
    const absl::StatusOr<Fetched>& fetched = *job.fetched;
    SourceState& state = job.state;
    if (!fetched.ok()) {
      Refuse(job, report, SourceOutcome::kFailed, std::string(fetched.status().message()));
      return absl::OkStatus();
    }
    if (!fetched->unchanged && fetched->sha256 != state.sha256) {
      if (absl::Status stored = folder_.StoreCopy(fetched->sha256, fetched->contents);
          !stored.ok()) {
        return stored;
      }
      uint64_t rules = 0;
      if (std::optional<std::string> why = Doubt(job, *fetched, rules)) {
        Refuse(job, report, SourceOutcome::kHeldBack, *std::move(why));
        return absl::OkStatus();
      }
      state.sha256 = fetched->sha256;
      state.rules = rules;
      state.changed = options_.now;
      report.outcome = SourceOutcome::kNew;
    } else {
      report.outcome = SourceOutcome::kUnchanged;
    }
    if (!fetched->unchanged) {
      state.etag = fetched->etag;
      state.last_modified = fetched->last_modified;
      state.serial = fetched->serial;
    }
    state.confirmed = options_.now;
    state.problem.clear();
    state.problem_since = 0;
    return absl::OkStatus();
  }

  // Why the new copy is not believed. It is compiled alone, with the manifest's own keys: whatever
  // would be an error in all of it would keep every other source from being published.
  std::optional<std::string> Doubt(const Job& job, const Fetched& fetched, uint64_t& rules) {
    Step(absl::StrCat("reading ", job.origin->Shown()));
    CompileOptions options;
    options.public_suffix_list = options_.public_suffix_list;
    options.today = options_.today;
    options.created = options_.now;
    options.only = job.origin->Key();
    options.copies = {{options.only, folder_.CopyPath(fetched.sha256)}};
    const CompileReport report = Compile(options_.manifest, options);
    for (const text::Diagnostic& fault : report.faults.list()) {
      if (fault.severity != text::Severity::kError) continue;
      return fault.where.line == 0 ? fault.what
                                   : absl::StrCat("line ", fault.where.line, ": ", fault.what);
    }
    for (const PolicyCounts& policy : report.policies) rules = std::max(rules, policy.taken);
    if (options_.force) return std::nullopt;
    return JudgeSize(job.state.rules, rules, job.origin->max_shrink, job.origin->max_grow);
  }

  const UpdateOptions& options_;
  const StateFolder& folder_;
  std::mutex mutex_;
};

}  // namespace

absl::StatusOr<std::vector<SourceReport>> RefreshSources(const std::vector<source::Origin>& origins,
                                                         const UpdateOptions& options,
                                                         const StateFolder& folder,
                                                         std::vector<SourceState>& states) {
  std::vector<Job> jobs;
  for (const source::Origin& origin : origins) {
    Job& job = jobs.emplace_back();
    job.origin = &origin;
    job.state.key = origin.Key();
    for (const SourceState& known : states) {
      if (known.key == job.state.key) job.state = known;
    }
    // A copy that somebody deleted is fetched anew.
    std::error_code none;
    if (!job.state.sha256.empty() &&
        !std::filesystem::exists(folder.CopyPath(job.state.sha256), none)) {
      job.state = SourceState();
      job.state.key = origin.Key();
    }
    job.due = options.force || IsDue(job.state.tried, origin.interval, options.now);
  }
  Refresher refresher(options, folder);
  refresher.FetchAll(jobs);
  std::vector<SourceReport> reports;
  states.clear();
  for (Job& job : jobs) {
    absl::StatusOr<SourceReport> report = refresher.Finish(job);
    if (!report.ok()) return report.status();
    reports.push_back(*std::move(report));
    states.push_back(std::move(job.state));
  }
  return reports;
}

std::map<std::string, std::string> CopiesOf(const std::vector<SourceState>& states,
                                            const StateFolder& folder) {
  std::map<std::string, std::string> copies;
  for (const SourceState& state : states) {
    if (!state.sha256.empty()) copies[state.key] = folder.CopyPath(state.sha256);
  }
  return copies;
}

}  // namespace tollgate::update
