// SPDX-License-Identifier: BSD-3-Clause
//
// Lists of names and query logs.

#include <algorithm>
#include <string>

#include "ruleset/dns/name.h"
#include "ruleset/inspect/name_log.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;
namespace inspect = tollgate::inspect;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = tollgate::fuzz::Text(data, size);
  inspect::NameCounts names;
  names.AddText(text);
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string_view stored = names[i].stored;
    Require(tollgate::dns::Name::FromStored(
                {reinterpret_cast<const uint8_t*>(stored.data()), stored.size()})
                .has_value(),
            "what is counted is a name");
  }
  const inspect::NameCounts::Lines& lines = names.lines();
  Require(names.size() <= lines.names + lines.queries, "every name came from a line");
  Require(lines.names + lines.queries + lines.other + lines.unknown <=
              static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n')) + 1,
          "every line is counted once at most");
  Require((lines.unknown > 0) == (lines.first_unknown_at > 0), "the first unknown line is kept");

  // The same lines again are the same names.
  const size_t before = names.size();
  names.AddText(text);
  Require(names.size() == before, "a name is counted under one key");
  return 0;
}
