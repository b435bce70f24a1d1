// SPDX-License-Identifier: BSD-3-Clause
//
// The six functions that Unbound calls (util/module.h, "struct module_func_block").
//
// clang-format off: config.h comes before every other header.
#include "module/unbound.h"
// clang-format on

#include "module/cache_sweep.h"
#include "module/evidence.h"
#include "module/garden.h"
#include "module/gate.h"
#include "module/query.h"
#include "module/step_aside.h"

#define EXPORT __attribute__((visibility("default")))

// What init makes and deinit frees.
struct instance {
  struct gate* gate;
  struct sweep* sweep;  // of the one thread that sweeps; NULL before
};

static struct dynlibmod_env* dynlib_of(const struct module_env* env, int id) {
  return env->modinfo[id];
}

static struct instance* instance_of(const struct module_env* env, int id) {
  return dynlib_of(env, id)->dyn_env;
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
  gate_enter(gate, query_thread(qstate->env));
  query_response(qstate, id, gate, response);
  gate_leave(gate, query_thread(qstate->env));
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
  const struct gate_host host = {
      .threads = env->cfg->num_threads > 0 ? (size_t)env->cfg->num_threads : 1,
      .unbound = PACKAGE_VERSION,
      .tags = env->cfg->tagname,
      .tag_count = (size_t)env->cfg->num_tags,
      .log = &write_log};
  struct instance* instance;

  if (!gate_host_is(TOLLGATE_UNBOUND_BUILD_ID)) return step_aside();
  // 0 ends the resolver; without memory for these few it would not have come far.
  instance = calloc(1, sizeof(*instance));
  if (!instance) return 0;
  dynlib_of(env, id)->dyn_env = instance;
  instance->gate = gate_open(&host);
  if (!instance->gate) return 0;
  check_place(env->cfg, id);
  query_prepare(env);
  evidence_prepare(env);
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
  thread_here = query_thread(qstate->env);
  sweep = cache_sweep_volunteer(qstate->env, instance->gate);
  if (sweep) instance->sweep = sweep;
  gate_enter(instance->gate, thread_here);
  switch (event) {
    // `pass` comes from a module in front, and for sub-queries, even for the first module
    // (mesh_run starts those with it).
    case module_event_new:
    case module_event_pass:
      query_begin(qstate, id, instance->gate);
      break;
    case module_event_moddone:
      query_answered(qstate, id, instance->gate);
      break;
    default:  // of the network; the module asks nothing there
      qstate->ext_state[id] = module_error;
      break;
  }
  gate_leave(instance->gate, thread_here);
}

EXPORT void inform_super(struct module_qstate* qstate, int id, struct module_qstate* super) {
  if (stepped_aside()) {
    step_aside_inform_super(qstate, id, super);
  } else if (super->ext_state[id] == module_wait_subquery) {
    garden_end(qstate, super);
  }
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
