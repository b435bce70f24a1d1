// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/inspect/difference.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "ruleset/dns/name.h"
#include "ruleset/inspect/enumerate.h"
#include "ruleset/inspect/rule_effects.h"

namespace tollgate::inspect {
namespace {

using database::NameRecord;
using database::Posting;
using database::PostingKind;
using database::Reader;
using database::RuleRecord;

struct Pattern {
  std::string expression;
  uint8_t scope;
  uint32_t effect;
  uint32_t last_day;
  std::set<std::string> exceptions;
  std::string meaning;
  std::string report;

  auto operator<=>(const Pattern&) const = default;
};

// One of the two databases, with its rules in the terms of both.
struct Side {
  const Reader& reader;
  std::vector<uint32_t> policies;  // from its own to those of the difference
  std::vector<uint32_t> effects;   // of its rules

  void Number(Effects& numbers) {
    for (const RuleRecord& rule : reader.rules()) {
      // A part does what the whole does.
      const RuleRecord& acting = ActingRule(reader, rule);
      const database::AnswerRecord& answer = reader.answers()[acting.answer];
      effects.push_back(numbers.NumberOf({.policy = policies[rule.policy],
                                          .mode = acting.mode,
                                          .flags = FlagsOf(rule),
                                          .subject = rule.subject,
                                          .part = &acting == &rule ? "" : RuleText(reader, rule),
                                          .action = answer.action,
                                          .ede = answer.ede,
                                          .ttl = answer.ttl,
                                          .records = std::string(reader.String(answer.records)),
                                          .qtypes = QtypesOf(reader.Octets(rule.qtypes))}));
    }
  }

  static uint8_t FlagsOf(const RuleRecord& rule) {
    // "Every type but none" is every type.
    const uint8_t unused = rule.qtypes.length == 0 ? database::kRuleExceptQtypes : 0;
    return static_cast<uint8_t>(rule.flags & ~unused);
  }

  // The rules of each policy, by id and action, with the first layer that has such a one.
  std::vector<std::map<std::string, uint32_t>> Layers(size_t policy_count) const {
    std::vector<std::map<std::string, uint32_t>> layers(policy_count);
    for (const RuleRecord& rule : reader.rules()) {
      const std::string key = std::string(reader.String(rule.id)) + " " +
                              std::to_string(reader.answers()[rule.answer].action);
      uint32_t& layer = layers[policies[rule.policy]].try_emplace(key, rule.layer).first->second;
      layer = std::min(layer, rule.layer);
    }
    return layers;
  }

  // The groups that a policy is for, each with its prefixes; empty where it is for everybody.
  std::string ClientsOf(const database::PolicyRecord& policy) const {
    std::string text;
    for (uint32_t group = 0; group < reader.groups().size(); ++group) {
      if (!reader.IsForGroup(policy, group)) continue;
      text += std::string(reader.String(reader.groups()[group].id)) + ":";
      reader.clients().ForEach(
          [&](const dns::Prefix& prefix, std::span<const database::PrefixPosting> postings) {
            for (const database::PrefixPosting& posting : postings) {
              if (posting.rule == (group | database::kPostingGroup)) text += " " + prefix.Text();
            }
          });
      text += "; ";
    }
    return text;
  }

  // The triggers of all prefixes.
  using Prefixes = std::map<std::pair<bool, dns::Prefix>, std::vector<Trigger>>;
  Prefixes AllPrefixes() const {
    Prefixes all;
    for (const bool clients : {false, true}) {
      const database::PrefixIndex& index = clients ? reader.clients() : reader.prefixes();
      index.ForEach(
          [&](const dns::Prefix& prefix, std::span<const database::PrefixPosting> postings) {
            std::vector<Trigger>& triggers = all[{clients, prefix}];
            for (const database::PrefixPosting& posting : postings) {
              if ((posting.rule & database::kPostingGroup) != 0) continue;
              const RuleRecord& rule = reader.rules()[posting.rule];
              triggers.push_back({policies[rule.policy], effects[posting.rule], PostingKind::kHost,
                                  database::LastDay(posting, rule)});
            }
            std::sort(triggers.begin(), triggers.end());
          });
    }
    return all;
  }

