// SPDX-License-Identifier: BSD-3-Clause
//
// Two passes where a list has $badfilter rules, which take out others wherever they stand; one
// otherwise. Answers are put together at the end: those of one name make one.

#include "ruleset/source/adblock.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ruleset/dns/type.h"
#include "ruleset/source/adblock_pattern.h"
#include "ruleset/source/adblock_rewrite.h"
#include "ruleset/source/adblock_rule.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/pattern_check.h"
#include "ruleset/source/zone_text.h"
#include "ruleset/text/lines.h"

namespace tollgate::source {
namespace {

using policy::NameScope;

constexpr std::array<std::string_view, 6> kIds = {
    "rewrites", "important-exceptions", "important", "exceptions", "blocks", "hosts"};
constexpr absl::string_view kAnyName = "a rule that matches any name at all";
constexpr absl::string_view kTopLevel = "a top-level domain";
constexpr absl::string_view kTakenOut = "a rule that another one takes out";

FeedRule RuleOf(AdblockTier tier) {
  FeedRule rule;
  rule.id = kIds[static_cast<size_t>(tier)];
  rule.tier = static_cast<uint8_t>(tier);
  if (tier == AdblockTier::kExceptions || tier == AdblockTier::kImportantExceptions) {
    rule.answer.action = policy::Action::kPass;
    rule.keeps_action = true;
  }
  return rule;
}

// "||", a plain name, and "^": what lists consist of. The name, or nothing.
std::string_view PlainName(std::string_view line) {
  if (line.size() < 4 || !line.starts_with("||") || line.back() != '^') return {};
  line = line.substr(2, line.size() - 3);
  // A letter at the end: what ends in a digit may be an address.
  const bool is_plain = absl::ascii_isalpha(static_cast<unsigned char>(line.back())) &&
                        line.front() != '.' &&
                        std::all_of(line.begin(), line.end(), [](unsigned char c) {
                          return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
                        });
  return is_plain ? line : std::string_view();
}

// Where a line of a hosts file sends a name to nothing: 0.0.0.0, 127.0.0.1, ::, ::1.
bool IsNowhere(const policy::Record& address) {
  const std::string& octets = address.rdata;
  if (address.type == dns::kTypeA) return octets[0] == 0 || octets[0] == 127;
  return octets.find_first_not_of('\0') >= octets.size() - 1 && octets.back() <= 1;
}

bool IsComment(std::string_view line) {
  return line.front() == '!' || (line.front() == '#' && !IsCosmetic(line)) ||
         (line.front() == '[' && line.back() == ']');
}

// What a rule is about, once it is clear that it can be taken.
struct Trigger {
  std::optional<dns::Name> name;  // with `scope`; otherwise `expression`
  NameScope scope = NameScope::kDomain;
  std::string expression;
  std::vector<dns::Name> exceptions;  // domains; a name with some is matched as an expression
};

bool IsWithin(const dns::Name& name, const dns::Name& domain) {
  return name.IsWithin(domain.Stored());
}

// How much of what `other` matches lies within the name and scope of `trigger`.
enum class Overlap { kNone, kSome, kAll };
Overlap OverlapOf(const Trigger& trigger, const Trigger& other) {
  if (!trigger.name || !other.name) {
    const bool same = !trigger.name && !other.name && trigger.expression == other.expression;
    return same ? Overlap::kAll : Overlap::kSome;
  }
  const bool equal = *trigger.name == *other.name;
  if (equal && trigger.scope == other.scope) return Overlap::kAll;
  if (equal) {
    if (trigger.scope == NameScope::kDomain) return Overlap::kAll;
    return other.scope == NameScope::kDomain ? Overlap::kSome : Overlap::kNone;
  }
  if (IsWithin(*other.name, *trigger.name)) {
    return trigger.scope == NameScope::kHost ? Overlap::kNone : Overlap::kAll;
  }
  const bool inside = IsWithin(*trigger.name, *other.name);
  return inside && other.scope != NameScope::kHost ? Overlap::kSome : Overlap::kNone;
}

// A $dnsrewrite rule, or an exception to some: to all where it has no value.
struct RewriteRule {
  Trigger trigger;
  policy::QtypeSet qtypes;
  std::optional<Rewrite> rewrite;
  bool important = false;
  uint32_t line = 0;
  std::string written;
};

// A name that lines of hosts files send somewhere.
struct HostAddresses {
  HostAddresses(const dns::Name& its_name, uint32_t its_line) : name(its_name), line(its_line) {}

