// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/dnsmasq.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "ruleset/dns/name.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/name_table.h"
#include "ruleset/text/lines.h"

namespace tollgate::source {
namespace {

// What a domain is told to do, from the weakest to the strongest: of several lines for one domain
// dnsmasq heeds the strongest (filter_servers() in its src/domain-match.c).
enum Kind : uint8_t { kNxdomain, kForwarded, kUsual, kRecords };

// By their numbers in the table.
using Records = std::array<std::optional<uint32_t>, 2>;

enum class Fate : uint8_t { kSkipped, kNotYet };

struct OtherOption {
  std::string_view name;
  Fate fate;
  absl::string_view reason;
};

constexpr absl::string_view kForwarder = "a forwarder, which blocks nothing";
constexpr absl::string_view kAnswerAddress = "a trigger on addresses in the answer";
constexpr absl::string_view kRecord = "a record of one name";
constexpr absl::string_view kOtherFile = "another file to read";
constexpr absl::string_view kAddressSet = "a set of addresses for a packet filter";
constexpr absl::string_view kOther = "another option of dnsmasq's";

// Options that have to do with names and answers, beside those that are read. All others are the
// business of a DHCP server, or of dnsmasq itself.
constexpr std::array<OtherOption, 20> kOtherOptions = {{
    {"rev-server", Fate::kSkipped, kForwarder}, {"ignore-address", Fate::kNotYet, kAnswerAddress},
    {"alias", Fate::kNotYet, kAnswerAddress},   {"cname", Fate::kNotYet, kRecord},
    {"host-record", Fate::kNotYet, kRecord},    {"dynamic-host", Fate::kNotYet, kRecord},
    {"txt-record", Fate::kNotYet, kRecord},     {"ptr-record", Fate::kNotYet, kRecord},
    {"srv-host", Fate::kNotYet, kRecord},       {"mx-host", Fate::kNotYet, kRecord},
    {"dns-rr", Fate::kNotYet, kRecord},         {"caa-record", Fate::kNotYet, kRecord},
    {"naptr-record", Fate::kNotYet, kRecord},   {"conf-file", Fate::kNotYet, kOtherFile},
    {"conf-dir", Fate::kNotYet, kOtherFile},    {"servers-file", Fate::kNotYet, kOtherFile},
    {"addn-hosts", Fate::kNotYet, kOtherFile},  {"hostsdir", Fate::kNotYet, kOtherFile},
    {"ipset", Fate::kSkipped, kAddressSet},     {"nftset", Fate::kSkipped, kAddressSet},
}};

bool IsOptionName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// `text` as an expression for itself.
std::string Escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '.') out += '\\';
    out += c;
  }
  return out;
}

// Reads one file of dnsmasq's.
class DnsmasqReader {
 public:
  explicit DnsmasqReader(Feed& feed)
      : feed_(feed), scope_(feed.entry().scope.value_or(policy::NameScope::kDomain)) {
    null_ = {*table_.NumberOfAddress("0.0.0.0"), *table_.NumberOfAddress("::")};
  }

