// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/top_screen.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "ruleset/cli/console.h"
#include "ruleset/cli/humane.h"
#include "ruleset/control/totals.h"

namespace tollgate::cli {
namespace {

using control::Gauge;
using control::Recent;
using control::ServiceCounter;
using control::Snapshot;

constexpr size_t kWide = 120;        // columns from which four lists stand side by side
constexpr size_t kCountColumns = 9;  // of a list: "1,234,567"
constexpr size_t kLeastRows = 3;     // of a list, or of decisions, that is worth its title

constexpr std::array<std::string_view, 8> kBlocks = {"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83",
                                                     "\xe2\x96\x84", "\xe2\x96\x85", "\xe2\x96\x86",
                                                     "\xe2\x96\x87", "\xe2\x96\x88"};
constexpr std::array<std::string_view, 8> kAsciiBlocks = {".", ":", "-", "=", "+", "*", "%", "#"};

constexpr char kHelp[] = R"(tollgate top: what a running module does, as it does it

  q        end
  p        hold the display; again: go on
  s        one list after the other in full, then all of them again
  ?        this page, and back

queries    all that clients asked, answers from Unbound's cache included
blocked    share of them that a rule answered
shadow     queries that rules in shadow mode would have answered
cache      share that Unbound answered from its cache, without asking the module
verdict    time that the module takes, of a sample, in the last minute
graphs     one column for each interval, scaled to their highest
decisions  (nxdomain): a rule in shadow mode, which decides nothing
lists      as the module counts them since it was started

docs/metrics.md explains every number; 'tollgate ctl stats' prints them all.
)";

std::string Cut(const std::string& text, size_t columns) {
  if (text.size() <= columns) return text;
  if (columns <= 3) return text.substr(0, columns);
  return text.substr(0, columns - 3) + "...";
}

// Of a name the end says most.
std::string CutName(const std::string& name, size_t columns) {
  if (name.size() <= columns) return name;
  if (columns <= 3) return name.substr(name.size() - columns);
  return "..." + name.substr(name.size() - (columns - 3));
}

std::string Padded(std::string text, size_t columns) {
  const size_t used = ColumnsOf(text);
  if (used < columns) text.append(columns - used, ' ');
  return text;
}

std::string RightPadded(const std::string& text, size_t columns) {
  return text.size() < columns ? std::string(columns - text.size(), ' ') + text : text;
}

std::string Percent(double share) {
  const auto part = static_cast<uint64_t>(std::llround(share * 1e6));
  return ShareText(part, 1'000'000);
}

class Drawing {
 public:
  Drawing(const TopModel& model, const TopSettings& settings, size_t width, size_t height)
      : model_(model), settings_(settings), width_(width), height_(height) {}

  Screen Draw() {
    if (settings_.help) {
      DrawHelp();
    } else {
      DrawHead();
      if (model_.state()) DrawBody();
      if (settings_.footer) DrawFooter();
    }
    return Fitted();
  }

 private:
  void Add(ScreenLine line) { screen_.push_back(std::move(line)); }

  size_t left() const {
    const size_t used = screen_.size() + (settings_.footer ? 1 : 0);
    return height_ > used ? height_ - used : 0;
  }

  // No line is longer than the screen, and there are not more of them.
  Screen Fitted() {
    if (screen_.size() > height_) screen_.resize(height_);
    for (ScreenLine& line : screen_) {
      size_t room = width_;
      for (Span& span : line) {
        const size_t columns = ColumnsOf(span.text);
        if (columns > room) {
          size_t end = 0;
          for (size_t taken = 0; end < span.text.size(); ++end) {
            const bool begins = (static_cast<unsigned char>(span.text[end]) & 0xc0) != 0x80;
            if (begins && taken++ == room) break;
          }
          span.text.resize(end);
          room = 0;
        } else {
          room -= columns;
        }
      }
    }
    return std::move(screen_);
  }

  void DrawHelp() {
    std::string_view text = kHelp;
    while (!text.empty()) {
      const size_t end = text.find('\n');
      Add({{std::string(text.substr(0, end))}});
      text.remove_prefix(end + 1);
    }
  }

