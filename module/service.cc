// SPDX-License-Identifier: BSD-3-Clause

#include "module/service.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "module/clock.h"
#include "module/report.h"
#include "ruleset/text/diagnostic.h"
#include "ruleset/version.h"

namespace tollgate::module {
namespace {

using control::Gauge;

// With so-reuseport, a reload with a smaller num-threads keeps the old number of threads: there is
// room for more than are expected.
constexpr size_t kFewestSlots = 256;

Config ReadConfig(HostLog& log) {
  text::Diagnostics faults;
  const LoadedConfig loaded = LoadConfig(std::getenv(kConfigVariable), kDefaultConfigPath, faults);
  log.set_level(loaded.config.log_level);
  for (const text::Diagnostic& fault : faults.list()) {
    log.Write(fault.severity == text::Severity::kError ? GATE_ERROR : GATE_WARNING,
              fault.ToString());
  }
  if (faults.error_count() > 0) {
    log.Write(GATE_ERROR,
              absl::StrCat(loaded.path, ": what could not be read has its default: database ",
                           loaded.config.database));
  }
  if (loaded.is_default) {
    log.Write(GATE_INFO,
              absl::StrCat("there is no ", loaded.path, ": every setting has its default"));
  }
  return loaded.config;
}

patient::Patients MakePatients(const patient::Settings& settings, const HostLog& log) {
  if (settings.key_file.empty()) return {};
  absl::StatusOr<patient::Patients> patients = patient::Patients::Make(settings);
  if (patients.ok()) return *std::move(patients);
  log.Write(GATE_ERROR,
            absl::StrCat("patient: sinkholes name nobody, and answer as the rules say: ",
                         patients.status().message()));
  return {};
}

Keeper::Settings KeeperSettings(const Config& config, size_t slots, const gate_host& host) {
  return {.database = config.database,
          .watch = config.watch,
          .max_shrink = config.max_shrink,
          .without_filter = config.on_failure == OnFailure::kPass,
          .slots = slots,
          .threads = host.threads,
          .tags = std::vector<std::string>(host.tags, host.tags + host.tag_count)};
}

}  // namespace

Service::Service(const gate_host& host)
    : started_(Now()),
      unbound_(host.unbound),
      slots_(std::max(kFewestSlots, 2 * host.threads)),
      log_(host.log),
      config_(ReadConfig(log_)),
      patients_(MakePatients(config_.patient, log_)),
      counters_(slots_),
      events_(EventLog::Start(config_.events, slots_, counters_, log_)),
      live_(slots_, *events_),
      filter_(slots_, {config_.on_failure, config_.break_dnssec, config_.events.shadow}, patients_,
              live_, counters_, *events_),
      keeper_(KeeperSettings(config_, slots_, host), live_, sweep_, counters_, log_),
      commands_(*this, counters_, log_) {
  keeper_.OpenFirst();
  keeper_.Start();
  control_ = ControlServer::Start(config_.control, commands_, counters_, log_);
}

Service::~Service() {
  control_.reset();
  keeper_.Stop();
  events_.reset();
}

bool Service::has_database() const {
  bool has = false;
  live_.Read([&](const Ruling& ruling) { has = ruling.loaded != nullptr; });
  return has;
}

// Unbound asks on a query thread.
size_t Service::memory() const noexcept {
  constexpr size_t kOctetsOfSlot = 1536;  // counters, epoch, view, question
  return sizeof(*this) + slots_ * kOctetsOfSlot + live_.database_size();
}

control::Snapshot Service::Read() {
  control::Snapshot snapshot;
  snapshot.version = TOLLGATE_VERSION;
  snapshot.unbound = unbound_;
  snapshot.now = Now();
  snapshot.database = config_.database;
  const Keeper::Fault fault = keeper_.fault();
  snapshot.last_error = fault.message;
  snapshot.last_error_time = fault.time;
  snapshot.log_level = LevelName(log_.level());
  snapshot.sampled = kTimedEvery;
  ReportCounters(counters_, snapshot);
  ReportLive(live_, snapshot.now, snapshot);
  snapshot.gauges[static_cast<size_t>(Gauge::kMemoryBytes)] = memory();
  snapshot.gauges[static_cast<size_t>(Gauge::kStarted)] = started_;
  snapshot.gauges[static_cast<size_t>(Gauge::kFailing)] = fault.message.empty() ? 0 : 1;
  return snapshot;
}

void Service::Reload(bool force, Done done) { keeper_.Reload(force, std::move(done)); }

absl::Status Service::Pause(const struct Pause& pause) {
  absl::Status status;
  live_.Amend([&](Ruling& ruling) {
    absl::StatusOr<Pauses> pauses = ruling.pauses.With(pause, ruling.rules(), Now());
    status = pauses.status();
    if (pauses.ok()) ruling.pauses = *std::move(pauses);
  });
  return status;
}

size_t Service::Resume(const struct Pause& which) {
  size_t ended = 0;
  live_.Amend([&](Ruling& ruling) {
    Pauses::Resumed resumed = ruling.pauses.Without(which, ruling.rules(), Now());
    ruling.pauses = std::move(resumed.pauses);
    ended = resumed.count;
  });
  return ended;
}

void Service::SetShadow(const std::string& policy, bool shadow, Done done) {
  bool known = false;
  live_.Read([&](const Ruling& ruling) {
    for (const std::string& id : ruling.shadowed_ids) known = known || id == policy;
    if (ruling.loaded == nullptr) return;
    const RuleSet& rules = ruling.loaded->rules();
    for (uint32_t i = 0; i < rules.policy_count(); ++i) {
      known = known || rules.Policy(i).id == policy;
    }
  });
  if (!known) {
    done(absl::NotFoundError(absl::StrCat("there is no policy \"", policy, "\"")));
    return;
  }
  keeper_.SetShadow(policy, shadow, std::move(done));
}

absl::StatusOr<Explanation> Service::Explain(const std::string& name, uint16_t qtype,
                                             const std::string& client) {
  return ExplainName(live_, name, qtype, client, Now());
}

void Service::SetLogLevel(gate_level level) { log_.set_level(level); }

absl::StatusOr<size_t> Service::ReopenEvents() { return events_->Reopen(); }

std::string Service::Recent(uint64_t after) { return events_->Recent(after); }

}  // namespace tollgate::module