  void TakeLine(std::string_view line, uint32_t number) {
    whole_ = line;
    number_ = number;
    // A '#' is a comment at the beginning of a line and behind a blank; elsewhere it is a value.
    for (size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
      if (at == 0 || text::IsBlank(line[at - 1])) {
        line = text::Stripped(line.substr(0, at));
        break;
      }
    }
    if (line.empty()) return;
    const size_t equals = line.find('=');
    const std::string_view option = text::Stripped(line.substr(0, equals));
    if (!IsOptionName(option)) return Reject("not an option of dnsmasq's");
    if (option == "server" || option == "local" || option == "address") {
      if (equals == std::string_view::npos) return Reject("an option without its value");
      std::string_view value = text::Stripped(line.substr(equals + 1));
      // dnsmasq takes quotes off.
      if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        value = value.substr(1, value.size() - 2);
      }
      return TakeDomains(value, option == "address");
    }
    if (option == "bogus-nxdomain" && equals != std::string_view::npos) {
      // An answer with this address in it is NXDOMAIN in truth, and so it stays, whatever the
      // policy does with names that it blocks.
      FeedRule rule{.id = "bogus-nxdomain", .subject = policy::Subject::kAddress};
      rule.answer.action = policy::Action::kNxdomain;
      rule.keeps_action = true;
      feed_.AddAddress(text::Stripped(line.substr(equals + 1)), feed_.Rule(rule), number_);
      return;
    }
    const auto* other =
        std::find_if(kOtherOptions.begin(), kOtherOptions.end(),
                     [&](const OtherOption& known) { return known.name == option; });
    if (other == kOtherOptions.end()) {
      feed_.Skip(number_, kOther, whole_);
    } else if (other->fate == Fate::kSkipped) {
      feed_.Skip(number_, other->reason, whole_);
    } else {
      feed_.NotYet(number_, other->reason, whole_);
    }
  }

  // Hands all names over, in the order of their lines.
  void Finish() {
    for (uint32_t i = 0; i < table_.size(); ++i) {
      const NameTable::Entry& entry = table_[i];
      const dns::Name name = *dns::Name::FromStored(table_.NameOf(entry));
      if (entry.kind == kForwarded && !IsWithinBlocked(name)) {
        feed_.Skip(entry.line, kForwarder, name.Text());
        continue;
      }
      const uint32_t rule =
          rules_.Get(feed_, table_, entry, entry.kind, [&] { return RuleOf(entry); });
      const bool is_plain = entry.scope == policy::NameScope::kDomain;
      feed_.AddName(name, rule, is_plain ? scope_ : entry.scope, entry.line);
    }
  }

 private:
  void Reject(absl::string_view reason) { feed_.Reject(number_, reason, whole_); }

  // "/a/b/1.2.3.4", "/a/", "1.2.3.4"
  void TakeDomains(std::string_view value, bool is_address) {
    const size_t last = value.rfind('/');
    if (value.empty() || value.front() != '/') {
      if (is_address) return Reject("no /domain/ in it");
      return feed_.Skip(number_, kForwarder, whole_);
    }
    if (last == 0) return Reject("no '/' behind the domain");
    const std::string_view target = value.substr(last + 1);
    Kind kind = kNxdomain;
    Records records;
    if (target == "#") {
      kind = is_address ? kRecords : kUsual;
      if (is_address) records = null_;
    } else if (!target.empty() && !is_address) {
      kind = kForwarded;
    } else if (!target.empty()) {
      kind = kRecords;
      records[0] = table_.NumberOfAddress(target);
      if (!records[0]) return Reject("neither an address nor '#' behind the domain");
    }
    for (std::string_view domains = value.substr(1, last - 1);;) {
      const size_t end = domains.find('/');
      TakeDomain(domains.substr(0, end), kind, records);
      if (end == std::string_view::npos) break;
      domains.remove_prefix(end + 1);
    }
  }

  void TakeDomain(std::string_view domain, Kind kind, const Records& records) {
    policy::NameScope scope = policy::NameScope::kDomain;
    if (domain.empty()) return feed_.Skip(number_, "a rule for names without a dot", whole_);
    if (domain.starts_with("*.")) {
      scope = policy::NameScope::kBelow;
      domain.remove_prefix(2);
    } else if (domain.front() == '*') {
      return TakeEnding(domain, kind, records);
    } else if (domain.front() == '.') {
      domain.remove_prefix(1);  // "for historical reasons" the same as without
    }
    if (domain == "#") domain = ".";
    if (absl::Status status = ParseStored(domain, stored_); !status.ok()) {
      return feed_.Reject(number_, status.message(), domain);
    }
    const uint32_t index = table_.FindOrAdd(
        {reinterpret_cast<const uint8_t*>(stored_.data()), stored_.size()}, scope, number_, kind);
    table_[index].kind = std::max<uint32_t>(table_[index].kind, kind);
    for (const std::optional<uint32_t>& record : records) {
      if (record) table_.AddRecord(index, *record);
    }
  }

  // "*evil.example": every name whose text ends so, at the boundary of a label or inside of one.
  void TakeEnding(std::string_view domain, Kind kind, const Records& records) {
    domain.remove_prefix(1);
    if (kind == kForwarded) return feed_.Skip(number_, kForwarder, whole_);
    absl::StatusOr<dns::Name> name = ParseIndicator(domain);
    if (!name.ok()) return feed_.Reject(number_, name.status().message(), whole_);
    if (name->label_count() == 0) return Reject("a '*' alone, which is every name");
    AnswerKeys answer;
    if (kind == kRecords) {
      answer.sinkhole.emplace();
      for (const std::optional<uint32_t>& record : records) {
        if (record) answer.sinkhole->push_back(table_.RecordAt(*record));
      }
    }
    FeedRule rule = RuleFor(kind, std::move(answer));
    rule.id += "-wildcard";
    feed_.AddPattern(rule, Escaped(name->Text()) + "$", /*whole_name=*/true, {}, whole_, number_);
  }

  FeedRule RuleOf(const NameTable::Entry& entry) const {
    AnswerKeys answer;
    if (entry.kind == kRecords) answer.sinkhole = table_.RecordsOf(entry);
    return RuleFor(static_cast<Kind>(entry.kind), std::move(answer));
  }

  static FeedRule RuleFor(Kind kind, AnswerKeys answer) {
    switch (kind) {
      case kRecords:
        answer.action = policy::Action::kSinkhole;
        return {.id = "address", .answer = std::move(answer)};
      case kUsual:
      case kForwarded:
        answer.action = policy::Action::kPass;
        return {.id = "server", .answer = std::move(answer), .keeps_action = true};
      case kNxdomain:
        break;
    }
    return {.id = "local", .answer = std::move(answer)};
  }

  // Whether this file itself blocks a domain around the name: a forwarder then is an exception.
  bool IsWithinBlocked(const dns::Name& name) const {
    const std::span<const uint8_t> stored = name.Stored();
    for (size_t label = 1; label <= name.label_count(); ++label) {
      const std::span<const uint8_t> around = stored.subspan(name.SuffixOffset(label));
      for (policy::NameScope scope : {policy::NameScope::kBelow, policy::NameScope::kDomain}) {
        if (std::optional<uint32_t> found = table_.Find(around, scope)) {
          const uint32_t kind = table_[*found].kind;
          return kind == kNxdomain || kind == kRecords;
        }
      }
    }
    return false;
  }

  Feed& feed_;
  policy::NameScope scope_;  // of plain domains
  NameTable table_;
  Records null_;
  RuleCache rules_;
  std::string stored_;
  std::string_view whole_;  // the line
  uint32_t number_ = 0;
};

}  // namespace

void ReadDnsmasq(std::string_view text, Feed& feed) {
  DnsmasqReader reader(feed);
  text::ForEachLine(text,
                    [&](std::string_view line, uint32_t number) { reader.TakeLine(line, number); });
  reader.Finish();
}

}  // namespace tollgate::source
