// SPDX-License-Identifier: BSD-3-Clause
//
// Hosts in a line of prose: in URLs and alone, as names, addresses and prefixes. What a host means
// for the report is not asked here (report.h).

#ifndef TOLLGATE_RULESET_SOURCE_REPORT_HOST_H_
#define TOLLGATE_RULESET_SOURCE_REPORT_HOST_H_

#include <cstddef>
#include <string>
#include <vector>

#include "ruleset/source/public_suffix_list.h"
#include "ruleset/source/report.h"
#include "ruleset/source/report_text.h"

namespace tollgate::source {

struct Host {
  ReportKind kind = ReportKind::kName;
  std::string value;  // canonical text; where it is left out, the text that was read
  size_t begin = 0;   // cells of the line
  size_t end = 0;     // the port and the path not included
  size_t tail = 0;    // where what belongs to it ends: port, prefix length, path
  ReportStyle style = ReportStyle::kPlain;
  LeftOut left_out = LeftOut::kNot;
  bool in_path = false;        // a word in the path of a URL
  bool forwards = false;       // its path or query holds another URL
  bool public_suffix = false;  // a name that rules may not touch as a whole
};

// Appends the hosts in `cells` to `hosts`, in order; also what looks like one and is none, with the
// reason. Takes time linear in the number of cells.
void FindHosts(const Cells& cells, const PublicSuffixList& suffixes, std::vector<Host>& hosts);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_REPORT_HOST_H_
