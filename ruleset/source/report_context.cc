// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/report_context.h"

#include <algorithm>
#include <array>
#include <span>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace tollgate::source {
namespace {

constexpr size_t kWindow = 80;        // cells before and behind a host that are looked at
constexpr size_t kShortestHash = 32;  // MD5's hexadecimal digits

// Top-level domains that are better known as extensions of files.
constexpr std::array<std::string_view, 16> kExtensions = {"zip", "mov", "py",  "sh",  "pl",  "rs",
                                                          "md",  "so",  "ps",  "cab", "one", "pub",
                                                          "cc",  "js",  "bat", "cpl"};

// What is said right in front of an indicator: all of it, or its end behind a blank.
constexpr std::array<std::string_view, 42> kIntroductions = {"payload url",
                                                             "download url",
                                                             "ioc",
                                                             "indicator",
                                                             "dns query for",
                                                             "dns queries for",
                                                             "dns request for",
                                                             "dns requests for",
                                                             "dns query to",
                                                             "dns queries to",
                                                             "dns lookup for",
                                                             "dns lookup of",
                                                             "dns lookups for",
                                                             "dns lookups of",
                                                             "c2",
                                                             "c2 server",
                                                             "c2 domain",
                                                             "c2 address",
                                                             "c2 host",
                                                             "c&c",
                                                             "c&c server",
                                                             "c&c domain",
                                                             "command and control server",
                                                             "command and control domain",
                                                             "command-and-control server",
                                                             "command-and-control domain",
                                                             "malicious domain",
                                                             "malicious host",
                                                             "malicious site",
                                                             "malicious website",
                                                             "malicious ip",
                                                             "malicious ip address",
                                                             "phishing domain",
                                                             "phishing site",
                                                             "phishing page",
                                                             "exfiltration server",
                                                             "beacons to",
                                                             "beaconing to",
                                                             "exfiltrates to",
                                                             "exfiltrated to",
                                                             "calls home to",
                                                             "onion address"};

// What only a colon makes an introduction, and only of names and addresses: "URL:" stands in front
// of references, too.
constexpr std::array<std::string_view, 7> kLabels = {"domain", "domains", "domain name", "host",
                                                     "fqdn",   "ip",      "ip address"};

// "C2 server", "communication destination", "malicious site", "fake site", "phishing site" in
// Japanese; "malicious domain" in Chinese. They stand in front without a blank.
constexpr std::array<std::string_view, 6> kGluedIntroductions = {
    "c2\xe3\x82\xb5\xe3\x83\xbc\xe3\x83\x90\xe3\x83\xbc",
    "\xe9\x80\x9a\xe4\xbf\xa1\xe5\x85\x88",
    "\xe4\xb8\x8d\xe6\xad\xa3\xe3\x82\xb5\xe3\x82\xa4\xe3\x83\x88",
    "\xe5\x81\xbd\xe3\x82\xb5\xe3\x82\xa4\xe3\x83\x88",
    "\xe3\x83\x95\xe3\x82\xa3\xe3\x83\x83\xe3\x82\xb7\xe3\x83\xb3\xe3\x82\xb0\xe3\x82\xb5"
    "\xe3\x82\xa4\xe3\x83\x88",
    "\xe6\x81\xb6\xe6\x84\x8f\xe5\x9f\x9f\xe5\x90\x8d"};

// Words that clear a name of which nothing but they is known.
constexpr std::array<std::string_view, 12> kHarmless = {
    "legitimate",
    "benign",
    "not malicious",
    "not inherently malicious",
    "connectivity check",
    "address check",
    "impersonat",
    "spoof",
    "decoy",
    "genuine",
    "\xe6\xad\xa3\xe8\xa6\x8f",  // "legitimate" in Japanese
    "\xe6\xad\xa3\xe5\xbd\x93"};

constexpr std::array<std::string_view, 9> kFileWords = {
    "file name",
    "filename",
    "file:",
    "file location",
    "attachment",
    "archive",
    "attached",
    "\xe3\x83\x95\xe3\x82\xa1\xe3\x82\xa4\xe3\x83\xab",  // "file" in Japanese
    "\xe6\x96\x87\xe4\xbb\xb6"};                         // in Chinese

constexpr std::array<std::string_view, 5> kSizes = {" bytes", " kb", " mb", " kib", " mib"};

constexpr std::array<std::string_view, 16> kIndicatorHeadings = {
    "indicator",
    "ioc",
    "c2",
    "c&c",
    "command and control",
    "malicious",
    "phishing domain",
    "domains",
    "network",
    "urls",
    "ip address",
    "infrastructure",
    "\xe4\xbe\xb5\xe5\xae\xb3",              // "compromise" in Japanese
    "\xe9\x80\x9a\xe4\xbf\xa1\xe5\x85\x88",  // "communication destination"
    "\xe3\x83\x89\xe3\x83\xa1\xe3\x82\xa4\xe3\x83\xb3",
    "\xe5\x9f\x9f\xe5\x90\x8d"};  // "domain" in Japanese, in Chinese

constexpr std::array<std::string_view, 10> kReferenceHeadings = {
    "reference",
    "further reading",
    "related",
    "sources",
    "see also",
    "resources",
    "read more",
    "\xe5\x8f\x82\xe8\x80\x83",
    "\xe5\x87\xba\xe5\x85\xb8",   // "reference", "source" in Japanese
    "\xe9\x96\xa2\xe9\x80\xa3"};  // "related"

bool IsSpace(char32_t c) { return c == ' ' || c == '\t' || c == '\r'; }
bool IsQuote(char32_t c) {
  return std::u32string_view(U"\"'`()[]<>*\u201c\u201d\u300c\u300d").find(c) !=
         std::u32string_view::npos;
}

bool ContainsAny(std::string_view text, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return text.find(word) != std::string_view::npos;
  });
}

