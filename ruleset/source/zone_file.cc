// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/zone_file.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <unordered_map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "ruleset/dns/type.h"
#include "ruleset/source/zone_entries.h"
#include "ruleset/source/zone_text.h"
#include "ruleset/text/yaml.h"

namespace tollgate::source {
namespace {

constexpr uint32_t kLongestTtl = 0x7fffffff;  // RFC 2181 section 8
constexpr size_t kMostKnownRecords = 4096;
constexpr size_t kLongestKnownRecord = 1000;
constexpr size_t kDeepestInclude = 10;
constexpr size_t kMostIncludes = 100;
constexpr size_t kLargestIncludes = size_t{1} << 30;  // octets of all of them
constexpr absl::string_view kTooLong = "a name longer than 255 octets";

// What a zone is called whose file does not say it: a name that no file has to do with.
const dns::Name& UnnamedZone() {
  static const dns::Name name = *dns::Name::FromText("\\000.");
  return name;
}
// Another one: what comes out differently below this, depends on how the zone is called.
const dns::Name& OtherUnnamedZone() {
  static const dns::Name name = *dns::Name::FromText("\\001.");
  return name;
}

absl::Status Bad(absl::string_view reason) { return absl::InvalidArgumentError(reason); }

bool IsWord(std::string_view word, absl::string_view wanted) {
  return absl::EqualsIgnoreCase({word.data(), word.size()}, wanted);
}

// Whether a name in presentation format ends with a dot that is no part of a label.
bool IsAbsolute(std::string_view name) {
  if (!name.ends_with('.')) return false;
  size_t backslashes = 0;
  while (backslashes + 1 < name.size() && name[name.size() - 2 - backslashes] == '\\') {
    ++backslashes;
  }
  return backslashes % 2 == 0;
}

// "3600", "1h30m", "2W" (the units are BIND's, and everybody's).
std::optional<uint32_t> ParseTtl(std::string_view word) {
  uint64_t seconds = 0;
  for (size_t i = 0; i < word.size();) {
    uint64_t number = 0;
    const size_t begin = i;
    for (; i < word.size() && absl::ascii_isdigit(static_cast<unsigned char>(word[i])); ++i) {
      number = number * 10 + static_cast<uint64_t>(word[i] - '0');
      if (number > kLongestTtl) return std::nullopt;
    }
    if (i == begin) return std::nullopt;
    uint64_t unit = 1;
    if (i < word.size()) {
      switch (absl::ascii_tolower(static_cast<unsigned char>(word[i++]))) {
        case 's':
          break;
        case 'm':
          unit = 60;
          break;
        case 'h':
          unit = 3600;
          break;
        case 'd':
          unit = 86400;
          break;
        case 'w':
          unit = 604800;
          break;
        default:
          return std::nullopt;
      }
    }
    seconds += number * unit;
    if (seconds > kLongestTtl) return std::nullopt;
  }
  return static_cast<uint32_t>(seconds);
}

class ZoneFileReader {
 public:
  ZoneFileReader(Feed& feed, const std::function<void(const ZoneRecord&)>& take)
      : feed_(feed), take_(take), origin_(UnnamedZone()) {}

  // Reads the file `path`, whose text is `text`. `include_line` is where it was included.
  void Read(std::string_view text, const std::string& path, std::optional<uint32_t> include_line) {
    open_files_.push_back(path);
    ZoneEntries entries(text);
    ZoneEntry entry;
    while (entries.Next(entry)) {
      if (include_line) entry.line = *include_line;
      if (!entry.fault.empty()) {
        if (entry.has_owner) owner_.reset();
        Reject(entry, entry.fault);
      } else if (entry.has_owner && entry.words[0].starts_with('$')) {
        TakeDirective(entry);
      } else {
        TakeRecord(entry);
      }
    }
    open_files_.pop_back();
  }

