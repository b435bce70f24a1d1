// SPDX-License-Identifier: BSD-3-Clause
//
// The six functions that Unbound calls (util/module.h, "struct module_func_block").
//
// Whom a query is for decides what happens to it.
//
// For a client: the query state has a reply_list. It gets its verdict when it enters the module,
// and what is blocked is answered on the spot: no module below is asked, so that nothing is stored.
//
// For Unbound itself: addresses of name servers, keys of zones, prefetch. It is never blocked, or
// innocent zones would break. But what it brings must not lie in the message cache under a blocked
// name, for Unbound answers clients from there before any module runs.
//
// Not every internal query enters here: the iterator starts its own at itself (generate_sub_request
// sets curmod), and follows CNAMEs within one query state. What comes from the network for any of
// them passes the callback inplace_cb_query_response before it is stored: on_response.

// clang-format off: config.h comes before every other header.
#include "module/unbound.h"
// clang-format on

#include "module/cache_sweep.h"
#include "module/gate.h"
#include "module/reply.h"
#include "module/step_aside.h"

#define EXPORT __attribute__((visibility("default")))

// What the module knows of a query state, in minfo[id]: there is nothing to allocate or free. Bits,
// and above them the number of what they were judged by (gate_number).
enum {
  CLIENT_HEARD = 1,    // a client's verdict was "resolve", and holds for all that share the state
  NAME_JUDGED = 2,     // withhold_blocked_name has been here, or need not come
  STORE_WITHHELD = 4,  // no_cache_store is on because of the latest response; it was off before
  NUMBER_SHIFT = 3,
};

// What init makes and deinit frees.
struct instance {
  struct gate* gate;
  struct sweep* sweep;  // of the one thread that sweeps; NULL before
};

static uint64_t state_of(const struct module_qstate* qstate, int id) {
  return (uint64_t)(uintptr_t)qstate->minfo[id];
}

static unsigned state_bits(const struct module_qstate* qstate, int id) {
  return (unsigned)(state_of(qstate, id) & ((1u << NUMBER_SHIFT) - 1));
}

// Workers' alloc caches are numbered from 0 (daemon_create_workers).
static size_t thread_of(const struct module_qstate* qstate) {
  return (size_t)qstate->env->alloc->thread_num;
}

static struct dynlibmod_env* dynlib_of(const struct module_env* env, int id) {
  return env->modinfo[id];
}

static struct instance* instance_of(const struct module_env* env, int id) {
  return dynlib_of(env, id)->dyn_env;
}

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

static enum gate_transport transport_of(const struct comm_point* point) {
  if (point->type == comm_http) return GATE_HTTPS;
  if (point->type == comm_tcp) return point->ssl ? GATE_TLS : GATE_TCP;
  return GATE_UDP;
}

static struct gate_client client_of(const struct mesh_reply* reply) {
  const struct sockaddr_storage* address = &reply->query_reply.client_addr;
  struct gate_client client = {.transport = (uint8_t)transport_of(reply->query_reply.c),
                               .query_id = ntohs(reply->qid),
                               .query_flags = reply->qflags};
  if (address->ss_family == AF_INET) {
    const struct sockaddr_in* ipv4 = (const struct sockaddr_in*)address;
    client.family = 4;
    client.port = ntohs(ipv4->sin_port);
    memcpy(client.address, &ipv4->sin_addr, sizeof(ipv4->sin_addr));
  } else if (address->ss_family == AF_INET6) {
    const struct sockaddr_in6* ipv6 = (const struct sockaddr_in6*)address;
    client.family = 6;
    client.port = ntohs(ipv6->sin6_port);
    memcpy(client.address, &ipv6->sin6_addr, sizeof(ipv6->sin6_addr));
  }
  return client;
}

static int is_clients(const struct module_qstate* qstate) {
  return qstate->mesh_info->reply_list != NULL;
}

// Whether Unbound itself waits for the result: another query state, or a callback (transfers of
// zones, RFC 5011 probes).
static int is_wanted_inside(const struct module_qstate* qstate) {
  return qstate->mesh_info->super_set.count != 0 || qstate->mesh_info->cb_list != NULL;
}

