// SPDX-License-Identifier: BSD-3-Clause
//
// What a message shows of where a name leads: the targets of its CNAMEs, its addresses, and the
// name servers of the zones around, as far as Unbound's cache of RRsets knows them.

#ifndef TOLLGATE_MODULE_EVIDENCE_H_
#define TOLLGATE_MODULE_EVIDENCE_H_

#include "module/gate.h"

struct module_env;
struct query_info;
struct reply_info;
struct ub_packed_rrset_key;

// Before the query threads run: whether something is known of name servers already.
void evidence_prepare(const struct module_env* env);
// For every response, before anything of it is stored.
void evidence_note_response(const struct reply_info* reply);

// Whether the rules can have something to say of `reply` beyond its question.
int evidence_counts(struct gate* gate, size_t thread, const struct reply_info* reply);

// Whether an RRset leads to another name: a CNAME or DNAME.
int evidence_is_alias(const struct ub_packed_rrset_key* rrset);

// Tells the gate of all evidence in `reply`, the answer to what `query` asks. What follows is
// gate_decide_answer or gate_answer_blocks, on the same thread. No lock of a cache entry may be
// held, nor must `reply` lie in the cache: RRsets of name servers are looked up.
void evidence_hear(struct module_env* env, struct gate* gate, const struct gate_query* query,
                   const struct reply_info* reply);

#endif  // TOLLGATE_MODULE_EVIDENCE_H_
