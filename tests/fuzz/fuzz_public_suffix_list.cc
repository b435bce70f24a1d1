// SPDX-License-Identifier: BSD-3-Clause

#include <vector>

#include "ruleset/database/format.h"
#include "ruleset/source/public_suffix_list.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;
using tollgate::source::PublicSuffixList;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const PublicSuffixList list = PublicSuffixList::Parse(tollgate::fuzz::Text(data, size));
  for (const auto& [key, flags] : list.rules()) {
    Require(flags != 0 && flags < 16, "a rule has flags that there are");
    std::vector<uint8_t> wire(key.begin(), key.end());
    wire.push_back(0);
    const auto name = tollgate::dns::Name::FromWire(wire);
    Require(name.has_value() && name->label_count() > 0, "a rule is on a name");
    const PublicSuffixList::Kind kind = list.KindOf(*name);
    if ((flags & tollgate::database::kSuffixNormal) != 0 &&
        (flags & tollgate::database::kSuffixException) == 0) {
      Require(kind != PublicSuffixList::Kind::kNone, "a name on the list is a public suffix");
    }
  }
  return 0;
}
