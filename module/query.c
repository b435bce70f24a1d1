// SPDX-License-Identifier: BSD-3-Clause

// clang-format off: config.h comes before every other header.
#include "module/unbound.h"
// clang-format on

#include "module/cache_store.h"
#include "module/client.h"
#include "module/evidence.h"
#include "module/garden.h"
#include "module/gate.h"
#include "module/query.h"
#include "module/reply.h"

// What the module knows of a query state, in minfo[id]: there is nothing to allocate or free. Bits,
// and above them the number of what they were judged by (gate_number).
enum {
  CLIENT_HEARD = 1,     // a client's verdict was "resolve", and holds for all that share the state
  NAME_IS_FREE = 2,     // the answer may be stored for everybody, as far as the name is concerned
  STORES = 4,           // this module stores the answer, and nobody else
  STORE_WITHHELD = 8,   // or: no_cache_store is on because of the latest response alone
  NAME_IS_SILENT = 16,  // no rule has anything to say of the question, to anybody
  NUMBER_SHIFT = 5,
};

static uint64_t state_of(const struct module_qstate* qstate, int id) {
  return (uint64_t)(uintptr_t)qstate->minfo[id];
}

static unsigned state_bits(const struct module_qstate* qstate, int id) {
  return (unsigned)(state_of(qstate, id) & ((1u << NUMBER_SHIFT) - 1));
}

// Workers' alloc caches are numbered from 0 (daemon_create_workers).
size_t query_thread(const struct module_env* env) { return (size_t)env->alloc->thread_num; }

static size_t thread_of(const struct module_qstate* qstate) { return query_thread(qstate->env); }

// Judged now, by what is in force now.
static void set_judged(struct module_qstate* qstate, int id, struct gate* gate, unsigned bits) {
  const uint64_t number = gate_number(gate, thread_of(qstate));
  qstate->minfo[id] = (void*)(uintptr_t)(number << NUMBER_SHIFT | bits);
}

static void set_state_bits(struct module_qstate* qstate, int id, unsigned bits) {
  const uint64_t number = state_of(qstate, id) >> NUMBER_SHIFT;
  qstate->minfo[id] = (void*)(uintptr_t)(number << NUMBER_SHIFT | bits);
}

// Whether nothing has changed since the state was judged. 0 where it has not been.
static int is_judged_now(const struct module_qstate* qstate, int id, const struct gate* gate) {
  return state_of(qstate, id) >> NUMBER_SHIFT == gate_number(gate, thread_of(qstate));
}

static struct gate_query query_for(const struct module_qstate* qstate,
                                   const struct query_info* qinfo) {
  const struct gate_query query = {.qname = qinfo->qname,
                                   .qname_length = qinfo->qname_len,
                                   .qtype = qinfo->qtype,
                                   .thread = thread_of(qstate),
                                   .now = (uint64_t)*qstate->env->now,
                                   .microseconds = (uint32_t)qstate->env->now_tv->tv_usec};
  return query;
}

// `client` stays as long as the query is asked about.
static void ask_for(const struct module_qstate* qstate, struct gate* gate,
                    const struct mesh_reply* waiting, struct gate_client* client,
                    struct gate_query* query) {
  const int wants_tags = (gate_evidence(gate, query->thread) & GATE_CLIENT_TAGS) != 0;
  *client = client_of(qstate->env, waiting, wants_tags);
  query->client = client;
}

static int is_clients(const struct module_qstate* qstate) {
  return qstate->mesh_info->reply_list != NULL;
}

// Whether Unbound itself waits for the result: another query state, or a callback (transfers of
// zones, RFC 5011 probes).
static int is_wanted_inside(const struct module_qstate* qstate) {
  return qstate->mesh_info->super_set.count != 0 || qstate->mesh_info->cb_list != NULL;
}

// Other clients that ask the same get a query state of their own. The key of the tree changes. Only
// for a state that nothing else refers to.
static void keep_for_one_client(struct module_qstate* qstate) {
  struct mesh_state* state = qstate->mesh_info;
  if (state->unique || is_wanted_inside(qstate) || state->sub_set.count != 0) return;
  rbtree_delete(&qstate->env->mesh->all, state);
  mesh_state_make_unique(state);
  rbtree_insert(&qstate->env->mesh->all, &state->node);
}

