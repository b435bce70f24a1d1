// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/unbound_conf.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "ruleset/dns/name.h"
#include "ruleset/dns/type.h"
#include "ruleset/source/name_table.h"
#include "ruleset/source/zone_text.h"
#include "ruleset/text/lines.h"

namespace tollgate::source {
namespace {

constexpr absl::string_view kSomeClients = "a rule for some clients only";
constexpr absl::string_view kOther = "another option of Unbound's";

// What a name of the configuration is. Zone types come first, by what is left of them in a filter:
// inform_deny, for one, is deny with a line in a log.
enum class Kind : uint8_t {
  kStatic,     // NXDOMAIN but for the local data
  kRefuse,     // REFUSED but for the local data
  kDeny,       // dropped but for the local data
  kUsual,      // resolved as usual but for the names of the local data
  kUsualType,  // the same, but for the types of the local data
  kRedirect,   // the apex's data for every name
  kAlwaysUsual,
  kAlwaysNxdomain,
  kAlwaysNodata,
  kAlwaysRefuse,
  kAlwaysDeny,
  kAlwaysNull,
  kNoA,
  kTruncate,
  // No zones:
  kData,       // a name with local data
  kDataTypes,  // the same, whose other types are the zone's matter
  kEmpty,      // a name without data of its own, above one with local data
  kPlaced,     // local data that belongs elsewhere, or nowhere
};

constexpr std::array<std::pair<std::string_view, Kind>, 17> kZoneTypes = {{
    {"static", Kind::kStatic},
    {"refuse", Kind::kRefuse},
    {"deny", Kind::kDeny},
    {"inform_deny", Kind::kDeny},
    {"transparent", Kind::kUsual},
    {"inform", Kind::kUsual},
    {"typetransparent", Kind::kUsualType},
    {"redirect", Kind::kRedirect},
    {"inform_redirect", Kind::kRedirect},
    {"always_transparent", Kind::kAlwaysUsual},
    {"always_nxdomain", Kind::kAlwaysNxdomain},
    {"always_nodata", Kind::kAlwaysNodata},
    {"always_refuse", Kind::kAlwaysRefuse},
    {"always_deny", Kind::kAlwaysDeny},
    {"always_null", Kind::kAlwaysNull},
    {"block_a", Kind::kNoA},
    {"truncate", Kind::kTruncate},
}};

// Clauses hold options, and have no value themselves.
constexpr std::array<std::string_view, 13> kClauses = {
    "server:", "remote-control:", "stub-zone:", "forward-zone:", "auth-zone:", "view:",  "python:",
    "dynlib:", "dnscrypt:",       "cachedb:",   "ipset:",        "rpz:",       "dnstap:"};

constexpr std::array<std::string_view, 7> kForSomeClients = {
    "local-zone-tag:",      "local-zone-override:",       "access-control-tag:",
    "access-control-view:", "access-control-tag-action:", "access-control-tag-data:",
    "define-tag:"};

template <size_t kSize>
bool IsOneOf(std::string_view word, const std::array<std::string_view, kSize>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

struct Token {
  std::string_view text;  // without its quotes
  uint32_t line = 0;
  bool is_key = false;  // ends in a colon, without quotes
};

// Takes the text apart as Unbound's own lexer does: blanks and line ends separate, quotes of either
// kind keep together and end with the line, '#' begins a comment.
class Tokens {
 public:
  explicit Tokens(std::string_view text) : text_(text) {
    if (text_.starts_with(text::kByteOrderMark)) at_ = text::kByteOrderMark.size();
    Advance();
  }

  const std::optional<Token>& next() const { return next_; }
  std::optional<Token> Take() {
    std::optional<Token> taken = next_;
    Advance();
    return taken;
  }

 private:
  void Advance() {
    next_.reset();
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size() - 1);
      } else if (!text::IsBlank(c) && c != '\n') {
        break;
      }
      if (text_[at_] == '\n') ++line_;
    }
    if (at_ == text_.size()) return;
    const char quote = text_[at_];
    if (quote == '"' || quote == '\'') {
      const size_t end =
          std::min(text_.find_first_of(quote == '"' ? "\"\n" : "'\n", at_ + 1), text_.size());
      next_ = {text_.substr(at_ + 1, end - at_ - 1), line_, false};
      at_ = end < text_.size() && text_[end] == quote ? end + 1 : end;
      return;
    }
    const size_t end = std::min(text_.find_first_of(" \t\r\n\"'", at_), text_.size());
    next_ = {text_.substr(at_, end - at_), line_, text_[end - 1] == ':'};
    at_ = end;
  }

