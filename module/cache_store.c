// SPDX-License-Identifier: BSD-3-Clause

// clang-format off: config.h comes before every other header.
#include "module/unbound.h"
// clang-format on

#include <stdatomic.h>

#include "module/cache_store.h"

// Whether there is anything hidden at all: most resolvers need not look.
static atomic_bool any_hidden;

// A class of private use (RFC 6895 section 3.2), and not the hash of that class: who asks for it
// finds nothing. Whoever goes through the cache (dump_cache, a sweep) takes it for nothing of the
// Internet.
enum { HIDDEN_CLASS = 65372 };

static struct query_info hidden_key(const struct module_qstate* qstate, hashvalue_type* hash) {
  struct query_info key = qstate->qinfo;
  key.qclass = HIDDEN_CLASS;
  key.local_alias = NULL;
  *hash = ~query_info_hash(&key, qstate->query_flags);
  return key;
}

// As the validator stores (processFinished): what came from the parent's side plays no part.
void cache_store_open(struct module_qstate* qstate, struct reply_info* reply) {
  if (!dns_cache_store(qstate->env, &qstate->qinfo, reply, 0, qstate->prefetch_leeway, 0, NULL,
                       qstate->query_flags, qstate->qstarttime)) {
    log_err("tollgate: out of memory for an answer in the cache");
  }
  if (reply->security == sec_status_secure && qstate->env->neg_cache)
    val_neg_addreply(qstate->env->neg_cache, reply);
}

// As dns_cache_store does, but for the hash.
void cache_store_hidden(struct module_qstate* qstate, struct reply_info* reply) {
  hashvalue_type hash;
  struct query_info key = hidden_key(qstate, &hash);
  struct reply_info* copy = reply_info_copy(reply, qstate->env->alloc, NULL);
  if (!copy) return;
  key.qname = memdup(qstate->qinfo.qname, qstate->qinfo.qname_len);
  if (!key.qname) {
    reply_info_parsedelete(copy, qstate->env->alloc);
    return;
  }
  copy->flags |= (BIT_RA | BIT_QR);
  copy->flags &= (uint16_t) ~(BIT_AA | BIT_CD);
  atomic_store_explicit(&any_hidden, 1, memory_order_relaxed);
  dns_cache_store_msg(qstate->env, &key, hash, copy, qstate->prefetch_leeway, 0, NULL,
                      qstate->query_flags, NULL, qstate->qstarttime);
  free(key.qname);  // NULL where it is in the cache now
}

void cache_store_step(struct module_qstate* qstate, struct dns_msg* response) {
  if (!dns_cache_store(qstate->env, &response->qinfo, response->rep, 0, qstate->prefetch_leeway, 0,
                       NULL, qstate->query_flags, qstate->qstarttime)) {
    log_err("tollgate: out of memory for an answer in the cache");
  }
}

void cache_store_rrsets(struct module_qstate* qstate, struct dns_msg* response) {
  // What servers say beyond their answer was left out already, by the iterator's scrubber.
  if (!dns_cache_store(qstate->env, &response->qinfo, response->rep, 1, qstate->prefetch_leeway, 0,
                       NULL, qstate->query_flags, qstate->qstarttime)) {
    log_err("tollgate: out of memory for RRsets in the cache");
  }
}

struct dns_msg* cache_find_hidden(struct module_qstate* qstate) {
  struct module_env* env = qstate->env;
  hashvalue_type hash;
  struct query_info key;
  struct lruhash_entry* entry;
  struct dns_msg* found;
  if (!atomic_load_explicit(&any_hidden, memory_order_relaxed)) return NULL;
  key = hidden_key(qstate, &hash);
  entry = slabhash_lookup(env->msg_cache, hash, &key, 0);
  if (!entry) return NULL;
  found = tomsg(env, &qstate->qinfo, entry->data, qstate->region, *env->now, 0, env->scratch);
  lock_rw_unlock(&entry->lock);
  return found;
}

void cache_forget(struct module_qstate* qstate) {
  msg_cache_remove(qstate->env, qstate->qinfo.qname, qstate->qinfo.qname_len, qstate->qinfo.qtype,
                   qstate->qinfo.qclass, qstate->query_flags);
}