// Class ANY asks Unbound for every class that it has root servers for, and gets the records of IN.
static int may_bring_class_in(const struct module_qstate* qstate) {
  return qstate->qinfo.qclass == LDNS_RR_CLASS_IN || qstate->qinfo.qclass == LDNS_RR_CLASS_ANY;
}

// subnetcache decides by itself what is for which clients.
static int others_store;

void query_prepare(const struct module_env* env) {
  others_store = strstr(env->cfg->module_conf, "subnetcache") != NULL;
}

// From here on the modules below store no answer. Not of class ANY, which is stored nowhere.
static unsigned take_over_storing(struct module_qstate* qstate, int withhold) {
  if (qstate->no_cache_store || qstate->qinfo.qclass != LDNS_RR_CLASS_IN) return 0;
  if (others_store) {
    qstate->no_cache_store = withhold;
    return 0;
  }
  qstate->no_cache_store = 1;
  return STORES;
}

static struct reply_info* reply_of(const struct module_qstate* qstate) {
  if (qstate->return_rcode != LDNS_RCODE_NOERROR || !qstate->return_msg) return NULL;
  return qstate->return_msg->rep;
}

// Whether no rule had anything to say of the state's own question, and nothing has changed since.
static int is_silent(const struct module_qstate* qstate, int id, const struct gate* gate) {
  return (state_bits(qstate, id) & NAME_IS_SILENT) != 0 && is_judged_now(qstate, id, gate);
}

// Whether an answer may be there for everybody. `silent`: is_silent, of its question.
static int is_free(const struct module_qstate* qstate, struct gate* gate,
                   const struct query_info* question, int silent, const struct reply_info* reply) {
  struct gate_query query = query_for(qstate, question);
  query.silent = silent;
  if (!evidence_counts(gate, query.thread, reply)) return !gate_blocks(gate, &query);
  evidence_hear(qstate->env, gate, &query, reply);
  return !gate_answer_blocks(gate, &query);
}

// Stores the answer for everybody, or hidden.
static void store(struct module_qstate* qstate, struct gate* gate, struct reply_info* reply,
                  int free) {
  if (!free) {
    // Also what was there before: a prefetch may have brought something worse.
    cache_forget(qstate);
    gate_count_withheld(gate, thread_of(qstate));
  }
  // The iterator says so, where a zone is configured with no-cache.
  if (!(qstate->query_flags & BIT_RD) || qstate->no_cache_lookup) return;
  if (free) {
    cache_store_open(qstate, reply);
  } else {
    cache_store_hidden(qstate, reply);
  }
}

// What is to become of the answer for all the clients that wait for it: one that is kept from it
// keeps it from all of them. Each is counted. Without a `reply` there is nothing to judge but the
// question.
static void decide_for_all(const struct module_qstate* qstate, int id, struct gate* gate,
                           const struct reply_info* reply, struct gate_decision* decision) {
  struct gate_query query = query_for(qstate, &qstate->qinfo);
  const int was_heard = (state_bits(qstate, id) & CLIENT_HEARD) != 0;
  const int heard = was_heard && is_judged_now(qstate, id, gate);  // by the same rules
  int over_tcp = 0;
  query.again = was_heard && !heard;
  query.silent = is_silent(qstate, id, gate);
  query.shared = qstate->mesh_info->reply_list && qstate->mesh_info->reply_list->next;
  query.proof = reply && reply->security == sec_status_secure ? GATE_SECURE : GATE_NOT_SECURE;
  decision->verdict = GATE_RESOLVE;
  for (const struct mesh_reply* waiting = qstate->mesh_info->reply_list; waiting;
       waiting = waiting->next) {
    struct gate_client client;
    struct gate_decision one;
    ask_for(qstate, gate, waiting, &client, &query);
    over_tcp |= client.transport != GATE_UDP;
    if (reply) {
      evidence_hear(qstate->env, gate, &query, reply);
      gate_decide_answer(gate, &query, heard, &one);
    } else {
      gate_decide(gate, &query, &one);
    }
    if (waiting == qstate->mesh_info->reply_list || one.verdict != GATE_RESOLVE) *decision = one;
  }
  // TC over TCP would be an answer to nobody: they all ask again.
  if (decision->verdict == GATE_ANSWER && decision->truncated && over_tcp)
    decision->verdict = GATE_DROP;
}

