// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/report_word.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "ruleset/dns/name.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/report_address.h"

namespace tollgate::source {
namespace {

bool IsSlash(char32_t c) { return c == '/' || c == '\\'; }
bool IsLower(char32_t c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char32_t c) { return c >= 'A' && c <= 'Z'; }
bool IsOneOf(char32_t c, std::u32string_view set) { return set.find(c) != set.npos; }

// Behind a host, these say that it is part of an expression: "com-[a-z]+.top".
bool BeginsTemplate(char32_t c) { return IsOneOf(c, U"[{<(*+?$%^"); }

// Judges one word.
class WordJudge {
 public:
  WordJudge(const Word& word, const Cells& cells, const PublicSuffixList& suffixes,
            std::vector<Host>& hosts, WordReader& reader)
      : word_(word), cells_(cells), suffixes_(suffixes), hosts_(hosts), reader_(reader) {}

  // Takes word_ apart where prose has stuck to a name, and judges the parts:
  //   see|evil.com|and|bad.com (in kana)
  // A label of which all is in such a script belongs to the name: it is internationalised.
  void Run(ReportStyle style, bool in_url) {
    size_t part = 0;    // where the part begins
    size_t label = 0;   // where the label begins
    bool first = true;  // whether it is the part's first label
    for (size_t i = 0; i <= word_.size(); ++i) {
      const bool ends = i == word_.size() || At(word_[i]) == '.';
      if (!ends && i > label && IsGlue(At(word_[i])) != IsGlue(At(word_[i - 1]))) {
        // In a URL the first label begins where the host begins.
        if (!(in_url && first && part == 0)) {
          if (!first || !IsGlue(At(word_[i - 1]))) JudgePart(part, i, style, in_url && part == 0);
          part = label = i;
          first = true;
        }
      }
      if (ends) {
        label = i + 1;
        first = false;
      }
    }
    JudgePart(part, word_.size(), style, in_url && part == 0);
  }

 private:
  char32_t At(size_t i) const { return i < cells_.size() ? cells_[i].code : 0; }

  bool IsTopLevelDomain(size_t begin, size_t end) const {
    return end - begin <= dns::kMaxLabelLength && suffixes_.IsTopLevelDomain(WordText(begin, end));
  }

  // Leaves glue at the end out, in which there may be a top-level domain.
  void JudgePart(size_t begin, size_t end, ReportStyle style, bool in_url) {
    while (end > begin && IsGlue(At(word_[end - 1]))) {
      size_t label = end;
      while (label > begin && IsGlue(At(word_[label - 1])) && end - label <= 12) --label;
      if (label == begin || At(word_[label - 1]) != '.') break;
      size_t last = end;
      while (last > label && !IsTopLevelDomain(label, last)) --last;
      if (last > label) {
        end = last;
        break;
      }
      end = label - 1;
    }
    Judge(begin, end, style, in_url);
  }

  // Says what word_[begin, end) is.
  void Judge(size_t begin, size_t end, ReportStyle style, bool in_url) {
    const bool from_template = begin < end && TemplateInFront(begin, in_url);
    while (end > begin && IsOneOf(At(word_[end - 1]), U".")) --end;
    if (begin < end && end == word_.size() && IsOneOf(At(word_[end - 1]), U"-_") &&
        BeginsTemplate(At(word_.back() + 1))) {
      return reader_.LeaveOut(word_[begin], word_[end - 1] + 1, LeftOut::kTemplate);
    }
    const bool emphasised = begin < end && At(word_[end - 1]) == '_';  // "_evil.com_" in Markdown
    while (end > begin && IsOneOf(At(word_[end - 1]), U".-_")) --end;
    while (begin < end && IsOneOf(At(word_[begin]), emphasised ? U".-_" : U".-")) ++begin;
    if (begin == end) return;
    for (size_t i = begin; i < end; ++i) {
      if (cells_[word_[i]].fanged) style = ReportStyle::kDefanged;
    }
    const std::string text = WordText(begin, end);
    if (text.find('.') == std::string::npos) return;
    const size_t first = word_[begin];
    const size_t last = word_[end - 1] + 1;
    if (end == word_.size() && style == ReportStyle::kPlain && At(last) == '(') {
      return reader_.LeaveOut(first, last, LeftOut::kCode);
    }
    if (JudgeNumbers(text, begin, end, style, in_url)) return;
    const size_t dot = text.rfind('.');
    if (!suffixes_.IsTopLevelDomain(text.substr(dot + 1))) {
      return reader_.LeaveOut(first, last, LeftOut::kNoTopLevelDomain);
    }
    if (At(last) == '.' && BeginsTemplate(At(last + 1)) && style == ReportStyle::kPlain) {
      return reader_.LeaveOut(first, last, LeftOut::kTemplate);
    }
    if (style == ReportStyle::kPlain && LooksLikeCode(begin, end, text)) {
      return reader_.LeaveOut(first, last, LeftOut::kCode);
    }
    AddName(text, first, last, style, from_template);
  }

