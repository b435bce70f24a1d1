// SPDX-License-Identifier: BSD-3-Clause
//
// The rule model: what every source is turned into, and all that the compiler knows. A rule is
// triggers and an answer.

#ifndef TOLLGATE_RULESET_POLICY_RULE_H_
#define TOLLGATE_RULESET_POLICY_RULE_H_

#include <algorithm>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ruleset/dns/name.h"
#include "ruleset/dns/prefix.h"
#include "ruleset/policy/action.h"
#include "ruleset/policy/verdict.h"

namespace tollgate::policy {

// A day, in days since 1970-01-01 UTC.
using Day = uint32_t;
inline constexpr Day kNever = 0;

struct Record {
  uint16_t type = 0;
  std::string rdata;  // wire format without compression
  auto operator<=>(const Record&) const = default;
};

struct Answer {
  Action action = Action::kNxdomain;
  Ede ede = Ede::kBlocked;
  uint32_t ttl = 60;            // seconds
  std::vector<Record> records;  // of a sinkhole, sorted
  auto operator<=>(const Answer&) const = default;
};

// What becomes of a rule that would block more known good names than its policy allows.
enum class OnBlast : uint8_t { kRefuse = 0, kShadow = 1 };

// What the operator says of a policy as a whole.
struct Terms {
  // Names that the floor protects, and that this policy may block all the same: wire format without
  // the root label.
  std::vector<std::string> may_block;
  uint32_t lifetime = 0;  // days that a name is listed for since it was first seen; 0 is no limit
  // Bad lines that a feed may have: so many, or such a share of its lines.
  std::optional<uint64_t> max_error_lines;
  std::optional<double> max_error_percent;
  std::optional<uint32_t> max_blast;  // known good names that one rule may block
  OnBlast on_blast = OnBlast::kRefuse;
};

// A name by which an author says that rules do what they are meant to.
struct SelfTest {
  std::string name;  // wire format without the root label
  uint32_t line = 0;
  bool blocks = false;  // it must be blocked; else it must not be
};

struct Policy {
  std::string id;
  std::string campaign;  // empty for a feed
  std::string title;
  std::string category;
  std::string severity;
  std::string file;      // as the manifest names it
  std::string path;      // where it was read from, for diagnostics
  bool is_feed = false;  // somebody else's list: a bad line does not keep the rest out
  Terms terms;
  // Indices in RuleModel::groups: for whose queries it counts. Empty: for everybody's.
  std::vector<uint32_t> clients;
  std::vector<SelfTest> self_tests;  // of its own rules alone
};

// Clients by address. Of the groups that a client's address lies in, the one with the longest
// prefix is its own, and no other.
struct ClientGroup {
  std::string id;
  std::vector<dns::Prefix> prefixes;
};

// The QTYPEs that a rule is about: all of them, some, or all but some.
struct QtypeSet {
  std::vector<uint16_t> types;  // sorted; empty is every type
  bool except = false;          // every type but these