 private:
  // A type with its data.
  struct KnownRecord {
    absl::StatusOr<policy::Record> record;
    bool lies_in_unnamed_zone;
  };

  void Reject(const ZoneEntry& entry, absl::string_view reason) {
    feed_.Reject(entry.line, reason, entry.text);
  }

  // --- Directives -------------------------------------------------------------------------------

  void TakeDirective(const ZoneEntry& entry) {
    const std::string_view directive = entry.words[0];
    if (IsWord(directive, "$TTL")) {
      const auto ttl = entry.words.size() == 2 ? ParseTtl(entry.words[1]) : std::nullopt;
      if (!ttl) return Reject(entry, "a $TTL that is no number of seconds");
      default_ttl_ = ttl;
    } else if (IsWord(directive, "$ORIGIN")) {
      absl::StatusOr<dns::Name> name = Bad("");
      if (entry.words.size() == 2) name = Absolute(entry.words[1]);
      if (!name.ok()) Reject(entry, "an $ORIGIN that is no name");
      // After a bad one, what follows would lie somewhere else than its author means.
      SetOrigin(name.ok() ? std::optional(*name) : std::nullopt);
    } else if (IsWord(directive, "$INCLUDE")) {
      TakeInclude(entry);
    } else if (IsWord(directive, "$GENERATE")) {
      feed_.NotYet(entry.line, "a $GENERATE, which is BIND's own", entry.text);
    } else {
      Reject(entry, "an unknown directive");
    }
  }

  // RFC 1035 section 5.1: the file may be given an origin, and changes nothing about the one here.
  void TakeInclude(const ZoneEntry& entry) {
    if (!feed_.entry().allow_include) {
      return Reject(entry, "an $INCLUDE; 'include: follow' in the manifest would allow it");
    }
    if (entry.words.size() < 2 || entry.words.size() > 3) {
      return Reject(entry, "an $INCLUDE that is no file and origin");
    }
    std::optional<dns::Name> origin = origin_;
    if (entry.words.size() == 3) {
      absl::StatusOr<dns::Name> name = Absolute(entry.words[2]);
      if (!name.ok()) return Reject(entry, "an $INCLUDE that is no file and origin");
      origin = *name;
    }
    std::string_view file = entry.words[1];
    if (file.size() > 2 && file.front() == '"') file = file.substr(1, file.size() - 2);
    const std::filesystem::path path =
        std::filesystem::path(open_files_.back()).parent_path() / std::string(file);
    std::error_code error;
    for (const std::string& open : open_files_) {
      if (std::filesystem::equivalent(open, path, error)) {
        return Reject(entry, "an $INCLUDE of a file within itself");
      }
    }
    if (open_files_.size() > kDeepestInclude || included_ == kMostIncludes) {
      return Reject(entry, "an $INCLUDE beyond the limits (100 files, 10 in each other)");
    }
    // A pipe would keep the compiler waiting.
    std::string reason;
    std::optional<std::string> text;
    if (std::filesystem::is_regular_file(path, error)) {
      text = text::ReadFile(path.string(), kLargestIncludes - included_octets_, reason);
    }
    if (!text) return Reject(entry, "an $INCLUDE of a file that cannot be read");

    ++included_;
    included_octets_ += text->size();
    const std::optional<dns::Name> origin_before = origin_;
    const std::optional<dns::Name> owner_before = owner_;
    SetOrigin(origin);
    Read(*text, path.string(), entry.line);
    SetOrigin(origin_before);
    owner_ = owner_before;
  }

  // --- Names ------------------------------------------------------------------------------------

  void SetOrigin(const std::optional<dns::Name>& origin) {
    origin_ = origin;
    origin_is_apex_ = apex_ && origin_ && *apex_ == *origin_;
  }