// Nothing is stored under the name of the query state: no answer, and no SERVFAIL either.
static void withhold(struct module_qstate* qstate, struct gate* gate) {
  if (qstate->no_cache_store) return;
  qstate->no_cache_store = 1;
  gate_count_withheld(gate, thread_of(qstate));
}

// Unbound asks for itself, or what was judged before may be judged otherwise now.
static void withhold_blocked_name(struct module_qstate* qstate, int id, struct gate* gate) {
  const struct gate_query query = query_for(qstate, &qstate->qinfo);
  if (gate_blocks(gate, &query)) withhold(qstate, gate);
  set_judged(qstate, id, gate, state_bits(qstate, id) | NAME_JUDGED);
}

// Other clients that ask the same get a query state of their own. The key of the tree changes. Only
// for a state that has just come in, and that nothing else refers to.
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

static void on_query(struct module_qstate* qstate, int id, struct gate* gate) {
  struct gate_query query;
  struct gate_client client;
  struct gate_decision decision;

  qstate->ext_state[id] = module_wait_module;
  if (!may_bring_class_in(qstate)) return;
  if (!is_clients(qstate)) {
    withhold_blocked_name(qstate, id, gate);
    return;
  }
  query = query_for(qstate, &qstate->qinfo);
  client = client_of(qstate->mesh_info->reply_list);
  query.client = &client;
  gate_decide(gate, &query, &decision);
  switch (decision.verdict) {
    case GATE_RESOLVE:
      set_judged(qstate, id, gate, CLIENT_HEARD | NAME_JUDGED);
      if (decision.withhold) withhold(qstate, gate);
      if (decision.for_one_client) keep_for_one_client(qstate);
      return;
    case GATE_ANSWER:
      reply_set(qstate, &decision);
      break;
    case GATE_DROP:
      qstate->is_drop = 1;
      break;
  }
  qstate->ext_state[id] = module_finished;
}

// What is to become of the answer for all the clients that wait for it: one that is kept from it
// keeps it from all of them. Each is counted.
static void decide_for_all(const struct module_qstate* qstate, struct gate* gate, int again,
                           struct gate_decision* decision) {
  struct gate_query query = query_for(qstate, &qstate->qinfo);
  query.again = again;
  decision->verdict = GATE_RESOLVE;
  for (const struct mesh_reply* reply = qstate->mesh_info->reply_list; reply; reply = reply->next) {
    const struct gate_client client = client_of(reply);
    struct gate_decision one;
    query.client = &client;
    gate_decide(gate, &query, &one);
    if (reply == qstate->mesh_info->reply_list || one.verdict != GATE_RESOLVE) *decision = one;
  }
}

// The modules below have the real answer, and have stored it unless they were told not to.
//
// A client that asks for what Unbound is just looking up for itself shares the query state, and
// does not enter on_query. And what is in force may have changed since: then the new one decides,
// for those that came before the change, too.
static void on_answer(struct module_qstate* qstate, int id, struct gate* gate) {
  const int judged_now = is_judged_now(qstate, id, gate);
  const int heard = state_bits(qstate, id) & CLIENT_HEARD;
  struct gate_decision decision;

  qstate->ext_state[id] = module_finished;
  if (!may_bring_class_in(qstate)) return;
  if (!is_clients(qstate)) {
    const struct gate_query query = query_for(qstate, &qstate->qinfo);
    if (!judged_now && gate_blocks(gate, &query)) cache_forget(qstate);
    return;
  }
  if (heard && judged_now) return;
  decide_for_all(qstate, gate, heard, &decision);
  if (decision.verdict != GATE_RESOLVE || decision.withhold) cache_forget(qstate);
  if (decision.verdict == GATE_RESOLVE) return;
  if (decision.verdict == GATE_DROP || is_wanted_inside(qstate)) {
    // One result serves clients and Unbound alike. Where Unbound needs the real one, the client
    // gets none: it asks again, by then on its own, and has its answer. is_drop is for clients
    // only.
    qstate->is_drop = 1;
  } else {
    reply_set(qstate, &decision);
  }
}