  // The triggers of a name, sorted by policy, and its flags as a public suffix.
  void Read(std::span<const uint8_t> postings, std::vector<Trigger>& triggers,
            uint32_t& suffix) const {
    triggers.clear();
    suffix = 0;
    for (Posting posting; database::NextPosting(postings, posting);) {
      if (posting.kind == PostingKind::kSuffix) {
        suffix = posting.rule;
      } else if (posting.rule < reader.rules().size()) {
        const RuleRecord& rule = reader.rules()[posting.rule];
        triggers.push_back({policies[rule.policy], effects[posting.rule], posting.kind,
                            database::LastDay(posting, rule)});
      }
    }
    std::sort(triggers.begin(), triggers.end());
    // A name that a policy has twice is there once.
    triggers.erase(std::unique(triggers.begin(), triggers.end()), triggers.end());
  }
};

// Calls `take(record, postings of the same name in `other`)` for every name of `all`. The waits for
// `other`'s memory overlap.
template <typename Take>
void ForEachPair(const Reader& all, const Reader& other, Take take) {
  constexpr size_t kAtOnce = 32;
  std::array<NameRecord, kAtOnce> records;
  std::array<uint64_t, kAtOnce> hashes;
  size_t count = 0;
  auto flush = [&] {
    for (size_t i = 0; i < count; ++i)
      take(records[i], other.names().Find(hashes[i], records[i].name));
    count = 0;
  };
  ForEachName(all, [&](const NameRecord& record) {
    records[count] = record;
    hashes[count] = other.names().Hash(record.name);
    other.names().Prefetch(hashes[count]);
    if (++count == kAtOnce) flush();
  });
  flush();
}

class Comparer {
 public:
  Comparer(const Reader& before, const Reader& after,
           const std::function<void(const NameChange&)>& on_name)
      : before_{before, {}, {}}, after_{after, {}, {}}, on_name_(on_name) {}

  Difference Run() {
    ComparePolicies();
    before_.Number(effects_);
    after_.Number(effects_);
    CompareTiers();
    ComparePatterns();
    CompareNames();
    ComparePrefixes();
    return std::move(difference_);
  }

 private:
  void ComparePolicies() {
    std::vector<std::string> order_before;
    std::vector<std::string> order_after;
    const Reader& before = before_.reader;
    const Reader& after = after_.reader;
    for (const database::PolicyRecord& policy : after.policies()) {
      PolicyDifference& difference = difference_.policies.emplace_back();
      after_.policies.push_back(static_cast<uint32_t>(difference_.policies.size() - 1));
      difference.id = std::string(after.String(policy.id));
      const std::optional<uint32_t> old = FindPolicy(before, difference.id);
      if (!old) {
        difference.change = Change::kAdded;
        continue;
      }
      order_after.push_back(difference.id);
      const database::PolicyRecord& was = before.policies()[*old];
      auto compare = [&](const char* field, database::StringRef a, database::StringRef b) {
        if (before.String(a) != after.String(b)) difference.what.emplace_back(field);
      };
      compare("campaign", was.campaign, policy.campaign);
      compare("title", was.title, policy.title);
      compare("category", was.category, policy.category);
      compare("severity", was.severity, policy.severity);
      if (before_.ClientsOf(was) != after_.ClientsOf(policy)) {
        difference.what.emplace_back("clients");
      }
    }
    for (const database::PolicyRecord& policy : before.policies()) {
      const std::string id(before.String(policy.id));
      if (const std::optional<uint32_t> now = FindPolicy(after, id)) {
        before_.policies.push_back(after_.policies[*now]);
        order_before.push_back(id);
      } else {
        before_.policies.push_back(static_cast<uint32_t>(difference_.policies.size()));
        PolicyDifference& gone = difference_.policies.emplace_back();
        gone.id = id;
        gone.change = Change::kRemoved;
      }
    }
    if (order_before != order_after) {
      difference_.order_before = std::move(order_before);
      difference_.order_after = std::move(order_after);
    }
  }

  // Which rules of a policy decide before which others of it, among those that both have.
  void CompareTiers() {
    const size_t count = difference_.policies.size();
    const auto before = before_.Layers(count);
    const auto after = after_.Layers(count);
    for (size_t i = 0; i < count; ++i) {
      std::vector<std::pair<uint32_t, uint32_t>> layers;
      for (const auto& [key, layer] : before[i]) {
        const auto found = after[i].find(key);
        if (found != after[i].end()) layers.emplace_back(layer, found->second);
      }
      std::sort(layers.begin(), layers.end());
      for (size_t j = 1; j < layers.size(); ++j) {
        const auto& [was, is] = layers[j];
        const auto& [was_before, is_before] = layers[j - 1];
        if (was_before == was ? is_before != is : is_before >= is) {
          difference_.policies[i].what.emplace_back("the tiers of its rules");
          break;
        }
      }
    }
  }

  using PatternKey = std::pair<uint32_t, std::string>;  // policy, rule id

