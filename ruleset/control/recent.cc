// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/control/recent.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ruleset/control/field_reader.h"
#include "ruleset/text/json_text.h"

namespace tollgate::control {
namespace {

using text::JsonKind;
using text::JsonValue;

void ReadCounts(const JsonValue& root, std::string_view list, std::string_view key,
                FieldReader& reader, std::vector<Recent::Count>& counts) {
  reader.ReadObjects(root, list, [&](const JsonValue& item) {
    Recent::Count& count = counts.emplace_back();
    reader.Read(item, "policy", count.policy);
    reader.Read(item, key, count.key);
    reader.Read(item, "count", count.count);
  });
}

}  // namespace

absl::Status RefusalIn(std::string_view json) {
  const text::JsonText document(json);
  if (document.root()["ok"].kind() != JsonKind::kFalse) return absl::OkStatus();
  const std::string_view error = document.root()["error"].Text();
  return absl::FailedPreconditionError(error.empty() ? "the module refuses, and does not say why"
                                                     : std::string(error));
}

absl::StatusOr<Recent> RecentFromJson(std::string_view json) {
  if (absl::Status refusal = RefusalIn(json); !refusal.ok()) return refusal;
  const text::JsonText document(json);
  if (document.fault()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not decisions of Tollgate: ", document.fault()->reason));
  }
  const JsonValue root = document.root();
  if (!root.is_object()) {
    return absl::InvalidArgumentError("not decisions of Tollgate: no JSON object");
  }
  Recent recent;
  FieldReader reader("decisions of Tollgate");
  reader.Read(root, "latest", recent.latest);
  reader.ReadObjects(root, "decisions", [&](const JsonValue& item) {
    Recent::Decision& decision = recent.decisions.emplace_back();
    reader.Read(item, "seq", decision.seq);
    reader.Read(item, "time", decision.time);
    reader.Read(item, "client", decision.client);
    reader.Read(item, "qname", decision.qname);
    reader.Read(item, "qtype", decision.qtype);
    reader.Read(item, "action", decision.action);
    reader.Read(item, "mode", decision.mode);
    reader.Read(item, "policy", decision.policy);
    reader.Read(item, "campaign", decision.campaign);
    reader.Read(item, "rule", decision.rule);
  });
  ReadCounts(root, "names", "name", reader, recent.names);
  ReadCounts(root, "clients", "client", reader, recent.clients);
  ReadCounts(root, "rules", "rule", reader, recent.rules);
  ReadCounts(root, "campaigns", "campaign", reader, recent.campaigns);
  if (!reader.status().ok()) return reader.status();
  return recent;
}

}  // namespace tollgate::control
