// SPDX-License-Identifier: BSD-3-Clause

#include <string>

#include "ruleset/source/feed_file.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tollgate::fuzz::Require;
  constexpr size_t kLimit = size_t{1} << 20;
  const std::string contents(tollgate::fuzz::Text(data, size));
  const absl::StatusOr<std::string> text = tollgate::source::Unpacked(contents, kLimit);
  if (text.ok()) {
    Require(text->size() <= kLimit, "no more comes out than is allowed");
    const absl::StatusOr<std::string> again = tollgate::source::Unpacked(*text, kLimit);
    Require(again.ok() && *again == *text, "what was unpacked is a plain text");
    if (!text->empty()) {
      Require(!tollgate::source::Unpacked(contents, text->size() - 1).ok(), "the limit holds");
    }
  } else {
    Require(!text.status().message().empty(), "an error says why");
  }
  return 0;
}
