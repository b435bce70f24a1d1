// SPDX-License-Identifier: BSD-3-Clause
//
// The writing half, which the module links: no parser comes with it.

#include "ruleset/control/snapshot_json.h"

#include "ruleset/text/json_writer.h"

namespace tollgate::control {
namespace {

using text::JsonWriter;

template <size_t kCount>
void WriteNumbers(const std::array<Metric, kCount>& metrics,
                  const std::array<uint64_t, kCount>& numbers, JsonWriter& json) {
  json.Open('{');
  for (size_t i = 0; i < kCount; ++i) json.Key(metrics[i].name).Number(numbers[i]);
  json.Close('}');
}

void WritePolicy(const Snapshot::Policy& policy, JsonWriter& json) {
  json.Open('{').Key("id").String(policy.id).Key("campaign").String(policy.campaign);
  json.Key("shadowed").Bool(policy.shadowed);
  json.Key("names").Number(policy.names).Key("patterns").Number(policy.patterns);
  json.Key("decisions").Number(policy.decisions).Key("shadow").Number(policy.shadow);
  json.Key("rules").Open('[');
  for (const Snapshot::Rule& rule : policy.rules) {
    json.Open('{').Key("id").String(rule.id).Key("is_pattern").Bool(rule.is_pattern);
    json.Key("decisions").Number(rule.decisions).Key("shadow").Number(rule.shadow).Close('}');
  }
  json.Close(']').Close('}');
}

void WritePause(const Snapshot::Pause& pause, JsonWriter& json) {
  json.Open('{').Key("client").String(pause.client).Key("policy").String(pause.policy);
  json.Key("name").String(pause.name).Key("until").Number(pause.until).Close('}');
}

}  // namespace

std::string ToJson(const Snapshot& snapshot) {
  JsonWriter json;
  json.Open('{').Key("version").String(snapshot.version).Key("unbound").String(snapshot.unbound);
  json.Key("now").Number(snapshot.now).Key("database").String(snapshot.database);
  json.Key("checksum").String(snapshot.checksum).Key("last_error").String(snapshot.last_error);
  json.Key("last_error_time").Number(snapshot.last_error_time);
  json.Key("log_level").String(snapshot.log_level);
  json.Key("gauges");
  WriteNumbers(kGauges, snapshot.gauges, json);
  json.Key("service");
  WriteNumbers(kServiceCounters, snapshot.service, json);
  json.Key("threads").Open('[');
  for (const auto& counters : snapshot.threads) WriteNumbers(kQueryCounters, counters, json);
  json.Close(']').Key("verdict_times").Open('[');
  for (const uint64_t count : snapshot.verdict_times) json.Number(count);
  json.Close(']').Key("verdict_nanoseconds").Number(snapshot.verdict_nanoseconds);
  json.Key("sampled").Number(snapshot.sampled);
  json.Key("policies").Open('[');
  for (const Snapshot::Policy& policy : snapshot.policies) WritePolicy(policy, json);
  json.Close(']').Key("pauses").Open('[');
  for (const Snapshot::Pause& pause : snapshot.pauses) WritePause(pause, json);
  json.Close(']').Close('}');
  std::string line(json.TakeLine());
  line.pop_back();
  return line;
}

}  // namespace tollgate::control
