// SPDX-License-Identifier: BSD-3-Clause
//
// One word of a report, taken out of a line, to the hosts in it.

#ifndef TOLLGATE_RULESET_SOURCE_REPORT_WORD_H_
#define TOLLGATE_RULESET_SOURCE_REPORT_WORD_H_

#include <cstddef>
#include <string>
#include <vector>

#include "ruleset/source/public_suffix_list.h"
#include "ruleset/source/report_host.h"
#include "ruleset/source/report_text.h"

namespace tollgate::source {

// The cells of a line that make up a word: mostly one behind the other.
using Word = std::vector<size_t>;

// cells[begin, end) as UTF-8 in lower case.
std::string TextOf(const Cells& cells, size_t begin, size_t end);

// Appends to `hosts`, which with the other arguments must outlive it.
class WordReader {
 public:
  WordReader(const Cells& cells, const PublicSuffixList& suffixes, std::vector<Host>& hosts)
      : cells_(cells), suffixes_(suffixes), hosts_(hosts) {}

  // Appends the hosts in `word`, and what looks like one with the reason why it is none. `in_url`:
  // it is the host of a URL. Takes time linear in the length of the word.
  void Read(const Word& word, ReportStyle style, bool in_url);

  // Appends an address in canonical form that stands in cells[begin, end), with the length of its
  // prefix if one follows; the host of a URL has none.
  void AddAddress(std::string address, size_t begin, size_t end, ReportStyle style, bool in_url);

  // Appends what stands in cells[begin, end), if it has a dot, as left out.
  void LeaveOut(size_t begin, size_t end, LeftOut reason);

  // Whether `word` is already a name: two labels or more, the last a top-level domain.
  bool EndsInTopLevelDomain(const Word& word) const;

 private:
  const Cells& cells_;
  const PublicSuffixList& suffixes_;
  std::vector<Host>& hosts_;
};

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_REPORT_WORD_H_
