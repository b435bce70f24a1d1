// SPDX-License-Identifier: BSD-3-Clause
//
// Names that were asked for: out of lists of names, and out of the query logs that resolvers write.
//
// A name a line, where '#' begins a comment; with a count on either side, as `uniq -c` has it; with
// a rank, as lists of popular names have it:
//
//   www.example.com
//   www.example.com 17
//        17 www.example.com
//   1,example.com
//
// The logs of Unbound (log-queries, log-replies), BIND, dnsmasq, `dnstap -q` and dnstap-read:
//
//   [1763800000] unbound[99:0] info: 192.0.2.7 www.example.com. A IN
//   client @0x7f 192.0.2.7#53 (www.example.com): query: www.example.com IN A + (192.0.2.1)
//   Nov 22 10:00:00 dnsmasq[99]: query[A] www.example.com from 192.0.2.7
//   10:00:00.000000 CQ 192.0.2.7 UDP 33b "www.example.com." IN A
//   10:00:00.000 CQ 192.0.2.7:53 -> 192.0.2.1:53 UDP 33b www.example.com/IN/A

#ifndef TOLLGATE_RULESET_INSPECT_NAME_LOG_H_
#define TOLLGATE_RULESET_INSPECT_NAME_LOG_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tollgate::inspect {

// What a line is.
enum class LogLine : uint8_t {
  kNothing,  // empty, or a comment
  kName,     // of a list
  kQuery,    // of a query log
  kOther,    // of a log, and no query: an answer, a restart
  kUnknown,  // none of the above
};

struct LoggedName {
  LogLine line = LogLine::kNothing;
  std::string_view name;  // for kName and kQuery, in presentation format
  uint64_t queries = 1;
};

// Takes a line apart, without its end. Each line is recognised by itself, and a name is not checked
// to be one.
LoggedName ReadLogLine(std::string_view line);

// Distinct names and how often each was asked for, in the order in which they first came. About 120
// octets a name.
class NameCounts {
 public:
  struct Name {
    std::string_view stored;  // lower-case wire format without the root label
    uint64_t queries;
  };

  // What became of the lines.
  struct Lines {
    uint64_t names = 0;    // of lists
    uint64_t queries = 0;  // of query logs
    uint64_t other = 0;
    uint64_t unknown = 0;  // no name, and of no form that is known
    std::string first_unknown;
    uint64_t first_unknown_at = 0;  // its number, counted over all files
  };

  // Adds every line of `text`.
  void AddText(std::string_view text);
  // Adds one name in presentation format, defanged or as U-labels too. False where it is none.
  bool Add(std::string_view name, uint64_t queries = 1);

  size_t size() const { return names_.size(); }
  Name operator[](size_t i) const { return {names_[i]->first, names_[i]->second}; }
  uint64_t queries() const { return queries_; }
  const Lines& lines() const { return lines_; }

 private:
  std::unordered_map<std::string, uint64_t> counts_;
  std::vector<const std::pair<const std::string, uint64_t>*> names_;  // nodes of counts_
  uint64_t queries_ = 0;
  uint64_t line_count_ = 0;
  Lines lines_;
};

}  // namespace tollgate::inspect

#endif  // TOLLGATE_RULESET_INSPECT_NAME_LOG_H_
