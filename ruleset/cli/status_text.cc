// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/status_text.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "ruleset/cli/console.h"
#include "ruleset/cli/humane.h"
#include "ruleset/control/totals.h"

namespace tollgate::cli {
namespace {

using control::Gauge;
using control::ServiceCounter;
using control::Snapshot;

// Clocks jump: what lies on the other side of `now` is now.
std::string Ago(const Snapshot& snapshot, uint64_t then) {
  return DurationText(snapshot.now > then ? snapshot.now - then : 0) + " ago";
}

void Line(std::string_view title, const std::string& text, std::string& out) {
  absl::StrAppendFormat(&out, "%-12s%s\n", std::string(title), Harmless(text));
}

void AppendDatabase(const Snapshot& snapshot, std::string& out) {
  Line("Database", snapshot.database, out);
  if (snapshot.checksum.empty()) {
    Line("", "NONE IN USE: every query gets what on_failure says", out);
  } else {
    const uint64_t created = Of(snapshot, Gauge::kDatabaseCreated);
    Line("",
         absl::StrCat("compiled ", TimeText(created), ", ", Ago(snapshot, created), "; checksum ",
                      snapshot.checksum),
         out);
    Line("",
         absl::StrCat(Counted(Of(snapshot, Gauge::kDatabaseNames), "name"), ", ",
                      Counted(Of(snapshot, Gauge::kDatabasePatterns), "pattern"), ", ",
                      Counted(Of(snapshot, Gauge::kDatabasePolicies), "policy"), ", ",
                      BytesText(Of(snapshot, Gauge::kDatabaseBytes))),
         out);
  }
  if (!snapshot.last_error.empty()) {
    Line("",
         absl::StrCat("REFUSED ", Ago(snapshot, snapshot.last_error_time),
                      snapshot.checksum.empty() ? ": " : ", the one above stays in use: ",
                      snapshot.last_error),
         out);
  }
}

void AppendPolicies(const Snapshot& snapshot, std::string& out) {
  if (snapshot.policies.empty()) return;
  out += "\nPolicy, in order of precedence        names   patterns    decided     shadow\n";
  for (const Snapshot::Policy& policy : snapshot.policies) {
    absl::StrAppendFormat(&out, "%-32s %10s %10s %10s %10s%s\n", Harmless(policy.id),
                          Grouped(policy.names), Grouped(policy.patterns),
                          Grouped(policy.decisions), Grouped(policy.shadow),
                          policy.shadowed ? "  SHADOWED" : "");
  }
}

std::string PauseText(const Snapshot& snapshot, const Snapshot::Pause& pause) {
  std::vector<std::string> of;
  if (!pause.client.empty()) of.push_back("client " + pause.client);
  if (!pause.policy.empty()) of.push_back("policy " + pause.policy);
  if (!pause.name.empty()) of.push_back("name " + pause.name + " and below");
  const std::string what = of.empty() ? "EVERYTHING" : absl::StrJoin(of, ", ");
  if (pause.until == 0) return what + ": until 'tollgate ctl resume', or a restart";
  const uint64_t left = pause.until > snapshot.now ? pause.until - snapshot.now : 0;
  return absl::StrCat(what, ": for ", DurationText(left), " more, until ", TimeText(pause.until));
}

}  // namespace

bool IsHealthy(const Snapshot& snapshot) {
  return !snapshot.checksum.empty() && snapshot.last_error.empty();
}

std::string StatusText(const Snapshot& snapshot) {
  std::string out;
  const uint64_t started = Of(snapshot, Gauge::kStarted);
  Line("Tollgate",
       absl::StrCat(snapshot.version, " in Unbound ", snapshot.unbound, ", running for ",
                    DurationText(snapshot.now > started ? snapshot.now - started : 0)),
       out);
  AppendDatabase(snapshot, out);
  Line("Switches",
       absl::StrCat(Grouped(Of(snapshot, ServiceCounter::kSwitches)), ", ",
                    Grouped(Of(snapshot, ServiceCounter::kRefusals)), " refused"),
       out);
  Line("Memory", BytesText(Of(snapshot, Gauge::kMemoryBytes)), out);
  Line("Log level", snapshot.log_level, out);
  const char* title = "Paused";
  for (const Snapshot::Pause& pause : snapshot.pauses) {
    Line(title, PauseText(snapshot, pause), out);
    title = "";
  }
  const auto shadowed = std::count_if(snapshot.policies.begin(), snapshot.policies.end(),
                                      [](const auto& policy) { return policy.shadowed; });
  if (shadowed != 0) {
    Line("Shadow",
         Counted(static_cast<uint64_t>(shadowed), "policy") +
             " put into shadow mode, until a restart: marked SHADOWED below",
         out);
  }
  AppendPolicies(snapshot, out);
  return out;
}

}  // namespace tollgate::cli
