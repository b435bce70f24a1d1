// SPDX-License-Identifier: BSD-3-Clause
//
// dns::Name::FromWire: whatever it takes is a name, and says so again from its own text.

#include <algorithm>

#include "ruleset/dns/name.h"
#include "tests/fuzz/fuzz.h"

using tollgate::dns::Name;
using tollgate::fuzz::Require;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::optional<Name> name = Name::FromWire({data, size});
  if (!name) return 0;
  Require(name->wire().size() == size, "the whole input is the name");
  Require(name->wire().back() == 0, "a name ends with the root label");
  Require(std::equal(name->wire().begin(), name->wire().end(), data,
                     [](uint8_t folded, uint8_t given) {
                       return folded == (given >= 'A' && given <= 'Z' ? given + 32 : given);
                     }),
          "folding changes ASCII letters and nothing else");
  for (size_t label = 0; label <= name->label_count(); ++label) {
    Require(Name::FromWire(name->Suffix(label)).has_value(), "every suffix is a name");
  }
  tollgate::dns::NameText text;
  name->WriteText(text);
  Require(text.length <= tollgate::dns::kMaxTextLength, "text has its upper limit");
  const auto again = Name::FromText(name->Text());
  Require(again.ok() && *again == *name, "the text of a name is that name");
  return 0;
}
