// SPDX-License-Identifier: BSD-3-Clause
//
// The reading half, for those outside the resolver.

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ruleset/control/field_reader.h"
#include "ruleset/control/snapshot_json.h"
#include "ruleset/text/json_text.h"

namespace tollgate::control {
namespace {

using text::JsonValue;

// More of these than any resolver has: what comes over the socket may be anybody's, and a few
// octets of it must not become kilobytes here.
constexpr size_t kMostThreads = 4096;
constexpr size_t kMostBuckets = 64;  // of a 64-bit number of nanoseconds

void ReadPolicy(const JsonValue& value, FieldReader& reader, Snapshot::Policy& policy) {
  reader.Read(value, "id", policy.id);
  reader.Read(value, "campaign", policy.campaign);
  reader.Read(value, "shadowed", policy.shadowed);
  reader.Read(value, "names", policy.names);
  reader.Read(value, "patterns", policy.patterns);
  reader.Read(value, "decisions", policy.decisions);
  reader.Read(value, "shadow", policy.shadow);
  reader.ReadObjects(value, "rules", [&](const JsonValue& item) {
    Snapshot::Rule& rule = policy.rules.emplace_back();
    reader.Read(item, "id", rule.id);
    reader.Read(item, "is_pattern", rule.is_pattern);
    reader.Read(item, "decisions", rule.decisions);
    reader.Read(item, "shadow", rule.shadow);
  });
}

void ReadPause(const JsonValue& value, FieldReader& reader, Snapshot::Pause& pause) {
  reader.Read(value, "client", pause.client);
  reader.Read(value, "policy", pause.policy);
  reader.Read(value, "name", pause.name);
  reader.Read(value, "until", pause.until);
}

}  // namespace

absl::StatusOr<Snapshot> FromJson(std::string_view json) {
  const text::JsonText document(json);
  if (document.fault()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a state of Tollgate: ", document.fault()->reason));
  }
  const JsonValue root = document.root();
  if (!root.is_object()) {
    return absl::InvalidArgumentError("not a state of Tollgate: no JSON object");
  }
  Snapshot snapshot;
  FieldReader reader("a state of Tollgate");
  reader.Read(root, "version", snapshot.version);
  reader.Read(root, "unbound", snapshot.unbound);
  reader.Read(root, "now", snapshot.now);
  reader.Read(root, "database", snapshot.database);
  reader.Read(root, "checksum", snapshot.checksum);
  reader.Read(root, "last_error", snapshot.last_error);
  reader.Read(root, "last_error_time", snapshot.last_error_time);
  reader.Read(root, "log_level", snapshot.log_level);
  reader.ReadNumbers(root["gauges"], "gauges", kGauges, snapshot.gauges);
  reader.ReadNumbers(root["service"], "service", kServiceCounters, snapshot.service);
  reader.ReadList(root, "threads", kMostThreads, [&](const JsonValue& item) {
    reader.ReadNumbers(item, "threads", kQueryCounters, snapshot.threads.emplace_back());
  });
  reader.ReadList(root, "verdict_times", kMostBuckets, [&](const JsonValue& item) {
    reader.ReadNumber(item, "verdict_times", snapshot.verdict_times.emplace_back());
  });
  reader.Read(root, "verdict_nanoseconds", snapshot.verdict_nanoseconds);
  reader.Read(root, "sampled", snapshot.sampled);
  reader.ReadObjects(root, "policies", [&](const JsonValue& item) {
    ReadPolicy(item, reader, snapshot.policies.emplace_back());
  });
  reader.ReadObjects(root, "pauses", [&](const JsonValue& item) {
    ReadPause(item, reader, snapshot.pauses.emplace_back());
  });
  if (!reader.status().ok()) return reader.status();
  return snapshot;
}

}  // namespace tollgate::control
