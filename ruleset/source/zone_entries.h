// SPDX-License-Identifier: BSD-3-Clause
//
// A zone file as entries (RFC 1035 section 5.1): what comments, quotes and parentheses make of its
// lines, before anybody asks what the words mean.

#ifndef TOLLGATE_RULESET_SOURCE_ZONE_ENTRIES_H_
#define TOLLGATE_RULESET_SOURCE_ZONE_ENTRIES_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/strings/string_view.h"

namespace tollgate::source {

// A directive or a record: one line, or several held together by parentheses.
struct ZoneEntry {
  uint32_t line = 0;                    // its first one, from 1
  std::string_view text;                // of that line, without blanks at its ends
  bool has_owner = false;               // its first word stands in the first column
  std::vector<std::string_view> words;  // as written, with their quotes and escapes; not empty
  absl::string_view fault;              // a constant: why it is no entry, and has no words
};

// Takes a zone file apart. Where an entry is wrong, the next one begins on the next line. Time is
// linear in the text.
class ZoneEntries {
 public:
  // `text` must outlive the entries.
  explicit ZoneEntries(std::string_view text);

  // Moves `entry` to the next one. False at the end.
  bool Next(ZoneEntry& entry);

 private:
  bool IsAtLineEnd() const;
  std::string_view RestOfLine(size_t at) const;
  absl::string_view ReadWords(std::vector<std::string_view>& words);
  absl::string_view ReadWord(std::vector<std::string_view>& words);

  std::string_view text_;
  size_t at_ = 0;
  uint32_t line_ = 1;
};

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_ZONE_ENTRIES_H_