  absl::StatusOr<dns::Name> Absolute(std::string_view word) const {
    constexpr absl::string_view kNoOrigin = "a relative name below an $ORIGIN that is no name";
    if (word == "@") {
      if (!origin_) return Bad(kNoOrigin);
      return *origin_;
    }
    absl::StatusOr<dns::Name> name = dns::Name::FromText(word);
    if (!name.ok() || IsAbsolute(word)) return name;
    if (!origin_) return Bad(kNoOrigin);
    std::vector<uint8_t> wire(name->Stored().begin(), name->Stored().end());
    wire.insert(wire.end(), origin_->wire().begin(), origin_->wire().end());
    const std::optional<dns::Name> whole = dns::Name::FromWire(wire);
    if (!whole) return Bad(kTooLong);
    return *whole;
  }

  // The owner that `word` means, relative to the apex.
  absl::StatusOr<dns::Name> Relative(std::string_view word) const {
    if (origin_is_apex_ && word != "@" && !IsAbsolute(word)) {  // almost every line
      absl::StatusOr<dns::Name> name = dns::Name::FromText(word);
      if (name.ok() && name->wire().size() + apex_->wire().size() - 1 > dns::kMaxWireLength) {
        return Bad(kTooLong);
      }
      return name;
    }
    absl::StatusOr<dns::Name> name = Absolute(word);
    if (!name.ok()) return name;
    if (apex_->label_count() != 0 && !name->IsWithin(apex_->Stored())) {
      return Bad("a record outside of the zone");
    }
    const size_t labels = name->label_count() - apex_->label_count();
    return *dns::Name::FromStored(name->wire().first(name->SuffixOffset(labels)));
  }

  // The first record says where the zone begins: its owner is the apex if it is the SOA, and the
  // origin is if it is another.
  absl::Status FindApex(const ZoneEntry& entry, std::string_view type) {
    absl::StatusOr<dns::Name> apex = origin_.value_or(UnnamedZone());
    if (IsWord(type, "SOA")) {
      apex = Absolute(entry.words[0]);
      if (!apex.ok()) return apex.status();
      // A server loads a zone by its name, which is the origin until an $ORIGIN says otherwise.
      if (origin_ && *origin_ == UnnamedZone()) origin_ = *apex;
    } else if (!ParseType(type).ok()) {
      return Bad(kUnknownType);
    }
    apex_ = *apex;
    SetOrigin(origin_);
    return absl::OkStatus();
  }

  // --- Records ----------------------------------------------------------------------------------

  void TakeRecord(const ZoneEntry& entry) {
    if (entry.has_owner) owner_.reset();  // whatever becomes of this one, the one before is past
    if (!entry.has_owner && !owner_) return Reject(entry, "a record without an owner");
    std::optional<uint32_t> ttl;
    size_t type_at = entry.has_owner ? 1 : 0;
    if (absl::string_view fault = ReadTtlAndClass(entry, type_at, ttl); !fault.empty()) {
      return Reject(entry, fault);
    }
    if (type_at == entry.words.size()) return Reject(entry, "a line without a record type");
    if (entry.has_owner) {
      absl::Status found = apex_ ? absl::OkStatus() : FindApex(entry, entry.words[type_at]);
      if (!found.ok()) return Reject(entry, found.message());
      absl::StatusOr<dns::Name> owner = Relative(entry.words[0]);
      if (!owner.ok()) return Reject(entry, owner.status().message());
      owner_ = *owner;
    }
    const KnownRecord& known = Parse(entry, type_at);
    if (!known.record.ok()) return Reject(entry, known.record.status().message());
    const policy::Record& record = *known.record;

    if (ttl) last_ttl_ = ttl;
    if (record.type == dns::kTypeSoa) soa_minimum_ = SoaMinimum(record.rdata);
    // RFC 2308 section 4; RFC 1035 section 5.1; and what BIND does where both are silent.
    for (const std::optional<uint32_t>& next : {default_ttl_, last_ttl_, soa_minimum_}) {
      if (!ttl) ttl = next;
    }
    take_({*owner_, record.type, record.rdata, ttl, known.lies_in_unnamed_zone, entry.line,
           entry.text});
  }

