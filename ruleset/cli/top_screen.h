// SPDX-License-Identifier: BSD-3-Clause
//
// What `tollgate top` shows, as lines of text: for a terminal of any size, or none.

#ifndef TOLLGATE_RULESET_CLI_TOP_SCREEN_H_
#define TOLLGATE_RULESET_CLI_TOP_SCREEN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ruleset/cli/top_model.h"

namespace tollgate::cli {

enum class Style : uint8_t { kPlain, kTitle, kFaint, kGood, kBad };

struct Span {
  std::string text;  // UTF-8, each character one column wide, none of them a control character
  Style style = Style::kPlain;
};
using ScreenLine = std::vector<Span>;
using Screen = std::vector<ScreenLine>;

// All of it, or one of its lists in full.
enum class TopView : uint8_t { kOverview, kCampaigns, kRules, kNames, kClients, kDecisions };
inline constexpr size_t kTopViews = 6;

struct TopSettings {
  std::string socket;
  TopView view = TopView::kOverview;
  bool held = false;         // the display, by the user
  bool help = false;         // instead of all else
  bool block_chars = false;  // whether the terminal shows U+2581 to U+2588
  bool footer = true;        // the line that names the keys
};

// At most `height` lines of at most `width` columns. What comes from outside, names of queries
// foremost, is shown without characters that a terminal would obey.
Screen DrawTop(const TopModel& model, const TopSettings& settings, size_t width, size_t height);

// Columns of `text`.
size_t ColumnsOf(std::string_view text);

// The lines as plain text.
std::string PlainText(const Screen& screen);

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_TOP_SCREEN_H_
