// SPDX-License-Identifier: BSD-3-Clause
//
// The translation of patterns: whatever is taken is anchored at both ends, and Hyperscan has an
// opinion on it.

#include <string>

#include "ruleset/database/hyperscan.h"
#include "ruleset/source/pattern_text.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;
namespace source = tollgate::source;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const source::WordLists lists = {{"carriers", {"usps", "dhl", "fed.ex"}}, {"x", {"y"}}};
  source::PatternText pattern;
  pattern.match = tollgate::fuzz::Text(data + 1, size - 1);
  if ((data[0] & 1) != 0) pattern.suffixes = {"top", "co.uk"};
  if ((data[0] & 2) != 0) pattern.any_suffix = true;
  const absl::StatusOr<std::string> expression = source::TranslatePattern(pattern, lists);
  if (!expression.ok()) {
    Require(!expression.status().message().empty(), "a refusal has a reason");
    return 0;
  }
  Require(expression->starts_with("^(?:"), "an expression is anchored at its beginning");
  Require(expression->ends_with("\\z"), "an expression is anchored at its end");
  if (const auto fault = tollgate::database::FindPatternFault(*expression)) {
    Require(!fault->empty(), "Hyperscan's refusal has a reason");
  }
  return 0;
}
