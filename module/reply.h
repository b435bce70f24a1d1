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

// Adds an Extended DNS Error (RFC 8914) to the answer of `qstate`. It reaches a client that sent
// EDNS, whether or not Unbound's own `ede:` is on. `text` is cut where it is long. 0 without
// memory.
int reply_add_ede(struct module_qstate* qstate, uint16_t code, const char* text, size_t length);

#endif  // TOLLGATE_MODULE_REPLY_H_
