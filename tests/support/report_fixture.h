// SPDX-License-Identifier: BSD-3-Clause
//
// Reports in tests, as one line of text:
//
//   CHECK(Indicators("see evil[.]top and 81.17.23[.]125") == "evil.top 81.17.23.125");

#ifndef TOLLGATE_TESTS_SUPPORT_REPORT_FIXTURE_H_
#define TOLLGATE_TESTS_SUPPORT_REPORT_FIXTURE_H_

#include <string>
#include <string_view>

#include "ruleset/source/report.h"

namespace tollgate::test {

// A few suffixes, those among them that are extensions of files too.
inline const source::PublicSuffixList& ReportSuffixes() {
  static const source::PublicSuffixList list = source::PublicSuffixList::Parse(
      "com\nnet\norg\ngov\nio\ninfo\ntop\ncc\nshop\njp\nco.jp\nuk\nco.uk\nco.za\nfun\nonion\n"
      "zip\npy\nsh\nmd\nso\nof\n"
      "// ===BEGIN PRIVATE DOMAINS===\ngithub.io\n// ===END PRIVATE DOMAINS===\n");
  return list;
}

inline std::string ValuesOf(std::string_view text, source::Certainty certainty) {
  std::string out;
  for (const auto& finding : source::ReadReport(text, ReportSuffixes()).findings) {
    if (finding.certainty != certainty) continue;
    out += (out.empty() ? "" : " ") + finding.value;
  }
  return out;
}

// The values of the indicators, with a blank between them, in the order of the report.
inline std::string Indicators(std::string_view text) {
  return ValuesOf(text, source::Certainty::kIndicator);
}

// Those of the mentions.
inline std::string Mentions(std::string_view text) {
  return ValuesOf(text, source::Certainty::kMention);
}

// "file name: setup.zip, path: a.py"
inline std::string LeftOutOf(std::string_view text) {
  std::string out;
  for (const auto& omission : source::ReadReport(text, ReportSuffixes()).left_out) {
    out += out.empty() ? "" : ", ";
    out += std::string(source::LeftOutName(omission.reason)) + ": " + omission.value;
  }
  return out;
}

// "3:5 evil[.]top": line, column and text of each finding.
inline std::string Written(std::string_view text) {
  std::string out;
  for (const auto& finding : source::ReadReport(text, ReportSuffixes()).findings) {
    out += (out.empty() ? "" : ", ") + std::to_string(finding.line) + ":" +
           std::to_string(finding.column) + " " + finding.written;
  }
  return out;
}

}  // namespace tollgate::test

#endif  // TOLLGATE_TESTS_SUPPORT_REPORT_FIXTURE_H_
