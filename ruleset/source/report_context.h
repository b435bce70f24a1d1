// SPDX-License-Identifier: BSD-3-Clause
//
// What stands around a host in a report: the words in front of it, the cell of a table, the file
// name's hash, the heading above. All that the judge of undefanged names goes by (report.h).

#ifndef TOLLGATE_RULESET_SOURCE_REPORT_CONTEXT_H_
#define TOLLGATE_RULESET_SOURCE_REPORT_CONTEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "ruleset/source/report_host.h"
#include "ruleset/source/report_text.h"

namespace tollgate::source {

// The part of a report that a line is in, by the last heading.
class Section {
 public:
  // Takes the next line; `has_hosts` where it holds any.
  void TakeLine(std::string_view line, bool has_hosts);

  bool indicators() const { return kind_ == Kind::kIndicators; }
  bool references() const { return kind_ == Kind::kReferences; }

 private:
  enum class Kind { kOther, kIndicators, kReferences };
  Kind kind_ = Kind::kOther;
};

struct Surroundings {
  bool begins_item = false;    // nothing but a bullet stands in front of it
  bool whole_item = false;     // and nothing behind it but a remark
  bool whole_cell = false;     // a table's, or one of a list with separators
  bool defanged_cell = false;  // another cell of the line holds what is defanged
  bool introduced = false;     // "DNS query for", "C2:"
  bool harmless = false;       // "legitimate", "connectivity check"
  bool file_like = false;      // its top-level domain is an extension too
  bool file = false;           // a hash, a size or "File name:" stands beside it
  bool indicators = false;     // the section's heading says so
  bool references = false;
};

// The surroundings of the hosts of one line. The arguments must outlive it.
class LineContext {
 public:
  LineContext(const Cells& cells, const std::vector<Host>& hosts, const Section& section);

  // Those of hosts[i]. Takes bounded time.
  Surroundings Around(size_t i) const;

 private:
  bool BeginsItem(const Host& host) const;
  bool BeginsCell(const Host& host) const;
  bool EndsCell(const Host& host) const;
  bool EndsLine(const Host& host) const;
  std::string Before(size_t at) const;
  std::string After(size_t at) const;

  const Cells& cells_;
  const std::vector<Host>& hosts_;
  const Section& section_;
  size_t defanged_ = 0;    // hosts of the line
  bool has_hash_ = false;  // a word of 32 hexadecimal digits or more
};

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_REPORT_CONTEXT_H_
