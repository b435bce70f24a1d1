// SPDX-License-Identifier: BSD-3-Clause
//
// What became of the lines of a feed that are not simply rules.

#ifndef TOLLGATE_RULESET_SOURCE_FEED_REPORT_H_
#define TOLLGATE_RULESET_SOURCE_FEED_REPORT_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/string_view.h"

namespace tollgate::source {

enum class LineFate : uint8_t {
  kRejected,  // wrong: counts towards max_errors
  kSkipped,   // right, and nothing that a DNS filter has to do with
  kNotYet,    // right, and more than Tollgate can do so far
};

struct NotedLine {
  uint32_t line = 0;
  std::string text;
};

// All lines of one fate and one reason.
struct LineNote {
  LineFate fate = LineFate::kRejected;
  std::string reason;
  uint64_t count = 0;
  NotedLine first;
  std::vector<NotedLine> all;  // empty unless they were asked for
};

struct FeedReport {
  uint32_t policy = 0;  // index in the model
  std::string path;
  uint64_t taken = 0;  // names, patterns and addresses
  std::vector<LineNote> notes;
  bool keep_all = false;  // whether notes keep every line

  // Counts a line under its fate and reason, and keeps the first of them.
  void Add(LineFate fate, uint32_t line, absl::string_view reason, std::string_view text) {
    constexpr size_t kLongestText = 200;
    auto note = std::find_if(notes.begin(), notes.end(), [&](const LineNote& known) {
      return known.fate == fate && absl::string_view(known.reason) == reason;
    });
    if (note == notes.end()) note = notes.insert(note, {fate, std::string(reason), 0, {}, {}});
    const NotedLine noted{line, std::string(text.substr(0, kLongestText))};
    if (++note->count == 1) note->first = noted;
    if (keep_all) note->all.push_back(noted);
  }

  uint64_t Count(LineFate fate) const {
    uint64_t count = 0;
    for (const LineNote& note : notes) count += note.fate == fate ? note.count : 0;
    return count;
  }
};

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_FEED_REPORT_H_
