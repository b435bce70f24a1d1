// SPDX-License-Identifier: BSD-3-Clause
//
// The C entry points. No exception leaves this file.

#include "module/gate.h"

#include <cstdlib>
#include <ctime>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "module/config.h"
#include "module/filter.h"
#include "module/host_check.h"
#include "ruleset/ruleset.h"
#include "ruleset/text/diagnostic.h"
#include "ruleset/version.h"

namespace tollgate::module {
namespace {

// Everything that the module says goes to the host's log, with the module's name in front.
class Log {
 public:
  explicit Log(gate_log_function* write) : write_(write) {}

  void set_level(gate_level level) { level_ = level; }
  bool Wants(gate_level level) const noexcept { return level <= level_; }
  void Write(gate_level level, const std::string& line) const {
    if (Wants(level)) write_(level, ("tollgate: " + line).c_str());
  }

 private:
  gate_log_function* write_;
  gate_level level_ = GATE_INFO;
};

Config ReadConfig(Log& log) {
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

std::string Count(uint64_t count, const char* one, const char* many) {
  return absl::StrCat(count, " ", count == 1 ? one : many);
}

// How long ago `then` was, in the largest unit that gives a number above one.
std::string Age(uint64_t then, uint64_t now) {
  const uint64_t seconds = now > then ? now - then : 0;
  if (seconds >= 2 * 86400) return absl::StrCat(seconds / 86400, " days ago");
  if (seconds >= 2 * 3600) return absl::StrCat(seconds / 3600, " hours ago");
  if (seconds >= 2 * 60) return absl::StrCat(seconds / 60, " minutes ago");
  return "just now";
}

void Introduce(const Config& config, const RuleSet& rules, const Log& log) {
  const std::string created = absl::FormatTime(
      "%Y-%m-%d %H:%M", absl::FromUnixSeconds(static_cast<int64_t>(rules.created())),
      absl::UTCTimeZone());
  log.Write(
      GATE_INFO,
      absl::StrCat("version " TOLLGATE_VERSION " filters with ", config.database, ": ",
                   Count(rules.policy_count(), "policy", "policies"), ", ",
                   Count(rules.name_count(), "name", "names"), ", ",
                   Count(rules.pattern_count(), "pattern", "patterns"), ", compiled ", created,
                   " UTC (", Age(rules.created(), static_cast<uint64_t>(std::time(nullptr))), ")"));
  if (rules.patterns_recompiled()) {
    log.Write(GATE_WARNING,
              absl::StrCat(config.database,
                           ": its patterns were compiled for another processor or another "
                           "Hyperscan, and had to be compiled again; compile the database on this "
                           "machine to start faster"));
  }
}

std::unique_ptr<const RuleSet> OpenDatabase(const Config& config, const Log& log) {
  absl::StatusOr<std::unique_ptr<const RuleSet>> rules = RuleSet::Open(config.database);
  if (rules.ok()) {
    Introduce(config, **rules, log);
    return *std::move(rules);
  }
  const std::string message(rules.status().message());
  // The status names the file where it can; the operator needs the path in any case.
  const bool names_file = message.find(config.database) != std::string::npos;
  log.Write(GATE_ERROR,
            absl::StrCat("no database: ", names_file ? "" : config.database + ": ", message));
  log.Write(GATE_ERROR,
            absl::StrCat(config.on_failure == OnFailure::kServfail
                             ? "every query that is not in the cache gets SERVFAIL (on_failure: "
                               "servfail)"
                             : "every query is resolved WITHOUT ANY FILTER (on_failure: pass)",
                         " until you write it with `tollgate compile tollgate.yaml -o ",
                         config.database, "` and tell Unbound to reload"));
  return nullptr;
}

// For log_level debug alone: says which rule decided, or, in shadow mode, would have.
void LogMatch(const Log& log, const RuleSet& rules, const gate_query& query,
              const policy::Match& match, std::string_view how) {
  const auto name = dns::Name::FromWire({query.qname, query.qname_length});
  const RuleView rule = rules.Rule(match.rule);
  log.Write(GATE_DEBUG,
            absl::StrFormat("%s type %d: %s %s by policy %s, rule %s, %s:%d", name->Text(),
                            query.qtype, how, policy::ActionName(rules.Answer(match.rule).action),
                            rules.Policy(rule.policy).id, rule.id, rule.file, match.line));
}

}  // namespace
}  // namespace tollgate::module

using tollgate::module::Config;
using tollgate::module::Filter;
using tollgate::module::Log;
using tollgate::module::LogMatch;

struct gate {
  Log log;
  Config config;
  Filter filter;
};

int gate_host_is(const char* build_id) {
  try {
    return tollgate::module::HostBuildId() == build_id;
  } catch (...) {
    return 0;
  }
}

struct gate* gate_open(size_t threads, gate_log_function* write) {
  Log log(write);
  Config config;
  std::unique_ptr<const tollgate::RuleSet> rules;
  try {
    config = tollgate::module::ReadConfig(log);
    rules = tollgate::module::OpenDatabase(config, log);
  } catch (const std::exception& fault) {
    // Nothing below is meant to throw but for want of memory, and that need not end the resolver.
    write(GATE_ERROR, "tollgate: no database: an unexpected fault while reading it");
    write(GATE_ERROR, fault.what());
  } catch (...) {
    write(GATE_ERROR, "tollgate: no database: an unexpected fault while reading it");
  }
  try {
    const auto on_failure = config.on_failure;
    return new gate{log, std::move(config), Filter(std::move(rules), on_failure, threads)};
  } catch (...) {
    return nullptr;
  }
}

void gate_close(struct gate* gate) { delete gate; }

int gate_has_database(const struct gate* gate) { return gate->filter.rules() != nullptr; }

size_t gate_memory(const struct gate* gate) {
  return sizeof(*gate) - sizeof(Filter) + gate->filter.memory();
}

void gate_decide(struct gate* gate, const struct gate_query* query,
                 struct gate_decision* decision) {
  const tollgate::policy::Verdict verdict = gate->filter.Decide(*query, *decision);
  if (gate->log.Wants(GATE_DEBUG)) [[unlikely]] {
    try {
      const tollgate::RuleSet* rules = gate->filter.rules();
      if (verdict.decision) LogMatch(gate->log, *rules, *query, verdict.decision, "decided:");
      if (verdict.shadow) LogMatch(gate->log, *rules, *query, verdict.shadow, "in shadow mode:");
    } catch (...) {
      // A line of the log is lost.
    }
  }
}

int gate_blocks(struct gate* gate, const struct gate_query* query) {
  return gate->filter.Blocks(*query);
}

int gate_next_record(struct gate_records* records, struct gate_record* record) {
  std::span<const uint8_t> rest(records->octets, records->size);
  tollgate::RecordView next;
  if (!tollgate::NextRecord(rest, next)) return 0;
  *records = {rest.data(), rest.size()};
  *record = {next.type, next.rdata.data(), next.rdata.size()};
  return 1;
}
