// SPDX-License-Identifier: BSD-3-Clause
//
// A decision as a message of dnstap, with its field `policy`. docs/events.md says what stands in
// each field.

#ifndef TOLLGATE_MODULE_EVENTS_DNSTAP_MESSAGE_H_
#define TOLLGATE_MODULE_EVENTS_DNSTAP_MESSAGE_H_

#include <string>
#include <utility>

#include "module/events/client_form.h"
#include "module/events/event.h"

namespace tollgate::module {

class DnstapMessages {
 public:
  // `identity` is this resolver's name. `forms` outlives the result.
  DnstapMessages(std::string identity, const ClientForms& forms)
      : identity_(std::move(identity)), forms_(forms) {}

  // The protocol buffer, without a frame. Empty where `event` has no valid QNAME.
  std::string Message(const Event& event) const;

 private:
  const std::string identity_;
  const ClientForms& forms_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_DNSTAP_MESSAGE_H_
