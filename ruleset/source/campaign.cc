// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/campaign.h"

#include <algorithm>
#include <array>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ruleset/database/hyperscan.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/pattern_text.h"

namespace tollgate::source {
namespace {

constexpr std::array<std::string_view, 8> kCategories = {
    "phishing", "smishing", "malware", "scam", "spam", "tracking", "allow", "other"};
constexpr std::array<std::string_view, 4> kSeverities = {"low", "medium", "high", "critical"};
constexpr std::array<std::string_view, 1> kScripts = {"mixed"};
constexpr std::array<std::string_view, 2> kOn = {"domain", "name"};

// Reads one campaign file from top to bottom.
class CampaignReader {
 public:
  CampaignReader(text::YamlMap root, const PolicyEntry& entry, policy::RuleModel& model)
      : root_(std::move(root)), faults_(root_.diagnostics()), entry_(entry), model_(model) {}

  void Run() {
    policy_ = static_cast<uint32_t>(model_.policies.size());
    model_.policies.emplace_back();
    ReadDescription();
    ReadReferences();
    ReadLists();
    keys_ = AnswerKeys::Read(root_);
    size_t triggers = ReadNames("hosts", policy::NameScope::kHost);
    triggers += ReadNames("domains", policy::NameScope::kDomain);
    triggers += ReadPatterns();
    root_.RefuseOtherKeys();
    if (triggers == 0) {
      faults_.Error(root_.where(), "the campaign has no rules",
                    "write names under 'domains:' or 'hosts:', or patterns under 'patterns:'");
    }
  }

 private:
  void ReadDescription() {
    policy::Policy& policy = model_.policies[policy_];
    policy.file = entry_.file;
    policy.path = root_.where().file;
    policy.terms = entry_.terms;
    if (std::optional<std::string> id = root_.String("id")) {
      CheckId("id", *id);
      policy.campaign = *id;
    } else if (!root_.Has("id")) {
      faults_.Error(root_.where(), "the campaign has no id",
                    "begin with a line such as 'id: my-campaign'");
    }
    policy.id = entry_.id ? *entry_.id : policy.campaign;
    policy.title = root_.String("title").value_or("");
    // It is printed in tables, a line each.
    std::replace_if(policy.title.begin(), policy.title.end(), absl::ascii_iscntrl, ' ');
    root_.String("description");
    if (auto word = root_.Word("category", kCategories)) policy.category = kCategories[*word];
    if (auto word = root_.Word("severity", kSeverities)) policy.severity = kSeverities[*word];
    CheckDay(root_, "first_seen");
  }

  void CheckId(std::string_view key, const std::string& id) {
    if (!IsId(id)) {
      root_.Fault(key, "'" + id + "' is not an id", kIdFix);
    }
  }

  void CheckDay(text::YamlMap& map, std::string_view key) {
    if (std::optional<std::string> text = map.String(key)) {
      if (absl::StatusOr<policy::Day> day = ParseDay(*text); !day.ok()) {
        map.Fault(key, std::string(day.status().message()));
      }
    }
  }

  void ReadReferences() {
    for (text::YamlItem& item : root_.Sequence("references")) {
      if (item.map == nullptr) {
        faults_.Error(item.scalar->where, "a reference that is one value",
                      "write '- id: report-1', and below it 'title:', 'url:' and 'date:'");
        continue;
      }
      text::YamlMap& reference = *item.map;
      if (!reference.String("title") && !reference.Has("title")) {
        faults_.Error(reference.where(), "a reference without a title", "add 'title:'");
      }
      reference.String("url");
      CheckDay(reference, "date");
      if (std::optional<std::string> id = reference.String("id")) {
        if (!reports_.insert(*id).second) {
          reference.Fault("id", "the reference '" + *id + "' a second time",
                          "give each its own id");
        }
      }
      reference.RefuseOtherKeys();
    }
  }

  void ReadLists() {
    std::optional<text::YamlMap> lists = root_.Map("lists");
    if (!lists) return;
    for (const text::YamlScalar& key : lists->Keys()) {
      std::vector<std::string>& words = lists_[key.value];
      for (const text::YamlScalar& word : lists->Scalars(key.value)) {
        const bool plain = !word.value.empty() &&
                           std::all_of(word.value.begin(), word.value.end(), [](unsigned char c) {
                             return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                                    c == '_' || c == '.';
                           });
        if (plain) {
          words.push_back(word.value);
        } else {
          faults_.Error(
              word.where, "'" + word.value + "' in a list of words",
              "lists hold plain lower-case text; write expressions in the pattern itself");
        }
      }
      if (words.empty()) {
        faults_.Error(key.where, "the list '" + key.value + "' is empty",
                      "give it words: [one, two]");
      }
    }
  }

