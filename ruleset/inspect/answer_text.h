// SPDX-License-Identifier: BSD-3-Clause
//
// The answer that the module would give, as `dig` would show it. tests/module keeps the two alike.

#ifndef TOLLGATE_RULESET_INSPECT_ANSWER_TEXT_H_
#define TOLLGATE_RULESET_INSPECT_ANSWER_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "ruleset/dns/name.h"
#include "ruleset/ruleset.h"

namespace tollgate::inspect {

enum class Outcome : uint8_t {
  kResolve,   // the real answer
  kAnswer,    // the one described
  kDrop,      // none at all
  kTruncate,  // over UDP an empty one with TC, over TCP the real one
};

struct AnswerText {
  Outcome outcome = Outcome::kResolve;
  std::string status;                  // of a kAnswer: "NXDOMAIN"; IANA, "DNS RCODEs"
  std::vector<std::string> flags;      // "qr", "rd", "ra"
  std::vector<std::string> answer;     // RRs in presentation format
  std::vector<std::string> authority;  // the same
  bool has_ede = false;
  uint16_t ede_code = 0;  // RFC 8914
  std::string ede_name;   // as IANA has it: "Blocked"
  std::string ede_text;   // EXTRA-TEXT: the policy's id
};

// The answer to a query for `qname` and `qtype`, with RD set, where a rule with `answer` decides by
// the owner name that begins at `owner_label` of `qname`.
AnswerText DescribeAnswer(const AnswerView& answer, const dns::Name& qname, size_t owner_label,
                          uint16_t qtype);

}  // namespace tollgate::inspect

#endif  // TOLLGATE_RULESET_INSPECT_ANSWER_TEXT_H_
