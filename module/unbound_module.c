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

// What the module knows of a query state, as bits in minfo[id]: there is nothing to allocate or
// free.
enum {
  CLIENT_HEARD = 1,    // a client's verdict was "resolve", and holds for all that share the state
  NAME_JUDGED = 2,     // withhold_blocked_name has been here, or need not come
  STORE_WITHHELD = 4,  // no_cache_store is on because of the latest response; it was off before
};

static unsigned state_bits(const struct module_qstate* qstate, int id) {
  return (unsigned)(uintptr_t)qstate->minfo[id];
}

static void set_state_bits(struct module_qstate* qstate, int id, unsigned bits) {
  qstate->minfo[id] = (void*)(uintptr_t)bits;
}

static struct dynlibmod_env* instance(const struct module_env* env, int id) {
  return env->modinfo[id];
}

static struct gate* gate_of(const struct module_env* env, int id) {
  return instance(env, id)->dyn_env;
}

// Workers' alloc caches are numbered from 0 (daemon_create_workers).
static struct gate_query query_for(const struct module_qstate* qstate,
                                   const struct query_info* qinfo) {
  const struct gate_query query = {.qname = qinfo->qname,
                                   .qname_length = qinfo->qname_len,
                                   .qtype = qinfo->qtype,
                                   .thread = (size_t)qstate->env->alloc->thread_num,
                                   .now = (uint64_t)*qstate->env->now};
  return query;
}

static int is_clients(const struct module_qstate* qstate) {
  return qstate->mesh_info->reply_list != NULL;
}

// Whether Unbound itself waits for the result: another query state, or a callback (transfers of
// zones, RFC 5011 probes).
static int is_wanted_inside(const struct module_qstate* qstate) {
  return qstate->mesh_info->super_set.count != 0 || qstate->mesh_info->cb_list != NULL;
}

// Unbound asks for itself. Of a blocked name nothing is stored: no answer, and no SERVFAIL either.
static void withhold_blocked_name(struct module_qstate* qstate, int id, struct gate* gate) {
  const struct gate_query query = query_for(qstate, &qstate->qinfo);
  if (gate_blocks(gate, &query)) qstate->no_cache_store = 1;
  set_state_bits(qstate, id, state_bits(qstate, id) | NAME_JUDGED);
}

static void on_query(struct module_qstate* qstate, int id) {
  struct gate* gate = gate_of(qstate->env, id);
  const struct gate_query query = query_for(qstate, &qstate->qinfo);
  struct gate_decision decision;

  qstate->ext_state[id] = module_wait_module;
  if (qstate->qinfo.qclass != LDNS_RR_CLASS_IN) return;
  if (!is_clients(qstate)) {
    withhold_blocked_name(qstate, id, gate);
    return;
  }
  gate_decide(gate, &query, &decision);
  switch (decision.verdict) {
    case GATE_RESOLVE:
      set_state_bits(qstate, id, CLIENT_HEARD | NAME_JUDGED);
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

// The modules below have the real answer. A client that asks for what Unbound is just looking up
// for itself shares the query state, and does not enter on_query.
static void on_answer(struct module_qstate* qstate, int id) {
  const struct gate_query query = query_for(qstate, &qstate->qinfo);
  struct gate_decision decision;

  qstate->ext_state[id] = module_finished;
  if (qstate->qinfo.qclass != LDNS_RR_CLASS_IN || !is_clients(qstate) ||
      (state_bits(qstate, id) & CLIENT_HEARD)) {
    return;
  }
  gate_decide(gate_of(qstate->env, id), &query, &decision);
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

// Whether a client that asks for what `response` answers would be kept from it.
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

// Runs for every response from the network or an auth-zone, and for every one that did not come,
// before anything is stored. A response is stored under its own question, which need not be the
// query state's: the target of a CNAME, or a piece of the name (QNAME minimisation). no_cache_store
// is therefore set anew for each. It must not stay on for longer than that: it also keeps the
// iterator from storing referrals, so that every query would begin at the root.
static int on_response(struct module_qstate* qstate, struct dns_msg* response, int id,
                       void* argument) {
  struct gate* gate = argument;
  unsigned bits;
  int withhold;

  if (qstate->qinfo.qclass != LDNS_RR_CLASS_IN) return 1;
  if (!(state_bits(qstate, id) & NAME_JUDGED)) withhold_blocked_name(qstate, id, gate);
  bits = state_bits(qstate, id);
  withhold = response && answers_blocked_name(qstate, gate, response);
  if (withhold && !qstate->no_cache_store) {
    qstate->no_cache_store = 1;
    set_state_bits(qstate, id, bits | STORE_WITHHELD);
  } else if (!withhold && (bits & STORE_WITHHELD)) {
    qstate->no_cache_store = 0;
    set_state_bits(qstate, id, bits & ~(unsigned)STORE_WITHHELD);
  }
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

static void sweep(struct module_env* env, struct gate* gate) {
  const size_t removed = gate_has_database(gate) ? cache_sweep(env, gate) : 0;
  if (removed > 0) {
    log_info("tollgate: removed %u answers to blocked names from the kept cache",
             (unsigned)removed);
  }
}

EXPORT int init(struct module_env* env, int id) {
  struct dynlibmod_env* self;
  struct gate* gate;

  if (!gate_host_is(TOLLGATE_UNBOUND_BUILD_ID)) return step_aside();
  self = instance(env, id);
  gate = gate_open(env->cfg->num_threads > 0 ? (size_t)env->cfg->num_threads : 1, &write_log);
  // 0 ends the resolver; without memory for these few it would not have come far.
  if (!gate) return 0;
  self->dyn_env = gate;
  check_place(env->cfg, id);
  if (!self->inplace_cb_register_wrapped((void*)&on_response, inplace_cb_query_response, gate, env,
                                         id)) {
    return 0;
  }
  sweep(env, gate);
  return 1;
}

// Also on `unbound-control reload`: after it the module is unloaded, and nothing of it may be left
// behind. The workers have ended by then, and their query states with them.
EXPORT void deinit(struct module_env* env, int id) {
  struct dynlibmod_env* self;
  if (stepped_aside()) return;
  self = instance(env, id);
  self->inplace_cb_delete_wrapped(env, inplace_cb_query_response, id);
  gate_close(self->dyn_env);
  self->dyn_env = NULL;
}

EXPORT void operate(struct module_qstate* qstate, enum module_ev event, int id,
                    struct outbound_entry* outbound) {
  if (stepped_aside()) {
    step_aside_operate(qstate, event, id, outbound);
    return;
  }
  switch (event) {
    // `pass` comes from a module in front, and for sub-queries, even for the first module
    // (mesh_run starts those with it).
    case module_event_new:
    case module_event_pass:
      on_query(qstate, id);
      break;
    case module_event_moddone:
      on_answer(qstate, id);
      break;
    default:  // of the network; the module asks nothing there
      qstate->ext_state[id] = module_error;
      break;
  }
}

EXPORT void inform_super(struct module_qstate* qstate, int id, struct module_qstate* super) {
  // The module has no sub-queries of its own.
  if (stepped_aside()) step_aside_inform_super(qstate, id, super);
}

EXPORT void clear(struct module_qstate* qstate, int id) {
  if (stepped_aside()) {
    step_aside_clear(qstate, id);
  } else {
    set_state_bits(qstate, id, 0);
  }
}

EXPORT size_t get_mem(struct module_env* env, int id) {
  const struct gate* gate;
  if (stepped_aside()) return 0;
  gate = gate_of(env, id);
  return gate ? gate_memory(gate) : 0;
}
