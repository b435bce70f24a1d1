// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/stix.h"

#include <unordered_map>

#include "absl/strings/numbers.h"
#include "ruleset/source/instant.h"
#include "ruleset/source/net_indicator.h"
#include "ruleset/source/stix_pattern.h"
#include "ruleset/text/json_text.h"

namespace tollgate::source {
namespace {

using Kind = StixTerm::Kind;

// Timestamps in UTC with as many digits of a second as their writer liked: without the zone, the
// shorter of two that begin alike is the earlier one.
std::string_view WithoutZone(std::string_view timestamp) {
  if (timestamp.ends_with('Z')) timestamp.remove_suffix(1);
  return timestamp;
}

bool Has(text::JsonValue list, std::string_view word) {
  for (const text::JsonValue item : list) {
    if (item.Text() == word) return true;
  }
  return false;
}

class StixReader {
 public:
  explicit StixReader(Feed& feed) : feed_(feed) {}

  void Run(text::JsonValue root) {
    Collect(root);
    for (uint32_t i = 0; i < objects_.size(); ++i) {
      const text::JsonValue object = objects_[i];
      if (!object["id"].is_string()) continue;
      const auto [known, is_new] = newest_.emplace(object["id"].Text(), i);
      if (!is_new && Version(object) > Version(objects_[known->second])) known->second = i;
    }
    for (uint32_t i = 0; i < objects_.size(); ++i) ReadObject(i);
  }

 private:
  static std::string_view Version(text::JsonValue object) {
    return WithoutZone(object["modified"].Text());
  }

  void Collect(text::JsonValue value) {
    const std::string_view type = value["type"].Text();
    if (value.is_array()) {
      for (const text::JsonValue item : value) Collect(item);
    } else if (value["objects"].is_array() && (type.empty() || type == "bundle")) {
      for (const text::JsonValue item : value["objects"]) Collect(item);
    } else if (!type.empty()) {
      if (type != "bundle") objects_.push_back(value);
    } else {
      feed_.Reject(value.line(), "no STIX object", value.Text());
    }
  }

  void ReadObject(uint32_t index) {
    const text::JsonValue object = objects_[index];
    const uint32_t line = object.line();
    const std::string_view type = object["type"].Text();
    const std::string_view id = object["id"].Text();
    if (type != "indicator") {
      feed_.Skip(line, "an object that is no indicator", id.empty() ? type : id);
      return;
    }
    if (object.NameGivenTwice()) {
      feed_.Reject(line, "a key twice in one object", *object.NameGivenTwice());
      return;
    }
    if (const auto newest = newest_.find(id); newest != newest_.end() && newest->second != index) {
      feed_.Skip(line, "a version of an indicator that a newer one replaces", id);
      return;
    }
    const text::JsonValue pattern = object["pattern"];
    const std::string_view language = object["pattern_type"].Text();
    uint32_t confidence = 100;
    const std::string_view said = object["confidence"].Text();
    if (!absl::SimpleAtoi(absl::string_view(said.data(), said.size()), &confidence)) {
      confidence = 100;
    }
    if (object["revoked"].IsTrue()) {
      feed_.Skip(line, "a revoked indicator", id);
    } else if (Has(object["indicator_types"], "benign") || Has(object["labels"], "benign")) {
      feed_.Skip(line, "an indicator of something benign", id);
    } else if (confidence < feed_.entry().min_confidence) {
      feed_.Skip(line, "less confidence than 'min_confidence' asks for", id);
    } else if (!language.empty() && language != "stix") {
      feed_.Skip(line, "a pattern in another language than STIX's (pattern_type)", language);
    } else if (!pattern.is_string()) {
      feed_.Reject(line, "an indicator without a pattern", id);
    } else if (const std::optional<policy::Day> last_day = LastDayOf(object)) {
      ReadPattern(pattern, *last_day);
    }
  }

