// SPDX-License-Identifier: BSD-3-Clause
//
// How a request on the control socket is written, and read back: one line, a verb and words
// key=value with blanks between them (docs/control-protocol.md).
//
//   control::Request request;
//   if (auto fault = control::ParseRequest("pause for=5m policy=my%20policy", request)) ...
//   request.verb;               // "pause"
//   *request.Find("policy");    // "my policy"

#ifndef TOLLGATE_RULESET_CONTROL_REQUEST_H_
#define TOLLGATE_RULESET_CONTROL_REQUEST_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tollgate::control {

inline constexpr size_t kLongestRequest = 4096;  // octets, without the line's end

// Why a request was not carried out, and what to do about it; `hint` may be empty.
struct Fault {
  std::string error;
  std::string hint;
};

struct Word {
  std::string key;
  std::string value;
};

struct Request {
  std::string verb;
  std::vector<Word> words;  // in their order; no key stands twice

  // The value of `key`; null where it was not given.
  const std::string* Find(std::string_view key) const;
};

// Reads one line, without its end, into `request`. Nothing where it is a request, which says
// nothing about whether there is such a verb; else why it is none. Verbs and keys are small
// letters and hyphens, a value is not empty and holds no control characters.
std::optional<Fault> ParseRequest(std::string_view line, Request& request);

// The line that ParseRequest reads as `request`, without its end.
std::string RequestText(const Request& request);

}  // namespace tollgate::control

#endif  // TOLLGATE_RULESET_CONTROL_REQUEST_H_
