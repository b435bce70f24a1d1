// SPDX-License-Identifier: BSD-3-Clause
//
// The DNS messages behind an event (RFC 1035 section 4), without EDNS: an event knows of none.

#ifndef TOLLGATE_MODULE_EVENTS_RESPONSE_MESSAGE_H_
#define TOLLGATE_MODULE_EVENTS_RESPONSE_MESSAGE_H_

#include <string>

#include "module/events/event.h"
#include "ruleset/ruleset.h"

namespace tollgate::module {

// The response that the client was given because of the rule, with the question in its own
// spelling. Empty where there was none (drop), where it came from elsewhere (pass), and where QNAME
// is no name. Of truncate it is the one over UDP. Records that do not fit in 65,535 octets are left
// out, and TC set.
std::string ResponseMessage(const Event& event);
// The same for a rule with `answer`, whatever the event's own.
std::string ResponseMessage(const Event& event, const AnswerView& answer);

// The query: header and question. Empty where QNAME is no name.
std::string QueryMessage(const Event& event);

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_RESPONSE_MESSAGE_H_
