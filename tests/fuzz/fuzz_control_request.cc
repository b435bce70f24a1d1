// SPDX-License-Identifier: BSD-3-Clause
//
// control::ParseRequest: what it takes can be written again, in one line, and means the same.

#include "ruleset/control/request.h"
#include "tests/fuzz/fuzz.h"

using tollgate::control::ParseRequest;
using tollgate::control::Request;
using tollgate::control::RequestText;
using tollgate::fuzz::Require;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Request request;
  if (const auto fault = ParseRequest(tollgate::fuzz::Text(data, size), request)) {
    Require(!fault->error.empty() && !fault->hint.empty(), "a refusal has a reason and a hint");
    return 0;
  }
  const std::string line = RequestText(request);
  Require(line.find_first_of(std::string_view("\n\r\0", 3)) == std::string::npos, "one line");
  Require(line.size() <= 3 * size, "of a length that fits what was read");
  Request again;
  if (line.size() > tollgate::control::kLongestRequest) return 0;
  Require(!ParseRequest(line, again), "what was written is a request");
  Require(again.verb == request.verb && again.words.size() == request.words.size(), "the same");
  for (const auto& word : request.words) {
    const std::string* value = again.Find(word.key);
    Require(value != nullptr && *value == word.value, "with the same words");
  }
  return 0;
}
