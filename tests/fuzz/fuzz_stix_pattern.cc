// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/stix_pattern.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;
using tollgate::source::StixTerm;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(tollgate::fuzz::Text(data, size));
  const auto terms = tollgate::source::ParseStixPattern(text);
  if (!terms.ok()) {
    Require(!terms.status().message().empty(), "a fault says what is wrong");
    return 0;
  }
  size_t values = 0;
  for (const StixTerm& term : *terms) {
    Require(term.reason.empty() == (term.kind != StixTerm::Kind::kNotYet),
            "what is not done yet has a reason, and nothing else has");
    values += term.value.size();
    if (term.kind == StixTerm::Kind::kLike) tollgate::source::LikeExpression(term.value);
  }
  Require(values <= size, "a term is a part of the pattern");
  // What asks for something besides is never taken for itself.
  const auto both = tollgate::source::ParseStixPattern("(" + text + ") AND [a:b = 1]");
  Require(both.ok() || text.find("//") != text.npos || text.find('(') != text.npos,
          "a pattern may stand in parentheses");
  if (both.ok()) {
    Require(both->size() == 1 && ((*both)[0].kind == StixTerm::Kind::kNotYet ||
                                  (*both)[0].kind == StixTerm::Kind::kOther),
            "two things together are no block of either");
  }
  return 0;
}