// Whether what `response` answers must not be stored.
static int answers_blocked_name(const struct module_qstate* qstate, struct gate* gate,
                                const struct dns_msg* response) {
  struct gate_query query;
  // The query state's own question has been judged. The same name with another type has not: a rule
  // may be about some types only.
  if (response->qinfo.qtype == qstate->qinfo.qtype &&
      query_dname_compare(response->qinfo.qname, qstate->qinfo.qname) == 0) {
    return 0;
  }
  query = query_for(qstate, &response->qinfo);
  return gate_blocks(gate, &query);
}

static void judge_response(struct module_qstate* qstate, const struct dns_msg* response, int id,
                           struct gate* gate) {
  unsigned bits;
  int withheld;

  if (!(state_bits(qstate, id) & NAME_JUDGED) || !is_judged_now(qstate, id, gate)) {
    withhold_blocked_name(qstate, id, gate);
  }
  bits = state_bits(qstate, id);
  withheld = response && answers_blocked_name(qstate, gate, response);
  if (withheld && !qstate->no_cache_store) {
    withhold(qstate, gate);
    set_state_bits(qstate, id, bits | STORE_WITHHELD);
  } else if (!withheld && (bits & STORE_WITHHELD)) {
    qstate->no_cache_store = 0;
    set_state_bits(qstate, id, bits & ~(unsigned)STORE_WITHHELD);
  }
}

// Runs for every response from the network or an auth-zone, and for every one that did not come,
// before anything is stored. A response is stored under its own question, which need not be the
// query state's: the target of a CNAME, or a piece of the name (QNAME minimisation). no_cache_store
// is therefore set anew for each. It must not stay on for longer than that: it also keeps the
// iterator from storing referrals, so that every query would begin at the root.
static int on_response(struct module_qstate* qstate, struct dns_msg* response, int id,
                       void* argument) {
  struct gate* gate = argument;
  if (qstate->qinfo.qclass != LDNS_RR_CLASS_IN) return 1;
  gate_enter(gate, thread_of(qstate));
  judge_response(qstate, response, id, gate);
  gate_leave(gate, thread_of(qstate));
  return 1;
}

// The number of this thread, where one of its queries has been here. In the memory that every
// thread begins with: the dynamic linker would allocate another piece at the first use, and ends
// the process where there is none.
static _Thread_local size_t thread_here __attribute__((tls_model("initial-exec"))) = SIZE_MAX;

// An answer goes out of the cache without any module's doing. Only counted.
static int on_cached_reply(struct query_info* question, struct module_qstate* qstate,
                           struct reply_info* reply, int rcode, struct edns_data* edns,
                           struct edns_option** options, struct comm_reply* client,
                           struct regional* region, struct timeval* start, int id, void* argument) {
  (void)question, (void)qstate, (void)reply, (void)rcode, (void)edns, (void)options;
  (void)client, (void)region, (void)start, (void)id;
  gate_count_from_cache(argument, thread_here);
  return 1;
}

static void write_log(enum gate_level level, const char* line) {
  switch (level) {
    case GATE_ERROR:
      log_err("%s", line);
      break;
    case GATE_WARNING:
      log_warn("%s", line);
      break;
    case GATE_INFO:
    case GATE_DEBUG:
      log_info("%s", line);
      break;
  }
}

// Every module in front sees a client's query first and our answer last: dns64 would ask once more,
// as Unbound itself, for what we said does not exist, and subnetcache has a cache of its own.
static void check_place(const struct config_file* config, int id) {
  const char* name = config->module_conf;
  for (; id > 0; --id) {
    size_t length;
    name += strspn(name, " \t");
    length = strcspn(name, " \t");
    if (strncmp(name, "respip", length) != 0 && strncmp(name, "dynlib", length) != 0) {
      log_warn(
          "tollgate: \"%.*s\" stands before dynlib in module-config, and can undo what "
          "tollgate decides; write dynlib first",
          (int)length, name);
    }
    name += length;
  }
}

