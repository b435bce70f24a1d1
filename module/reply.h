// SPDX-License-Identifier: BSD-3-Clause
//
// From a decision to the reply that Unbound sends.

#ifndef TOLLGATE_MODULE_REPLY_H_
#define TOLLGATE_MODULE_REPLY_H_

#include "module/gate.h"

struct module_qstate;

// Makes `decision`, a GATE_ANSWER, the result of `qstate`: return_rcode, return_msg and the EDE
// option. Everything is a copy in the region of `qstate`. Where memory runs out the result is
// SERVFAIL.
void reply_set(struct module_qstate* qstate, const struct gate_decision* decision);

#endif  // TOLLGATE_MODULE_REPLY_H_
