// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/update/judge.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "ruleset/text/lines.h"

namespace tollgate::update {
namespace {

double Percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return part == 0 ? 0 : 100;
  return 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

// "49%": whole percents, and never 0 or 100 for nearly so.
std::string PercentText(double percent) {
  if (percent >= 1) return absl::StrCat(static_cast<uint64_t>(percent), "%");
  return "less than 1%";
}

}  // namespace

bool IsWebPage(std::string_view text) {
  if (text.starts_with(text::kByteOrderMark)) text.remove_prefix(text::kByteOrderMark.size());
  constexpr size_t kEnough = 1024;
  text = text.substr(0, kEnough);
  for (;;) {
    while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text.front()))) {
      text.remove_prefix(1);
    }
    if (!text.starts_with("<!--") && !text.starts_with("<?")) break;
    const size_t end = text.find('>');
    if (end == std::string_view::npos) return true;  // a long comment, and no list begins with one
    text.remove_prefix(end + 1);
  }
  const absl::string_view start(text.data(), text.size());
  return absl::StartsWithIgnoreCase(start, "<!doctype") ||
         absl::StartsWithIgnoreCase(start, "<html") || absl::StartsWithIgnoreCase(start, "<head") ||
         absl::StartsWithIgnoreCase(start, "<body") ||
         absl::StartsWithIgnoreCase(start, "<title") || absl::StartsWithIgnoreCase(start, "<meta");
}

std::optional<std::string> JudgeSize(uint64_t before, uint64_t after, double max_shrink,
                                     double max_grow) {
  if (before == 0) return std::nullopt;
  if (after < before) {
    const uint64_t fewer = before - after;
    if (fewer <= kFew && after > 0) return std::nullopt;
    if (Percent(fewer, before) <= max_shrink) return std::nullopt;
    return absl::StrCat(after, " rules where the copy has ", before, ": ",
                        PercentText(Percent(fewer, before)), " fewer, and max_shrink is ",
                        max_shrink, "%");
  }
  const uint64_t more = after - before;
  if (more <= kFew || Percent(more, before) <= max_grow) return std::nullopt;
  return absl::StrCat(after, " rules where the copy has ", before, ": ",
                      PercentText(Percent(more, before)), " more, and max_grow is ", max_grow, "%");
}

double Change::percent() const { return Percent(std::max(added, removed) + changed, before); }

Change ChangeOf(const inspect::Difference& difference, uint64_t names_before) {
  Change change;
  change.before = names_before;
  for (const inspect::PolicyDifference& policy : difference.policies) {
    if (policy.change == inspect::Change::kAdded || policy.change == inspect::Change::kRemoved) {
      continue;
    }
    change.added += policy.names_added;
    change.removed += policy.names_removed;
    change.changed += policy.names_changed;
  }
  return change;
}

std::optional<std::string> JudgeChange(const Change& change, double max_change) {
  const uint64_t most = std::max(change.added, change.removed) + change.changed;
  if (most <= kFew || change.percent() <= max_change) return std::nullopt;
  return absl::StrCat(change.added, " names more and ", change.removed, " fewer, ", change.changed,
                      " with another rule: ", PercentText(change.percent()), " of the ",
                      change.before, " in use, and max_change is ", max_change, "%");
}

}  // namespace tollgate::update