  std::map<PatternKey, std::vector<Pattern>> PatternsOf(const Side& side) const {
    std::map<PatternKey, std::vector<Pattern>> patterns;
    const Reader& reader = side.reader;
    for (const database::PatternRecord& record : reader.patterns()) {
      const RuleRecord& rule = reader.rules()[record.rule];
      Pattern pattern{.expression = std::string(reader.String(record.expression)),
                      .scope = record.scope,
                      .effect = side.effects[record.rule],
                      .last_day = rule.expires,
                      .exceptions = {},
                      .meaning = std::string(reader.String(rule.meaning)),
                      .report = std::string(reader.String(rule.report))};
      std::span<const uint8_t> names = reader.Exceptions(record);
      while (!names.empty() && names.size() - 1 >= names[0]) {
        pattern.exceptions.insert(NameText(names.subspan(1, names[0])));
        names = names.subspan(1 + names[0]);
      }
      patterns[{side.policies[rule.policy], std::string(reader.String(rule.id))}].push_back(
          std::move(pattern));
    }
    return patterns;
  }

  // The patterns that both have, in the order of `side`, as their keys.
  template <typename Patterns>
  std::vector<std::vector<std::string>> OrderOf(const Side& side, const Patterns& other) const {
    std::vector<std::vector<std::string>> order(difference_.policies.size());
    const Reader& reader = side.reader;
    for (const database::PatternRecord& record : reader.patterns()) {
      const RuleRecord& rule = reader.rules()[record.rule];
      const std::string id(reader.String(rule.id));
      const auto found = other.find({side.policies[rule.policy], id});
      if (found == other.end()) continue;
      // A feed's patterns share an id, and are told apart by their expressions.
      const std::string expression(reader.String(record.expression));
      const bool both = found->second.size() == 1 ||
                        std::any_of(found->second.begin(), found->second.end(),
                                    [&](const Pattern& p) { return p.expression == expression; });
      if (!both) continue;
      order[side.policies[rule.policy]].push_back(found->second.size() == 1 ? id : id + expression);
    }
    return order;
  }

  void ComparePatterns() {
    auto before = PatternsOf(before_);
    auto after = PatternsOf(after_);
    const auto order_before = OrderOf(before_, after);
    const auto order_after = OrderOf(after_, before);
    for (size_t i = 0; i < difference_.policies.size(); ++i) {
      PolicyDifference& policy = difference_.policies[i];
      if (order_before[i] != order_after[i]) policy.what.emplace_back("the order of its patterns");
      if (!policy.what.empty()) policy.change = Change::kChanged;
    }
    std::set<PatternKey> keys;
    for (const auto& [key, unused] : before) keys.insert(key);
    for (const auto& [key, unused] : after) keys.insert(key);
    for (const PatternKey& key : keys) {
      std::vector<Pattern> gone;
      std::vector<Pattern> come;
      std::vector<Pattern>& a = before[key];
      std::vector<Pattern>& b = after[key];
      std::sort(a.begin(), a.end());
      std::sort(b.begin(), b.end());
      std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(gone));
      std::set_difference(b.begin(), b.end(), a.begin(), a.end(), std::back_inserter(come));
      std::vector<PatternChange>& changes = difference_.policies[key.first].patterns;
      if (gone.size() == 1 && come.size() == 1) {
        changes.push_back({Change::kChanged, key.second, PatternWhat(gone[0], come[0])});
        continue;
      }
      for (const Pattern& p : gone) {
        changes.push_back({Change::kRemoved, key.second, p.expression});
      }
      for (const Pattern& p : come) changes.push_back({Change::kAdded, key.second, p.expression});
    }
  }

  std::string PatternWhat(const Pattern& before, const Pattern& after) const {
    What what;
    what.Add("expression", before.expression, after.expression);
    auto scope = [](const Pattern& p) { return std::string(p.scope == 0 ? "domain" : "name"); };
    what.Add("on", scope(before), scope(after));
    if (before.exceptions != after.exceptions) what.Add("exceptions");
    effects_.Compare(before.effect, after.effect, what);
    what.Add("expires", DayOrNever(before.last_day), DayOrNever(after.last_day));
    if (before.meaning != after.meaning) what.Add("meaning");
    if (before.report != after.report) what.Add("report");
    return what.full;
  }

  void CompareNames() {
    ForEachPair(before_.reader, after_.reader,
                [&](const NameRecord& record, std::span<const uint8_t> now) {
                  before_.Read(record.postings, were_, suffix_was_);
                  after_.Read(now, are_, suffix_is_);
                  CompareName([&] { return NameText(record.name); });
                });
    ForEachPair(after_.reader, before_.reader,
                [&](const NameRecord& record, std::span<const uint8_t> then) {
                  if (!then.empty()) return;  // compared above
                  were_.clear();
                  suffix_was_ = 0;
                  after_.Read(record.postings, are_, suffix_is_);
                  CompareName([&] { return NameText(record.name); });
                });
  }

