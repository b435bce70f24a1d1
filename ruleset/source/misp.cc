// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/misp.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "ruleset/source/instant.h"
#include "ruleset/source/net_indicator.h"
#include "ruleset/text/json_text.h"
#include "ruleset/text/yaml.h"

namespace tollgate::source {
namespace {

constexpr size_t kLargestEvent = size_t{1} << 30;
constexpr size_t kLongestMeaning = 200;

// What the types of attributes are to a DNS filter (MISP's "Types" page). Types of two parts have
// them in their values too: "evil.example|192.0.2.1".
enum class Use { kDomain, kHost, kUrl, kAddress, kAttacker };
struct AttributeType {
  std::string_view type;
  Use use;
};
constexpr std::array<AttributeType, 11> kTypes = {{{"domain", Use::kDomain},
                                                   {"domain|ip", Use::kDomain},
                                                   {"hostname", Use::kHost},
                                                   {"hostname|port", Use::kHost},
                                                   {"url", Use::kUrl},
                                                   {"uri", Use::kUrl},
                                                   {"ip-src", Use::kAttacker},
                                                   {"ip-dst", Use::kAddress},
                                                   {"ip-src|port", Use::kAttacker},
                                                   {"ip-dst|port", Use::kAddress},
                                                   {"ip", Use::kAddress}}};

// "5aa2e21b-79d8-4fd7-b15d-34670a016219": nothing that leads out of a folder.
bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_hyphen ? text[i] != '-' : !absl::ascii_isxdigit(static_cast<unsigned char>(text[i]))) {
      return false;
    }
  }
  return true;
}

// {"<uuid>": {"info": ...}, ...}
bool IsFeedManifest(text::JsonValue root) {
  if (!root.is_object()) return false;
  bool has_events = false;
  for (const text::JsonValue field : root) {
    if (!IsUuid(field.key()) || !field.is_object()) return false;
    has_events = true;
  }
  return has_events;
}

// Somebody else's title, fit for a line on a terminal.
std::string OneLine(std::string_view text) {
  std::string out(text.substr(0, kLongestMeaning));
  // Not half a character at the end.
  while (out.size() < text.size() && !out.empty() && (text[out.size()] & 0xc0) == 0x80) {
    out.pop_back();
  }
  std::replace_if(out.begin(), out.end(), absl::ascii_iscntrl, ' ');
  return out;
}

class MispReader {
 public:
  explicit MispReader(Feed& feed) : feed_(feed) {}

  void Run(text::JsonValue root) {
    if (IsFeedManifest(root)) {
      for (const text::JsonValue event : root) ReadEventFile(event);
    } else {
      ReadEvents(root);
    }
  }

 private:
  // The file of one event of a feed, beside its manifest.
  void ReadEventFile(text::JsonValue event) {
    const std::string name = std::string(event.key()) + ".json";
    const std::filesystem::path folder = std::filesystem::path(feed_.path()).parent_path();
    std::string reason;
    const auto text = text::ReadFile((folder / name).string(), kLargestEvent, reason);
    if (!text) {
      feed_.Reject(event.line(), "an event whose file cannot be read", name + ": " + reason);
      return;
    }
    prefix_ = std::string(event.key()) + ": ";
    const std::filesystem::path entry(feed_.entry().file);
    file_ = ((entry.extension() == ".json" ? entry.parent_path() : entry) / name).string();
    const text::JsonText json(*text);
    if (json.fault()) {
      feed_.Reject(json.fault()->line, json.fault()->reason, name);
    } else {
      ReadEvents(json.root());
    }
  }

  // Events in the wrappings of MISP's API and of its exports, or without.
  void ReadEvents(text::JsonValue value) {
    if (value.is_array()) {
      for (const text::JsonValue item : value) ReadEvents(item);
    } else if (value["response"].exists()) {
      ReadEvents(value["response"]);
    } else if (value["Event"].is_object()) {
      ReadEvent(value["Event"]);
    } else if (value["Attribute"].is_array() || value["Object"].is_array()) {
      ReadEvent(value);
    } else {
      feed_.Reject(value.line(), "no MISP event", prefix_ + std::string(value.Text()));
    }
  }

  void ReadEvent(text::JsonValue event) {
    const std::string_view uuid = event["uuid"].Text();
    FeedRule rule;
    rule.id = IsUuid(uuid) ? std::string(uuid) : "event";
    rule.meaning = OneLine(event["info"].Text());
    rule.file = file_;
    rule_ = feed_.Rule(rule);
    address_rule_ = AboutAddresses(rule);
    ReadAttributes(event, event, false);
    for (const text::JsonValue object : event["Object"]) {
      ReadAttributes(object, event, object["deleted"].IsTrue());
    }
  }

