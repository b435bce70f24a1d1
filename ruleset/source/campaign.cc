// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/campaign.h"

#include <algorithm>
#include <array>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ruleset/source/entry_keys.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/pattern_keys.h"
#include "ruleset/source/trigger_lists.h"

namespace tollgate::source {
namespace {

constexpr std::array<std::string_view, 8> kCategories = {
    "phishing", "smishing", "malware", "scam", "spam", "tracking", "allow", "other"};
constexpr std::array<std::string_view, 4> kSeverities = {"low", "medium", "high", "critical"};

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
    size_t triggers = 0;
    for (const TriggerList& list : kTriggerLists) {
      ids_.emplace(list.key);
      triggers += ReadList(list);
    }
    triggers += ReadPatterns();
    triggers += ReadRules();
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
    policy.clients = entry_.clients;
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
    policy.self_tests = ReadSelfTests(root_);
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

  // One rule for all that stands in the list. Returns how many entries there were, good or bad.
  size_t ReadList(const TriggerList& list) {
    std::vector<text::YamlItem> items = root_.Sequence(list.key);
    if (items.empty()) return 0;
    const uint32_t rule = AddRule(std::string(list.key), keys_, root_.Where(list.key).line);
    model_.rules[rule].subject = list.subject;
    ReadTriggers(items, list, rule, model_, faults_);
    return items.size();
  }

  size_t ReadPatterns() {
    std::vector<text::YamlItem> items = root_.Sequence("patterns");
    for (text::YamlItem& item : items) {
      if (item.map == nullptr) {
        faults_.Error(item.scalar->where, "a pattern that is one value",
                      "write '- id: my-pattern', and below it 'meaning:' and 'match:'");
        continue;
      }
      ReadPattern(*item.map);
    }
    return items.size();
  }

  void ReadPattern(text::YamlMap& map) {
    const RuleWords words = ReadRuleWords(map, "pattern", "one line: which names it means");
    std::optional<PatternKeys> pattern = ReadPatternKeys(map, words.id, lists_);
    const AnswerKeys keys = AnswerKeys::Read(map).Over(keys_);
    map.RefuseOtherKeys();
    if (!pattern) return;
    const uint32_t rule = AddRule(words, keys, pattern->line);
    AddPattern(*std::move(pattern), rule);
  }

  void AddPattern(PatternKeys pattern, uint32_t rule) {
    model_.rules[rule].pattern = std::move(pattern.written);
    pattern.trigger.rule = rule;
    model_.pattern_triggers.push_back(std::move(pattern.trigger));
  }

  // Evidence together: rules that ask for several things at once.
  size_t ReadRules() {
    std::vector<text::YamlItem> items = root_.Sequence("rules");
    for (text::YamlItem& item : items) {
      if (item.map == nullptr) {
        faults_.Error(item.scalar->where, "a rule that is one value",
                      "write '- id: my-rule', and below it 'meaning:' and 'when:'");
        continue;
      }
      ReadRule(*item.map);
    }
    return items.size();
  }

  void ReadRule(text::YamlMap& map) {
    const RuleWords words = ReadRuleWords(map, "rule", "one line: what it means");
    const AnswerKeys keys = AnswerKeys::Read(map).Over(keys_);
    const uint32_t rule = AddRule(words, keys, map.where().line);
    const size_t errors_before = faults_.error_count();
    std::optional<text::YamlMap> when = map.Map("when");
    if (!when && faults_.error_count() == errors_before) {
      faults_.Error(map.where(), "a rule without 'when:'",
                    "write 'when:', below it 'all:', and below that what must come together");
    }
    if (when) {
      ReadParts(*when, rule, words.id);
      when->RefuseOtherKeys();
    }
    map.RefuseOtherKeys();
  }