  // "[redacted]evil.com": the first label is not whole.
  bool TemplateInFront(size_t begin, bool in_url) const {
    const size_t first = word_[begin];
    if (first == 0 || begin != 0 || in_url || !IsAsciiAlnum(At(first))) return false;
    if (!IsOneOf(At(first - 1), U"]}")) return false;
    constexpr size_t kLongest = 40;
    for (size_t i = first - 1; i > 0 && first - i < kLongest; --i) {
      const char32_t c = At(i - 1);
      if (c == '[' || c == '{')
        return !IsAsciiDigit(At(i)) && i + 1 < first;  // "[1]" is a footnote
      if (!IsHostCharacter(c) && c != ' ') return false;
    }
    return false;
  }

  bool LooksLikeCode(size_t begin, size_t end, const std::string& text) const {
    // "System.IO", "the end.And": a name has one case, at least in its last label.
    size_t tld = end;
    while (tld > begin && At(word_[tld - 1]) != '.') --tld;
    auto is_upper = [&](size_t i) { return IsUpper(At(word_[i])); };
    auto is_lower = [&](size_t i) { return IsLower(At(word_[i])); };
    bool any_upper = false;
    bool any_lower = false;
    for (size_t i = tld; i < end; ++i) any_upper |= is_upper(i);
    for (size_t i = begin; i < end; ++i) any_lower |= is_lower(i);
    if (any_upper && any_lower) return true;
    constexpr std::array<std::string_view, 8> kPackages = {"com.", "org.", "net.",  "edu.",
                                                           "gov.", "io.",  "java.", "android."};
    return std::count(text.begin(), text.end(), '.') >= 2 &&
           std::any_of(kPackages.begin(), kPackages.end(),
                       [&](std::string_view package) { return text.starts_with(package); });
  }

  // Whether it is nothing but numbers; then it is an address or nothing.
  bool JudgeNumbers(const std::string& text, size_t begin, size_t end, ReportStyle style,
                    bool in_url) {
    const size_t hyphen = text.find('-');
    if (hyphen != std::string::npos && LooksLikeIpv4(std::string_view(text).substr(0, hyphen)) &&
        LooksLikeIpv4(std::string_view(text).substr(hyphen + 1))) {
      Judge(begin, begin + hyphen, style, in_url);  // a range, of ASCII alone
      Judge(begin + hyphen + 1, end, style, in_url);
      return true;
    }
    if (style == ReportStyle::kDefanged && CutWhatSticks(text, begin, style, in_url)) return true;
    const std::string_view last = std::string_view(text).substr(text.rfind('.') + 1);
    // The URL Standard: a host that ends in a number is an IPv4 address or an error.
    if (!IsNumber(last)) return false;
    const size_t first = word_[begin];
    const size_t tail = word_[end - 1] + 1;
    const bool number_in_front = first > 0 && (At(first - 1) == '+' || At(first - 1) == '.');
    std::optional<std::string> address = in_url ? ReadIpv4(text) : ReadDottedQuad(text);
    if (address && !number_in_front) {
      reader_.AddAddress(std::move(*address), first, tail, style, in_url);
    } else if (style == ReportStyle::kDefanged) {
      reader_.LeaveOut(first, tail, LeftOut::kNotAName);
    }
    return true;
  }

  // "192.0.2[.]1IP", "192.0.2[.]1-9": something has stuck to the address.
  bool CutWhatSticks(const std::string& text, size_t begin, ReportStyle style, bool in_url) {
    const size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    if (digits == text.size() || text[digits] == 'x' ||
        !ReadDottedQuad(std::string_view(text).substr(0, digits)) ||
        text.find('.', digits) != std::string::npos) {
      return false;
    }
    Judge(begin, begin + digits, style, in_url);
    return true;
  }