static void sweep_kept_cache(struct module_env* env, struct gate* gate) {
  const size_t removed = gate_has_database(gate) ? cache_sweep_all(env, gate) : 0;
  if (removed > 0) {
    log_info("tollgate: removed %u answers to blocked names from the kept cache",
             (unsigned)removed);
  }
}

static int register_callbacks(struct module_env* env, int id, struct gate* gate) {
  struct dynlibmod_env* dynlib = dynlib_of(env, id);
  return dynlib->inplace_cb_register_wrapped((void*)&on_response, inplace_cb_query_response, gate,
                                             env, id) &&
         dynlib->inplace_cb_register_wrapped((void*)&on_cached_reply, inplace_cb_reply_cache, gate,
                                             env, id);
}

EXPORT int init(struct module_env* env, int id) {
  const size_t threads = env->cfg->num_threads > 0 ? (size_t)env->cfg->num_threads : 1;
  struct instance* instance;

  if (!gate_host_is(TOLLGATE_UNBOUND_BUILD_ID)) return step_aside();
  // 0 ends the resolver; without memory for these few it would not have come far.
  instance = calloc(1, sizeof(*instance));
  if (!instance) return 0;
  dynlib_of(env, id)->dyn_env = instance;
  instance->gate = gate_open(threads, PACKAGE_VERSION, &write_log);
  if (!instance->gate) return 0;
  check_place(env->cfg, id);
  if (!register_callbacks(env, id, instance->gate)) return 0;
  sweep_kept_cache(env, instance->gate);
  return 1;
}

// Also on `unbound-control reload`. The workers have ended by then, and their query states and
// event loops with them.
EXPORT void deinit(struct module_env* env, int id) {
  struct dynlibmod_env* dynlib;
  struct instance* instance;
  if (stepped_aside()) return;
  dynlib = dynlib_of(env, id);
  instance = dynlib->dyn_env;
  if (!instance) return;
  dynlib->inplace_cb_delete_wrapped(env, inplace_cb_query_response, id);
  dynlib->inplace_cb_delete_wrapped(env, inplace_cb_reply_cache, id);
  gate_close(instance->gate);
  cache_sweep_end(instance->sweep);
  free(instance);
  dynlib->dyn_env = NULL;
}

EXPORT void operate(struct module_qstate* qstate, enum module_ev event, int id,
                    struct outbound_entry* outbound) {
  struct instance* instance;
  struct sweep* sweep;
  if (stepped_aside()) {
    step_aside_operate(qstate, event, id, outbound);
    return;
  }
  instance = instance_of(qstate->env, id);
  if (thread_here == SIZE_MAX) gate_prepare_thread();
  thread_here = thread_of(qstate);
  sweep = cache_sweep_volunteer(qstate->env, instance->gate);
  if (sweep) instance->sweep = sweep;
  gate_enter(instance->gate, thread_here);
  switch (event) {
    // `pass` comes from a module in front, and for sub-queries, even for the first module
    // (mesh_run starts those with it).
    case module_event_new:
    case module_event_pass:
      on_query(qstate, id, instance->gate);
      break;
    case module_event_moddone:
      on_answer(qstate, id, instance->gate);
      break;
    default:  // of the network; the module asks nothing there
      qstate->ext_state[id] = module_error;
      break;
  }
  gate_leave(instance->gate, thread_here);
}

EXPORT void inform_super(struct module_qstate* qstate, int id, struct module_qstate* super) {
  // The module has no sub-queries of its own.
  if (stepped_aside()) step_aside_inform_super(qstate, id, super);
}

EXPORT void clear(struct module_qstate* qstate, int id) {
  if (stepped_aside()) {
    step_aside_clear(qstate, id);
  } else {
    qstate->minfo[id] = NULL;
  }
}

EXPORT size_t get_mem(struct module_env* env, int id) {
  const struct instance* instance;
  if (stepped_aside()) return 0;
  instance = instance_of(env, id);
  return instance ? gate_memory(instance->gate) : 0;
}