  dns::Name name;
  uint32_t line;  // the first of them
  std::vector<policy::Record> addresses;
};

class Reader {
 public:
  Reader(std::string_view text, Feed& feed) : text_(text), feed_(feed) {
    for (size_t tier = 0; tier < kIds.size(); ++tier) {
      if (tier != static_cast<size_t>(AdblockTier::kRewrites)) {
        rule_of_tier_[tier] = RuleOf(static_cast<AdblockTier>(tier));
      }
    }
  }

  void Run() {
    if (text_.find("badfilter") != std::string_view::npos) CollectBadfilters();
    text::ForEachLine(text_, [&](std::string_view line, uint32_t number) {
      if (const std::string_view name = PlainName(line); !name.empty() && badfilters_.empty()) {
        feed_.AddIndicator(name, IndexOf(AdblockTier::kBlocks), NameScope::kDomain, number);
      } else if (!line.empty()) {
        ReadLine(line, number);
      }
    });
    PlaceHosts();
    PlaceRewrites();
  }

 private:
  void CollectBadfilters() {
    text::ForEachLine(text_, [&](std::string_view line, uint32_t) {
      AdblockRule rule;
      if (line.find("badfilter") == std::string_view::npos || IsComment(line)) return;
      if (!ParseAdblockRule(line, rule) && rule.badfilter) badfilters_.insert(BadfilterKey(rule));
    });
  }

  // The index of a tier's rule for names without anything special. Made when it is first wanted.
  uint32_t IndexOf(AdblockTier tier) {
    std::optional<uint32_t>& index = indices_[static_cast<size_t>(tier)];
    if (!index) index = feed_.Rule(rule_of_tier_[static_cast<size_t>(tier)]);
    return *index;
  }

  void ReadLine(std::string_view line, uint32_t number) {
    if (line.starts_with("!#") && line.size() > 2 &&
        absl::ascii_isalpha(static_cast<unsigned char>(line[2]))) {
      feed_.Skip(number, "a directive to those who compile lists (!#...)", line);
    } else if (IsComment(line)) {
      return;
    } else if (IsCosmetic(line)) {
      feed_.Skip(number, "a cosmetic rule", line);
    } else if (!ReadHostsLine(line, number)) {
      ReadRule(line, number);
    }
  }

  // A name alone, or an address and names. False where it is neither.
  bool ReadHostsLine(std::string_view line, uint32_t number) {
    std::string_view rest = line.substr(0, line.find('#'));
    const std::string_view first = text::NextWord(rest);
    rest = text::Stripped(rest);
    if (rest.empty()) {
      std::string_view name = first;
      if (name.ends_with('.')) name.remove_suffix(1);
      const bool is_international =
          !name.empty() &&
          std::all_of(name.begin(), name.end(),
                      [](unsigned char c) {
                        return c >= 0x80 || absl::ascii_isalnum(c) || c == '-' || c == '.';
                      }) &&
          std::any_of(name.begin(), name.end(), [](unsigned char c) { return c >= 0x80; });
      if (!is_international && !IsHostName(name)) return false;
      feed_.AddIndicator(name, IndexOf(AdblockTier::kHosts), NameScope::kHost, number);
      return true;
    }
    // Most lines that get here are rules: no need to look for an address in them.
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(first[0])) && first[0] != ':') {
      return false;
    }
    const absl::StatusOr<policy::Record> address = ParseSinkholeRecord(first);
    if (!address.ok()) return false;
    const bool nowhere = IsNowhere(*address);
    for (; !rest.empty(); rest = text::Stripped(rest)) {
      const std::string_view name = text::NextWord(rest);
      if (nowhere) {
        feed_.AddIndicator(name, IndexOf(AdblockTier::kHosts), NameScope::kHost, number);
      } else {
        KeepAddress(name, *address, number);
      }
    }
    return true;
  }