  // Adds the name in `text`. Labels on its left that no host has are left out where the rest was
  // clearly meant (it was defanged); so is the first one of "[redacted]evil.com".
  void AddName(std::string text, size_t begin, size_t end, ReportStyle style, bool cut_first) {
    auto is_good = [](std::string_view label) {
      return !label.empty() && label.size() <= 4 * dns::kMaxLabelLength && label.front() != '-' &&
             label.back() != '-' &&
             (label.size() <= dns::kMaxLabelLength || static_cast<uint8_t>(label[0]) >= 0x80);
    };
    if (cut_first && style != ReportStyle::kDefanged) {
      return reader_.LeaveOut(begin, end, LeftOut::kTemplate);
    }
    size_t keep = 0;
    if (cut_first) keep = text.find('.') + 1;
    for (size_t at = keep; at <= text.size();) {
      const size_t dot = std::min(text.find('.', at), text.size());
      if (!is_good(std::string_view(text).substr(at, dot - at))) {
        if (style != ReportStyle::kDefanged)
          return reader_.LeaveOut(begin, end, LeftOut::kNotAName);
        keep = dot + 1;
      }
      at = dot + 1;
    }
    // "_.example.com" is what is left of a pattern.
    while (keep < text.size() && text.compare(keep, 2, "_.") == 0) keep += 2;
    if (keep >= text.size()) return reader_.LeaveOut(begin, end, LeftOut::kNotAName);
    text.erase(0, keep);
    absl::StatusOr<dns::Name> name = ParseIndicator(text);
    if (!name.ok() || name->label_count() < 2 || HasUnderscoreInDomain(*name)) {
      return reader_.LeaveOut(begin, end, LeftOut::kNotAName);
    }
    Host host;
    host.value = name->Text();
    host.begin = begin;
    host.end = host.tail = end;
    host.style = style;
    host.public_suffix = suffixes_.KindOf(*name) != PublicSuffixList::Kind::kNone;
    // "<name>.pages.example": the names below it were meant.
    if (host.public_suffix && BelowTemplate(begin))
      return reader_.LeaveOut(begin, end, LeftOut::kTemplate);
    hosts_.push_back(std::move(host));
  }

  // Whether "<...>.", "*." or the like stands in front of `at`.
  bool BelowTemplate(size_t at) const {
    return at >= 2 && At(at - 1) == '.' && IsOneOf(At(at - 2), U"]}>)*%");
  }

  // Nobody can register a name with one.
  static bool HasUnderscoreInDomain(const dns::Name& name) {
    const std::string domain = name.Text(name.label_count() - 2);
    return domain.find('_') != std::string::npos;
  }

  std::string WordText(size_t begin, size_t end) const {
    std::string text;
    for (size_t i = begin; i < end; ++i) AppendLower(At(word_[i]), text);
    return text;
  }

  const Word& word_;
  const Cells& cells_;
  const PublicSuffixList& suffixes_;
  std::vector<Host>& hosts_;
  WordReader& reader_;
};

}  // namespace

std::string TextOf(const Cells& cells, size_t begin, size_t end) {
  std::string text;
  for (size_t i = begin; i < end; ++i) AppendLower(cells[i].code, text);
  return text;
}

void WordReader::Read(const Word& word, ReportStyle style, bool in_url) {
  if (!word.empty()) WordJudge(word, cells_, suffixes_, hosts_, *this).Run(style, in_url);
}

void WordReader::AddAddress(std::string address, size_t begin, size_t end, ReportStyle style,
                            bool in_url) {
  auto at = [&](size_t i) { return i < cells_.size() ? cells_[i].code : 0; };
  for (size_t i = begin; i < end; ++i) {
    if (cells_[i].fanged) style = ReportStyle::kDefanged;
  }
  Host host;
  host.kind = ReportKind::kAddress;
  host.style = style;
  if (at(end) == '/' && !in_url) {
    constexpr size_t kMostDigits = 4;
    size_t last = end + 1;
    while (IsAsciiDigit(at(last)) && last <= end + kMostDigits) ++last;
    const bool whole = !IsSlash(at(last)) && at(last) != '?' &&
                       (!IsHostCharacter(at(last)) || IsGlue(at(last))) &&
                       !(at(last) == '.' && IsHostCharacter(at(last + 1)));
    std::optional<std::string> prefix;
    if (whole) prefix = ReadPrefix(address, TextOf(cells_, end + 1, last));
    if (prefix) {
      host.kind = ReportKind::kPrefix;
      address = std::move(*prefix);
      end = last;
    }
  }
  host.left_out = IsReserved(address) ? LeftOut::kReserved : LeftOut::kNot;
  host.value = std::move(address);
  host.begin = begin;
  host.end = host.tail = end;
  hosts_.push_back(std::move(host));
}

void WordReader::LeaveOut(size_t begin, size_t end, LeftOut reason) {
  Host host;
  host.value = TextOf(cells_, begin, end);
  if (host.value.find('.') == std::string::npos) return;
  host.begin = begin;
  host.end = host.tail = end;
  host.left_out = reason;
  hosts_.push_back(std::move(host));
}

bool WordReader::EndsInTopLevelDomain(const Word& word) const {
  auto is_dot = [&](size_t i) { return cells_[word[i]].code == '.'; };
  size_t end = word.size();
  while (end > 0 && is_dot(end - 1)) --end;
  std::string label;
  size_t begin = end;
  while (begin > 0 && !is_dot(begin - 1) && end - begin <= dns::kMaxLabelLength) --begin;
  for (size_t i = begin; i < end; ++i) AppendLower(cells_[word[i]].code, label);
  return begin > 1 && suffixes_.IsTopLevelDomain(label);
}

}  // namespace tollgate::source
