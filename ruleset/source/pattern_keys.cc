// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/pattern_keys.h"

#include <array>
#include <utility>
#include <vector>

#include "ruleset/database/hyperscan.h"
#include "ruleset/source/indicator.h"

namespace tollgate::source {
namespace {

constexpr std::array<std::string_view, 1> kScripts = {"mixed"};
constexpr std::array<std::string_view, 2> kOn = {"domain", "name"};

void ReadSuffixes(text::YamlMap& map, bool whole_name, const WordLists& lists, PatternText& text) {
  text::Diagnostics& faults = map.diagnostics();
  for (const text::YamlScalar& scalar : map.Scalars("suffixes")) {
    const std::string& word = scalar.value;
    if (word == "any") {
      if (whole_name) {
        faults.Error(scalar.where, "'suffixes: any' with 'on: name'",
                     "write the suffixes, or match on the registrable domain");
      }
      text.any_suffix = true;
    } else if (word.size() > 2 && word.front() == '<' && word.back() == '>') {
      auto list = lists.find(word.substr(1, word.size() - 2));
      if (list == lists.end()) {
        faults.Error(scalar.where, "no list is called '" + word + "'", "write it under 'lists:'");
      } else {
        text.suffixes.insert(text.suffixes.end(), list->second.begin(), list->second.end());
      }
    } else {
      absl::StatusOr<dns::Name> name =
          ParseIndicator(word.starts_with('.') ? word.substr(1) : word);
      if (name.ok()) {
        text.suffixes.push_back(name->Text());
      } else {
        faults.Error(scalar.where,
                     "'" + word + "' is not a suffix: " + std::string(name.status().message()),
                     "write it as 'top' or 'co.uk'");
      }
    }
  }
  if (text.any_suffix && !text.suffixes.empty()) {
    map.Fault("suffixes", "'any' beside other suffixes",
              "write 'any' alone, or the others without it");
  }
}

std::vector<dns::Name> ReadExceptions(text::YamlMap& map) {
  std::vector<dns::Name> exceptions;
  for (const text::YamlScalar& scalar : map.Scalars("except")) {
    absl::StatusOr<dns::Name> name = ParseIndicator(scalar.value);
    if (name.ok()) {
      exceptions.push_back(*name);
    } else {
      map.diagnostics().Error(scalar.where, "'" + scalar.value + "' is not a name: " +
                                                std::string(name.status().message()));
    }
  }
  return exceptions;
}

PatternKeys MixedScripts(text::YamlMap& map) {
  for (std::string_view key : {"match", "suffixes", "on"}) {
    if (map.Has(key)) {
      map.Fault(key, "'" + std::string(key) + ":' beside 'scripts:'", "make two patterns of it");
    }
  }
  map.String("match");
  map.Sequence("suffixes");
  PatternKeys keys;
  keys.trigger = {0, /*whole_name=*/true, "", ReadExceptions(map), /*mixed_scripts=*/true};
  keys.written = "scripts: mixed";
  keys.line = map.where().line;
  return keys;
}

}  // namespace

std::optional<PatternKeys> ReadPatternKeys(text::YamlMap& map, const std::string& id,
                                           const WordLists& lists) {
  const bool whole_name = map.Word("on", kOn).value_or(0) == 1;
  if (map.Word("scripts", kScripts)) return MixedScripts(map);
  PatternText text;
  text.match = map.String("match").value_or("");
  if (text.match.empty()) {
    map.diagnostics().Error(map.where(), "a pattern without 'match:'", "add a regular expression");
  }
  ReadSuffixes(map, whole_name, lists, text);
  PatternKeys keys;
  keys.trigger.exceptions = ReadExceptions(map);
  if (text.match.empty()) return std::nullopt;

  const text::Position where = map.Where("match");
  absl::StatusOr<std::string> expression = TranslatePattern(text, lists);
  if (!expression.ok()) {
    map.diagnostics().Error(where,
                            "pattern '" + id + "': " + std::string(expression.status().message()));
    return std::nullopt;
  }
  if (std::optional<std::string> fault = database::FindPatternFault(*expression)) {
    map.diagnostics().Error(where, "pattern '" + id + "': Hyperscan refuses it: " + *fault,
                            "it was compiled as " + *expression);
    return std::nullopt;
  }
  keys.trigger.rule = 0;
  keys.trigger.whole_name = whole_name;
  keys.trigger.expression = *std::move(expression);
  keys.written = std::move(text.match);
  keys.line = where.line;
  return keys;
}

}  // namespace tollgate::source
