// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/entry_keys.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>

#include "absl/strings/numbers.h"
#include "ruleset/source/campaign.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/prefix_text.h"

namespace tollgate::source {
namespace {

constexpr std::array<std::string_view, 3> kScopes = {"host", "domain", "below"};
constexpr std::array<std::string_view, 2> kOnBlast = {"refuse", "shadow"};
constexpr uint32_t kLongestLifetime = 36500;  // days
constexpr uint32_t kAnyNumber = std::numeric_limits<uint32_t>::max();

// "30d" or "30": days.
void ReadLifetime(text::YamlMap& map, policy::Terms& terms) {
  std::optional<std::string> text = map.String("lifetime");
  if (!text) return;
  std::string number = *text;
  if (!number.empty() && number.back() == 'd') number.pop_back();
  uint32_t days = 0;
  if (absl::SimpleAtoi(number, &days) && days >= 1 && days <= kLongestLifetime) {
    terms.lifetime = days;
  } else {
    map.Fault("lifetime", "'" + *text + "' is no number of days", "write it as 30d");
  }
}

// "100" or "2%".
void ReadMaxErrors(text::YamlMap& map, policy::Terms& terms) {
  std::optional<std::string> text = map.String("max_errors");
  if (!text) return;
  double percent = 0;
  uint64_t lines = 0;
  if (text->ends_with('%') && absl::SimpleAtod(text->substr(0, text->size() - 1), &percent) &&
      percent >= 0 && percent <= 100) {
    terms.max_error_percent = percent;
  } else if (absl::SimpleAtoi(*text, &lines)) {
    terms.max_error_lines = lines;
  } else {
    map.Fault("max_errors", "'" + *text + "' is neither a number of lines nor a share",
              "write it as 100 or as 2%");
  }
}

void ReadMayBlock(text::YamlMap& map, policy::Terms& terms) {
  for (const text::YamlScalar& scalar : map.Scalars("may_block")) {
    absl::StatusOr<dns::Name> name = ParseIndicator(scalar.value);
    if (!name.ok() || name->label_count() == 0) {
      map.diagnostics().Error(scalar.where, "'" + scalar.value + "' is not a name",
                              "write the suffix or the name that this policy may block");
      continue;
    }
    const std::span<const uint8_t> stored = name->Stored();
    terms.may_block.emplace_back(reinterpret_cast<const char*>(stored.data()), stored.size());
  }
}

// A tag of Unbound's is a group that nobody has to declare. Whether it is one.
bool TakeTag(const text::YamlScalar& name, std::vector<policy::ClientGroup>& groups,
             text::Diagnostics& faults) {
  const std::string tag = name.value.substr(policy::kTagPrefix.size());
  // Unbound's define-tag has them between blanks.
  if (tag.empty() || tag.find_first_of(" \t\"'") != std::string::npos) {
    faults.Error(name.where, "'" + name.value + "' names no tag",
                 "write tag:kids for the tag 'kids'");
    return false;
  }
  size_t tags = 0;
  for (const policy::ClientGroup& group : groups) {
    if (group.id == name.value) return true;
    tags += group.id.starts_with(policy::kTagPrefix) ? 1 : 0;
  }
  if (tags == policy::kMostTags) {
    faults.Error(name.where, "more than " + std::to_string(policy::kMostTags) + " tags",
                 "declare groups by prefix under 'clients:' at the top of the manifest");
    return false;
  }
  groups.push_back({name.value, {}});
  return true;
}

// What an entry is about: one of `file`, `folder`, `url` and `transfer`.
void ReadWhat(text::YamlMap& map, const std::string& folder, ManifestEntry& entry) {
  PolicyEntry& policy = entry.policy;
  policy.file = map.String("file").value_or("");
  entry.folder = map.String("folder").value_or("");
  entry.origin = ReadOrigin(map, folder);
  const int said = (map.Has("file") ? 1 : 0) + (map.Has("folder") ? 1 : 0) + (entry.origin ? 1 : 0);
  if (said > 1) {
    map.diagnostics().Error(policy.where, "a policy that comes from several places",
                            "give each 'file:', 'folder:', 'url:' or 'transfer:' its own entry");
  }
  if (entry.origin) policy.file = entry.origin->Shown();
  if (entry.origin && policy.allow_include) {
    map.Fault("include", "a file that is fetched may not include files of this machine");
  }
  if (!entry.folder.empty() && policy.id) {
    map.Fault("id", "one id for all the policies of a folder", "each has its own; take it out");
  }
}

// The groups for whose clients the policy counts.
void ReadClients(text::YamlMap& map, std::vector<policy::ClientGroup>& groups,
                 std::vector<uint32_t>& clients) {
  const std::vector<text::YamlScalar> names = map.Scalars("clients");
  for (const text::YamlScalar& name : names) {
    if (name.value.starts_with(policy::kTagPrefix) && !TakeTag(name, groups, map.diagnostics())) {
      continue;
    }
    const auto group = std::find_if(groups.begin(), groups.end(),
                                    [&](const auto& known) { return known.id == name.value; });
    if (group != groups.end()) {
      clients.push_back(static_cast<uint32_t>(group - groups.begin()));
      continue;
    }
    std::vector<std::string_view> known;
    for (const policy::ClientGroup& other : groups) known.push_back(other.id);
    const auto meant = text::Suggest(name.value, known);
    map.diagnostics().Error(name.where, "no group of clients is called '" + name.value + "'",
                            meant ? "did you mean '" + std::string(*meant) + "'?"
                                  : "write it under 'clients:' at the top of the manifest, or "
                                    "tag:" +
                                        name.value + " for a tag of Unbound's");
  }
  // An empty list would mean everybody, who wrote it nobody.
  if (names.empty() && map.Has("clients")) {
    map.Fault("clients", "a policy for nobody", "name groups, or take 'clients:' out");
  }
  std::sort(clients.begin(), clients.end());
  clients.erase(std::unique(clients.begin(), clients.end()), clients.end());
}

}  // namespace

std::vector<policy::SelfTest> ReadSelfTests(text::YamlMap& map) {
  std::vector<policy::SelfTest> tests;
  std::optional<text::YamlMap> names = map.Map("self_test");
  if (!names) return tests;
  for (const bool blocks : {true, false}) {
    for (const text::YamlScalar& scalar : names->Scalars(blocks ? "block" : "pass")) {
      absl::StatusOr<dns::Name> name = ParseIndicator(scalar.value);
      if (!name.ok()) {
        names->diagnostics().Error(scalar.where, "'" + scalar.value + "' is not a name");
        continue;
      }
      const std::span<const uint8_t> stored = name->Stored();
      tests.push_back({std::string(reinterpret_cast<const char*>(stored.data()), stored.size()),
                       scalar.where.line, blocks});
    }
  }
  names->RefuseOtherKeys();
  return tests;
}

std::vector<policy::ClientGroup> ReadClientGroups(text::YamlMap& manifest) {
  std::vector<policy::ClientGroup> groups;
  std::optional<text::YamlMap> map = manifest.Map("clients");
  if (!map) return groups;
  std::map<dns::Prefix, std::string> owners;
  for (const text::YamlScalar& key : map->Keys()) {
    if (!IsId(key.value)) {
      map->diagnostics().Error(key.where, "'" + key.value + "' is not an id", kIdFix);
    }
    policy::ClientGroup& group = groups.emplace_back();
    group.id = key.value;
    const std::vector<text::YamlScalar> prefixes = map->Scalars(key.value);
    for (const text::YamlScalar& scalar : prefixes) {
      const absl::StatusOr<dns::Prefix> prefix = ParsePrefix(scalar.value);
      if (!prefix.ok()) {
        map->diagnostics().Error(scalar.where, "'" + scalar.value + "' is not an address: " +
                                                   std::string(prefix.status().message()));
        continue;
      }
      const auto [known, is_new] = owners.emplace(*prefix, group.id);
      if (is_new) {
        group.prefixes.push_back(*prefix);
      } else {
        map->diagnostics().Error(
            scalar.where,
            "'" + scalar.value + "' a second time, after that of the group '" + known->second + "'",
            "a client is in one group: that of its longest prefix");
      }
    }
    if (prefixes.empty()) {
      map->diagnostics().Error(key.where, "the group '" + key.value + "' is empty",
                               "give it prefixes: [192.0.2.0/28, 2001:db8:1::/64]");
    }
  }
  return groups;
}

ManifestEntry ReadManifestEntry(text::YamlItem& item, const std::string& folder,
                                std::vector<policy::ClientGroup>& groups,
                                text::Diagnostics& faults) {
  ManifestEntry entry;
  PolicyEntry& policy = entry.policy;
  if (item.scalar) {  // '- allow.yaml' for '- file: allow.yaml'
    policy.file = item.scalar->value;
    policy.where = item.scalar->where;
  } else {
    text::YamlMap& map = *item.map;
    policy.where = map.where();
    policy.id = map.String("id");
    if (policy.id && !IsId(*policy.id)) {
      map.Fault("id", "'" + *policy.id + "' is not an id", kIdFix);
    }
    if (auto word = map.Word("syntax", kSyntaxNames)) entry.syntax = static_cast<Syntax>(*word);
    policy.overrides = AnswerKeys::Read(map);
    if (auto word = map.Word("scope", kScopes)) {
      policy.scope = static_cast<policy::NameScope>(*word);
    }
    policy.column = map.String("column").value_or("");
    if (auto word = map.Word("include", std::array<std::string_view, 2>{"refuse", "follow"})) {
      policy.allow_include = *word == 1;
    }
    ReadWhat(map, folder, entry);
    ReadMaxErrors(map, policy.terms);
    policy.min_confidence = map.Number("min_confidence", 0, 100).value_or(0);
    if (auto word = map.Word("to_ids", std::array<std::string_view, 2>{"any", "only"})) {
      policy.to_ids_only = *word == 1;
    }
    ReadMayBlock(map, policy.terms);
    ReadClients(map, groups, policy.clients);
    ReadLifetime(map, policy.terms);
    policy.terms.max_blast = map.Number("max_blast", 0, kAnyNumber);
    if (auto word = map.Word("on_blast", kOnBlast)) {
      policy.terms.on_blast = static_cast<policy::OnBlast>(*word);
    }
    map.RefuseOtherKeys();
    if (policy.overrides.action == policy::Action::kSinkhole && !policy.overrides.sinkhole) {
      faults.Error(policy.where, "'action: sinkhole' without records",
                   "add 'sinkhole: [192.0.2.1, 2001:db8::1]'");
    }
  }
  if (policy.file.empty() && entry.folder.empty()) {
    faults.Error(policy.where, "a policy without 'file:'", "write '- file: my-campaign.yaml'");
  }
  return entry;
}

}  // namespace tollgate::source