  void ComparePrefixes() {
    const Side::Prefixes before = before_.AllPrefixes();
    const Side::Prefixes after = after_.AllPrefixes();
    suffix_was_ = suffix_is_ = 0;
    for (const auto& [key, triggers] : before) {
      were_ = triggers;
      const auto now = after.find(key);
      are_ = now == after.end() ? std::vector<Trigger>() : now->second;
      CompareName([&, &prefix = key.second] { return prefix.Text(); });
    }
    were_.clear();
    for (const auto& [key, triggers] : after) {
      if (before.contains(key)) continue;
      are_ = triggers;
      CompareName([&, &prefix = key.second] { return prefix.Text(); });
    }
  }

  // Compares were_ with are_, policy by policy; `text()` is what they stand on.
  template <typename Text>
  void CompareName(Text text) {
    if (suffix_was_ != suffix_is_) CompareSuffix(text);
    if (were_ == are_) return;
    auto was = were_.begin();
    auto is = are_.begin();
    while (was != were_.end() || is != are_.end()) {
      const uint32_t policy = is == are_.end()     ? was->policy
                              : was == were_.end() ? is->policy
                                                   : std::min(was->policy, is->policy);
      auto end_of = [policy](auto at, auto end) {
        return std::find_if(at, end, [&](const Trigger& t) { return t.policy != policy; });
      };
      const auto was_end = end_of(was, were_.end());
      const auto is_end = end_of(is, are_.end());
      if (!std::equal(was, was_end, is, is_end)) {
        Note(text, policy, {was, was_end}, {is, is_end});
      }
      was = was_end;
      is = is_end;
    }
  }

  template <typename Text>
  void CompareSuffix(Text text) {
    const Change change = suffix_was_ == 0  ? Change::kAdded
                          : suffix_is_ == 0 ? Change::kRemoved
                                            : Change::kChanged;
    ++(change == Change::kAdded     ? difference_.suffixes_added
       : change == Change::kRemoved ? difference_.suffixes_removed
                                    : difference_.suffixes_changed);
    if (on_name_) on_name_({"", change, text(), "a public suffix"});
  }

  template <typename Text>
  void Note(Text text, uint32_t policy, std::span<const Trigger> was, std::span<const Trigger> is) {
    PolicyDifference& difference = difference_.policies[policy];
    Change change = Change::kChanged;
    What what;
    if (was.empty()) {
      change = Change::kAdded;
      ++difference.names_added;
    } else if (is.empty()) {
      change = Change::kRemoved;
      ++difference.names_removed;
    } else {
      what = NameWhat(was, is);
      ++difference.names_changed;
      ++difference.name_changes[what.brief];
    }
    if (!on_name_) return;
    if (change != Change::kChanged) what.full = DescribeAll(was.empty() ? is : was);
    on_name_({difference.id, change, text(), what.full});
  }

  std::string DescribeAll(std::span<const Trigger> triggers) const {
    std::string text;
    for (const Trigger& trigger : triggers) {
      text += (text.empty() ? "" : "; ") + effects_.Describe(trigger);
    }
    return text;
  }

  What NameWhat(std::span<const Trigger> was, std::span<const Trigger> is) const {
    std::vector<Trigger> gone;
    std::vector<Trigger> come;
    std::set_difference(was.begin(), was.end(), is.begin(), is.end(), std::back_inserter(gone));
    std::set_difference(is.begin(), is.end(), was.begin(), was.end(), std::back_inserter(come));
    What what;
    if (gone.size() == 1 && come.size() == 1) {
      what.Add("scope", std::string(KindName(KindOf(gone[0].kind))),
               std::string(KindName(KindOf(come[0].kind))));
      effects_.Compare(gone[0].effect, come[0].effect, what);
      what.Add("expires", DayOrNever(gone[0].last_day), DayOrNever(come[0].last_day), false);
      return what;
    }
    for (const Trigger& trigger : gone) what.full += "; no longer " + effects_.Describe(trigger);
    for (const Trigger& trigger : come) what.full += "; now also " + effects_.Describe(trigger);
    what.full.erase(0, 2);
    what.brief = come.empty() ? "fewer rules" : gone.empty() ? "more rules" : "other rules";
    return what;
  }

  Side before_;
  Side after_;
  const std::function<void(const NameChange&)>& on_name_;
  Effects effects_;
  Difference difference_;
  // Of the name in work.
  std::vector<Trigger> were_;
  std::vector<Trigger> are_;
  uint32_t suffix_was_ = 0;
  uint32_t suffix_is_ = 0;
};

}  // namespace

bool Difference::equal() const {
  return order_before.empty() && suffixes_added + suffixes_removed + suffixes_changed == 0 &&
         std::all_of(policies.begin(), policies.end(),
                     [](const PolicyDifference& policy) { return policy.equal(); });
}

Difference Compare(const Reader& before, const Reader& after,
                   const std::function<void(const NameChange&)>& on_name) {
  return Comparer(before, after, on_name).Run();
}

}  // namespace tollgate::inspect
