// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/control/openmetrics.h"

#include <set>
#include <sstream>

#include "tests/control/example_snapshot.h"
#include "tests/support/catch.h"

namespace tollgate::control {
namespace {

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool Has(const std::string& exposition, const std::string& line) {
  CAPTURE(line);
  return ("\n" + exposition).find("\n" + line + "\n") != std::string::npos;
}

size_t CountOf(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("OpenMetrics: it ends with # EOF and a line's end") {
  CHECK(ToOpenMetrics(Snapshot()).ends_with("\n# EOF\n"));
  CHECK(ExposeDown(Exposition::kOpenMetrics).ends_with("\n# EOF\n"));
}

TEST_CASE("OpenMetrics: a counter's family has no _total, its samples have") {
  const std::string out = ToOpenMetrics(ExampleSnapshot());
  CHECK(Has(out, "# TYPE tollgate_answers_from_cache counter"));
  CHECK(Has(out, "tollgate_answers_from_cache_total 430024"));
}

TEST_CASE("OpenMetrics: a unit is the last word of its metric") {
  const std::string out = ToOpenMetrics(ExampleSnapshot());
  CHECK(Has(out, "# UNIT tollgate_database_size_bytes bytes"));
  CHECK(Has(out, "# UNIT tollgate_verdict_seconds seconds"));
  CHECK(Has(out, "# UNIT tollgate_verdict_sampling_ratio ratio"));
}

TEST_CASE("OpenMetrics: samples of a family stand together, behind its one description") {
  std::string family;
  std::set<std::string> seen;
  for (const std::string& line : Lines(ToOpenMetrics(ExampleSnapshot()))) {
    CAPTURE(line);
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      CHECK(seen.insert(family).second);
    } else if (line != "# EOF") {
      const std::string rest = line.starts_with("# ") ? line.substr(7) : line;
      CHECK(rest.starts_with(family));
    }
  }
}

TEST_CASE("Every metric of the list is there, and no other") {
  std::set<std::string> listed;
  for (const Family& family : kFamilies) listed.insert(std::string(family.family));
  auto add = [&](const auto& metrics) {
    for (const Metric& metric : metrics) listed.insert(std::string(metric.family));
  };
  add(kQueryCounters);
  add(kServiceCounters);
  add(kGauges);
  std::set<std::string> shown;
  for (const std::string& line : Lines(ToOpenMetrics(ExampleSnapshot()))) {
    if (line.starts_with("# TYPE tollgate_")) {
      shown.insert(line.substr(16, line.find(' ', 16) - 16));
    }
  }
  CHECK(shown == listed);
}

TEST_CASE("Decisions are one family, told apart by the action, and threads are summed") {
  const std::string out = ToOpenMetrics(ExampleSnapshot());
  CHECK(CountOf(out, "# TYPE tollgate_decisions counter") == 1);
  CHECK(Has(out, "tollgate_decisions_total{action=\"nxdomain\"} 430002"));
  CHECK(Has(out, "tollgate_decisions_total{action=\"resolve\"} 430014"));
}

TEST_CASE("A family may hold counters of threads and of the module") {
  const std::string out = ToOpenMetrics(ExampleSnapshot());
  CHECK(Has(out, "tollgate_events_lost_total{reason=\"ring_full\"} 430030"));
  CHECK(Has(out, "tollgate_events_lost_total{reason=\"output\"} 2005"));
}

TEST_CASE("Verdict times are a histogram: buckets add up, in seconds") {
  const std::string out = ToOpenMetrics(ExampleSnapshot());
  CHECK(Has(out, "tollgate_verdict_seconds_bucket{le=\"2.56e-07\"} 90"));
  CHECK(Has(out, "tollgate_verdict_seconds_bucket{le=\"1.024e-06\"} 99"));
  CHECK(Has(out, "tollgate_verdict_seconds_bucket{le=\"0.008388608\"} 99"));
  CHECK(Has(out, "tollgate_verdict_seconds_bucket{le=\"+Inf\"} 100"));
  CHECK(Has(out, "tollgate_verdict_seconds_count 100"));
  CHECK(Has(out, "tollgate_verdict_seconds_sum 0.04"));
  CHECK(Has(out, "tollgate_verdict_sampling_ratio 0.015625"));
}

TEST_CASE("A module that timed nothing has an empty histogram") {
  const std::string out = ToOpenMetrics(Snapshot());
  CHECK(Has(out, "tollgate_verdict_seconds_bucket{le=\"+Inf\"} 0"));
  CHECK(Has(out, "tollgate_verdict_sampling_ratio 0"));
}

TEST_CASE("Policies and rules are labels") {
  const std::string out = ToOpenMetrics(ExampleSnapshot());
  CHECK(Has(out, "tollgate_policy_decisions_total{policy=\"smishing\",campaign=\"summer\"} 700"));
  CHECK(Has(out, "tollgate_policy_shadowed{policy=\"partner\",campaign=\"\"} 1"));
  CHECK(Has(out,
            "tollgate_rule_decisions_total{policy=\"smishing\",rule=\"post\",kind=\"pattern\"} "
            "650"));
  CHECK(Has(out,
            "tollgate_rule_shadow_matches_total{policy=\"partner\",rule=\"names\",kind=\"names\"} "
            "8000"));
}

TEST_CASE("A label's value may hold anything") {
  Snapshot snapshot;
  snapshot.database = "a\\b\"c\nd\xff";
  CHECK(Has(ToOpenMetrics(snapshot),
            "tollgate_database_info{checksum=\"\",path=\"a\\\\b\\\"c\\nd\xef\xbf\xbd\"} 1"));
}

TEST_CASE("What has the same labels is one series") {
  Snapshot snapshot;
  snapshot.policies.resize(2);
  snapshot.policies[0].decisions = 3;
  snapshot.policies[1].decisions = 4;
  CHECK(
      Has(ToOpenMetrics(snapshot), "tollgate_policy_decisions_total{policy=\"\",campaign=\"\"} 7"));
}

TEST_CASE("Only the busiest rules are series, and how many are left out is one too") {
  Snapshot snapshot;
  snapshot.policies.resize(1);
  for (uint64_t i = 0; i < kMostRuleSeries + 7; ++i) {
    snapshot.policies[0].rules.push_back({std::to_string(i), false, i, 0});
  }
  const std::string out = ToOpenMetrics(snapshot);
  CHECK(CountOf(out, "\ntollgate_rule_decisions_total{") == kMostRuleSeries);
  CHECK(CountOf(out, "rule=\"6\"") == 0);
  CHECK(CountOf(out, "rule=\"7\"") == 2);
  CHECK(Has(out, "tollgate_rules_left_out 7"));
  // The help text has the number, too.
  CHECK(CountOf(out, " only the busiest " + std::to_string(kMostRuleSeries) + " have.\n") == 1);
}

TEST_CASE("Policies that are series are bounded too") {
  Snapshot snapshot;
  for (size_t i = 0; i < kMostPolicySeries + 7; ++i) {
    snapshot.policies.emplace_back().id = std::to_string(i);
  }
  CHECK(CountOf(ToOpenMetrics(snapshot), "\ntollgate_policy_names{") == kMostPolicySeries);
}

TEST_CASE("Text format 0.0.4: a counter is described by the name of its sample") {
  const std::string out = Expose(ExampleSnapshot(), Exposition::kText);
  CHECK(Has(out, "# TYPE tollgate_decisions_total counter"));
  CHECK(Has(out, "# TYPE tollgate_build_info gauge"));
  CHECK(Has(out, "tollgate_build_info{version=\"0.1.0\",unbound=\"1.17.1\"} 1"));
  CHECK(CountOf(out, "# EOF") == 0);
  CHECK(CountOf(out, "# UNIT") == 0);
}

TEST_CASE("Who asks for OpenMetrics gets it, everybody else the text format") {
  CHECK(ExpositionFor("") == Exposition::kText);
  CHECK(ExpositionFor("*/*") == Exposition::kText);
  CHECK(ExpositionFor("text/html, text/plain;q=0.5") == Exposition::kText);
  CHECK(ExpositionFor("application/openmetrics-text") == Exposition::kOpenMetrics);
  CHECK(ExpositionFor("application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                      "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1") ==
        Exposition::kOpenMetrics);
  CHECK(ExpositionFor("text/plain, Application/OpenMetrics-Text; Q=0.2") == Exposition::kText);
  CHECK(ExpositionFor("application/openmetrics-text;q=0") == Exposition::kText);
  CHECK(ExpositionFor(";;,,=,q=") == Exposition::kText);
}

TEST_CASE("A module that does not answer is down, and nothing else is said of it") {
  CHECK(Lines(ExposeDown(Exposition::kOpenMetrics)).size() == 4);
  CHECK(Has(ExposeDown(Exposition::kOpenMetrics), "tollgate_up 0"));
  CHECK(Has(ExposeDown(Exposition::kText), "tollgate_up 0"));
  CHECK(Has(ToOpenMetrics(Snapshot()), "tollgate_up 1"));
}

}  // namespace tollgate::control