  // The last day on which the indicator is valid; nothing where it is left out, and that was said.
  std::optional<policy::Day> LastDayOf(text::JsonValue object) {
    const text::JsonValue from = object["valid_from"];
    const text::JsonValue until = object["valid_until"];
    std::optional<Instant> begin = ParseTimestamp(from.Text());
    if (from.is_string() && !begin) {
      feed_.Reject(from.line(), "no timestamp (valid_from)", from.Text());
      return std::nullopt;
    }
    if (begin && feed_.today() != policy::kNever && DayOf(*begin) > feed_.today()) {
      feed_.Skip(from.line(), "an indicator that is not valid yet (valid_from)", from.Text());
      return std::nullopt;
    }
    if (!begin) begin = ParseTimestamp(object["created"].Text());
    const policy::Day aged = LastDayOfLifetime(begin, feed_);
    if (!until.is_string()) return aged;
    const std::optional<Instant> end = ParseTimestamp(until.Text());
    if (!end) {
      feed_.Reject(until.line(), "no timestamp (valid_until)", until.Text());
      return std::nullopt;
    }
    return EarlierDay(aged, LastDayBefore(*end));
  }

  void ReadPattern(text::JsonValue pattern, policy::Day last_day) {
    absl::StatusOr<std::vector<StixTerm>> terms = ParseStixPattern(pattern.Text());
    if (!terms.ok()) {
      feed_.Reject(pattern.line(), terms.status().message(), pattern.Text());
      return;
    }
    bool has_others = terms->empty();
    for (const StixTerm& term : *terms) {
      if (term.kind == Kind::kOther) {
        has_others = true;
      } else {
        Add(term, pattern, last_day);
      }
    }
    if (has_others) {
      feed_.Skip(pattern.line(), "an indicator that is not about names or addresses",
                 pattern.Text());
    }
  }

  void Add(const StixTerm& term, text::JsonValue pattern, policy::Day last_day) {
    const uint32_t line = pattern.line();
    const FeedRule address{.id = "address"};
    switch (term.kind) {
      case Kind::kDomain:
        feed_.AddIndicator(term.value, feed_.Rule({.id = "domain-name"}),
                           policy::NameScope::kDomain, line, last_day);
        return;
      case Kind::kHost:
        AddHost({.text = term.value,
                 .written = term.value,
                 .rule = feed_.Rule({.id = "hostname"}),
                 .address_rule = &address,
                 .line = line,
                 .expires = last_day},
                feed_);
        return;
      case Kind::kUrl:
        AddHost({.text = term.value,
                 .written = term.value,
                 .rule = feed_.Rule({.id = "url"}),
                 .address_rule = &address,
                 .line = line,
                 .expires = last_day},
                feed_);
        return;
      case Kind::kBelow:
        feed_.AddIndicator(term.value, feed_.Rule({.id = "domain-name"}), policy::NameScope::kBelow,
                           line, last_day);
        return;
      case Kind::kLike:
        AddNames(LikeExpression(term.value), pattern, last_day);
        return;
      case Kind::kMatches:
        AddNames(term.value, pattern, last_day);
        return;
      case Kind::kAddress:
        feed_.AddAddress(term.value, feed_.Rule(AboutAddresses(address)), line, last_day);
        return;
      case Kind::kNotYet:
        feed_.NotYet(line, term.reason, pattern.Text());
        return;
      case Kind::kOther:
        return;
    }
  }

  // A pattern, and what it is a rule of.
  void AddNames(std::string_view expression, text::JsonValue pattern, policy::Day last_day) {
    FeedRule rule{.id = "pattern"};
    if (last_day != policy::kNever) rule.answer.expires = last_day;
    AddExpression(rule, expression, pattern.Text(), pattern.line(), feed_);
  }

  Feed& feed_;
  std::vector<text::JsonValue> objects_;
  std::unordered_map<std::string_view, uint32_t> newest_;  // by id: the index of its last version
};

}  // namespace

void ReadStix(std::string_view text, Feed& feed) {
  const text::JsonText json(text);
  if (json.fault()) {
    feed.Reject(json.fault()->line, json.fault()->reason, "");
    return;
  }
  StixReader(feed).Run(json.root());
}

}  // namespace tollgate::source
