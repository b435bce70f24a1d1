// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/rpz_zone.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "ruleset/dns/type.h"
#include "ruleset/source/prefix_text.h"
#include "ruleset/source/rpz_trigger.h"
#include "ruleset/source/zone_file.h"
#include "ruleset/source/zone_names.h"

namespace tollgate::source {
namespace {

constexpr uint16_t kTypeNs = 2;
constexpr uint16_t kTypeDname = 39;
// Of a signed zone: DS, RRSIG, NSEC, DNSKEY, NSEC3, NSEC3PARAM, CDS, CDNSKEY, ZONEMD, and SIG, KEY
// and NXT before them. They say something of the zone's file, and nothing of what it blocks.
constexpr std::array<uint16_t, 12> kZoneSecurityTypes = {24, 25, 30, 43, 46, 47,
                                                         48, 50, 51, 59, 60, 63};

constexpr uint32_t kLongestTtl = 7 * 86400;  // as in a manifest
constexpr size_t kLargestAnswer = 60000;     // octets: DNS messages have 65,535
constexpr size_t kRecordOverhead = 12;       // octets before each RDATA in a message
constexpr absl::string_view kMixed = "a second CNAME, or a CNAME and other data, at one name";

// What a name of the zone is answered with.
struct RpzAnswer {
  policy::Action action = policy::Action::kNxdomain;
  std::optional<uint32_t> ttl;  // only where the answer has one
  std::vector<policy::Record> records;
  auto operator<=>(const RpzAnswer&) const = default;

  bool IsData() const { return action == policy::Action::kSinkhole; }
  bool IsCname() const { return !IsData() || records[0].type == dns::kTypeCname; }
};

// The same in the making, and the octets that its records have in a message.
struct Growing {
  RpzAnswer answer;
  size_t octets;
};
constexpr uint32_t kGrowing = 1u << 31;  // in the number of an answer: it is one of these

size_t SizeOf(const policy::Record& record) { return kRecordOverhead + record.rdata.size(); }

// The name of a rule with this answer: the draft's own (section 3).
std::string RuleId(policy::Action action) {
  switch (action) {
    case policy::Action::kPass:
      return "passthru";
    case policy::Action::kDrop:
      return "drop";
    case policy::Action::kTruncate:
      return "tcp-only";
    case policy::Action::kNodata:
      return "nodata";
    case policy::Action::kSinkhole:
      return "local-data";
    default:
      return "nxdomain";
  }
}

// The action that a CNAME's target stands for (draft section 3): nothing where the target is
// reserved and means nothing (which servers ignore), kSinkhole where it is data. `qname` is the
// name that the rule is about, or nothing where that is not one name.
std::optional<policy::Action> ActionOf(const dns::Name& target, const dns::Name* qname) {
  using policy::Action;
  const size_t labels = target.label_count();
  if (labels == 0) return Action::kNxdomain;
  const std::string text = target.Text();
  if (text == "\\*") return Action::kNodata;
  if (text == "rpz-passthru") return Action::kPass;
  if (text == "rpz-drop") return Action::kDrop;
  if (text == "rpz-tcp-only") return Action::kTruncate;
  if (target.Text(labels - 1).starts_with("rpz-")) return std::nullopt;
  // Section 10: before there was rpz-passthru, a name pointed to itself.
  if (qname != nullptr && target == *qname) return Action::kPass;
  return Action::kSinkhole;
}

class PolicyZone {
 public:
  explicit PolicyZone(Feed& feed) : feed_(feed) {}

  void Take(const ZoneRecord& record) {
    if (record.type == dns::kTypeSoa || record.type == kTypeNs) {
      if (record.type == dns::kTypeSoa && record.owner.label_count() == 0) {
        const uint32_t minimum = SoaMinimum(record.rdata);
        negative_ttl_ = std::min(record.ttl.value_or(minimum), minimum);
      }
      return Skip(record, "SOA and NS records, which the zone has for itself");
    }
    if (std::find(kZoneSecurityTypes.begin(), kZoneSecurityTypes.end(), record.type) !=
        kZoneSecurityTypes.end()) {
      return Skip(record, "records that secure the zone (DNSSEC, ZONEMD)");
    }
    if (record.type == kTypeDname) return Reject(record, "a DNAME, which policy zones do not have");
    if (record.owner.label_count() == 0) {
      return Skip(record, "data at the apex, which is no trigger");
    }
    const RpzTrigger trigger = ParseTrigger(record.owner);
    if (!trigger.fault.empty()) return Reject(record, trigger.fault);
    RpzAnswer answer;
    if (!FindAnswer(record, trigger, answer)) return;
    if (!trigger.is_name()) return AddPrefix(record, trigger, std::move(answer));
    if (trigger.name.empty()) return Reject(record, "a wildcard that matches every name");
    const bool is_qname = trigger.subject == policy::Subject::kQname;
    ZoneNames::Node* node = (is_qname ? names_ : name_servers_).FindOrAdd(trigger.name);
    if (node == nullptr) return Reject(record, "more names than 4 GiB hold");
    AddAnswer(record, std::move(answer), node->entries[trigger.is_wildcard ? 1 : 0]);
  }