  void ReadParts(text::YamlMap& when, uint32_t rule, const std::string& id) {
    std::vector<text::YamlItem> parts = when.Sequence("all");
    if (parts.size() > policy::kMostParts) {
      when.Fault("all", "more than " + std::to_string(policy::kMostParts) + " pieces of evidence",
                 "of one kind, put them into one list: any of its entries will do");
      return;
    }
    for (text::YamlItem& part : parts) {
      if (part.map == nullptr) {
        faults_.Error(part.scalar->where, "a piece of evidence that is one value",
                      "write what it is: '- addresses: [192.0.2.0/24]'");
        continue;
      }
      ReadPart(*part.map, rule, id);
    }
    if (parts.empty()) {
      when.Fault("all", "a rule without evidence",
                 "write 'all:' and below it what must come together");
    } else if (parts.size() == 1) {
      const bool is_pattern = parts[0].map != nullptr && parts[0].map->Has("pattern");
      when.Fault(
          "all", "one piece of evidence, which needs no 'when:'",
          is_pattern ? "write it under 'patterns:'" : "write its list at the top of the campaign");
    }
  }

  // One piece of evidence, a rule of its own in the model: a pattern or a list.
  void ReadPart(text::YamlMap& map, uint32_t of, const std::string& id) {
    policy::Rule part = model_.rules[of];  // its policy, its words and its last day
    part.part_of = of;
    part.line = map.where().line;
    const auto number = static_cast<uint32_t>(model_.rules.size());
    size_t kinds = 0;
    if (map.Has("pattern")) {
      ++kinds;
      std::optional<text::YamlMap> keys = map.Map("pattern");
      std::optional<PatternKeys> pattern = keys ? ReadPatternKeys(*keys, id, lists_) : std::nullopt;
      if (keys) keys->RefuseOtherKeys();
      if (pattern) {
        model_.rules.push_back(part);
        AddPattern(*std::move(pattern), number);
      }
    }
    for (const TriggerList& list : kTriggerLists) {
      if (!map.Has(list.key)) continue;
      std::vector<text::YamlItem> items = map.Sequence(list.key);
      if (items.empty()) map.Fault(list.key, "a list without entries", "take it out");
      if (++kinds > 1) continue;
      part.subject = list.subject;
      model_.rules.push_back(part);
      ReadTriggers(items, list, number, model_, faults_);
    }
    map.RefuseOtherKeys();
    if (map.Keys().empty()) {
      faults_.Error(map.where(), "an empty piece of evidence", "take it out");
    } else if (kinds > 1) {
      faults_.Error(map.where(), "two kinds of evidence in one item",
                    "begin each with a '-' of its own");
    }
  }

  // What patterns and rules say of themselves.
  struct RuleWords {
    std::string id;
    std::string meaning;
    std::string report;
  };

  // `what` is "pattern" or "rule".
  RuleWords ReadRuleWords(text::YamlMap& map, const std::string& what, std::string_view meaning) {
    RuleWords words;
    words.id = Required(map, what, "id", "a short name for it");
    if (!words.id.empty() && !IsId(words.id)) {
      map.Fault("id", "'" + words.id + "' is not an id", kIdFix);
    } else if (!words.id.empty() && !ids_.insert(words.id).second) {
      map.Fault("id", "the id '" + words.id + "' a second time",
                "give each its own; those of the lists, such as 'domains', are taken");
    }
    words.meaning = Required(map, what, "meaning", meaning);
    words.report = map.String("report").value_or("");
    if (!words.report.empty() && !reports_.contains(words.report)) {
      std::vector<std::string_view> known(reports_.begin(), reports_.end());
      auto meant = text::Suggest(words.report, known);
      map.Fault(
          "report", "no reference has the id '" + words.report + "'",
          meant ? "did you mean '" + std::string(*meant) + "'?" : "add it under 'references:'");
    }
    return words;
  }

  std::string Required(text::YamlMap& map, const std::string& what, std::string_view key,
                       std::string_view value) {
    std::string given = map.String(key).value_or("");
    if (given.empty()) {
      faults_.Error(map.where(), "a " + what + " without '" + std::string(key) + ":'",
                    "add " + std::string(value));
    }
    return given;
  }

  uint32_t AddRule(const RuleWords& words, const AnswerKeys& keys, uint32_t line) {
    const uint32_t rule = AddRule(words.id, keys, line);
    model_.rules[rule].meaning = words.meaning;
    model_.rules[rule].report = words.report;
    return rule;
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
  std::set<std::string, std::less<>> ids_;  // of rules
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