  auto operator<=>(const QtypeSet&) const = default;
};

inline constexpr uint32_t kNotAPart = 0xffffffff;
inline constexpr uint32_t kMostParts = 8;

struct Rule {
  uint32_t policy = 0;
  // What all its triggers are about.
  Subject subject = Subject::kQname;
  // Evidence together: a rule that has parts has no triggers of its own, and matches where each of
  // its parts does. A part is a rule with triggers, which decides nothing by itself. Parts stand
  // behind their rule, kMostParts at most.
  uint32_t part_of = kNotAPart;
  // Inside one policy, rules of a smaller tier decide before those of a greater one, whatever is
  // more specific. Most policies have one tier; AdBlock's `@@` and `$important` make more.
  uint8_t tier = 0;
  std::string id;
  std::string meaning;
  std::string report;
  std::string file;
  uint32_t line = 0;
  std::string pattern;  // as written; empty for names
  Answer answer;
  QtypeSet qtypes;
  Mode mode = Mode::kEnforce;
  Day expires = kNever;
  // A name of a policy zone: a wildcard does not reach below a name that the same zone has (RPZ
  // draft section 4.2, RFC 4592 section 3.3.1).
  bool is_zone = false;
  // Says that the zone has a name, and nothing else: it stops wildcards and never matches.
  bool is_marker = false;
};

enum class NameScope : uint32_t {
  kHost = 0,    // the name alone
  kDomain = 1,  // the name and everything below it
  kBelow = 2,   // everything below it (RPZ: *.name)
};

inline constexpr uint32_t kMostRules = (1u << 30) - 1;

struct NameTrigger {
  uint32_t name;  // offset in RuleModel::names
  uint32_t line;
  uint32_t rule : 30;
  NameScope scope : 2;
  Day expires;  // of the indicator alone; its rule's may be earlier
};
static_assert(sizeof(NameTrigger) == 16, "there are millions of them");

// Of rules about addresses: Subject::kAddress, kNameServerAddress and kClient.
struct PrefixTrigger {
  uint32_t rule;
  uint32_t line;
  Day expires;  // of the indicator alone; its rule's may be earlier
  dns::Prefix prefix;
};

struct PatternTrigger {
  uint32_t rule;
  bool whole_name;         // matched against QNAME; otherwise against the registrable domain
  std::string expression;  // for Hyperscan, anchored at both ends
  std::vector<dns::Name> exceptions;
  bool mixed_scripts = false;  // no expression: a label of QNAME mixes scripts (Unicode TR39)
};

// Policies in order of precedence; rules sorted by policy, within one in the order of their files.
struct RuleModel {
  std::vector<Policy> policies;
  std::vector<Rule> rules;
  std::vector<NameTrigger> name_triggers;
  std::vector<PatternTrigger> pattern_triggers;  // sorted by rule
  std::vector<PrefixTrigger> prefix_triggers;
  std::vector<ClientGroup> groups;
  // Each name once for each trigger: its length, then the name in wire format without the root
  // label. At most 4 GiB; what does not fit is counted and not stored.
  std::string names;
  uint64_t names_that_did_not_fit = 0;

  void AddName(const dns::Name& name, NameScope scope, uint32_t rule, uint32_t line, Day expires) {
    AddStoredName(name.Stored(), scope, rule, line, expires);
  }

  // The same for a valid name in lower-case wire format without the root label.
  void AddStoredName(std::span<const uint8_t> name, NameScope scope, uint32_t rule, uint32_t line,
                     Day expires) {
    if (names.size() > std::numeric_limits<uint32_t>::max() - 256) {
      ++names_that_did_not_fit;
      return;
    }
    NameTrigger& trigger = name_triggers.emplace_back();
    trigger.name = static_cast<uint32_t>(names.size());
    trigger.line = line;
    trigger.rule = rule & kMostRules;
    trigger.scope = scope;
    trigger.expires = expires;
    names.push_back(static_cast<char>(name.size()));
    names.append(reinterpret_cast<const char*>(name.data()), name.size());
  }

  // The last day of a trigger: its own or its rule's, the earlier one.
  template <typename Trigger>
  Day LastDay(const Trigger& trigger) const {
    const Day rule = rules[trigger.rule].expires;
    if (trigger.expires == kNever) return rule;
    return rule == kNever ? trigger.expires : std::min(trigger.expires, rule);
  }

  // The same, where it is not its rule's: every look-up reads that anyway.
  template <typename Trigger>
  Day OwnDay(const Trigger& trigger) const {
    const Day last = LastDay(trigger);
    return last == rules[trigger.rule].expires ? kNever : last;
  }

  // The name in wire format without the root label.
  std::span<const uint8_t> NameOf(const NameTrigger& trigger) const {
    const auto* at = reinterpret_cast<const uint8_t*>(names.data()) + trigger.name;
    return {at + 1, *at};
  }
};

}  // namespace tollgate::policy

#endif  // TOLLGATE_RULESET_POLICY_RULE_H_