  std::string_view text_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  std::optional<Token> next_;
};

// Reads one configuration.
class UnboundReader {
 public:
  explicit UnboundReader(Feed& feed)
      : feed_(feed), zone_scope_(feed.entry().scope.value_or(policy::NameScope::kDomain)) {
    null_ = {*ParseSinkholeRecord("0.0.0.0"), *ParseSinkholeRecord("::")};
  }

  void Read(std::string_view text) {
    Tokens tokens(text);
    while (std::optional<Token> token = tokens.Take()) {
      if (!token->is_key) {
        feed_.Reject(token->line, "not an option of Unbound's", token->text);
        while (tokens.next() && !tokens.next()->is_key && tokens.next()->line == token->line) {
          tokens.Take();
        }
      } else if (IsOneOf(token->text, kClauses)) {
        in_view_ = token->text == "view:";
      } else {
        TakeOption(*token, tokens);
      }
    }
  }

  // Hands all names over, zones and data in the order of their lines.
  void Finish() {
    for (uint32_t i = 0; i < table_.size(); ++i) {
      if (KindOf(i) == Kind::kData) PlaceData(i);
    }
    for (uint32_t i = 0; i < table_.size(); ++i) {
      const NameTable::Entry& entry = table_[i];
      if (KindOf(i) == Kind::kPlaced) continue;
      const uint32_t rule =
          rules_.Get(feed_, table_, entry, entry.kind, [&] { return RuleFor(entry); });
      const bool is_zone = entry.scope == policy::NameScope::kDomain;
      feed_.AddName(*dns::Name::FromStored(table_.NameOf(entry)), rule,
                    is_zone ? zone_scope_ : entry.scope, entry.line);
    }
  }

 private:
  Kind KindOf(uint32_t index) const { return static_cast<Kind>(table_[index].kind); }

  void TakeOption(const Token& key, Tokens& tokens) {
    std::array<std::string_view, 2> values;
    size_t count = 0;
    while (tokens.next() && IsValue(*tokens.next(), key, count)) {
      if (count < values.size()) values[count] = tokens.next()->text;
      ++count;
      tokens.Take();
    }
    const bool is_zone = key.text == "local-zone:";
    const bool is_data = key.text == "local-data:";
    if (!is_zone && !is_data) return TakeOther(key);
    const std::string_view shown = values[0];
    if (count != WantedValues(key.text)) {
      return feed_.Reject(key.line,
                          is_zone ? "not a name and a type behind local-zone:"
                                  : "not one record in quotes behind local-data:",
                          shown);
    }
    if (in_view_) return feed_.NotYet(key.line, kSomeClients, shown);
    is_zone ? TakeZone(values[0], values[1], key.line) : TakeData(values[0], key.line);
  }

  // Whether the token belongs to the option, which has `count` values already.
  static bool IsValue(const Token& token, const Token& key, size_t count) {
    // The first value may look like a key: "interface: ::".
    if (token.is_key) return count == 0 && token.line == key.line;
    return token.line == key.line || count < WantedValues(key.text);
  }
  static size_t WantedValues(std::string_view key) { return key == "local-zone:" ? 2 : 1; }

  void TakeOther(const Token& key) {
    if (key.text == "include:" || key.text == "include-toplevel:") {
      feed_.NotYet(key.line, "another file to read", key.text);
    } else if (IsOneOf(key.text, kForSomeClients)) {
      feed_.NotYet(key.line, kSomeClients, key.text);
    } else if (key.text == "response-ip:" || key.text == "response-ip-data:") {
      feed_.NotYet(key.line, "a trigger on addresses in the answer", key.text);
    } else if (key.text == "local-data-ptr:") {
      feed_.Skip(key.line, "the name of an address", key.text);
    } else {
      feed_.Skip(key.line, kOther, key.text);
    }
  }

