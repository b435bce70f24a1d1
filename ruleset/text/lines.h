// SPDX-License-Identifier: BSD-3-Clause
//
// Text as lines, as other people's tools write them.

#ifndef TOLLGATE_RULESET_TEXT_LINES_H_
#define TOLLGATE_RULESET_TEXT_LINES_H_

#include <cstdint>
#include <cstring>
#include <string_view>

namespace tollgate::text {

inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

constexpr bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// `text` without blanks at its ends.
constexpr std::string_view Stripped(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// Takes the first word, which blanks end, off `text`; empty where there is none left.
constexpr std::string_view NextWord(std::string_view& text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  size_t end = 0;
  while (end < text.size() && !IsBlank(text[end])) ++end;
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

// Calls `take(line, number)` for every line, numbered from 1, without its end ("\n" or "\r\n") and
// without blanks at its ends. A byte order mark at the beginning is passed over.
template <typename Take>
void ForEachLine(std::string_view text, Take take) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const char* at = text.data();
  const char* const end = at + text.size();
  for (uint32_t number = 1; at < end; ++number) {
    const auto* line_end =
        static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
    if (line_end == nullptr) line_end = end;
    take(Stripped({at, static_cast<size_t>(line_end - at)}), number);
    at = line_end + 1;
  }
}

}  // namespace tollgate::text

#endif  // TOLLGATE_RULESET_TEXT_LINES_H_
