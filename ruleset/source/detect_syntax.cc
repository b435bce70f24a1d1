// SPDX-License-Identifier: BSD-3-Clause
//
// Which syntax a file is in: by its ending where that says it, by what only one syntax has, and
// else by what most of its first lines look like.

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "ruleset/source/csv.h"
#include "ruleset/source/feed_file.h"
#include "ruleset/source/hosts.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/syntax.h"
#include "ruleset/text/lines.h"

namespace tollgate::source {
namespace {

// As much of a text as is looked at. A licence of some hundred lines may stand before the rules.
constexpr size_t kMostText = size_t{1} << 20;
constexpr uint32_t kMostVotes = 500;

absl::string_view Abseil(std::string_view text) { return {text.data(), text.size()}; }

template <size_t kSize>
bool IsOneOf(std::string_view word, const std::array<std::string_view, kSize>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view known) {
    return absl::EqualsIgnoreCase(Abseil(word), Abseil(known));
  });
}

bool EndsWith(std::string_view file, std::string_view ending) {
  return absl::EndsWithIgnoreCase(Abseil(file), Abseil(ending));
}

// Calls `take(key, text behind its colon)` for every key of the outermost object of a JSON text, or
// of the objects of its outermost array, until it returns true.
template <typename Take>
void ForEachOuterKey(std::string_view json, Take take) {
  const size_t outermost = json.starts_with('[') ? 2 : 1;
  size_t depth = 0;
  for (size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    if (c != '"') continue;
    const size_t begin = ++at;
    while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
    if (at >= json.size()) return;
    if (depth != outermost) continue;
    const size_t colon = json.find_first_not_of(" \t\r\n", at + 1);
    if (colon == std::string_view::npos || json[colon] != ':') continue;
    const size_t value = std::min(json.find_first_not_of(" \t\r\n", colon + 1), json.size());
    if (take(json.substr(begin, at - begin), json.substr(value))) return;
  }
}

// MISP names the events of a feed by these.
bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : !absl::ascii_isxdigit(static_cast<unsigned char>(text[i]))) {
      return false;
    }
  }
  return true;
}

Syntax DetectJson(std::string_view json) {
  Syntax found = Syntax::kStix;
  ForEachOuterKey(json, [&](std::string_view key, std::string_view value) {
    if (key == "Event" || key == "Attribute" || key == "response" || IsUuid(key)) {
      found = Syntax::kMisp;
    } else if (key == "matching_attributes" || (key == "list" && value.starts_with('['))) {
      found = Syntax::kWarninglist;
    } else {
      return key == "spec_version" || key == "objects" ||
             (key == "type" && value.starts_with("\"bundle\""));
    }
    return true;
  });
  return found;
}

bool IsJson(std::string_view text) {
  if (text.starts_with('{')) return true;
  // "[Adblock Plus 2.0]" is none.
  const size_t inside = text.starts_with('[') ? text.find_first_not_of(" \t\r\n", 1) : 0;
  return inside != 0 && inside != std::string_view::npos && text[inside] == '{';
}

bool IsAdblock(std::string_view line) {
  if (line.starts_with("||") || line.starts_with("@@") || line.starts_with('|')) return true;
  if (line.size() > 2 && line.front() == '/' && line.find('/', 1) != std::string_view::npos) {
    return true;  // a regular expression, with options or without
  }
  return line.back() == '^' || line.find("^$") != std::string_view::npos ||
         line.find("##") != std::string_view::npos || line.find("#@#") != std::string_view::npos ||
         line.find("#?#") != std::string_view::npos || line.find("#$#") != std::string_view::npos;
}

bool IsDnsmasq(std::string_view line) {
  constexpr std::array<std::string_view, 12> kOptions = {
      "address", "server", "local", "bogus-nxdomain", "rev-server", "ipset",
      "nftset",  "cname",  "alias", "host-record",    "conf-file",  "addn-hosts"};
  const size_t equals = line.find('=');
  return equals != std::string_view::npos &&
         IsOneOf(text::Stripped(line.substr(0, equals)), kOptions);
}

bool IsUnbound(std::string_view word) {
  if (word.size() < 2 || word.back() != ':') return false;
  word.remove_suffix(1);
  return std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

// A resource record has its type behind its owner, TTL and class, each of which may be absent.
bool IsRecord(const std::vector<std::string_view>& words) {
  constexpr std::array<std::string_view, 9> kTypes = {"CNAME", "AAAA", "TXT", "SOA",  "NS",
                                                      "MX",    "PTR",  "SRV", "DNAME"};
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    // "A" is a word of prose too.
    if (IsOneOf(words[i], kTypes)) return true;
    if (words[i] == "A") return ClassifyHostsAddress(words[i + 1]) != HostsAddress::kNone;
    const bool is_ttl_or_class =
        words[i] == "IN" || absl::ascii_isdigit(static_cast<unsigned char>(words[i].front()));
    if (i > 0 && !is_ttl_or_class) return false;
  }
  return false;
}