  uint32_t Add(const std::string& stored, policy::NameScope scope, uint32_t line, Kind kind) {
    return table_.FindOrAdd({reinterpret_cast<const uint8_t*>(stored.data()), stored.size()}, scope,
                            line, static_cast<uint8_t>(kind));
  }
  void SetKind(uint32_t index, Kind kind) { table_[index].kind = static_cast<uint8_t>(kind); }

  void TakeZone(std::string_view name, std::string_view type, uint32_t line) {
    const auto* known = std::find_if(kZoneTypes.begin(), kZoneTypes.end(),
                                     [&](const auto& pair) { return pair.first == type; });
    if (known == kZoneTypes.end()) {
      if (type == "nodefault") return feed_.Skip(line, "a default zone of Unbound's", name);
      if (type == "noview") return feed_.NotYet(line, kSomeClients, name);
      if (type == "ipset") return feed_.Skip(line, "a set of addresses for a packet filter", name);
      return feed_.Reject(line, "a zone type that Unbound does not know", type);
    }
    if (absl::Status status = ParseStored(name, stored_); !status.ok()) {
      return feed_.Reject(line, status.message(), name);
    }
    const size_t before = table_.size();
    const uint32_t index = Add(stored_, policy::NameScope::kDomain, line, known->second);
    if (table_.size() > before) return;
    // Unbound takes the zones of a file from the last to the first, and keeps what comes first.
    feed_.Skip(table_[index].line, "a zone that a later line says again", name);
    table_[index].line = line;
    SetKind(index, known->second);
  }

  // "www.example. 3600 IN A 192.0.2.1": TTL and class may be absent, and stand in either order.
  void TakeData(std::string_view record, uint32_t line) {
    std::string_view rest = record;
    const std::string_view owner = text::NextWord(rest);
    std::string_view type = text::NextWord(rest);
    for (int i = 0; i < 2 && IsTtlOrClass(type); ++i) type = text::NextWord(rest);
    absl::StatusOr<uint16_t> number = ParseType(type);
    if (!number.ok()) return feed_.Reject(line, "no record type in the local data", record);
    if (const std::string word = TypeText(*number); word == "SOA" || word == "NS") {
      return feed_.Skip(line, "the SOA or NS record of a local zone", record);
    }
    if (absl::Status status = ParseStored(owner, stored_); !status.ok()) {
      return feed_.Reject(line, status.message(), record);
    }
    const std::string_view data(type.data(), static_cast<size_t>(record.end() - type.begin()));
    absl::StatusOr<policy::Record> parsed = ParseSinkholeRecord(data);
    if (!parsed.ok()) return feed_.Reject(line, "not a valid record for an answer", record);
    const uint32_t index = Add(stored_, policy::NameScope::kHost, line, Kind::kData);
    table_.AddRecord(index, table_.NumberOf(*parsed));
  }

  static bool IsTtlOrClass(std::string_view word) {
    uint32_t ttl = 0;
    const absl::string_view text(word.data(), word.size());
    return absl::EqualsIgnoreCase(text, "IN") || absl::SimpleAtoi(text, &ttl);
  }

  // The zone that a name lies in: the longest one.
  std::optional<uint32_t> ZoneAround(const dns::Name& name, size_t& label) const {
    const std::span<const uint8_t> stored = name.Stored();
    for (label = 0; label <= name.label_count(); ++label) {
      std::optional<uint32_t> zone =
          table_.Find(stored.subspan(name.SuffixOffset(label)), policy::NameScope::kDomain);
      if (zone) return zone;
    }
    return std::nullopt;
  }

