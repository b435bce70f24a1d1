// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/stats_text.h"

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
using control::QueryCounter;
using control::ServiceCounter;
using control::Snapshot;

constexpr size_t kMostRules = 10;

class Report {
 public:
  explicit Report(const Snapshot& snapshot)
      : snapshot_(snapshot), counts_(control::SumOfThreads(snapshot)) {}

  std::string Text() {
    AppendHead();
    AppendQueries();
    AppendPolicies();
    AppendRules();
    AppendEvents();
    AppendPauses();
    return std::move(out_);
  }

 private:
  uint64_t Get(Gauge gauge) const { return Of(snapshot_, gauge); }
  uint64_t Get(ServiceCounter counter) const { return Of(snapshot_, counter); }
  uint64_t Get(QueryCounter counter) const { return Of(counts_, counter); }

  // Clocks jump: what lies in the future is 0 s ago.
  uint64_t SecondsSince(uint64_t then) const {
    return snapshot_.now > then ? snapshot_.now - then : 0;
  }

  void Line(std::string_view title, const std::string& text) {
    absl::StrAppendFormat(&out_, "%-12s%s\n", std::string(title), Harmless(text));
  }

  void AppendHead() {
    Line("Tollgate",
         absl::StrCat(snapshot_.version, " in Unbound ", snapshot_.unbound, ", running for ",
                      DurationText(SecondsSince(Get(Gauge::kStarted)))));
    Line("Database", snapshot_.database);
    if (snapshot_.checksum.empty()) {
      Line("", "NONE IN USE: every query gets what on_failure says");
    } else {
      Line("", absl::StrCat(Counted(Get(Gauge::kDatabaseNames), "name"), ", ",
                            Counted(Get(Gauge::kDatabasePatterns), "pattern"), ", ",
                            Counted(Get(Gauge::kDatabasePolicies), "policy"), ", ",
                            BytesText(Get(Gauge::kDatabaseBytes))));
      const uint64_t created = Get(Gauge::kDatabaseCreated);
      Line("",
           absl::StrCat("compiled ", TimeText(created), ", ", DurationText(SecondsSince(created)),
                        " ago; checksum ", snapshot_.checksum));
    }
    if (!snapshot_.last_error.empty()) {
      Line("", absl::StrCat("REFUSED ", DurationText(SecondsSince(snapshot_.last_error_time)),
                            " ago: ", snapshot_.last_error));
    }
    Line("Switches",
         absl::StrCat(Grouped(Get(ServiceCounter::kSwitches)), ", ",
                      Grouped(Get(ServiceCounter::kRefusals)), " refused; ",
                      Grouped(Get(ServiceCounter::kSwept)), " of ",
                      Counted(Get(ServiceCounter::kVisited), "answer"), " swept from the cache"));
    Line("Memory", absl::StrCat(BytesText(Get(Gauge::kMemoryBytes)), ", ",
                                Counted(Get(Gauge::kDatabasesOpen), "database"), " open"));
    AppendVerdictTimes();
  }

  void AppendVerdictTimes() {
    uint64_t timed = 0;
    for (const uint64_t count : snapshot_.verdict_times) timed += count;
    if (timed == 0) return;
    auto quantile = [&](double share) {
      return VerdictTimeText(control::VerdictTimeQuantile(snapshot_.verdict_times, share));
    };
    const double mean =
        static_cast<double>(snapshot_.verdict_nanoseconds) / static_cast<double>(timed);
    Line("Verdicts", absl::StrCat("take about ", quantile(0.5), " (median), ", quantile(0.99),
                                  " (99%), ", VerdictTimeText(mean), " (mean); 1 of ",
                                  Grouped(snapshot_.sampled), " is timed"));
  }

  void Row(uint64_t number, uint64_t whole, std::string_view what) {
    absl::StrAppendFormat(&out_, "%16s%8s  %s\n", Grouped(number), ShareText(number, whole),
                          std::string(what));
  }

