// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/console.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace tollgate::cli {
namespace {

constexpr size_t kMostWarnings = 20;

bool ErrorsInColour() {
  static const bool colour = isatty(STDERR_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  return colour;
}

}  // namespace

bool OutputInColour() {
  static const bool colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  return colour;
}

Progress::Progress() : terminal_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::Show(const std::string& step) {
  if (!terminal_) return;
  std::fprintf(stderr, "\r\033[K%s ...", step.c_str());
  std::fflush(stderr);
  shown_ = true;
}

void PrintDiagnostics(const text::Diagnostics& faults) {
  size_t warnings = 0;
  for (const text::Diagnostic& fault : faults.list()) {
    const bool error = fault.severity == text::Severity::kError;
    if (!error && ++warnings > kMostWarnings) continue;
    std::string line = fault.ToString();
    if (ErrorsInColour()) {
      const std::string word = error ? " error: " : " warning: ";
      if (const size_t at = line.find(word); at != std::string::npos) {
        line.replace(at, word.size(),
                     absl::StrCat(error ? " \033[31merror\033[0m: " : " \033[33mwarning\033[0m: "));
      }
    }
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  if (warnings > kMostWarnings) {
    std::fprintf(stderr, "and %s more; '--json' lists them all\n",
                 Counted(warnings - kMostWarnings, "warning").c_str());
  }
}

void PrintError(const std::string& message) {
  std::fprintf(stderr, "tollgate: %s\n", message.c_str());
}

void PrintError(const absl::Status& status) { PrintError(std::string(status.message())); }

std::string Grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string Counted(uint64_t number, std::string_view noun) {
  std::string out = Grouped(number) + " ";
  if (number != 1 && noun.ends_with('y'))
    return out + std::string(noun.substr(0, noun.size() - 1)) + "ies";
  return out + std::string(noun) + (number == 1 ? "" : noun.ends_with('x') ? "es" : "s");
}

std::string TimeText(uint64_t seconds) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC",
                          absl::FromUnixSeconds(static_cast<int64_t>(seconds)),
                          absl::UTCTimeZone());
}

bool Print(std::string_view octets) {
  return std::fwrite(octets.data(), 1, octets.size(), stdout) == octets.size();
}

}  // namespace tollgate::cli