  // One rule for all names under `key`. Returns how many entries there were, good or bad.
  size_t ReadNames(std::string_view key, policy::NameScope scope) {
    std::vector<text::YamlItem> items = root_.Sequence(key);
    if (items.empty()) return 0;
    const auto rule = AddRule(std::string(key), keys_, root_.Where(key).line);
    for (text::YamlItem& item : items) {
      text::YamlScalar name;
      policy::Day expires = policy::kNever;
      if (item.scalar) {
        name = *item.scalar;
      } else if (!ReadNameMap(*item.map, name, expires)) {
        continue;
      }
      absl::StatusOr<dns::Name> parsed = ParseIndicator(name.value);
      if (!parsed.ok()) {
        faults_.Error(name.where, "'" + name.value +
                                      "' is not a name: " + std::string(parsed.status().message()));
        continue;
      }
      model_.AddName(*parsed, scope, rule, name.where.line, expires);
    }
    return items.size();
  }

  // - name: usps.com-isjjz[.]top
  //   expires: 2025-12-31
  bool ReadNameMap(text::YamlMap& map, text::YamlScalar& name, policy::Day& expires) {
    std::optional<text::YamlScalar> given = map.Scalar("name");
    if (!given) {
      faults_.Error(map.where(), "an indicator without 'name:'",
                    "write the name alone, or 'name:' and 'expires:'");
    } else {
      name = *given;
    }
    if (std::optional<std::string> text = map.String("expires"); text && *text != "never") {
      absl::StatusOr<policy::Day> day = ParseDay(*text);
      if (day.ok()) {
        expires = *day;
      } else {
        map.Fault("expires", std::string(day.status().message()));
      }
    }
    map.RefuseOtherKeys();
    return given.has_value();
  }

  size_t ReadPatterns() {
    std::vector<text::YamlItem> items = root_.Sequence("patterns");
    std::set<std::string> ids = {"domains", "hosts"};
    for (text::YamlItem& item : items) {
      if (item.map == nullptr) {
        faults_.Error(item.scalar->where, "a pattern that is one value",
                      "write '- id: my-pattern', and below it 'meaning:' and 'match:'");
        continue;
      }
      ReadPattern(*item.map, ids);
    }
    return items.size();
  }

  void ReadPattern(text::YamlMap& map, std::set<std::string>& ids) {
    const std::string id = Required(map, "id", "a short name for it").value_or("");
    if (!id.empty() && !IsId(id)) {
      map.Fault("id", "'" + id + "' is not an id", kIdFix);
    } else if (!id.empty() && !ids.insert(id).second) {
      map.Fault("id", "the id '" + id + "' a second time",
                "give each pattern its own; 'domains' and 'hosts' are taken");
    }
    const std::string meaning =
        Required(map, "meaning", "one line: which names it means").value_or("");
    const std::string report = map.String("report").value_or("");
    if (!report.empty() && !reports_.contains(report)) {
      std::vector<std::string_view> known(reports_.begin(), reports_.end());
      auto meant = text::Suggest(report, known);
      map.Fault(
          "report", "no reference has the id '" + report + "'",
          meant ? "did you mean '" + std::string(*meant) + "'?" : "add it under 'references:'");
    }
    const bool whole_name = map.Word("on", kOn).value_or(0) == 1;
    PatternText text;
    const bool mixed_scripts = map.Word("scripts", kScripts).has_value();
    if (mixed_scripts) {
      for (std::string_view key : {"match", "suffixes", "on"}) {
        if (map.Has(key)) {
          map.Fault(key, "'" + std::string(key) + ":' beside 'scripts:'",
                    "make two patterns of it");
          map.Where(key);
        }
      }
      map.String("match");
      map.Sequence("suffixes");
    } else {
      text.match = Required(map, "match", "a regular expression").value_or("");
      ReadSuffixes(map, whole_name, text);
    }
    std::vector<dns::Name> exceptions;
    for (const text::YamlScalar& scalar : map.Scalars("except")) {
      absl::StatusOr<dns::Name> name = ParseIndicator(scalar.value);
      if (name.ok()) {
        exceptions.push_back(*name);
      } else {
        faults_.Error(scalar.where, "'" + scalar.value +
                                        "' is not a name: " + std::string(name.status().message()));
      }
    }
    const AnswerKeys keys = AnswerKeys::Read(map).Over(keys_);
    const text::Position where = map.Where("match");
    map.RefuseOtherKeys();
    if (mixed_scripts) {
      const uint32_t rule = AddRule(id, keys, map.where().line);
      model_.rules[rule].meaning = meaning;
      model_.rules[rule].report = report;
      model_.rules[rule].pattern = "scripts: mixed";
      model_.pattern_triggers.push_back({rule, true, "", std::move(exceptions), true});
      return;
    }
    if (text.match.empty()) return;

    absl::StatusOr<std::string> expression = TranslatePattern(text, lists_);
    if (!expression.ok()) {
      faults_.Error(where, "pattern '" + id + "': " + std::string(expression.status().message()));
      return;
    }
    if (std::optional<std::string> fault = database::FindPatternFault(*expression)) {
      faults_.Error(where, "pattern '" + id + "': Hyperscan refuses it: " + *fault,
                    "it was compiled as " + *expression);
      return;
    }
    const uint32_t rule = AddRule(id, keys, where.line);
    model_.rules[rule].meaning = meaning;
    model_.rules[rule].report = report;
    model_.rules[rule].pattern = text.match;
    model_.pattern_triggers.push_back(
        {rule, whole_name, *std::move(expression), std::move(exceptions)});
  }