  // Left and right on one line; the right one goes first where both do not fit.
  void AddSpread(ScreenLine left, const std::string& right, Style style) {
    size_t used = 0;
    for (const Span& span : left) used += ColumnsOf(span.text);
    if (used + 2 + right.size() <= width_) {
      left.push_back({std::string(width_ - used - right.size(), ' ')});
      left.push_back({right, style});
    }
    Add(std::move(left));
  }

  void DrawHead() {
    ScreenLine title = {{"tollgate top", Style::kTitle}};
    if (settings_.held) title.push_back({"  HELD: p goes on", Style::kBad});
    if (!model_.state()) {
      Add(std::move(title));
      Add({});
      AddWaiting();
      return;
    }
    const Snapshot& state = *model_.state();
    const uint64_t started = Of(state, Gauge::kStarted);
    AddSpread(std::move(title),
              Harmless(absl::StrCat(state.version, " in Unbound ", state.unbound, ", up ",
                                    DurationText(Since(started)), ", ", TimeText(state.now))),
              Style::kFaint);
    if (!model_.fault().empty()) AddWaiting();
    DrawRates();
    DrawDatabase();
    DrawPauses();
  }

  void AddWaiting() {
    Add({{absl::StrCat("waiting for ", Harmless(settings_.socket)), Style::kBad}});
    // The reason, on as many lines as it takes, but not on all of them.
    std::string reason = Harmless(model_.fault());
    const size_t columns = width_ > 2 ? width_ - 2 : 1;
    for (int lines = 0; lines < 4 && !reason.empty(); ++lines) {
      size_t end = std::min(reason.size(), columns);
      if (end < reason.size()) {
        const size_t blank = reason.rfind(' ', end);
        if (blank != std::string::npos && blank > 0) end = blank;
      }
      Add({{"  " + reason.substr(0, end), Style::kFaint}});
      reason.erase(0, end);
      reason.erase(0, reason.find_first_not_of(' '));
    }
  }

  uint64_t Since(uint64_t then) const {
    const uint64_t now = model_.state()->now;
    return now > then ? now - then : 0;
  }

  void DrawRates() {
    const auto& rates = model_.rates();
    auto per_second = [&](double rate) { return rates ? ShortNumber(rate) + "/s" : "-"; };
    auto share = [&](double part) { return rates ? Percent(part) : "-"; };
    const TopModel::Rates known = rates.value_or(TopModel::Rates{});
    ScreenLine line = {{"queries "}, {Padded(per_second(known.queries), 10), Style::kTitle}};
    line.push_back({"blocked "});
    line.push_back({Padded(share(known.blocked_share()), 8), Style::kTitle});
    line.push_back({Padded("shadow " + per_second(known.shadow), 16)});
    line.push_back({Padded("cache " + share(known.cached_share()), 13)});
    const double median = model_.VerdictTime(0.5);
    if (median > 0) {
      line.push_back({"verdict " + VerdictTimeText(median)});
      const std::string rest =
          absl::StrCat(" median, ", VerdictTimeText(model_.VerdictTime(0.99)), " 99%");
      size_t used = rest.size();
      for (const Span& span : line) used += span.text.size();
      if (used <= width_) line.push_back({rest, Style::kFaint});
    }
    Add(std::move(line));
    DrawGraph(
        "queries ", [](const TopModel::Rates& r) { return r.queries; }, Style::kGood);
    DrawGraph(
        "blocked ", [](const TopModel::Rates& r) { return r.blocked_share(); }, Style::kBad);
  }

  template <typename Value>
  void DrawGraph(const char* title, Value value, Style style) {
    const auto& history = model_.history();
    const size_t room = width_ > 8 ? width_ - 8 : 0;
    const size_t shown = std::min(history.size(), room);
    double highest = 0;
    for (size_t i = history.size() - shown; i < history.size(); ++i) {
      highest = std::max(highest, value(history[i]));
    }
    const auto& levels = settings_.block_chars ? kBlocks : kAsciiBlocks;
    std::string graph;
    for (size_t i = history.size() - shown; i < history.size(); ++i) {
      const double height = highest > 0 ? value(history[i]) / highest : 0;
      if (height <= 0) {
        graph += ' ';
      } else {
        const auto level = static_cast<size_t>(std::ceil(height * 8)) - 1;
        graph += levels[std::min<size_t>(level, 7)];
      }
    }
    Add({{title, Style::kFaint}, {graph, style}});
  }

