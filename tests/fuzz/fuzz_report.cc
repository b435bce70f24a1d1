// SPDX-License-Identifier: BSD-3-Clause
//
// Reports: whatever is found in them has a form and a place.

#include <algorithm>

#include "ruleset/source/indicator.h"
#include "ruleset/source/report.h"
#include "ruleset/source/report_address.h"
#include "tests/fuzz/fuzz.h"

using tollgate::fuzz::Require;
namespace source = tollgate::source;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto suffixes = source::PublicSuffixList::Parse(
      "com\nnet\nuk\nco.uk\n*.ck\n!www.ck\nzip\ntop\njp\n\xe4\xb8\xad\xe5\x9b\xbd\n");
  const std::string_view text = tollgate::fuzz::Text(data, size);
  const source::Report report = source::ReadReport(text, suffixes);
  const auto lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  for (const source::ReportFinding& finding : report.findings) {
    Require(finding.line >= 1 && finding.line <= lines, "a finding stands in a line of the report");
    Require(finding.column >= 1 && finding.column <= size, "and in a column");
    Require(text.find(finding.written) != std::string_view::npos, "it is shown as it was written");
    if (finding.kind == source::ReportKind::kName) {
      const auto name = source::ParseIndicator(finding.value);
      Require(name.ok() && name->Text() == finding.value, "a name is a name in canonical form");
      Require(name->label_count() >= 2, "of two labels or more");
    } else {
      Require(!source::IsReserved(finding.value), "an address may be a server's");
    }
  }
  for (const source::ReportOmission& omission : report.left_out) {
    Require(omission.reason != source::LeftOut::kNot, "what is left out has a reason");
    Require(omission.line >= 1 && omission.line <= lines, "and a line");
  }
  return 0;
}
