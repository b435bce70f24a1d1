// SPDX-License-Identifier: BSD-3-Clause
//
// Tables: comma-separated values (RFC 4180), and the same with semicolons or tabs, of which one
// column holds names or URLs. docs/rule-sources.md has the corners.
//
//   date,URL,description
//   2025-10-01,https://evil.example/login,"Bank, the"      evil.example, the name alone
//   2025-10-01,evil[.]example,                             evil.example and everything below it

#ifndef TOLLGATE_RULESET_SOURCE_CSV_H_
#define TOLLGATE_RULESET_SOURCE_CSV_H_

#include <optional>
#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

// Reads the table in `text` into `feed`, from the column that the manifest's `column:` names, or
// else from the one whose header says what it holds.
void ReadCsv(std::string_view text, Feed& feed);

// Where the table in a text begins, and what is in its columns.
struct CsvHeader {
  size_t end = 0;  // offset of the first row behind the header
  uint32_t line = 0;
  char separator = ',';
  size_t columns = 0;
  size_t value = 0;            // the column of names or URLs, from 0
  std::optional<size_t> type;  // the column that says what kind of value it is
};

// Looks for a line that is a header among the first lines of `text`: one of its fields is `wanted`,
// or, where that is empty, one of the usual names of such columns. Nothing where there is none.
std::optional<CsvHeader> FindCsvHeader(std::string_view text, std::string_view wanted);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_CSV_H_
