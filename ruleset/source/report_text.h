// SPDX-License-Identifier: BSD-3-Clause
//
// A line of prose as a row of characters from which the defanging has been taken, each of which
// knows where in the line it stood:
//
//   written    u s p s . _ c o m - i c 1 [.] t o p
//   cells      u s p s . _ c o m - i c 1  .  t o p
//                                         ^ fanged
//
// Indicators are looked for in the cells, and shown as they were written.

#ifndef TOLLGATE_RULESET_SOURCE_REPORT_TEXT_H_
#define TOLLGATE_RULESET_SOURCE_REPORT_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::source {

struct Cell {
  char32_t code;   // full-width forms and odd spaces as their ASCII ones
  uint32_t begin;  // octets of the line that it stands for
  uint32_t end;
  bool fanged = false;       // written so that nobody would click it
  bool ideographic = false;  // a dot that may as well end a Japanese or Chinese sentence
};

using Cells = std::vector<Cell>;

// Replaces `cells` with those of `line`, which is UTF-8; octets that are not become U+FFFD. Takes
// time linear in the length of the line, which must be less than 4 GiB.
//
// What counts as defanging: a dot, colon, slashes or "@" in one to three brackets of any kind, with
// spaces in them or not, also as a word in the languages that reports are written in; "[." and ".]"
// and "\." inside a name; one letter of a name in brackets; a full-width dot; a dot,
// colon or slash as a character reference of HTML. Characters without
// width are left out.
void ReadCells(std::string_view line, Cells& cells);

// Letters, digits, '-' and '_', in any script.
bool IsHostCharacter(char32_t code);
bool IsAsciiAlnum(char32_t code);
bool IsAsciiDigit(char32_t code);

// Letters of scripts that are written without spaces between words or that take particles (Han,
// Kana, Hangul, Thai and so on, Arabic, Hebrew): prose in them sticks to names. Letters of Latin,
// Greek and Cyrillic are not: what sticks to a name there is part of it.
bool IsGlue(char32_t code);

// The length in octets of the UTF-8 character at `at`, which must lie in `text`; 0 where there is
// none.
size_t Utf8Length(std::string_view text, size_t at);

// Appends `code` as UTF-8, ASCII letters in lower case.
void AppendLower(char32_t code, std::string& text);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_REPORT_TEXT_H_