  // [TTL] [class] or [class] [TTL], from words[at] on, which is moved behind them. Returns a fault.
  static absl::string_view ReadTtlAndClass(const ZoneEntry& entry, size_t& at,
                                           std::optional<uint32_t>& ttl) {
    bool has_class = false;
    for (; at < entry.words.size(); ++at) {
      const std::string_view word = entry.words[at];
      if (!ttl && absl::ascii_isdigit(static_cast<unsigned char>(word[0]))) {
        ttl = ParseTtl(word);
        if (!ttl) return "a TTL that is no number of seconds";
      } else if (!has_class && (IsWord(word, "IN") || IsWord(word, "CLASS1"))) {
        has_class = true;
      } else if (!has_class && (IsWord(word, "CH") || IsWord(word, "HS") || IsWord(word, "CS"))) {
        return "a record of another class than IN";
      } else {
        break;
      }
    }
    return "";
  }

  // The record in words[at] and behind it. ldns reads each one once, for the same few come again
  // and again.
  const KnownRecord& Parse(const ZoneEntry& entry, size_t at) {
    const bool is_absolute_name = entry.words.size() == at + 2 &&
                                  IsWord(entry.words[at], "CNAME") &&
                                  IsAbsolute(entry.words[at + 1]);
    key_.clear();
    for (; at < entry.words.size(); ++at) {
      key_ += entry.words[at];
      if (at + 1 < entry.words.size()) key_ += ' ';
    }
    const size_t text_length = key_.size();
    const dns::Name& origin = origin_ ? *origin_ : UnnamedZone();
    if (!is_absolute_name) {
      const std::span<const uint8_t> wire = origin.wire();
      key_ += '\n';
      key_.append(reinterpret_cast<const char*>(wire.data()), wire.size());
    }
    auto known = known_.find(key_);
    if (known != known_.end()) return known->second;
    // What is kept stays small: a long record is kept alone, and a few thousand others.
    if (known_.size() >= kMostKnownRecords || text_length > kLongestKnownRecord) known_.clear();
    const std::string_view text = std::string_view(key_).substr(0, text_length);
    KnownRecord record{ParseRecord(text, origin), false};
    if (origin.IsWithin(UnnamedZone().Stored())) {
      absl::StatusOr<policy::Record> elsewhere = ParseRecord(text, OtherUnnamedZone());
      record.lies_in_unnamed_zone =
          record.record.ok() != elsewhere.ok() || (elsewhere.ok() && *elsewhere != *record.record);
    }
    return known_.emplace(key_, std::move(record)).first->second;
  }

  Feed& feed_;
  const std::function<void(const ZoneRecord&)>& take_;
  std::vector<std::string> open_files_;  // each includes the next
  size_t included_ = 0;
  size_t included_octets_ = 0;
  std::optional<dns::Name> apex_;    // not known before the first record
  std::optional<dns::Name> origin_;  // not known after a bad $ORIGIN
  bool origin_is_apex_ = false;
  std::optional<dns::Name> owner_;  // of the last record, relative to the apex
  std::optional<uint32_t> default_ttl_;
  std::optional<uint32_t> last_ttl_;
  std::optional<uint32_t> soa_minimum_;
  std::unordered_map<std::string, KnownRecord> known_;  // by text, and origin where it matters
  std::string key_;
};

}  // namespace

uint32_t SoaMinimum(std::string_view rdata) {
  uint32_t minimum = 0;
  for (unsigned char octet : rdata.substr(rdata.size() - std::min<size_t>(rdata.size(), 4))) {
    minimum = minimum << 8 | octet;
  }
  return minimum;
}

void ReadZoneFile(std::string_view text, Feed& feed,
                  const std::function<void(const ZoneRecord&)>& take) {
  ZoneFileReader(feed, take).Read(text, feed.path(), std::nullopt);
}

}  // namespace tollgate::source
