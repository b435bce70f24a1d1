// SPDX-License-Identifier: BSD-3-Clause
//
// What comes over the control socket, to those who show it: whatever it says, they read it or
// refuse it, and show nothing that a terminal or a scraper would take for something else.

#include <algorithm>
#include <string>
#include <utility>

#include "ruleset/cli/stats_text.h"
#include "ruleset/cli/top_model.h"
#include "ruleset/cli/top_screen.h"
#include "ruleset/control/openmetrics.h"
#include "ruleset/control/recent.h"
#include "ruleset/control/snapshot_json.h"
#include "tests/fuzz/fuzz.h"

namespace tollgate::fuzz {
namespace {

bool IsHarmless(const std::string& screen) {
  return std::all_of(screen.begin(), screen.end(),
                     [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); });
}

// Each line is a comment, or "name 1" or "name{labels} 1".
bool IsExposition(const std::string& text) {
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    if (end == std::string::npos) return false;
    const bool starts = text[begin] == '#' || text.compare(begin, 9, "tollgate_") == 0;
    if (!starts || text.find(' ', begin) >= end) return false;
    begin = end + 1;
  }
  return true;
}

void Show(const cli::TopModel& model, size_t size) {
  cli::TopSettings settings;
  settings.view = static_cast<cli::TopView>(size % cli::kTopViews);
  Require(IsHarmless(cli::PlainText(cli::DrawTop(model, settings, size % 200, size % 60))),
          "the screen is plain ASCII");
}

}  // namespace
}  // namespace tollgate::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tollgate;
  using fuzz::Require;
  const std::string_view text = fuzz::Text(data, size);
  cli::TopModel model;
  if (const absl::StatusOr<control::Snapshot> state = control::FromJson(text); state.ok()) {
    const std::string json = control::ToJson(*state);
    const absl::StatusOr<control::Snapshot> again = control::FromJson(json);
    Require(again.ok() && control::ToJson(*again) == json, "a state comes back as it was written");
    for (const auto exposition : {control::Exposition::kOpenMetrics, control::Exposition::kText}) {
      Require(fuzz::IsExposition(control::Expose(*state, exposition)), "metrics are lines");
    }
    Require(fuzz::IsHarmless(cli::StatsText(*state)), "statistics are plain ASCII");
    model.TakeState(*state, 1);
    model.TakeState(*again, 2);
    fuzz::Show(model, size);
  }
  absl::StatusOr<control::Recent> recent = control::RecentFromJson(text);
  if (recent.ok()) {
    model.TakeRecent(*std::move(recent));
  } else {
    model.TakeFault(std::string(recent.status().message()));
  }
  fuzz::Show(model, size);
  return 0;
}
