// SPDX-License-Identifier: BSD-3-Clause
//
// Faults in what people write are data, not errors: all of them are collected, so that one bad line
// never hides the next.

#ifndef TOLLGATE_RULESET_TEXT_DIAGNOSTIC_H_
#define TOLLGATE_RULESET_TEXT_DIAGNOSTIC_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace tollgate::text {

struct Position {
  std::string file;
  uint32_t line = 0;    // from 1; 0 where the fault is the whole file's
  uint32_t column = 0;  // from 1; 0 where it is the whole line's
};

enum class Severity : uint8_t { kWarning, kError };

struct Diagnostic {
  Severity severity = Severity::kError;
  Position where;
  std::string what;  // what is wrong
  std::string fix;   // what to do about it; may be empty

  // "campaign.yaml:12:5: error: what is wrong; what to do"
  std::string ToString() const {
    std::string out = where.file;
    if (where.line != 0) out += ":" + std::to_string(where.line);
    if (where.column != 0) out += ":" + std::to_string(where.column);
    out += severity == Severity::kError ? ": error: " : ": warning: ";
    out += what;
    if (!fix.empty()) out += "; " + fix;
    return out;
  }
};

// Where parsers put what they find. Not for use by two threads at once.
class Diagnostics {
 public:
  void Error(Position where, std::string what, std::string fix = "") {
    ++errors_;
    list_.push_back({Severity::kError, std::move(where), std::move(what), std::move(fix)});
  }
  void Warning(Position where, std::string what, std::string fix = "") {
    list_.push_back({Severity::kWarning, std::move(where), std::move(what), std::move(fix)});
  }

  // Puts them in the order of the text: files as they were first spoken of, then lines and columns.
  void Sort() {
    std::map<std::string, size_t> order;
    for (const Diagnostic& fault : list_) order.try_emplace(fault.where.file, order.size());
    std::stable_sort(list_.begin(), list_.end(), [&](const Diagnostic& a, const Diagnostic& b) {
      return std::tuple(order[a.where.file], a.where.line, a.where.column) <
             std::tuple(order[b.where.file], b.where.line, b.where.column);
    });
  }

  size_t error_count() const { return errors_; }
  size_t warning_count() const { return list_.size() - errors_; }
  const std::vector<Diagnostic>& list() const { return list_; }

 private:
  std::vector<Diagnostic> list_;
  size_t errors_ = 0;
};

}  // namespace tollgate::text

#endif  // TOLLGATE_RULESET_TEXT_DIAGNOSTIC_H_