  void AppendQueries() {
    const uint64_t all = control::Queries(counts_);
    absl::StrAppendFormat(&out_, "\n%16s%8s\n", "queries", "share");
    Row(Get(QueryCounter::kFromCache), all, "answered from Unbound's cache");
    // Those that were decided by their answer are among them, and among the others.
    Row(Get(QueryCounter::kResolved) - Get(QueryCounter::kByAnswer), all,
        "resolved: no rule is about them");
    struct Answer {
      QueryCounter counter;
      std::string_view what;
    };
    // What never happened is not worth a line.
    for (const Answer& answer :
         {Answer{QueryCounter::kNxdomain, "blocked: NXDOMAIN"},
          Answer{QueryCounter::kNodata, "blocked: NODATA"},
          Answer{QueryCounter::kRefused, "blocked: REFUSED"},
          Answer{QueryCounter::kDrop, "blocked: no answer"},
          Answer{QueryCounter::kSinkhole, "blocked: a sinkhole's records"},
          Answer{QueryCounter::kTruncate, "sent to TCP"},
          Answer{QueryCounter::kPass, "passed by a rule"},
          Answer{QueryCounter::kPaused, "resolved: the filter was paused for them"},
          Answer{QueryCounter::kUnavailable, "came while there was no database"}}) {
      if (Get(answer.counter) > 0) Row(Get(answer.counter), all, answer.what);
    }
    Row(all, all,
        absl::StrCat("in all; blocked ", Grouped(control::Blocked(counts_)), ", which is ",
                     ShareText(control::Blocked(counts_), all)));
    if (const uint64_t shadow = Get(QueryCounter::kShadow); shadow > 0) {
      Row(shadow, all, "more would be blocked without shadow mode");
    }
  }

  void AppendPolicies() {
    if (snapshot_.policies.empty()) return;
    uint64_t all = 0;
    for (const Snapshot::Policy& policy : snapshot_.policies) all += policy.decisions;
    absl::StrAppendFormat(&out_, "\n%16s%8s%12s%12s%10s  policy, in order of precedence\n",
                          "decisions", "share", "in shadow", "names", "patterns");
    for (const Snapshot::Policy& policy : snapshot_.policies) {
      absl::StrAppendFormat(&out_, "%16s%8s%12s%12s%10s  %s%s\n", Grouped(policy.decisions),
                            ShareText(policy.decisions, all), Grouped(policy.shadow),
                            Grouped(policy.names), Grouped(policy.patterns), Harmless(policy.id),
                            policy.shadowed ? " (put into shadow mode)" : "");
    }
  }

  void AppendRules() {
    const std::vector<control::BusyRule> rows = control::BusiestRules(snapshot_);
    if (rows.empty()) return;
    const size_t shown = std::min(rows.size(), kMostRules);
    absl::StrAppendFormat(&out_, "\n%16s%20s  %s\n", "decisions", "in shadow",
                          rows.size() > shown
                              ? absl::StrCat("rule, the first ", shown, " of ", rows.size())
                              : "rule");
    for (size_t i = 0; i < shown; ++i) {
      absl::StrAppendFormat(&out_, "%16s%20s  %s%s%s\n", Grouped(rows[i].rule->decisions),
                            Grouped(rows[i].rule->shadow), Harmless(rows[i].policy->id),
                            rows[i].rule->id.empty() ? "" : "/" + Harmless(rows[i].rule->id),
                            rows[i].rule->is_pattern ? " (pattern)" : "");
    }
  }

  void AppendEvents() {
    const uint64_t dropped = Get(QueryCounter::kEventsDropped);
    const uint64_t lost = Get(ServiceCounter::kEventsLost);
    const uint64_t limited =
        Get(QueryCounter::kEventsLimited) + Get(ServiceCounter::kEventsSuppressed);
    if (Get(ServiceCounter::kEventsWritten) + dropped + lost + limited == 0) return;
    out_ += "\n";
    Line("Events",
         absl::StrCat(Grouped(Get(ServiceCounter::kEventsWritten)), " written, ",
                      Grouped(dropped + lost), " lost (", Grouped(dropped), " in full rings, ",
                      Grouped(lost), " at outputs), ", Grouped(limited), " left out by limits"));
  }

  void AppendPauses() {
    if (snapshot_.pauses.empty()) return;
    out_ += "\n";
    for (const Snapshot::Pause& pause : snapshot_.pauses) {
      std::vector<std::string> parts;
      if (!pause.client.empty()) parts.push_back("client " + pause.client);
      if (!pause.policy.empty()) parts.push_back("policy " + pause.policy);
      if (!pause.name.empty()) parts.push_back("name " + pause.name);
      if (parts.empty()) parts.push_back("everything: NOTHING IS FILTERED");
      std::string text = absl::StrJoin(parts, ", ");
      if (pause.until == 0) {
        text += ", until 'tollgate ctl resume'";
      } else {
        const uint64_t left = pause.until > snapshot_.now ? pause.until - snapshot_.now : 0;
        absl::StrAppend(&text, ", for ", DurationText(left), " more");
      }
      Line("Pause", text);
    }
  }

  const Snapshot& snapshot_;
  const control::QueryCounts counts_;
  std::string out_;
};

}  // namespace

std::string StatsText(const Snapshot& snapshot) { return Report(snapshot).Text(); }

}  // namespace tollgate::cli