// Whether `text` ends in one of `words`, and a blank or nothing stands in front of it.
bool EndsInWord(std::string_view text, std::span<const std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    if (!text.ends_with(word)) return false;
    const size_t rest = text.size() - word.size();
    return rest == 0 || !absl::ascii_isalnum(static_cast<unsigned char>(text[rest - 1]));
  });
}

void StripEnd(std::string& text, std::string_view characters) {
  text.resize(text.find_last_not_of(characters) + 1);
}

}  // namespace

void Section::TakeLine(std::string_view line, bool has_hosts) {
  constexpr size_t kLongestHeading = 120;
  const absl::string_view stripped = absl::StripAsciiWhitespace({line.data(), line.size()});
  if (has_hosts || stripped.empty() || stripped.size() > kLongestHeading) return;
  const bool marked = stripped.front() == '#' || stripped.back() == ':' ||
                      absl::EndsWith(stripped, "\xef\xbc\x9a") || absl::EndsWith(stripped, "**");
  const bool capitals = std::any_of(stripped.begin(), stripped.end(), absl::ascii_isupper) &&
                        std::none_of(stripped.begin(), stripped.end(), absl::ascii_islower);
  const bool short_line = stripped.size() <= 40 && stripped.back() != '.';
  const std::string heading = absl::AsciiStrToLower(stripped);
  if (!marked && !capitals && !short_line) return;
  if (ContainsAny(heading, kReferenceHeadings)) {
    kind_ = Kind::kReferences;
  } else if (ContainsAny(heading, kIndicatorHeadings)) {
    kind_ = Kind::kIndicators;
  } else if (marked || capitals) {
    kind_ = Kind::kOther;
  }
}

LineContext::LineContext(const Cells& cells, const std::vector<Host>& hosts, const Section& section)
    : cells_(cells), hosts_(hosts), section_(section) {
  for (const Host& host : hosts) {
    if (host.style == ReportStyle::kDefanged && host.left_out == LeftOut::kNot) ++defanged_;
  }
  size_t digits = 0;
  bool in_word = false;  // something stands in front of the digits that is none
  for (const Cell& cell : cells) {
    if (cell.code < 0x80 && absl::ascii_isxdigit(static_cast<unsigned char>(cell.code))) {
      ++digits;
      continue;
    }
    const bool part_of_word = IsHostCharacter(cell.code) || cell.code == '.';
    has_hash_ |= digits >= kShortestHash && !in_word && !part_of_word;
    digits = 0;
    in_word = part_of_word;
  }
  has_hash_ |= digits >= kShortestHash && !in_word;
}

std::string LineContext::Before(size_t at) const {
  std::string text;
  for (size_t i = at > kWindow ? at - kWindow : 0; i < at; ++i) AppendLower(cells_[i].code, text);
  return text;
}

std::string LineContext::After(size_t at) const {
  std::string text;
  for (size_t i = at; i < std::min(at + kWindow, cells_.size()); ++i) {
    AppendLower(cells_[i].code, text);
  }
  return text;
}