bool IsName(std::string_view word) {
  return word.find('.') != std::string_view::npos &&
         std::all_of(word.begin(), word.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c >= 0x80 ||
                  std::string_view("-_.*[](){}/:").find(static_cast<char>(c)) !=
                      std::string_view::npos;
         });
}

// The syntax that a line, which is neither empty nor a comment, looks like; nothing where it looks
// like none or like any.
std::optional<Syntax> Classify(std::string_view line) {
  constexpr size_t kLongestLine = 4096;
  line = line.substr(0, kLongestLine);
  if (IsAdblock(line)) return Syntax::kAdblock;
  if (IsDnsmasq(line)) return Syntax::kDnsmasq;
  std::vector<std::string_view> words;
  for (std::string_view rest = line; words.size() < 8;) {
    const std::string_view word = text::NextWord(rest);
    if (word.empty() || word.front() == '#') break;
    words.push_back(word);
  }
  if (words.empty()) return std::nullopt;
  if (IsUnbound(words[0])) return Syntax::kUnbound;
  if (Refang(words[0]).find("://") != std::string::npos) return Syntax::kUrls;
  if (words.size() > 1 && ClassifyHostsAddress(words[0]) != HostsAddress::kNone) {
    return Syntax::kHosts;
  }
  if (IsRecord(words)) return Syntax::kRpz;
  if (words.size() == 1 && IsName(words[0])) return Syntax::kDomains;
  return std::nullopt;
}

// Counts what the lines of a text look like.
class Votes {
 public:
  explicit Votes(std::string_view text) {
    text::ForEachLine(text, [&](std::string_view line, uint32_t number) {
      if (line.empty() || line.front() == '#' || line.front() == '!' || line.front() == ';' ||
          decided_ || total_ == kMostVotes) {
        return;
      }
      if (line.starts_with("[Ad") || line.starts_with("[uBlock")) {
        decided_ = Syntax::kAdblock;
      } else if (line.starts_with("$TTL") || line.starts_with("$ORIGIN") ||
                 line.starts_with("$INCLUDE") || line.starts_with("$GENERATE")) {
        decided_ = Syntax::kRpz;
      } else if (std::optional<Syntax> syntax = Classify(line)) {
        ++votes_[static_cast<size_t>(*syntax)];
        if (total_++ == 0) first_line_ = number;
      }
    });
  }

  // What only one syntax has.
  std::optional<Syntax> decided() const { return decided_; }

  // Whether the line comes before every line that looks like something.
  bool AllBehind(uint32_t line) const { return total_ == 0 || line < first_line_; }

  Syntax Winner(Syntax if_none) const {
    if (total_ == 0) return if_none;
    // Of equals the one that says more.
    constexpr std::array<Syntax, 7> kOrder = {Syntax::kRpz,    Syntax::kUnbound, Syntax::kDnsmasq,
                                              Syntax::kHosts,  Syntax::kAdblock, Syntax::kUrls,
                                              Syntax::kDomains};
    // Lists for ad blockers may hold plain names and hosts lines: one rule in twenty is enough.
    const uint32_t list = Of(Syntax::kAdblock) + Of(Syntax::kHosts) + Of(Syntax::kDomains);
    if (Of(Syntax::kAdblock) > 0 && Of(Syntax::kAdblock) * 20 >= list && list * 2 > total_) {
      return Syntax::kAdblock;
    }
    return *std::max_element(kOrder.begin(), kOrder.end(),
                             [&](Syntax a, Syntax b) { return Of(a) < Of(b); });
  }

 private:
  uint32_t Of(Syntax syntax) const { return votes_[static_cast<size_t>(syntax)]; }

  std::array<uint32_t, kSyntaxNames.size()> votes_{};
  uint32_t total_ = 0;
  uint32_t first_line_ = 0;
  std::optional<Syntax> decided_;
};

}  // namespace

Syntax DetectSyntax(std::string_view file, std::string_view text) {
  file = WithoutCompression(file);
  if (EndsWith(file, ".yaml") || EndsWith(file, ".yml")) return Syntax::kCampaign;
  if (EndsWith(file, ".csv") || EndsWith(file, ".tsv")) return Syntax::kCsv;
  if (text.starts_with(text::kByteOrderMark)) text.remove_prefix(text::kByteOrderMark.size());
  const std::string_view json =
      text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  if (IsJson(json)) return DetectJson(json);
  const Votes votes(text.substr(0, kMostText));
  if (std::optional<Syntax> decided = votes.decided()) return *decided;
  if (std::optional<CsvHeader> header = FindCsvHeader(text, "");
      header && votes.AllBehind(header->line)) {
    return Syntax::kCsv;
  }
  const bool is_zone = EndsWith(file, ".rpz") || EndsWith(file, ".zone") || EndsWith(file, ".db");
  return votes.Winner(is_zone ? Syntax::kRpz : Syntax::kDomains);
}

}  // namespace tollgate::source