// A bogus answer is SERVFAIL, whatever the rules say of it, but for a client that checks itself.
static int is_servfail(const struct module_qstate* qstate, const struct reply_info* reply) {
  return reply && reply->security == sec_status_bogus && !(qstate->query_flags & BIT_CD);
}

// Answers a client as `decision` says, now or when the target of the CNAME is known.
static void answer(struct module_qstate* qstate, int id, const struct gate_decision* decision) {
  reply_set(qstate, decision);
  qstate->ext_state[id] = module_finished;
  if (!decision->has_chain) return;
  // Of the modules below, which may be done or never have begun, nothing is needed any more.
  qstate->env->detach_subs(qstate);
  keep_for_one_client(qstate);
  if (garden_begin(qstate, decision)) qstate->ext_state[id] = module_wait_subquery;
}

static void apply(struct module_qstate* qstate, int id, const struct gate_decision* decision) {
  if (decision->verdict == GATE_RESOLVE) return;
  if (decision->verdict == GATE_DROP || is_wanted_inside(qstate)) {
    // One result serves clients and Unbound alike. Where Unbound needs the real one, the client
    // gets none: it asks again, by then on its own, and has its answer. is_drop is for clients
    // only.
    qstate->is_drop = 1;
  } else {
    answer(qstate, id, decision);
  }
}

// An answer that was stored hidden needs none of the modules below; only the rules may be others
// now.
static int answer_hidden(struct module_qstate* qstate, int id, struct gate* gate) {
  struct gate_decision decision;
  // To ask anew is what a prefetch is for.
  if (qstate->prefetch_leeway > 0 || qstate->no_cache_lookup || qstate->blacklist) return 0;
  if (!(qstate->query_flags & BIT_RD)) return 0;
  qstate->return_msg = cache_find_hidden(qstate);
  if (!qstate->return_msg) return 0;
  qstate->return_rcode = LDNS_RCODE_NOERROR;
  qstate->ext_state[id] = module_finished;
  if (is_free(qstate, gate, &qstate->qinfo, is_silent(qstate, id, gate), qstate->return_msg->rep))
    cache_store_open(qstate, qstate->return_msg->rep);
  if (!is_clients(qstate) || is_servfail(qstate, qstate->return_msg->rep)) return 1;
  decide_for_all(qstate, id, gate, qstate->return_msg->rep, &decision);
  apply(qstate, id, &decision);
  return 1;
}

void query_begin(struct module_qstate* qstate, int id, struct gate* gate) {
  struct gate_query query;
  struct gate_client client;
  struct gate_decision decision = {.verdict = GATE_RESOLVE};
  unsigned bits = 0;

  if (qstate->ext_state[id] == module_wait_subquery) {  // answer() waited for garden_end
    qstate->ext_state[id] = module_finished;
    return;
  }
  qstate->ext_state[id] = module_wait_module;
  if (!may_bring_class_in(qstate)) return;
  query = query_for(qstate, &qstate->qinfo);
  if (is_clients(qstate)) {
    ask_for(qstate, gate, qstate->mesh_info->reply_list, &client, &query);
    gate_decide(gate, &query, &decision);
    if (!decision.wait_for_proof) bits |= CLIENT_HEARD;
  } else {
    decision.withhold = gate_blocks(gate, &query);
    decision.for_one_client = 0;
  }
  switch (decision.verdict) {
    case GATE_RESOLVE:
      if (!decision.withhold) bits |= NAME_IS_FREE;
      if (decision.silent) bits |= NAME_IS_SILENT;
      set_judged(qstate, id, gate, bits | take_over_storing(qstate, decision.withhold));
      if (decision.for_one_client) keep_for_one_client(qstate);
      answer_hidden(qstate, id, gate);
      return;
    case GATE_ANSWER:
      answer(qstate, id, &decision);
      return;
    case GATE_DROP:
      qstate->is_drop = 1;
      break;
  }
  qstate->ext_state[id] = module_finished;
}