  // All addresses of a name are one answer: they wait for each other.
  void KeepAddress(std::string_view text, const policy::Record& address, uint32_t number) {
    absl::StatusOr<dns::Name> name = ParseIndicator(text);
    if (!name.ok()) return feed_.Reject(number, name.status().message(), text);
    HostAddresses& host = hosts_.try_emplace(name->Text(), *name, number).first->second;
    host.addresses.push_back(address);
  }

  void PlaceHosts() {
    for (auto& [text, host] : hosts_) {
      std::sort(host.addresses.begin(), host.addresses.end());
      const auto end = std::unique(host.addresses.begin(), host.addresses.end());
      host.addresses.erase(end, host.addresses.end());
      FeedRule rule = RuleOf(AdblockTier::kHosts);
      rule.answer.action = policy::Action::kSinkhole;
      rule.answer.sinkhole = std::move(host.addresses);
      feed_.AddName(host.name, feed_.Rule(rule), feed_.entry().scope.value_or(NameScope::kHost),
                    host.line);
    }
  }

  void LeaveOut(const LeftOut& left_out, std::string_view line, uint32_t number) {
    switch (left_out.fate) {
      case LineFate::kRejected:
        return feed_.Reject(number, left_out.reason, line);
      case LineFate::kSkipped:
        return feed_.Skip(number, left_out.reason, line);
      case LineFate::kNotYet:
        return feed_.NotYet(number, left_out.reason, line);
    }
  }

  void ReadRule(std::string_view line, uint32_t number) {
    AdblockRule rule;
    if (std::optional<LeftOut> fault = ParseAdblockRule(line, rule)) {
      return LeaveOut(*fault, line, number);
    }
    if (rule.badfilter) return feed_.Skip(number, "a $badfilter rule: it takes others out", line);
    if (!badfilters_.empty() && badfilters_.contains(BadfilterKey(rule))) {
      return feed_.Skip(number, kTakenOut, line);
    }
    if (rule.for_some_clients) return feed_.NotYet(number, "a rule for some clients", line);

    AdblockTarget target;
    if (std::optional<LeftOut> fault = ReadAdblockPattern(rule.pattern, target)) {
      return LeaveOut(*fault, line, number);
    }
    const bool restricted = !rule.qtypes.types.empty() || !rule.denyallow.empty();
    constexpr size_t kShortest = 3;  // AdGuard Home's
    if (rule.pattern.size() < kShortest && !restricted) {
      return feed_.Reject(number, "a rule so short that it matches any name", line);
    }
    const bool blocks = !rule.exception || rule.rewrite.has_value();
    if (target.is_every_name && blocks) {
      if (!restricted) return feed_.Reject(number, kAnyName, line);
      return feed_.NotYet(number, "a rule about all names but some, or all of some types", line);
    }
    if (target.is_regex && !CanMatch(target.expression, blocks, line, number)) return;

    // The usual rule with an exception, or with $important, in lists of such.
    const AdblockTier tier = TierOf(rule);
    if (!target.name.empty() && !restricted && !rule.rewrite) {
      feed_.AddIndicator(target.name, IndexOf(tier), target.scope, number);
      return;
    }
    Trigger trigger;
    if (!MakeTrigger(rule, target, trigger, line, number)) return;
    if (rule.rewrite) return KeepRewrite(rule, std::move(trigger), line, number);
    FeedRule feed_rule = rule_of_tier_[static_cast<size_t>(tier)];
    feed_rule.qtypes = rule.qtypes;
    Place(feed_rule, std::move(trigger), line, number);
  }

  // Whether an expression of the list's own can be used. What it may be made of is Hyperscan's to
  // say, and one bad one would keep all rules out.
  bool CanMatch(const std::string& expression, bool blocks, std::string_view line,
                uint32_t number) {
    const absl::StatusOr<bool> any = MatchesAnyName(expression);
    if (!any.ok()) {
      feed_.Reject(
          number, absl::StrCat("a pattern that Hyperscan refuses: ", any.status().message()), line);
      return false;
    }
    if (blocks && *any) {
      feed_.Reject(number, kAnyName, line);
      return false;
    }
    return true;
  }

