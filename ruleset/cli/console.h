// SPDX-License-Identifier: BSD-3-Clause
//
// What a person at a terminal sees: diagnostics, progress, numbers.

#ifndef TOLLGATE_RULESET_CLI_CONSOLE_H_
#define TOLLGATE_RULESET_CLI_CONSOLE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::cli {

// One line on standard error that is written over; nothing where that is no terminal. Ends by
// itself.
class Progress {
 public:
  Progress();
  ~Progress();
  void Show(const std::string& step);

 private:
  bool terminal_;
  bool shown_ = false;
};

// Writes diagnostics to standard error, the severity in colour on a terminal: all errors, and of
// the warnings so many that a screen holds them.
void PrintDiagnostics(const text::Diagnostics& faults);

// Whether standard output is a terminal whose user has not said NO_COLOR (no-color.org).
bool OutputInColour();

// "tollgate: …" on standard error.
void PrintError(const absl::Status& status);
void PrintError(const std::string& message);

// 1234567 as "1,234,567".
std::string Grouped(uint64_t number);

// "1 name", "2 names".
std::string Counted(uint64_t number, std::string_view noun);

// Seconds since 1970-01-01 UTC as "2025-10-23 17:05:00 UTC".
std::string TimeText(uint64_t seconds);

// Writes all of `octets` to standard output. False where its reader has gone.
bool Print(std::string_view octets);

}  // namespace tollgate::cli

#endif  // TOLLGATE_RULESET_CLI_CONSOLE_H_
