// SPDX-License-Identifier: BSD-3-Clause
//
// What every reader of somebody else's list is given: the policy to fill, and a place to say what
// became of each line. A reader turns text into calls of this class, and does nothing else.
//
//   void ReadHosts(std::string_view text, Feed& feed) {
//     const uint32_t rule = feed.Rule({.id = "hosts"});
//     text::ForEachLine(text, [&](std::string_view line, uint32_t number) {
//       ...
//       feed.AddIndicator(name, rule, NameScope::kHost, number);
//     });
//   }

#ifndef TOLLGATE_RULESET_SOURCE_FEED_H_
#define TOLLGATE_RULESET_SOURCE_FEED_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/string_view.h"
#include "ruleset/dns/name.h"
#include "ruleset/dns/prefix.h"
#include "ruleset/policy/rule.h"
#include "ruleset/source/feed_report.h"
#include "ruleset/source/policy_entry.h"

namespace tollgate::source {

// A rule as a feed speaks of it. Two that are equal are one rule.
struct FeedRule {
  std::string id = "domains";  // shown by `query`; need not be unique
  uint8_t tier = 0;            // policy::Rule::tier
  AnswerKeys answer;           // what the feed itself says; the manifest's keys beat it
  bool keeps_action = false;   // unless this says that its action stays: an exception to a block
  policy::QtypeSet qtypes;
  policy::Subject subject = policy::Subject::kQname;
  bool is_zone = false;    // policy::Rule::is_zone
  bool is_marker = false;  // policy::Rule::is_marker
  std::string meaning;     // shown by `query`; empty where the feed says nothing
  std::string file;        // where the rule stands; empty: in the policy's own file
};

// One policy in the making. Lines are numbered from 1. Not for two threads at once.
class Feed {
 public:
  // Appends the policy to `model`. `path` is the file's name in diagnostics. With `keep_all` every
  // line that is not taken is kept, not only counted. `today` is for rules that are to hold later;
  // kNever takes them as they are. All references must outlive the feed.
  Feed(const PolicyEntry& entry, const std::string& path, bool keep_all, policy::RuleModel& model,
       policy::Day today = policy::kNever);

  const PolicyEntry& entry() const { return entry_; }
  const std::string& path() const { return report_.path; }
  policy::Day today() const { return today_; }

  // The index of the rule, for the calls below.
  uint32_t Rule(const FeedRule& rule);

  // A name as people write it (indicator.h: defanged, as a URL, as U-labels). Where it is none, the
  // line is rejected, with the reason. `scope` is the syntax's own, and the manifest's beats it.
  // Returns whether it was taken.
  bool AddIndicator(std::string_view text, uint32_t rule, policy::NameScope scope, uint32_t line,
                    policy::Day expires = policy::kNever);

  // A name that is one, with exactly this scope.
  void AddName(const dns::Name& name, uint32_t rule, policy::NameScope scope, uint32_t line,
               policy::Day expires = policy::kNever);

  // Addresses, for a rule about them.
  void AddPrefix(const dns::Prefix& prefix, uint32_t rule, uint32_t line,
                 policy::Day expires = policy::kNever);

  // An address or a prefix as people write it (prefix_text.h), in an answer or of a name server.
  // Where it is none, or too wide for its rule, the line is rejected, with the reason; `written` is
  // its text in the feed, where that is another one. Returns whether it was taken.
  bool AddAddress(std::string_view text, uint32_t rule, uint32_t line,
                  policy::Day expires = policy::kNever, std::string_view written = {});

  // An expression for Hyperscan, matched against QNAME's text (lower case, no final dot) or its
  // registrable domain, unanchored unless it says so. `written` is its text in the feed. Where
  // Hyperscan refuses it, the line is rejected. Returns whether it was taken.
  bool AddPattern(const FeedRule& rule, std::string expression, bool whole_name,
                  std::vector<dns::Name> exceptions, std::string_view written, uint32_t line);

  // The line is wrong. Reasons are few and constant: lines are counted by them.
  void Reject(uint32_t line, absl::string_view reason, std::string_view text);
  // The line is right, and nothing that a DNS filter has to do with: "a cosmetic rule".
  void Skip(uint32_t line, absl::string_view reason, std::string_view text);
  // The line is right, and asks for what Tollgate cannot do yet: "a trigger on client addresses".
  void NotYet(uint32_t line, absl::string_view reason, std::string_view text);

  // What became of all lines.
  FeedReport TakeReport() { return std::move(report_); }

 private:
  // Few in most feeds; as many as addresses in a zone of local data.
  struct RuleOrder {
    bool operator()(const FeedRule& a, const FeedRule& b) const;
  };

  uint32_t NewRule(const FeedRule& rule, uint32_t line);

  const PolicyEntry& entry_;
  policy::RuleModel& model_;
  uint32_t policy_;
  policy::Day today_;
  FeedReport report_;
  std::map<FeedRule, uint32_t, RuleOrder> rules_;
};

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_FEED_H_