  void DrawDatabase() {
    const Snapshot& state = *model_.state();
    ScreenLine line = {{"database "}};
    if (state.checksum.empty()) {
      line.push_back({"NONE IN USE: every query gets what on_failure says", Style::kBad});
    } else {
      line.push_back({absl::StrCat(DurationText(Since(Of(state, Gauge::kDatabaseCreated))), " old"),
                      Style::kTitle});
      line.push_back(
          {absl::StrCat(", ", Counted(Of(state, Gauge::kDatabaseNames), "name"), ", ",
                        Counted(Of(state, Gauge::kDatabasePatterns), "pattern"), ", ", "switched ",
                        Counted(Of(state, ServiceCounter::kSwitches), "time"))});
    }
    Add(std::move(line));
    if (!state.last_error.empty()) {
      Add({{absl::StrCat("REFUSED ", DurationText(Since(state.last_error_time)),
                         " ago: ", Harmless(state.last_error)),
            Style::kBad}});
    }
  }

  void DrawPauses() {
    for (const Snapshot::Pause& pause : model_.state()->pauses) {
      std::string what;
      for (const auto& [word, value] :
           {std::pair("client ", &pause.client), std::pair("policy ", &pause.policy),
            std::pair("name ", &pause.name)}) {
        if (!value->empty()) absl::StrAppend(&what, what.empty() ? "" : ", ", word, *value);
      }
      const uint64_t now = model_.state()->now;
      const std::string until =
          pause.until == 0
              ? ""
              : absl::StrCat(" for ", DurationText(pause.until > now ? pause.until - now : 0));
      Add({{absl::StrCat("PAUSED", until, ": ",
                         what.empty() ? "everything is resolved" : Harmless(what)),
            Style::kBad}});
      if (screen_.size() >= 9) return;  // the rest of the screen is for more than pauses
    }
  }

  // --- Lists and decisions ---

  struct List {
    const char* title;
    std::vector<std::pair<uint64_t, std::string>> rows;
    bool names = false;  // cut at their beginning
  };

  static List ListOf(const char* title, const std::vector<Recent::Count>& counts,
                     bool names = false) {
    List list{title, {}, names};
    for (const Recent::Count& count : counts) {
      const char* between = count.policy.empty() || count.key.empty() ? "" : "/";
      list.rows.emplace_back(count.count, Harmless(absl::StrCat(count.policy, between, count.key)));
    }
    return list;
  }

  List Campaigns() const { return ListOf("campaigns", model_.most().campaigns); }
  List Rules() const { return ListOf("rules", model_.most().rules); }
  List Names() const { return ListOf("names", model_.most().names, true); }
  List Clients() const { return ListOf("clients", model_.most().clients); }

  void DrawBody() {
    Add({});
    switch (settings_.view) {
      case TopView::kOverview:
        return DrawOverview();
      case TopView::kCampaigns:
        return DrawLists({Campaigns()}, left());
      case TopView::kRules:
        return DrawLists({Rules()}, left());
      case TopView::kNames:
        return DrawLists({Names()}, left());
      case TopView::kClients:
        return DrawLists({Clients()}, left());
      case TopView::kDecisions:
        return DrawDecisions(left());
    }
  }

  void DrawOverview() {
    // Lists get at most half of what is left, and no more than they fill.
    const bool wide = width_ >= kWide;
    const size_t titles = wide ? 2 : 3;  // of lists and of decisions
    const size_t rows = (left() > titles ? left() - titles : 0) / (wide ? 2 : 4);
    auto draw = [&](const std::vector<List>& lists) {
      size_t longest = 1;
      for (const List& list : lists) longest = std::max(longest, list.rows.size());
      DrawLists(lists, std::min(rows, longest) + 1);
    };
    if (wide) {
      draw({Campaigns(), Rules(), Names(), Clients()});
    } else {
      draw({Campaigns(), Rules()});
      draw({Names(), Clients()});
    }
    if (left() > kLeastRows) DrawDecisions(left());
  }

