// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/answer_keys.h"

#include <algorithm>
#include <array>

#include "ruleset/dns/type.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/zone_text.h"

namespace tollgate::source {
namespace {

constexpr uint32_t kLongestTtl =
    7 * 86400;  // a week: Unbound's own upper limit for negative answers is shorter
constexpr std::array<std::string_view, 4> kEdeNames = {"blocked", "censored", "filtered", "none"};
constexpr std::array<policy::Ede, 4> kEdes = {policy::Ede::kBlocked, policy::Ede::kCensored,
                                              policy::Ede::kFiltered, policy::Ede::kNone};

// `sinkhole: {cname: garden.example}`
std::vector<policy::Record> ReadTarget(text::YamlMap map) {
  std::vector<policy::Record> records;
  if (std::optional<text::YamlScalar> target = map.Scalar("cname")) {
    absl::StatusOr<policy::Record> record = ParseSinkholeTarget(target->value);
    if (record.ok()) {
      records.push_back(*std::move(record));
    } else {
      map.Fault("cname", std::string(record.status().message()));
    }
  }
  map.RefuseOtherKeys();
  return records;
}

std::vector<policy::Record> ReadRecords(text::YamlMap& map) {
  std::vector<policy::Record> records;
  if (map.IsMap("sinkhole")) return ReadTarget(*map.Map("sinkhole"));
  for (const text::YamlScalar& scalar : map.Scalars("sinkhole")) {
    absl::StatusOr<policy::Record> record = ParseSinkholeRecord(scalar.value);
    if (record.ok()) {
      records.push_back(*std::move(record));
    } else {
      map.diagnostics().Error(scalar.where, std::string(record.status().message()));
    }
  }
  std::sort(records.begin(), records.end());
  records.erase(std::unique(records.begin(), records.end()), records.end());
  const auto is_cname = [](const policy::Record& record) { return record.type == dns::kTypeCname; };
  if (records.size() > 1 && std::any_of(records.begin(), records.end(), is_cname)) {
    map.Fault("sinkhole", "a CNAME beside other records",
              "a name that has a CNAME has nothing else");
  }
  return records;
}

}  // namespace

AnswerKeys AnswerKeys::Read(text::YamlMap& map) {
  AnswerKeys keys;
  if (auto word = map.Word("action", policy::kActionNames)) keys.action = static_cast<policy::Action>(*word);
  if (map.Has("sinkhole")) {
    keys.sinkhole = ReadRecords(map);
    // Addresses say what is meant; an action that says otherwise is a mistake in one of the two.
    if (keys.action && keys.action != policy::Action::kSinkhole) {
      map.Fault("action", "'sinkhole:' beside another action",
                "write 'action: sinkhole', or take the addresses out");
    }
    keys.action = policy::Action::kSinkhole;
    if (keys.sinkhole->empty() && map.IsEmpty("sinkhole")) {
      map.Fault("sinkhole", "a sinkhole without records",
                "give addresses: [192.0.2.1, 2001:db8::1], or {cname: garden.example}");
    }
  }
  keys.ttl = map.Number("ttl", 0, kLongestTtl);
  if (auto word = map.Word("ede", kEdeNames)) keys.ede = kEdes[*word];
  if (auto word = map.Word("mode", policy::kModeNames))
    keys.mode = static_cast<policy::Mode>(*word);
  if (auto text = map.String("expires")) {
    if (*text == "never") {
      keys.expires = policy::kNever;
    } else if (absl::StatusOr<policy::Day> day = ParseDay(*text); day.ok()) {
      keys.expires = *day;
    } else {
      map.Fault("expires", std::string(day.status().message()),
                "write the last day on which it holds, or 'never'");
    }
  }
  return keys;
}

AnswerKeys AnswerKeys::Over(const AnswerKeys& general) const {
  AnswerKeys merged = general;
  if (action) {
    merged.action = action;
    merged.sinkhole = sinkhole ? sinkhole : general.sinkhole;
  }
  if (ttl) merged.ttl = ttl;
  if (ede) merged.ede = ede;
  if (mode) merged.mode = mode;
  if (expires) merged.expires = expires;
  return merged;
}

policy::Answer AnswerKeys::ToAnswer() const {
  policy::Answer answer;
  if (action) answer.action = *action;
  if (ede) answer.ede = *ede;
  if (ttl) answer.ttl = *ttl;
  if (answer.action == policy::Action::kSinkhole && sinkhole) answer.records = *sinkhole;
  return answer;
}

}  // namespace tollgate::source
