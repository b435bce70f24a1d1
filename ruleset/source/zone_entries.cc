// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/zone_entries.h"

#include <algorithm>
#include <array>

#include "ruleset/text/lines.h"

namespace tollgate::source {
namespace {

// A parenthesis that nobody closes would hold the rest of the file: more lines than this are not
// meant. Also what bounds the time: no line is looked at more often.
constexpr size_t kMostLines = 100;

constexpr std::array<bool, 256> MakeWordEndTable() {
  std::array<bool, 256> table{};
  for (unsigned char c : {' ', '\t', '\r', '\n', ';', '(', ')'}) table[c] = true;
  return table;
}
constexpr std::array<bool, 256> kEndsWord = MakeWordEndTable();

}  // namespace

ZoneEntries::ZoneEntries(std::string_view text) : text_(text) {
  if (text_.starts_with(text::kByteOrderMark)) at_ = text::kByteOrderMark.size();
}

bool ZoneEntries::IsAtLineEnd() const { return at_ == text_.size() || text_[at_] == '\n'; }

// The text from `at` to the end of its line.
std::string_view ZoneEntries::RestOfLine(size_t at) const {
  return text_.substr(at, std::min(text_.find('\n', at), text_.size()) - at);
}

bool ZoneEntries::Next(ZoneEntry& entry) {
  entry.fault = "";
  entry.words.clear();
  while (entry.words.empty() && at_ < text_.size()) {
    const size_t begin = at_;
    entry.line = line_;
    entry.has_owner = text_[at_] != ' ' && text_[at_] != '\t';
    entry.fault = ReadWords(entry.words);
    if (!entry.fault.empty()) {
      entry.words.clear();
      entry.text = text::Stripped(RestOfLine(begin));
      at_ = std::min(begin + RestOfLine(begin).size() + 1, text_.size());
      line_ = entry.line + 1;
      return true;
    }
    if (!entry.words.empty()) entry.text = text::Stripped(RestOfLine(begin));
    if (at_ < text_.size()) ++at_;
    ++line_;
  }
  return !entry.words.empty();
}

// Reads up to the end of the line that ends the entry. Returns a fault.
absl::string_view ZoneEntries::ReadWords(std::vector<std::string_view>& words) {
  size_t depth = 0;
  const uint32_t first_line = line_;
  while (true) {
    if (at_ == text_.size()) return depth == 0 ? "" : "a parenthesis that is not closed";
    switch (text_[at_]) {
      case '\n':
        if (depth == 0) return "";
        if (++line_ - first_line > kMostLines) return "a parenthesis that is not closed";
        ++at_;
        break;
      case ' ':
      case '\t':
      case '\r':
        ++at_;
        break;
      case ';':
        at_ += RestOfLine(at_).size();
        break;
      case '(':
        ++depth;
        ++at_;
        break;
      case ')':
        if (depth == 0) return "a closing parenthesis too many";
        --depth;
        ++at_;
        break;
      default:
        if (absl::string_view fault = ReadWord(words); !fault.empty()) return fault;
    }
  }
}

// A quoted part may stand anywhere in a word: SVCB has alpn="h2,h3". Returns a fault.
absl::string_view ZoneEntries::ReadWord(std::vector<std::string_view>& words) {
  const size_t begin = at_;
  bool quoted = false;
  while (!IsAtLineEnd()) {
    const char c = text_[at_];
    if (!quoted && kEndsWord[static_cast<unsigned char>(c)]) break;
    if (c == '"') quoted = !quoted;
    ++at_;
    if (c == '\\' && !IsAtLineEnd()) ++at_;
  }
  if (quoted) return "a quote that is not closed";
  words.push_back(text_.substr(begin, at_ - begin));
  return "";
}

}  // namespace tollgate::source