  // Gives all that was taken to the feed.
  void Finish() {
    FinishNames(names_, policy::Subject::kQname);
    FinishNames(name_servers_, policy::Subject::kNameServer);
    for (const auto& [subject, prefix] : prefix_order_) {
      const ZoneNames::Entry& entry = prefixes_.at({subject, prefix});
      feed_.AddPrefix(prefix, RuleOf(entry, subject), entry.line);
    }
  }

 private:
  void FinishNames(ZoneNames& names, policy::Subject subject) {
    const std::vector<std::string_view> empty = names.EmptyNonTerminals();
    names.DropIndex();
    bool has_wildcards = false;
    constexpr policy::NameScope kScopes[] = {policy::NameScope::kHost, policy::NameScope::kBelow};
    for (const ZoneNames::Node& node : names.nodes()) {
      const std::optional<dns::Name> name = dns::Name::FromStored(names.NameOf(node));
      for (size_t i = 0; name && i < node.entries.size(); ++i) {
        const ZoneNames::Entry& entry = node.entries[i];
        if (entry.answer == ZoneNames::kNothing) continue;
        has_wildcards = has_wildcards || kScopes[i] == policy::NameScope::kBelow;
        feed_.AddName(*name, RuleOf(entry, subject), kScopes[i], entry.line);
      }
    }
    if (!has_wildcards) return;
    // Also where there are none yet: names that the floor refuses become such.
    const uint32_t marker = feed_.Rule(
        {.id = "empty non-terminals", .subject = subject, .is_zone = true, .is_marker = true});
    for (std::string_view stored : empty) {
      const auto name =
          dns::Name::FromStored({reinterpret_cast<const uint8_t*>(stored.data()), stored.size()});
      if (name) feed_.AddName(*name, marker, policy::NameScope::kHost, 1);
    }
  }

  void Reject(const ZoneRecord& record, absl::string_view reason) {
    feed_.Reject(record.line, reason, record.text);
  }
  void Skip(const ZoneRecord& record, absl::string_view reason) {
    feed_.Skip(record.line, reason, record.text);
  }

  // What the record alone says. False where it says nothing, which is noted.
  bool FindAnswer(const ZoneRecord& record, const RpzTrigger& trigger, RpzAnswer& answer) {
    answer.action = policy::Action::kSinkhole;
    if (record.type == dns::kTypeCname) {
      const auto target = dns::Name::FromWire(
          {reinterpret_cast<const uint8_t*>(record.rdata.data()), record.rdata.size()});
      const bool is_one_name = trigger.subject == policy::Subject::kQname && !trigger.is_wildcard;
      const std::optional<policy::Action> action =
          target ? ActionOf(*target, is_one_name ? &record.owner : nullptr) : std::nullopt;
      if (!action) {
        Reject(record, "an action that does not exist (a CNAME to a name in rpz-)");
        return false;
      }
      answer.action = *action;
    }
    if (record.lies_in_unnamed_zone) {
      Reject(record, "data that is relative to the zone, in a file that does not name it");
      return false;
    }
    if (answer.IsData()) {
      if (record.ttl) answer.ttl = std::min(*record.ttl, kLongestTtl);
      answer.records.push_back({record.type, std::string(record.rdata)});
    } else if (answer.action == policy::Action::kNxdomain ||
               answer.action == policy::Action::kNodata) {
      // RFC 2308 section 5: "no" lives as long as the SOA says.
      answer.ttl = record.ttl;
      if (negative_ttl_) answer.ttl = std::min(answer.ttl.value_or(*negative_ttl_), *negative_ttl_);
      if (answer.ttl) answer.ttl = std::min(*answer.ttl, kLongestTtl);
    }
    return true;
  }

