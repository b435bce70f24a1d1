// SPDX-License-Identifier: BSD-3-Clause
//
// A plain list of names, through folding.

#include "ruleset/compile/canonical.h"
#include "ruleset/source/name_list.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tollgate::text::Diagnostics faults;
  tollgate::source::PolicyEntry entry;
  entry.file = "fuzz.txt";
  entry.id = "fuzz";
  tollgate::policy::RuleModel model;
  const size_t rejected = tollgate::source::ReadNameList(tollgate::fuzz::Text(data, size),
                                                         "fuzz.txt", entry, model, faults);
  Require(faults.warning_count() <= rejected, "there are no warnings but for what is passed over");
  Require(faults.error_count() == (model.name_triggers.empty() ? 1 : 0),
          "a list is wrong where it is empty, and only there");
  static const auto suffixes =
      tollgate::source::PublicSuffixList::Parse("com\nuk\nco.uk\n*.ck\n!www.ck\n");
  tollgate::CompileCounts counts;
  const size_t names = model.name_triggers.size();
  tollgate::compile::EnforceFloor(suffixes, model, faults, counts);
  tollgate::compile::DropRedundant(model, counts);
  Require(
      model.name_triggers.size() + counts.rejected + counts.duplicates + counts.subsumed == names,
      "every name is kept or counted");
  return 0;
}
