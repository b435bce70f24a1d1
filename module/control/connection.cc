// SPDX-License-Identifier: BSD-3-Clause

#include "module/control/connection.h"

#include <utility>

#include "ruleset/text/lines.h"

namespace tollgate::module {

void Connection::Take(std::string_view octets) {
  input_ += octets;
  // Lines of nothing would otherwise look like requests.
  size_t blank = 0;
  for (size_t end; (end = input_.find('\n', blank)) != std::string::npos; blank = end + 1) {
    if (!text::Stripped(std::string_view(input_).substr(blank, end - blank)).empty()) break;
  }
  input_.erase(0, blank);
}

bool Connection::HasRequest() const {
  if (waiting_ || !output().empty() || IsOverfull()) return false;
  return HasLine() || (input_ended_ && !text::Stripped(input_).empty());
}

std::optional<std::string> Connection::NextRequest() {
  if (!HasRequest()) return std::nullopt;
  const size_t end = input_.find('\n');
  std::string line = input_.substr(0, end);
  std::string rest = end == std::string::npos ? "" : input_.substr(end + 1);
  input_.clear();
  Take(rest);
  waiting_ = true;
  return line;
}

void Connection::Answer(std::string line) {
  if (!waiting_) return;
  waiting_ = false;
  output_ = std::move(line);
  sent_ = 0;
}

void Connection::Refuse(std::string line) {
  input_ = std::string();
  input_ended_ = true;
  waiting_ = true;
  Answer(std::move(line));
}

void Connection::Sent(size_t count) {
  sent_ += count;
  if (!output().empty()) return;
  output_ = std::string();  // gives its memory back
  sent_ = 0;
}

}  // namespace tollgate::module