  void AddPrefix(const ZoneRecord& record, const RpzTrigger& trigger, RpzAnswer answer) {
    // The draft knows no limit but /0. What would block answers from half the Internet is refused
    // as a top-level domain is; clients are the site's own matter.
    if (trigger.subject != policy::Subject::kClient) {
      const auto action = feed_.entry().overrides.action.value_or(answer.action);
      const absl::string_view fault = WhyTooWide(trigger.prefix, action);
      if (!fault.empty()) return Reject(record, fault);
    }
    const auto [entry, is_new] = prefixes_.try_emplace({trigger.subject, trigger.prefix});
    if (is_new) prefix_order_.push_back(entry->first);
    AddAnswer(record, std::move(answer), entry->second);
  }

  // One more record at an owner, of which `entry` has those before.
  void AddAnswer(const ZoneRecord& record, RpzAnswer answer, ZoneNames::Entry& entry) {
    if (entry.answer == ZoneNames::kNothing) {
      entry = {NumberOf(std::move(answer)), record.line};
      return;
    }
    const RpzAnswer& before = AnswerOf(entry.answer);
    const bool stands =
        before.records.empty() ||
        (!answer.records.empty() &&
         std::binary_search(before.records.begin(), before.records.end(), answer.records[0]));
    if (before.action == answer.action && stands) return Skip(record, "a record that stands twice");
    if (before.IsCname() || answer.IsCname()) return Reject(record, kMixed);
    AddToAnswer(entry, answer, record);
  }

  // One more record at a name: they may stand anywhere in the zone.
  void AddToAnswer(ZoneNames::Entry& entry, const RpzAnswer& more, const ZoneRecord& record) {
    if ((entry.answer & kGrowing) == 0) {
      const RpzAnswer& first = *answers_[entry.answer];
      growing_.push_back({first, SizeOf(first.records[0])});
      entry.answer = kGrowing | static_cast<uint32_t>(growing_.size() - 1);
    }
    auto& [answer, octets] = growing_[entry.answer & ~kGrowing];
    const policy::Record& added = more.records[0];
    if (octets + SizeOf(added) > kLargestAnswer) {
      return Reject(record, "more data at one name than a message holds");
    }
    octets += SizeOf(added);
    answer.records.insert(std::upper_bound(answer.records.begin(), answer.records.end(), added),
                          added);
    if (!answer.ttl || (more.ttl && *more.ttl < *answer.ttl)) answer.ttl = more.ttl;
  }

  const RpzAnswer& AnswerOf(uint32_t number) const {
    return (number & kGrowing) != 0 ? growing_[number & ~kGrowing].answer : *answers_[number];
  }

  // Answers by number: millions of names have few of them.
  uint32_t NumberOf(RpzAnswer answer) {
    if (!answers_.empty() && answer == *answers_[last_]) return last_;
    const auto [known, is_new] =
        numbers_.try_emplace(std::move(answer), static_cast<uint32_t>(answers_.size()));
    if (is_new) answers_.push_back(&known->first);
    return last_ = known->second;
  }

  // The rule of the policy that answers so; made where there is none yet.
  uint32_t RuleOf(const ZoneNames::Entry& entry, policy::Subject subject) {
    const uint32_t number =
        (entry.answer & kGrowing) != 0 ? NumberOf(AnswerOf(entry.answer)) : entry.answer;
    std::vector<uint32_t>& rules = rules_[static_cast<size_t>(subject)];
    rules.resize(std::max<size_t>(rules.size(), answers_.size()), ZoneNames::kNothing);
    if (rules[number] == ZoneNames::kNothing) {
      const RpzAnswer& answer = *answers_[number];
      FeedRule rule{.id = RuleId(answer.action), .subject = subject, .is_zone = true};
      rule.answer.action = answer.action;
      rule.answer.ttl = answer.ttl;
      if (answer.IsData()) rule.answer.sinkhole = answer.records;
      rules[number] = feed_.Rule(rule);
    }
    return rules[number];
  }

  using PrefixKey = std::pair<policy::Subject, dns::Prefix>;

  Feed& feed_;
  ZoneNames names_;
  ZoneNames name_servers_;
  std::map<PrefixKey, ZoneNames::Entry> prefixes_;
  std::vector<PrefixKey> prefix_order_;         // of their first records
  std::array<std::vector<uint32_t>, 5> rules_;  // of each Subject: the rule for each answer
  std::map<RpzAnswer, uint32_t> numbers_;
  std::vector<const RpzAnswer*> answers_;
  std::vector<Growing> growing_;  // of names with several records, until the zone is read
  uint32_t last_ = 0;
  std::optional<uint32_t> negative_ttl_;
};

}  // namespace

void ReadRpzZone(std::string_view text, Feed& feed) {
  PolicyZone zone(feed);
  ReadZoneFile(text, feed, [&](const ZoneRecord& record) { zone.Take(record); });
  zone.Finish();
}

}  // namespace tollgate::source
