// SPDX-License-Identifier: BSD-3-Clause
//
// What becomes of a query, from its coming into the module to its answer.
//
// Whom a query is for decides what happens to it.
//
// For a client: the query state has a reply_list. It gets its verdict when it enters the module,
// and what is blocked is answered on the spot: no module below is asked. Else its answer is judged
// when the modules below have it, by its CNAMEs, its addresses, its name servers.
//
// For Unbound itself: addresses of name servers, keys of zones, prefetch. It is never blocked, or
// innocent zones would break.
//
// Unbound answers clients out of its message cache before any module runs. So no module below
// stores the answer to what entered here (no_cache_store): this one does, when it has judged it
// (cache_store.h).
//
// Not every internal query enters here: the iterator starts its own at itself (generate_sub_request
// sets curmod), and what it stores on the way is told to no module. What comes from the network for
// any of them passes the callback inplace_cb_query_response before it is stored: query_response.

#ifndef TOLLGATE_MODULE_QUERY_H_
#define TOLLGATE_MODULE_QUERY_H_

#include "module/gate.h"

struct dns_msg;
struct module_env;
struct module_qstate;

// The number of the thread that `env` is for, from 0.
size_t query_thread(const struct module_env* env);

// When Unbound's configuration has been read, before there are queries.
void query_prepare(const struct module_env* env);

// All between gate_enter and gate_leave. `id` is the module's: of `qstate`, minfo[id] is this
// file's, with nothing to free.

// The query enters: sets ext_state, and, where it is decided, its result.
void query_begin(struct module_qstate* qstate, int id, struct gate* gate);

// The modules below are done with it.
void query_answered(struct module_qstate* qstate, int id, struct gate* gate);

// A response has come for it, or has not come (NULL), and nothing of it is stored yet: decides, by
// no_cache_store, whether the iterator may.
void query_response(struct module_qstate* qstate, int id, struct gate* gate,
                    struct dns_msg* response);

#endif  // TOLLGATE_MODULE_QUERY_H_
