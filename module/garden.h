// SPDX-License-Identifier: BSD-3-Clause
//
// Walled gardens: an answer that is a CNAME, and behind it what the target has. The target is
// resolved by a query of Unbound's own, a sub-query, which is never blocked and stores what it
// brings under the target's name as always.
//
//   reply_set(qstate, &decision);         // the CNAME alone
//   if (garden_begin(qstate, &decision))  // the state waits: module_wait_subquery
//     ...
//   garden_end(sub, qstate);              // in inform_super: the whole chain, or SERVFAIL
//   ...                                   // at the next event the state is finished
//
// Nothing is kept beside the reply itself, so that a query state may go at any time: where its
// client has gone, where Unbound needs the room, at a reload.

#ifndef TOLLGATE_MODULE_GARDEN_H_
#define TOLLGATE_MODULE_GARDEN_H_

#include "module/gate.h"

struct module_qstate;

// Asks for what the target of `decision` has of QTYPE, where its answer is a chain (has_chain) and
// reply_set has made it. 1: the state is to wait for the sub-query. 0: there is nothing to wait
// for, and the answer is as it is now.
//
// Nobody may join a state that waits here: a query of Unbound's own for the same name needs the
// real answer. Nothing else may be attached to it.
int garden_begin(struct module_qstate* qstate, const struct gate_decision* decision);

// `sub`, which garden_begin has asked for, is done: puts what it has behind the CNAME of `super`.
// The result has the RCODE of the target, and no AD. It is SERVFAIL where the target could not be
// resolved, is bogus and the client has not set CD, or leads back to QNAME.
void garden_end(const struct module_qstate* sub, struct module_qstate* super);

#endif  // TOLLGATE_MODULE_GARDEN_H_
