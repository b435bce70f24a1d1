// SPDX-License-Identifier: BSD-3-Clause
//
// What to do inside an Unbound that the module was not built for: nothing, without knowing the
// shape of a single structure. Unbound's own "respip" module is a pass-through for whoever does not
// configure response-ip, and it knows the host's structures: it takes the module's place.

#ifndef TOLLGATE_MODULE_STEP_ASIDE_H_
#define TOLLGATE_MODULE_STEP_ASIDE_H_

#include "module/unbound.h"

// Writes to the host's log why nothing is filtered, and looks up the host's pass-through. 0 where
// there is none.
int step_aside(void);

// Whether step_aside was called: the functions below are to be used, and no structure touched.
int stepped_aside(void);

void step_aside_operate(struct module_qstate* qstate, enum module_ev event, int id,
                        struct outbound_entry* outbound);
void step_aside_inform_super(struct module_qstate* qstate, int id, struct module_qstate* super);
void step_aside_clear(struct module_qstate* qstate, int id);

#endif  // TOLLGATE_MODULE_STEP_ASIDE_H_