  std::optional<std::string> Required(text::YamlMap& map, std::string_view key,
                                      std::string_view what) {
    std::optional<std::string> value = map.String(key);
    const bool absent = !value || value->empty();
    if (absent) {
      faults_.Error(map.where(), "a pattern without '" + std::string(key) + ":'",
                    "add " + std::string(what));
    }
    return value;
  }

  void ReadSuffixes(text::YamlMap& map, bool whole_name, PatternText& text) {
    for (const text::YamlScalar& scalar : map.Scalars("suffixes")) {
      const std::string& word = scalar.value;
      if (word == "any") {
        if (whole_name) {
          faults_.Error(scalar.where, "'suffixes: any' with 'on: name'",
                        "write the suffixes, or match on the registrable domain");
        }
        text.any_suffix = true;
      } else if (word.size() > 2 && word.front() == '<' && word.back() == '>') {
        auto list = lists_.find(word.substr(1, word.size() - 2));
        if (list == lists_.end()) {
          faults_.Error(scalar.where, "no list is called '" + word + "'",
                        "write it under 'lists:'");
        } else {
          text.suffixes.insert(text.suffixes.end(), list->second.begin(), list->second.end());
        }
      } else {
        absl::StatusOr<dns::Name> name =
            ParseIndicator(word.starts_with('.') ? word.substr(1) : word);
        if (name.ok()) {
          text.suffixes.push_back(name->Text());
        } else {
          faults_.Error(scalar.where,
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

  uint32_t AddRule(std::string id, const AnswerKeys& keys, uint32_t line) {
    const AnswerKeys decided = entry_.overrides.Over(keys);
    policy::Rule rule;
    rule.policy = policy_;
    rule.id = std::move(id);
    rule.file = entry_.file;
    rule.line = line;
    rule.answer = decided.ToAnswer();
    rule.mode = decided.mode.value_or(policy::Mode::kEnforce);
    rule.expires = decided.expires.value_or(policy::kNever);
    // Records that are there and faulty were reported where they stand.
    if (rule.answer.action == policy::Action::kSinkhole && !decided.sinkhole) {
      faults_.Error({root_.where().file, line, 0}, "'action: sinkhole' without records",
                    "add 'sinkhole: [192.0.2.1, 2001:db8::1]'");
    }
    model_.rules.push_back(std::move(rule));
    return static_cast<uint32_t>(model_.rules.size() - 1);
  }

  text::YamlMap root_;
  text::Diagnostics& faults_;
  const PolicyEntry& entry_;
  policy::RuleModel& model_;
  uint32_t policy_ = 0;
  AnswerKeys keys_;
  WordLists lists_;
  std::set<std::string, std::less<>> reports_;
};

}  // namespace

bool IsId(std::string_view id) {
  return !id.empty() && id.size() <= 63 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

void ReadCampaign(text::YamlMap root, const PolicyEntry& entry, policy::RuleModel& model) {
  CampaignReader(std::move(root), entry, model).Run();
}

}  // namespace tollgate::source