bool LineContext::BeginsItem(const Host& host) const {
  constexpr size_t kWidest = 24;
  if (host.begin > kWidest) return false;
  size_t i = host.begin;
  // The scheme of a URL belongs to it.
  if (i >= 3 && cells_[i - 1].code == '/' && cells_[i - 2].code == '/') {
    i -= 3;
    while (i > 0 && IsAsciiAlnum(cells_[i - 1].code)) --i;
  }
  while (i > 0 && !IsHostCharacter(cells_[i - 1].code)) --i;
  if (i == 0) return true;
  for (size_t j = 0; j < i; ++j) {  // "12. ", "- "
    if (IsHostCharacter(cells_[j].code) && !IsAsciiDigit(cells_[j].code) && cells_[j].code != '-') {
      return false;
    }
  }
  const char32_t next = cells_[i].code;
  return cells_[i - 1].code == '-' || ((next == '.' || next == ')') && i <= 4);
}

bool LineContext::BeginsCell(const Host& host) const {
  size_t i = host.begin;
  size_t spaces = 0;
  for (; i > 0 && (IsSpace(cells_[i - 1].code) || IsQuote(cells_[i - 1].code)); --i) {
    if (cells_[i - 1].code == '\t') return true;
    spaces += IsSpace(cells_[i - 1].code) ? 1 : 0;
  }
  if (i == 0 || spaces >= 2) return true;
  const char32_t before = cells_[i - 1].code;
  if (before == '|' || before == ',' || before == ';') return true;
  return (before == '-' || before == '>' || before == 0x2013) && spaces > 0;
}

bool LineContext::EndsCell(const Host& host) const {
  size_t i = host.tail;
  size_t spaces = 0;
  for (; i < cells_.size() && (IsSpace(cells_[i].code) || IsQuote(cells_[i].code)); ++i) {
    if (cells_[i].code == '\t' || cells_[i].code == '(') return true;
    spaces += IsSpace(cells_[i].code) ? 1 : 0;
  }
  if (i == cells_.size() || spaces >= 2) return true;
  const char32_t next = cells_[i].code;
  if (next == '|' || next == ',' || next == ';') return true;
  return (next == '-' || next == 0x2013) && spaces > 0;
}

bool LineContext::EndsLine(const Host& host) const {
  size_t i = host.tail;
  while (i < cells_.size() && (IsSpace(cells_[i].code) || IsQuote(cells_[i].code))) ++i;
  return i == cells_.size();
}

Surroundings LineContext::Around(size_t i) const {
  const Host& host = hosts_[i];
  Surroundings around;
  around.begins_item = BeginsItem(host);
  around.whole_item = around.begins_item && EndsLine(host);
  around.whole_cell = BeginsCell(host) && EndsCell(host);
  around.defanged_cell = defanged_ > (host.style == ReportStyle::kDefanged ? 1U : 0U);
  around.indicators = section_.indicators();
  around.references = section_.references();

  std::string before = Before(host.begin);
  const std::string after = After(host.end);
  around.harmless = ContainsAny(before, kHarmless) || ContainsAny(after, kHarmless);
  const size_t dot = host.value.rfind('.');
  const std::string_view tld = std::string_view(host.value).substr(dot + 1);
  around.file_like = host.kind == ReportKind::kName && dot != std::string::npos &&
                     std::find(kExtensions.begin(), kExtensions.end(), tld) != kExtensions.end();
  around.file = has_hash_ || ContainsAny(before, kFileWords) ||
                (around.file_like && (ContainsAny(after, kSizes) || ContainsAny(before, kSizes)));

  if (before.ends_with("://")) {  // what introduces the URL
    before.resize(before.size() - 3);
    while (!before.empty() && absl::ascii_isalnum(static_cast<unsigned char>(before.back()))) {
      before.pop_back();
    }
  }
  StripEnd(before, " \t\"'`([<*");
  around.introduced = EndsInWord(before, kIntroductions) ||
                      std::any_of(kGluedIntroductions.begin(), kGluedIntroductions.end(),
                                  [&](std::string_view word) { return before.ends_with(word); });
  if (!around.introduced && before.ends_with(':')) {
    StripEnd(before, " \t:\"'`*");
    around.introduced = EndsInWord(before, kIntroductions) ||
                        (host.style != ReportStyle::kUrl && EndsInWord(before, kLabels)) ||
                        std::any_of(kGluedIntroductions.begin(), kGluedIntroductions.end(),
                                    [&](std::string_view word) { return before.ends_with(word); });
  }
  around.introduced = around.introduced && !around.harmless;
  return around;
}

}  // namespace tollgate::source
