// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/top_terminal.h"

#include <langinfo.h>

#define NCURSES_NOMACROS
#include <ncurses.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tollgate::cli {
namespace {

enum : short { kGoodPair = 1, kBadPair = 2 };

attr_t AttributesOf(Style style, bool in_colour) {
  switch (style) {
    case Style::kPlain:
      return A_NORMAL;
    case Style::kTitle:
      return A_BOLD;
    case Style::kFaint:
      return A_DIM;
    case Style::kGood:
      return in_colour ? COLOR_PAIR(kGoodPair) : A_NORMAL;
    case Style::kBad:
      return in_colour ? COLOR_PAIR(kBadPair) : A_BOLD;
  }
  return A_NORMAL;
}

}  // namespace

struct Terminal::Curses {
  SCREEN* screen = nullptr;
  bool in_colour = false;
};

Terminal::Terminal(std::unique_ptr<Curses> curses) : curses_(std::move(curses)) {}

absl::StatusOr<std::unique_ptr<Terminal>> Terminal::Open(bool in_colour) {
  // newterm says so where initscr would end the program.
  SCREEN* screen = newterm(nullptr, stdout, stdin);
  if (screen == nullptr) {
    const char* term = std::getenv("TERM");
    return absl::FailedPreconditionError(
        absl::StrCat("this terminal (TERM=", term == nullptr ? "" : term,
                     ") cannot be drawn on; --once prints plain text"));
  }
  cbreak();
  noecho();
  nonl();
  curs_set(0);
  keypad(stdscr, TRUE);
  auto curses = std::make_unique<Curses>();
  curses->screen = screen;
  curses->in_colour = in_colour && has_colors();
  if (curses->in_colour) {
    start_color();
    use_default_colors();
    init_pair(kGoodPair, COLOR_GREEN, -1);
    init_pair(kBadPair, COLOR_RED, -1);
  }
  return std::unique_ptr<Terminal>(new Terminal(std::move(curses)));
}

Terminal::~Terminal() {
  endwin();
  delscreen(curses_->screen);
}

size_t Terminal::width() const { return static_cast<size_t>(std::max(getmaxx(stdscr), 0)); }
size_t Terminal::height() const { return static_cast<size_t>(std::max(getmaxy(stdscr), 0)); }

bool Terminal::ShowsUtf8() {
  static const bool utf8 =
      std::setlocale(LC_CTYPE, "") != nullptr && std::strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  return utf8;
}

void Terminal::Draw(const Screen& screen) {
  erase();
  for (size_t y = 0; y < screen.size(); ++y) {
    move(static_cast<int>(y), 0);
    for (const Span& span : screen[y]) {
      attrset(static_cast<int>(AttributesOf(span.style, curses_->in_colour)));
      addnstr(span.text.data(), static_cast<int>(span.text.size()));
    }
  }
  attrset(A_NORMAL);
  refresh();
}

int Terminal::Key(int milliseconds) {
  wtimeout(stdscr, milliseconds);
  const int key = getch();
  return key == ERR || key == KEY_RESIZE ? 0 : key;
}

}  // namespace tollgate::cli
