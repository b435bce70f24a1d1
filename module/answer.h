// SPDX-License-Identifier: BSD-3-Clause
//
// From what a rule says to the records of a DNS answer.

#ifndef TOLLGATE_MODULE_ANSWER_H_
#define TOLLGATE_MODULE_ANSWER_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "module/gate.h"
#include "ruleset/patient/patients.h"
#include "ruleset/ruleset.h"

namespace tollgate::module {

// Whether `qname` is where a rule with `answer` leads others to: a walled garden below a name that
// it blocks. What the rule sends people to must be there for them, also for a resolver behind this
// one that asks for the target itself. So it is no answer to that name, which is resolved.
bool IsOwnTarget(const AnswerView& answer, const dns::Name& qname) noexcept;

// Writes how a query for `qname` and `qtype`, over UDP, is answered where a rule with `answer`
// decides: over TCP, what is truncated is resolved. `owner_offset` is the octet of QNAME at which
// the matched owner name begins. `decision` points into the database that `answer` is from.
void WriteAnswer(const AnswerView& answer, const dns::Name& qname, size_t owner_offset,
                 uint16_t qtype, gate_decision& decision) noexcept;

// Makes an answer that WriteAnswer has written the client's own, where it is a sinkhole's that
// names its patients: the first address in the prefix of one, or the target of the CNAME. `client`
// is its address in network order. Whether it did.
bool NamePatient(const patient::Patients& patients, std::span<const uint8_t> client,
                 gate_decision& decision) noexcept;

// The RDATA of a record of `decision.answer`, as it is sent.
std::span<const uint8_t> SentRdata(const gate_decision& decision,
                                   std::span<const uint8_t> rdata) noexcept;

// Writes the answer of `on_failure: servfail`: SERVFAIL with EDE 0, "tollgate: no database".
void WriteUnavailable(gate_decision& decision) noexcept;

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_ANSWER_H_
