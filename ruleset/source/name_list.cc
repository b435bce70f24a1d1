// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/name_list.h"

#include "absl/strings/ascii.h"
#include "ruleset/source/indicator.h"

namespace tollgate::source {

size_t ReadNameList(std::string_view text, const std::string& file, const PolicyEntry& entry,
                    policy::RuleModel& model, text::Diagnostics& faults) {
  policy::Policy policy;
  policy.id = entry.id.value_or("");
  policy.file = entry.file;
  policy.path = file;
  policy::Rule rule;
  rule.policy = static_cast<uint32_t>(model.policies.size());
  rule.id = "domains";
  rule.file = entry.file;
  rule.line = 1;
  rule.answer = entry.overrides.ToAnswer();
  rule.mode = entry.overrides.mode.value_or(policy::Mode::kEnforce);
  rule.expires = entry.overrides.expires.value_or(policy::kNever);
  const auto rule_index = static_cast<uint32_t>(model.rules.size());
  model.policies.push_back(std::move(policy));
  model.rules.push_back(std::move(rule));

  const size_t names_before = model.name_triggers.size();
  size_t rejected = 0;
  uint32_t number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    line = line.substr(0, line.find('#'));
    const absl::string_view stripped = absl::StripAsciiWhitespace({line.data(), line.size()});
    line = {stripped.data(), stripped.size()};
    if (line.empty()) continue;
    absl::StatusOr<dns::Name> name = ParseIndicator(line);
    if (name.ok()) {
      model.AddName(*name, policy::NameScope::kDomain, rule_index, number, policy::kNever);
    } else {
      ++rejected;
      faults.Warning({file, number, 1}, "'" + std::string(line) + "' is not a name: " +
                                            std::string(name.status().message()) + "; passed over");
    }
  }
  if (model.name_triggers.size() == names_before) {
    faults.Error({file, 0, 0}, "the list holds no names", "write one name a line");
  }
  return rejected;
}

}  // namespace tollgate::source
