// SPDX-License-Identifier: BSD-3-Clause
//
// A terminal that is drawn on as a whole. The only file that speaks to ncurses.

#ifndef TOLLGATE_RULESET_CLI_TOP_TERMINAL_H_
#define TOLLGATE_RULESET_CLI_TOP_TERMINAL_H_

#include <cstddef>
#include <memory>

#include "absl/status/statusor.h"
#include "ruleset/cli/top_screen.h"

namespace tollgate::cli {

class Terminal {
 public:
  // Takes standard input and output, until it is destroyed. Errors: a kind of terminal that ncurses
  // does not know.
  static absl::StatusOr<std::unique_ptr<Terminal>> Open(bool in_colour);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  size_t width() const;
  size_t height() const;
  // Whether its character set is UTF-8.
  static bool ShowsUtf8();

  void Draw(const Screen& screen);

  // The next key, or 0 where none was pressed for so long or the terminal has another size now.
  int Key(int milliseconds);

 private:
  struct Curses;
  explicit Terminal(std::unique_ptr<Curses> curses);

  std::unique_ptr<Curses> curses_;
};

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_TOP_TERMINAL_H_
