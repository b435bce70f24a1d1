// SPDX-License-Identifier: BSD-3-Clause
//
// dns::Name::FromText: whatever it takes has a wire format and a text that lead back to it.

#include "ruleset/dns/name.h"
#include "tests/fuzz/fuzz.h"

using tollgate::dns::Name;
using tollgate::fuzz::Require;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::StatusOr<Name> name = Name::FromText(tollgate::fuzz::Text(data, size));
  if (!name.ok()) {
    Require(!name.status().message().empty(), "a refusal has a reason");
    return 0;
  }
  const std::optional<Name> from_wire = Name::FromWire(name->wire());
  Require(from_wire && *from_wire == *name, "the wire format of a name is that name");
  Require(from_wire->label_count() == name->label_count(), "with as many labels");
  const absl::StatusOr<Name> from_text = Name::FromText(name->Text());
  Require(from_text.ok() && *from_text == *name, "the text of a name is that name");
  Require(from_text->Text() == name->Text(), "and comes out the same");
  return 0;
}
