// SPDX-License-Identifier: BSD-3-Clause
//
// What of an answer goes into Unbound's caches.
//
// RRsets are facts, and always stored, so that nothing is asked upstream again because of
// filtering. Messages are answers: clients get them out of the message cache before any module
// runs. Only what no rule keeps from any client is stored there for all to see. The rest lies in
// the same cache, with the same limits, under a key that nobody but this file looks for, and is
// judged each time.

#ifndef TOLLGATE_MODULE_CACHE_STORE_H_
#define TOLLGATE_MODULE_CACHE_STORE_H_

struct dns_msg;
struct module_qstate;
struct query_info;
struct reply_info;

// The answer to the question of `qstate`, for everybody or hidden. `reply` is the query state's
// own, its TTLs relative.
void cache_store_open(struct module_qstate* qstate, struct reply_info* reply);
void cache_store_hidden(struct module_qstate* qstate, struct reply_info* reply);

// A response on the way to the answer, under its own question and for everybody; its RRsets alone.
void cache_store_step(struct module_qstate* qstate, struct dns_msg* response);
void cache_store_rrsets(struct module_qstate* qstate, struct dns_msg* response);

// The hidden answer to the question of `qstate`, as a copy in its region with relative TTLs. NULL
// where there is none, or none that still holds.
struct dns_msg* cache_find_hidden(struct module_qstate* qstate);

// Removes the answer to the question of `qstate` that is there for everybody.
void cache_forget(struct module_qstate* qstate);

#endif  // TOLLGATE_MODULE_CACHE_STORE_H_
