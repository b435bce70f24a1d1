// SPDX-License-Identifier: BSD-3-Clause

#include "module/report.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "module/clock.h"

namespace tollgate::module {
namespace {

using control::Gauge;
using control::Snapshot;

std::string StandingText(policy::Standing standing) {
  switch (standing) {
    case policy::Standing::kDecides:
      return "decides";
    case policy::Standing::kWouldDecide:
      return "would decide";
    case policy::Standing::kOutranked:
      return "outranked";
    case policy::Standing::kExpired:
      return "expired";
    case policy::Standing::kOtherType:
      return "other type";
    case policy::Standing::kExcepted:
      return "excepted";
    case policy::Standing::kStopped:
      return "stopped";
    case policy::Standing::kOtherClient:
      return "other client";
    case policy::Standing::kIncomplete:
      return "incomplete";
  }
  return "";
}

void Set(Snapshot& snapshot, Gauge gauge, uint64_t value) {
  snapshot.gauges[static_cast<size_t>(gauge)] = value;
}

// Those that have decided or matched, of this database and of those before it.
void ReportRules(const Ruling& ruling, const RuleTotals& totals, Snapshot& snapshot) {
  const Loaded& loaded = *ruling.loaded;
  const RuleSet& rules = loaded.rules();
  for (uint32_t i = 0; i < rules.policy_count(); ++i) {
    const PolicyView view = rules.Policy(i);
    Snapshot::Policy policy;
    policy.id = view.id;
    policy.campaign = view.campaign;
    policy.shadowed = ruling.IsShadowed(i);
    policy.names = view.name_count;
    policy.patterns = view.pattern_count;
    const RuleTotals::Counts before = totals.OfPolicy(policy.id);
    policy.decisions = before.decisions;
    policy.shadow = before.shadow;
    snapshot.policies.push_back(std::move(policy));
  }
  for (uint32_t i = 0; i < rules.rule_count(); ++i) {
    const RuleView view = rules.Rule(i);
    Snapshot::Policy& policy = snapshot.policies[view.policy];
    Snapshot::Rule rule;
    rule.id = view.id;
    rule.is_pattern = !view.pattern.empty();
    rule.decisions = loaded.Decisions(i);
    rule.shadow = loaded.ShadowMatches(i);
    policy.decisions += rule.decisions;
    policy.shadow += rule.shadow;
    const RuleTotals::Counts before = totals.OfRule(policy.id, rule.id);
    rule.decisions += before.decisions;
    rule.shadow += before.shadow;
    if (rule.decisions + rule.shadow > 0) policy.rules.push_back(std::move(rule));
  }
}

Explanation::Rule Describe(const RuleSet& rules, const policy::Candidate& candidate,
                           const dns::Name& name) {
  const RuleView view = rules.Rule(candidate.match.rule);
  const PolicyView policy = rules.Policy(view.policy);
  Explanation::Rule rule;
  rule.policy = policy.id;
  rule.campaign = policy.campaign;
  rule.rule = view.id;
  rule.meaning = view.meaning;
  rule.report = view.report;
  rule.file = view.file;
  rule.line = candidate.match.line;
  rule.action = policy::ActionName(rules.Answer(candidate.match.rule).action);
  rule.standing = StandingText(candidate.standing);
  rule.shadow = candidate.shadow;
  const auto owner = dns::Name::FromWire(name.Suffix(candidate.match.owner_label));
  if (candidate.kind == policy::TriggerKind::kPattern) {
    rule.indicator = view.pattern;
  } else if (candidate.kind == policy::TriggerKind::kPrefix) {
    rule.indicator = candidate.prefix.Text();
  } else if (candidate.match.subject == policy::Subject::kQname && owner) {
    rule.indicator = owner->Text();
  }
  return rule;
}

}  // namespace

void ReportCounters(const Counters& counters, Snapshot& snapshot) {
  for (size_t i = 0; i < control::kServiceCounters.size(); ++i) {
    snapshot.service[i] = counters.Value(static_cast<control::ServiceCounter>(i));
  }
  for (size_t thread = 0; thread < counters.threads(); ++thread) {
    std::array<uint64_t, control::kQueryCounters.size()> numbers;
    for (size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = counters.Of(thread, static_cast<control::QueryCounter>(i));
    }
    auto counted = [](uint64_t number) { return number != 0; };
    if (std::any_of(numbers.begin(), numbers.end(), counted)) {
      snapshot.threads.resize(thread + 1);
      snapshot.threads[thread] = numbers;
    }
  }
  for (size_t bucket = 0; bucket < kTimeBuckets; ++bucket) {
    snapshot.verdict_times.push_back(counters.VerdictTimes(bucket));
  }
  snapshot.verdict_nanoseconds = counters.VerdictNanoseconds();
}

void ReportLive(const Live& live, uint64_t now, Snapshot& snapshot) {
  Set(snapshot, Gauge::kDatabasesOpen, live.databases());
  live.Read([&](const Ruling& ruling) {
    for (const Pause& pause : ruling.pauses.list()) {
      if (pause.until != 0 && pause.until <= now) continue;
      snapshot.pauses.push_back(
          {ToText(pause.client), pause.policy, pause.name ? pause.name->Text() : "", pause.until});
    }
    Set(snapshot, Gauge::kPauses, snapshot.pauses.size());
    Set(snapshot, Gauge::kShadowed, ruling.shadowed_ids.size());
    if (ruling.loaded == nullptr) return;
    const RuleSet& rules = ruling.loaded->rules();
    snapshot.checksum = absl::StrCat(absl::Hex(rules.checksum(), absl::kZeroPad16));
    Set(snapshot, Gauge::kDatabaseCreated, rules.created());
    Set(snapshot, Gauge::kDatabaseBytes, rules.file_size());
    Set(snapshot, Gauge::kDatabaseNames, rules.name_count());
    Set(snapshot, Gauge::kDatabasePatterns, rules.pattern_count());
    Set(snapshot, Gauge::kDatabasePolicies, rules.policy_count());
    ReportRules(ruling, live.TotalsBefore(), snapshot);
  });
}

absl::StatusOr<Explanation> ExplainName(const Live& live, const std::string& name, uint16_t qtype,
                                        const std::string& client, uint64_t now) {
  const absl::StatusOr<dns::Name> qname = dns::Name::FromText(name);
  if (!qname.ok()) return qname.status();
  Prefix address;
  if (!client.empty()) {
    absl::StatusOr<Prefix> parsed = ParsePrefix(client);
    if (!parsed.ok()) return parsed.status();
    address = *parsed;
  }
  Explanation explanation;
  absl::Status status;
  live.Read([&](const Ruling& ruling) {
    explanation.outcome = "unavailable";
    if (ruling.loaded == nullptr) return;
    const RuleSet& rules = ruling.loaded->rules();
    absl::StatusOr<Scratch> scratch = rules.NewScratch();
    if (!scratch.ok()) {
      status = scratch.status();
      return;
    }
    std::vector<uint8_t> mask(rules.policy_count());
    std::copy(ruling.shadowed.begin(), ruling.shadowed.end(), mask.begin());
    const Pauses::Effect effect =
        ruling.pauses.Apply(address.address, address.family, *qname, now, mask);
    explanation.outcome = "resolve";
    for (const policy::Candidate& candidate :
         rules.Explain(*qname, qtype, DayOf(now), *scratch, mask)) {
      explanation.rules.push_back(Describe(rules, candidate, *qname));
      Explanation::Rule& rule = explanation.rules.back();
      // What a pause looks away from was asked for as if it were in shadow mode.
      const RuleView view = rules.Rule(candidate.match.rule);
      const bool is_shadow = view.mode == policy::Mode::kShadow || ruling.IsShadowed(view.policy);
      if (rule.shadow && !is_shadow) {
        rule.shadow = false;
        if (candidate.standing == policy::Standing::kWouldDecide) rule.standing = "paused";
      }
      if (candidate.standing == policy::Standing::kDecides) {
        explanation.outcome = explanation.rules.back().action;
      }
    }
    if (effect == Pauses::Effect::kAll) explanation.outcome = "paused";
  });
  if (!status.ok()) return status;
  return explanation;
}

}  // namespace tollgate::module
