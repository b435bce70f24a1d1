// SPDX-License-Identifier: BSD-3-Clause
//
// Indicators out of prose.
//
//   Report report = ReadReport(text, suffixes);
//   for (const ReportFinding& finding : report.findings) {
//     if (finding.certainty == Certainty::kIndicator) ...
//   }
//
// A report is text in UTF-8, in any language: plain, Markdown or with tags. Its author defangs what
// readers should not click, and that is the best evidence that there is: what is defanged is an
// indicator, unless it is an e-mail address or clearly a file. What is not defanged is one only
// where the report says so (docs/rule-sources.md has the rules).

#ifndef TOLLGATE_RULESET_SOURCE_REPORT_H_
#define TOLLGATE_RULESET_SOURCE_REPORT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ruleset/source/public_suffix_list.h"

namespace tollgate::source {

enum class ReportKind : uint8_t { kName, kAddress, kPrefix };
enum class ReportStyle : uint8_t { kPlain, kUrl, kDefanged };

// What is to be done with a finding: to block, or to let a person decide.
enum class Certainty : uint8_t { kIndicator, kMention };

// Why what looks like an indicator is none.
enum class LeftOut : uint8_t {
  kNot,
  kReferenceLink,  // a URL that was not defanged
  kEmail,          // the domain of an e-mail address
  kUserInfo,       // in front of the '@' of a URL
  kFileName,
  kPath,              // part of a path
  kCode,              // Object.method, com.example.package, an end.And a beginning of sentences
  kTemplate,          // "[random].example", an expression
  kNoTopLevelDomain,  // setup.exe
  kNotAName,          // labels that no host has
  kReserved,          // a private or reserved address
};
inline constexpr int kLeftOutReasons = 11;

struct ReportFinding {
  ReportKind kind;
  std::string value;    // A-labels in lower case; an address or prefix in canonical form
  std::string written;  // as the report has it
  uint32_t line;        // from 1
  uint32_t column;      // in octets, from 1
  ReportStyle style;
  Certainty certainty;
  bool public_suffix;  // a name that no rule may touch as a whole (lent.example.net's parent)
  bool forwards;       // the host of a URL that holds another: an open redirector, often
};

struct ReportOmission {
  LeftOut reason;
  std::string value;
  std::string written;
  uint32_t line;
  uint32_t column;
};

struct Report {
  std::vector<ReportFinding> findings;  // by place
  std::vector<ReportOmission> left_out;
};

// Reads a report, in time linear in its length, which must be less than 4 GiB. Takes any octets.
Report ReadReport(std::string_view text, const PublicSuffixList& suffixes);

// "name", "address", "prefix"
std::string_view KindName(ReportKind kind);
// "plain", "url", "defanged"
std::string_view StyleName(ReportStyle style);
// "indicator", "mention"
std::string_view CertaintyName(Certainty certainty);
// "e-mail address": a short noun, for counts and JSON
std::string_view LeftOutName(LeftOut reason);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_REPORT_H_