  static AdblockTier TierOf(const AdblockRule& rule) {
    if (rule.exception) {
      return rule.important ? AdblockTier::kImportantExceptions : AdblockTier::kExceptions;
    }
    return rule.important ? AdblockTier::kImportantBlocks : AdblockTier::kBlocks;
  }

  bool MakeTrigger(const AdblockRule& rule, const AdblockTarget& target, Trigger& trigger,
                   std::string_view line, uint32_t number) {
    trigger.scope = feed_.entry().scope.value_or(target.scope);
    trigger.expression = target.expression;
    trigger.exceptions = rule.denyallow;
    if (target.name.empty()) return true;
    absl::StatusOr<dns::Name> name = ParseIndicator(target.name);
    if (!name.ok()) {
      feed_.Reject(number, name.status().message(), line);
      return false;
    }
    trigger.name = *name;
    // Only exceptions within the name are any.
    for (const dns::Name& denied : rule.denyallow) {
      const Trigger exception{
          .name = denied, .scope = NameScope::kDomain, .expression = {}, .exceptions = {}};
      if (OverlapOf(exception, trigger) != Overlap::kAll) continue;
      feed_.Skip(number, "a rule that its own $denyallow takes out", line);
      return false;
    }
    std::erase_if(trigger.exceptions, [&](const dns::Name& denied) {
      return trigger.scope == NameScope::kHost || !IsWithin(denied, *trigger.name);
    });
    return true;
  }

  void Place(const FeedRule& rule, Trigger trigger, std::string_view line, uint32_t number) {
    if (trigger.name && trigger.exceptions.empty()) {
      feed_.AddName(*trigger.name, feed_.Rule(rule), trigger.scope, number);
      return;
    }
    if (trigger.name) {
      if (IsAboveFloor(trigger) && rule.answer.action != policy::Action::kPass) {
        return feed_.Reject(number, kTopLevel, line);
      }
      trigger.expression = ExpressionOf(*trigger.name, trigger.scope);
    }
    feed_.AddPattern(rule, std::move(trigger.expression), /*whole_name=*/true,
                     std::move(trigger.exceptions), line, number);
  }

  // The floor knows names: what it would refuse must not come in as a pattern.
  static bool IsAboveFloor(const Trigger& trigger) {
    return trigger.name && trigger.name->label_count() < 2;
  }

  void KeepRewrite(const AdblockRule& rule, Trigger trigger, std::string_view line,
                   uint32_t number) {
    RewriteRule kept{.trigger = std::move(trigger),
                     .qtypes = rule.qtypes,
                     .rewrite = std::nullopt,
                     .important = rule.important,
                     .line = number,
                     .written = std::string(line)};
    if (!rule.rewrite->empty()) {
      if (std::optional<LeftOut> fault = ParseRewrite(*rule.rewrite, kept.rewrite.emplace())) {
        return LeaveOut(*fault, line, number);
      }
    } else if (!rule.exception) {
      return feed_.Reject(number, "a $dnsrewrite that is no answer", line);
    }
    (rule.exception ? rewrite_exceptions_ : rewrites_).push_back(std::move(kept));
  }

  // Takes the rewrites out that an exception is for, or gives them an exception.
  void ApplyException(const RewriteRule& exception) {
    bool partly = false;
    std::erase_if(rewrites_, [&](RewriteRule& rewrite) {
      if (rewrite.important && !exception.important) return false;
      if (exception.rewrite && *exception.rewrite != *rewrite.rewrite) return false;
      const Overlap overlap = OverlapOf(exception.trigger, rewrite.trigger);
      if (overlap == Overlap::kNone) return false;
      const bool all_types = exception.qtypes.types.empty() || exception.qtypes == rewrite.qtypes;
      const bool whole = all_types && exception.trigger.exceptions.empty();
      if (overlap == Overlap::kAll && whole) {
        feed_.Skip(rewrite.line, kTakenOut, rewrite.written);
        return true;
      }
      if (whole && exception.trigger.name && exception.trigger.scope == NameScope::kDomain) {
        rewrite.trigger.exceptions.push_back(*exception.trigger.name);
      } else {
        partly = true;
      }
      return false;
    });
    if (partly) {
      feed_.NotYet(exception.line, "an exception to some of what a rewrite is about",
                   exception.written);
    }
  }