// The modules below have the real answer.
//
// A client that asks for what Unbound is just looking up for itself shares the query state, and
// does not enter query_begin. And what is in force may have changed since: then the new one
// decides, for those that came before the change, too.
void query_answered(struct module_qstate* qstate, int id, struct gate* gate) {
  const int judged_now = is_judged_now(qstate, id, gate);
  const unsigned bits = state_bits(qstate, id);
  const int heard = (bits & CLIENT_HEARD) != 0;
  struct reply_info* reply = reply_of(qstate);
  struct gate_decision decision;
  int counts, silent = 0;

  qstate->ext_state[id] = module_finished;
  if (!may_bring_class_in(qstate)) return;
  counts = reply && evidence_counts(gate, thread_of(qstate), reply);
  if (reply && qstate->qinfo.qclass == LDNS_RR_CLASS_IN) {
    const int free = judged_now && !counts ? (bits & NAME_IS_FREE) != 0
                                           : is_free(qstate, gate, &qstate->qinfo,
                                                     is_silent(qstate, id, gate), reply);
    if (counts) {
      const struct gate_query query = query_for(qstate, &qstate->qinfo);
      silent = gate_answer_is_silent(gate, &query);
    }
    if ((bits & STORES) && qstate->no_cache_store) {
      store(qstate, gate, reply, free);
    } else if (!free) {
      cache_forget(qstate);
    }
  }
  if (!is_clients(qstate) || is_servfail(qstate, reply)) return;
  if (heard && judged_now && (!counts || silent)) return;
  decide_for_all(qstate, id, gate, reply, &decision);
  apply(qstate, id, &decision);
}

// Whether the response says only who knows more.
static int is_referral(const struct reply_info* reply) {
  int servers = 0;
  if (FLAGS_GET_RCODE(reply->flags) != LDNS_RCODE_NOERROR || reply->an_numrrsets > 0) return 0;
  for (size_t i = 0; i < reply->ns_numrrsets; ++i) {
    const uint16_t type = ntohs(reply->rrsets[i]->rk.type);
    if (type == LDNS_RR_TYPE_SOA) return 0;
    if (type == LDNS_RR_TYPE_NS) servers = 1;
  }
  return servers;
}

// Whether a response comes from somebody who should know, and is whole. The iterator, which has not
// looked at it yet, may throw others away.
static int is_sound(const struct dns_msg* response) {
  const uint16_t flags = response->rep->flags;
  return (flags & BIT_AA) && !(flags & BIT_TC) && response->qinfo.qtype != LDNS_RR_TYPE_DS;
}

// The iterator does not store the response to a query that entered here: this module does, when the
// answer is whole. What only leads there, a piece of the name or another type (QNAME minimisation),
// is stored now, so that it need not be asked for again.
static void keep_step(struct module_qstate* qstate, struct gate* gate, struct dns_msg* response) {
  const struct query_info* question = &response->qinfo;
  const int is_piece = dname_subdomain_c(qstate->qinfo.qname, question->qname) &&
                       (question->qtype != qstate->qinfo.qtype ||
                        query_dname_compare(question->qname, qstate->qinfo.qname) != 0);
  if (is_piece && is_sound(response) && is_free(qstate, gate, question, 0, response->rep))
    cache_store_step(qstate, response);
}

// The same for one that the iterator began itself. Its RRsets are stored all the same: Unbound
// needs them.
static int keep_message(struct module_qstate* qstate, struct gate* gate, struct dns_msg* response) {
  if (is_free(qstate, gate, &response->qinfo, 0, response->rep)) return 0;
  if (is_sound(response)) cache_store_rrsets(qstate, response);
  return 1;
}

void query_response(struct module_qstate* qstate, int id, struct gate* gate,
                    struct dns_msg* response) {
  const unsigned bits = state_bits(qstate, id);
  const int is_answer = response && !is_referral(response->rep);
  if (response) evidence_note_response(response->rep);
  if (bits & STORES) {
    // The iterator says so, where a zone is configured with no-cache.
    if (qstate->no_cache_lookup) return;
    qstate->no_cache_store = is_answer;
    if (is_answer) keep_step(qstate, gate, response);
  } else if (is_answer && !qstate->no_cache_store) {
    if (!keep_message(qstate, gate, response)) return;
    qstate->no_cache_store = 1;
    set_state_bits(qstate, id, bits | STORE_WITHHELD);
  } else if (bits & STORE_WITHHELD) {
    qstate->no_cache_store = is_answer && keep_message(qstate, gate, response);
    if (!qstate->no_cache_store) set_state_bits(qstate, id, bits & ~(unsigned)STORE_WITHHELD);
  }
}
