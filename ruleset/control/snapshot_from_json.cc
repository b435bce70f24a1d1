// SPDX-License-Identifier: BSD-3-Clause
//
// The reading half, for those outside the resolver.

#include <charconv>
#include <limits>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ruleset/control/snapshot_json.h"
#include "ruleset/text/json_text.h"

namespace tollgate::control {
namespace {

using text::JsonKind;
using text::JsonValue;

// More of these than any resolver has: what comes over the socket may be anybody's, and a few
// octets of it must not become kilobytes here.
constexpr size_t kMostThreads = 4096;
constexpr size_t kMostBuckets = 64;  // of a 64-bit number of nanoseconds

// Reads fields one after the other, and keeps the first fault. A field that is not there leaves
// what it would fill as it is.
class FieldReader {
 public:
  const absl::Status& status() const { return status_; }

  void Read(const JsonValue& object, std::string_view name, std::string& text) {
    const JsonValue value = object[name];
    if (!value.exists()) return;
    if (!value.is_string()) return Fail(name, "is no string");
    text.assign(value.Text());
  }

  void Read(const JsonValue& object, std::string_view name, bool& flag) {
    const JsonValue value = object[name];
    if (!value.exists()) return;
    if (value.kind() != JsonKind::kTrue && value.kind() != JsonKind::kFalse) {
      return Fail(name, "is neither true nor false");
    }
    flag = value.kind() == JsonKind::kTrue;
  }

  void Read(const JsonValue& object, std::string_view name, uint64_t& number) {
    const JsonValue value = object[name];
    if (value.exists()) ReadNumber(value, name, number);
  }

  void ReadNumber(const JsonValue& value, std::string_view name, uint64_t& number) {
    const std::string_view digits = value.Text();
    const char* const end = digits.data() + digits.size();
    uint64_t read = 0;
    const auto result = std::from_chars(digits.data(), end, read);
    if (value.kind() != JsonKind::kNumber || result.ec != std::errc() || result.ptr != end) {
      return Fail(name, "is no whole number from 0 to 2^64 - 1");
    }
    number = read;
  }

  // Numbers under the names of `metrics`; names that are not among them are another version's.
  template <size_t kCount>
  void ReadNumbers(const JsonValue& object, std::string_view name,
                   const std::array<Metric, kCount>& metrics,
                   std::array<uint64_t, kCount>& numbers) {
    if (!object.exists()) return;
    if (!object.is_object()) return Fail(name, "is no object");
    for (const JsonValue field : object) {
      for (size_t i = 0; i < kCount; ++i) {
        if (field.key() == metrics[i].name) ReadNumber(field, field.key(), numbers[i]);
      }
    }
  }

  // Calls `take(item)` for each item of a list, which has no more than `most`.
  template <typename Take>
  void ReadList(const JsonValue& object, std::string_view name, size_t most, Take take) {
    const JsonValue list = object[name];
    if (!list.exists()) return;
    if (!list.is_array()) return Fail(name, "is no list");
    size_t count = 0;
    for (const JsonValue item : list) {
      if (++count > most) return Fail(name, "is too long");
      take(item);
      if (!status_.ok()) return;
    }
  }

  void Fail(std::string_view name, const char* what) {
    if (!status_.ok()) return;
    status_ = absl::InvalidArgumentError(
        absl::StrCat("not a state of Tollgate: '", std::string(name), "' ", what));
  }

 private:
  absl::Status status_;
};

constexpr size_t kAnyNumber = std::numeric_limits<size_t>::max();

void ReadPolicy(const JsonValue& value, FieldReader& reader, Snapshot::Policy& policy) {
  if (!value.is_object()) return reader.Fail("policies", "has an item that is no object");
  reader.Read(value, "id", policy.id);
  reader.Read(value, "campaign", policy.campaign);
  reader.Read(value, "shadowed", policy.shadowed);
  reader.Read(value, "names", policy.names);
  reader.Read(value, "patterns", policy.patterns);
  reader.Read(value, "decisions", policy.decisions);
  reader.Read(value, "shadow", policy.shadow);
  reader.ReadList(value, "rules", kAnyNumber, [&](const JsonValue& item) {
    if (!item.is_object()) return reader.Fail("rules", "has an item that is no object");
    Snapshot::Rule& rule = policy.rules.emplace_back();
    reader.Read(item, "id", rule.id);
    reader.Read(item, "is_pattern", rule.is_pattern);
    reader.Read(item, "decisions", rule.decisions);
    reader.Read(item, "shadow", rule.shadow);
  });
}

void ReadPause(const JsonValue& value, FieldReader& reader, Snapshot::Pause& pause) {
  if (!value.is_object()) return reader.Fail("pauses", "has an item that is no object");
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
  FieldReader reader;
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
  reader.ReadList(root, "policies", kAnyNumber, [&](const JsonValue& item) {
    ReadPolicy(item, reader, snapshot.policies.emplace_back());
  });
  reader.ReadList(root, "pauses", kAnyNumber, [&](const JsonValue& item) {
    ReadPause(item, reader, snapshot.pauses.emplace_back());
  });
  if (!reader.status().ok()) return reader.status();
  return snapshot;
}

}  // namespace tollgate::control