  // Side by side, on `height` lines.
  void DrawLists(const std::vector<List>& lists, size_t height) {
    if (height < 2) return;
    const size_t columns = width_ / lists.size();
    ScreenLine titles;
    for (const List& list : lists) {
      titles.push_back({Padded(RightPadded("count", kCountColumns) + "  " + list.title, columns),
                        Style::kTitle});
    }
    Add(std::move(titles));
    for (size_t row = 0; row + 1 < height; ++row) {
      ScreenLine line;
      for (const List& list : lists) {
        if (row >= list.rows.size()) {
          line.push_back({std::string(columns, ' ')});
          continue;
        }
        const auto& [count, text] = list.rows[row];
        const size_t room = columns > kCountColumns + 4 ? columns - kCountColumns - 4 : 1;
        const std::string shown = list.names ? CutName(text, room) : Cut(text, room);
        const std::string number =
            count < 10'000'000 ? Grouped(count) : ShortNumber(static_cast<double>(count));
        line.push_back(
            {Padded(absl::StrCat(RightPadded(number, kCountColumns), "  ", shown), columns)});
      }
      Add(std::move(line));
    }
  }

  void DrawDecisions(size_t height) {
    if (height < 2) return;
    const bool wide = width_ >= kWide;
    const size_t client = wide ? 40 : 16, action = 11;
    const size_t fixed = 9 + client + action;
    const size_t rest = width_ > fixed + 20 ? width_ - fixed : 20;
    const auto& decisions = model_.decisions();
    const size_t shown = std::min(decisions.size(), height - 1);
    // Names get what rules leave.
    size_t rule = 11;
    for (size_t i = decisions.size() - shown; i < decisions.size(); ++i) {
      rule = std::max(rule, decisions[i].policy.size() + 1 + decisions[i].rule.size());
    }
    rule = std::min(rule, rest * 2 / 5);
    const size_t name = rest - rule;
    Add({{Padded("time", 9) + Padded("client", client) + Padded("action", action) +
              Padded("name and type", name) + "policy/rule",
          Style::kTitle}});
    // The newest one first, where the eye is.
    for (size_t i = 0; i < shown; ++i) {
      const Recent::Decision& decision = decisions[decisions.size() - 1 - i];
      const bool shadow = decision.mode == "shadow";
      const std::string clock = decision.time.size() >= 19 ? decision.time.substr(11, 8) : "";
      const std::string done = Harmless(decision.action);
      const std::string type = " " + Harmless(decision.qtype);
      const size_t name_room = name > type.size() + 2 ? name - type.size() - 2 : 1;
      const char* between = decision.policy.empty() || decision.rule.empty() ? "" : "/";
      Add({{Padded(Harmless(clock), 9) +
            Padded(CutName(Harmless(decision.client), client - 1), client)},
           {Padded(Cut(shadow ? "(" + done + ")" : done, action - 1), action),
            shadow || decision.action == "pass" ? Style::kFaint : Style::kBad},
           {Padded(CutName(Harmless(decision.qname), name_room) + type, name)},
           {Cut(Harmless(absl::StrCat(decision.policy, between, decision.rule)), rule),
            Style::kFaint}});
    }
  }

  void DrawFooter() {
    while (left() > 0) Add({});
    const char* view = "s: lists in full";
    switch (settings_.view) {
      case TopView::kOverview:
        break;
      case TopView::kDecisions:
        view = "s: overview";
        break;
      default:
        view = "s: next list";
    }
    Add({{absl::StrCat("q: end  p: ", settings_.held ? "go on" : "hold", "  ", view, "  ?: help"),
          Style::kFaint}});
  }

  const TopModel& model_;
  const TopSettings& settings_;
  const size_t width_, height_;
  Screen screen_;
};

}  // namespace

Screen DrawTop(const TopModel& model, const TopSettings& settings, size_t width, size_t height) {
  return Drawing(model, settings, width, height).Draw();
}

size_t ColumnsOf(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string PlainText(const Screen& screen) {
  std::string out;
  for (const ScreenLine& line : screen) {
    std::string text;
    for (const Span& span : line) text += span.text;
    text.erase(text.find_last_not_of(' ') + 1);
    absl::StrAppend(&out, text, "\n");
  }
  return out;
}

}  // namespace tollgate::cli