  void ReadAttributes(text::JsonValue holder, text::JsonValue event, bool is_deleted) {
    for (const text::JsonValue attribute : holder["Attribute"]) {
      ReadAttribute(attribute, holder, event, is_deleted || attribute["deleted"].IsTrue());
      SkipProposals(attribute);
    }
    SkipProposals(holder);
  }

  void SkipProposals(text::JsonValue holder) {
    for (const text::JsonValue proposal : holder["ShadowAttribute"]) {
      feed_.Skip(proposal.line(), "a proposal that nobody has accepted (ShadowAttribute)",
                 Written(proposal["value"].Text()));
    }
  }

  void ReadAttribute(text::JsonValue attribute, text::JsonValue holder, text::JsonValue event,
                     bool is_deleted) {
    const text::JsonValue value = attribute["value"];
    const std::string_view type = attribute["type"].Text();
    const uint32_t line = value.exists() ? value.line() : attribute.line();
    if (type.empty() || !value.exists()) {
      feed_.Reject(line, "no MISP attribute", Written(value.Text()));
      return;
    }
    const auto* known = std::find_if(kTypes.begin(), kTypes.end(), [&](const AttributeType& other) {
      return other.type == type;
    });
    if (const auto twice = attribute.NameGivenTwice()) {
      feed_.Reject(line, "a key twice in one object", Written(*twice));
    } else if (known == kTypes.end()) {
      feed_.Skip(line, "an attribute that is not about names or addresses", Written(value.Text()));
    } else if (is_deleted) {
      feed_.Skip(line, "a deleted attribute", Written(value.Text()));
    } else if (feed_.entry().to_ids_only && !attribute["to_ids"].IsTrue()) {
      feed_.Skip(line, "an attribute that is not meant for detection (to_ids)",
                 Written(value.Text()));
    } else if (known->use == Use::kAttacker) {
      feed_.Skip(line, "an address that attacks come from (ip-src)", Written(value.Text()));
    } else {
      const policy::Day last_day = LastDayOfLifetime(SeenSince(attribute, holder, event), feed_);
      if (known->use == Use::kAddress) {
        AddAddress(value, last_day);
      } else {
        Add(known->use, value, last_day);
      }
    }
  }

  void Add(Use use, text::JsonValue value, policy::Day last_day) {
    const std::string_view text = value.Text();
    if (use == Use::kUrl && (text.starts_with('/') || text.starts_with('?'))) {
      feed_.Skip(value.line(), "a URI without a host", Written(text));
      return;
    }
    const bool is_domain = use == Use::kDomain;
    const std::string written = Written(text);
    AddHost({.text = use == Use::kUrl ? text : text.substr(0, text.find('|')),
             .written = written,
             .rule = rule_,
             .address_rule = is_domain ? nullptr : &address_rule_,
             .scope = is_domain ? policy::NameScope::kDomain : policy::NameScope::kHost,
             .line = value.line(),
             .expires = last_day},
            feed_);
  }

  // "192.0.2.1", "192.0.2.1|443"
  void AddAddress(text::JsonValue value, policy::Day last_day) {
    const std::string_view text = value.Text();
    feed_.AddAddress(text.substr(0, text.find('|')), feed_.Rule(address_rule_), value.line(),
                     last_day, Written(text));
  }

  // The nearest that the event says: its own word, and otherwise when it was last written.
  static std::optional<Instant> SeenSince(text::JsonValue attribute, text::JsonValue holder,
                                          text::JsonValue event) {
    for (const text::JsonValue said : {attribute["first_seen"], holder["first_seen"]}) {
      if (auto seen = ParseTimestamp(said.Text())) return seen;
    }
    if (auto seen = ParseEpochSeconds(attribute["timestamp"].Text())) return seen;
    return ParseTimestamp(event["date"].Text());
  }

  // Text for a note: in a feed, behind the event's UUID, which names the file.
  std::string Written(std::string_view text) const { return prefix_ + std::string(text); }

  Feed& feed_;
  std::string prefix_;     // of notes
  std::string file_;       // of the event, where that is not the policy's own
  uint32_t rule_ = 0;      // of the event
  FeedRule address_rule_;  // its other one
};

}  // namespace

void ReadMisp(std::string_view text, Feed& feed) {
  const text::JsonText json(text);
  if (json.fault()) {
    feed.Reject(json.fault()->line, json.fault()->reason, "");
    return;
  }
  MispReader(feed).Run(json.root());
}

}  // namespace tollgate::source