  // What the zone around a name makes of its data.
  void PlaceData(uint32_t index) {
    const NameTable::Entry data = table_[index];
    const dns::Name name = *dns::Name::FromStored(table_.NameOf(data));
    size_t apex = 0;
    const std::optional<uint32_t> zone = ZoneAround(name, apex);
    if (!zone) return;
    if (KindOf(*zone) == Kind::kRedirect) {
      SetKind(index, Kind::kPlaced);
      if (apex != 0) {
        return feed_.Reject(data.line, "local data below the apex of a redirect zone", name.Text());
      }
      for (const policy::Record& record : table_.RecordsOf(data)) {
        table_.AddRecord(*zone, table_.NumberOf(record));
      }
    } else if (KindOf(*zone) > Kind::kRedirect) {
      SetKind(index, Kind::kPlaced);
      feed_.Skip(data.line, "local data of a zone whose type passes over it", name.Text());
    } else if (KindOf(*zone) == Kind::kUsualType || KindOf(*zone) == Kind::kRefuse ||
               KindOf(*zone) == Kind::kDeny) {
      SetKind(index, Kind::kDataTypes);
    } else if (KindOf(*zone) == Kind::kStatic) {
      // A name above one that exists does so too (RFC 8020), up to the apex: NODATA.
      const std::span<const uint8_t> stored = name.Stored();
      for (size_t label = 1; label <= apex; ++label) {
        table_.FindOrAdd(stored.subspan(name.SuffixOffset(label)), policy::NameScope::kHost,
                         data.line, static_cast<uint8_t>(Kind::kEmpty));
      }
    }
  }

  FeedRule RuleFor(const NameTable::Entry& entry) const {
    FeedRule rule{.id = "local-zone"};
    switch (static_cast<Kind>(entry.kind)) {
      case Kind::kStatic:
      case Kind::kAlwaysNxdomain:
        break;  // what a feed does by itself
      case Kind::kRefuse:
      case Kind::kAlwaysRefuse:
        rule.answer.action = policy::Action::kRefused;
        break;
      case Kind::kDeny:
      case Kind::kAlwaysDeny:
        rule.answer.action = policy::Action::kDrop;
        break;
      case Kind::kUsual:
      case Kind::kUsualType:
      case Kind::kAlwaysUsual:
        rule.answer.action = policy::Action::kPass;
        rule.keeps_action = true;
        break;
      case Kind::kNoA:
        rule.qtypes.types = {dns::kTypeA};
        [[fallthrough]];
      case Kind::kAlwaysNodata:
        rule.answer.action = policy::Action::kNodata;
        break;
      case Kind::kAlwaysNull:
        SetRecords(null_, rule);
        break;
      case Kind::kRedirect:
        SetRecords(table_.RecordsOf(entry), rule);
        break;
      case Kind::kTruncate:
        rule.answer.action = policy::Action::kTruncate;
        break;
      case Kind::kData:
      case Kind::kDataTypes:
      case Kind::kEmpty:
        rule.id = "local-data";
        SetRecords(table_.RecordsOf(entry), rule);
        if (static_cast<Kind>(entry.kind) == Kind::kDataTypes) {
          rule.qtypes.types = TypesOf(*rule.answer.sinkhole);
        }
        break;
      case Kind::kPlaced:
        break;  // has none
    }
    return rule;
  }

  // An answer without records is NODATA.
  static void SetRecords(std::vector<policy::Record> records, FeedRule& rule) {
    rule.answer.action = records.empty() ? policy::Action::kNodata : policy::Action::kSinkhole;
    rule.answer.sinkhole = std::move(records);
  }

  // None, which is all, where one is a CNAME: it answers every type.
  static std::vector<uint16_t> TypesOf(const std::vector<policy::Record>& sorted) {
    std::vector<uint16_t> types;
    for (const policy::Record& record : sorted) {
      if (record.type == dns::kTypeCname) return {};
      if (types.empty() || types.back() != record.type) types.push_back(record.type);
    }
    return types;
  }

  Feed& feed_;
  policy::NameScope zone_scope_;
  std::vector<policy::Record> null_;
  NameTable table_;
  RuleCache rules_;
  std::string stored_;
  bool in_view_ = false;
};

}  // namespace

void ReadUnboundConf(std::string_view text, Feed& feed) {
  UnboundReader reader(feed);
  reader.Read(text);
  reader.Finish();
}

}  // namespace tollgate::source