  void PlaceRewrites() {
    constexpr size_t kMostExceptions = 1000;  // each of them is held against all rewrites
    for (size_t i = 0; i < rewrite_exceptions_.size(); ++i) {
      const RewriteRule& exception = rewrite_exceptions_[i];
      if (i < kMostExceptions) {
        ApplyException(exception);
      } else {
        feed_.NotYet(exception.line, "one of too many exceptions to rewrites", exception.written);
      }
    }
    // Rules about the same names and types make one answer.
    std::map<std::string, std::vector<const RewriteRule*>> groups;
    std::vector<const RewriteRule*> first_of;
    for (const RewriteRule& rewrite : rewrites_) {
      std::vector<const RewriteRule*>& group = groups[KeyOf(rewrite)];
      if (group.empty()) first_of.push_back(&rewrite);
      group.push_back(&rewrite);
    }
    for (const RewriteRule* first : first_of) PlaceGroup(groups[KeyOf(*first)]);
  }

  // Rewrites of a group with different exceptions: first the answer for names that none of them
  // excepts; for the others what each set of exceptions leaves. All as patterns, which decide in
  // this order, while a name would go before them.
  void PlaceGroup(const std::vector<const RewriteRule*>& group) {
    std::map<std::string, std::vector<const RewriteRule*>> parts;
    for (const RewriteRule* rewrite : group) parts[ExceptionsOf(*rewrite)].push_back(rewrite);
    Trigger trigger = group[0]->trigger;
    if (parts.size() == 1) return PlaceAnswer(group, std::move(trigger));
    if (IsAboveFloor(trigger)) {
      for (const RewriteRule* rewrite : group) {
        feed_.Reject(rewrite->line, kTopLevel, rewrite->written);
      }
      return;
    }
    if (trigger.name) trigger.expression = ExpressionOf(*trigger.name, trigger.scope);
    trigger.name.reset();
    trigger.exceptions.clear();
    for (const auto& [unused, part] : parts) {
      const std::vector<dns::Name>& exceptions = part[0]->trigger.exceptions;
      trigger.exceptions.insert(trigger.exceptions.end(), exceptions.begin(), exceptions.end());
    }
    PlaceAnswer(group, trigger);
    for (const auto& [unused, part] : parts) {
      trigger.exceptions = part[0]->trigger.exceptions;
      PlaceAnswer(part, trigger);
    }
  }

  void PlaceAnswer(const std::vector<const RewriteRule*>& group, Trigger trigger) {
    std::vector<Rewrite> answers;
    for (const RewriteRule* rewrite : group) answers.push_back(*rewrite->rewrite);
    FeedRule rule = RuleOf(AdblockTier::kRewrites);
    rule.answer = AnswerOf(answers);
    rule.keeps_action = true;
    rule.qtypes = group[0]->qtypes;
    Place(rule, std::move(trigger), group[0]->written, group[0]->line);
  }

  // The same for rewrites of the same names and types.
  static std::string KeyOf(const RewriteRule& rule) {
    const Trigger& trigger = rule.trigger;
    std::string key = trigger.name ? trigger.name->Text() : trigger.expression;
    absl::StrAppend(&key, "\n", trigger.name ? static_cast<int>(trigger.scope) : -1, "\n",
                    rule.qtypes.except ? "~" : "");
    for (uint16_t type : rule.qtypes.types) absl::StrAppend(&key, type, ",");
    return key;
  }

  static std::string ExceptionsOf(const RewriteRule& rule) {
    std::string key;
    for (const dns::Name& name : rule.trigger.exceptions) absl::StrAppend(&key, name.Text(), "\n");
    return key;
  }

  std::string_view text_;
  Feed& feed_;
  std::array<FeedRule, kIds.size()> rule_of_tier_;
  std::array<std::optional<uint32_t>, kIds.size()> indices_;
  std::map<std::string, HostAddresses> hosts_;  // by name
  std::unordered_set<std::string> badfilters_;
  std::vector<RewriteRule> rewrites_;
  std::vector<RewriteRule> rewrite_exceptions_;
};

}  // namespace

void ReadAdblock(std::string_view text, Feed& feed) { Reader(text, feed).Run(); }

}  // namespace tollgate::source
