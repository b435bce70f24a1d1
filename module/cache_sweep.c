// SPDX-License-Identifier: BSD-3-Clause
//
// Unbound answers from its message cache before any module runs. `unbound-control
// reload_keep_cache` gives us a cache that was filled under another database.

// clang-format off: config.h comes before every other header.
#include "module/unbound.h"
// clang-format on

#include "module/cache_sweep.h"

// A message to remove. The walk holds a lock on its hash table, so that it only takes notes.
struct note {
  struct note* next;
  hashvalue_type hash;
  struct query_info key;
};

struct sweep {
  struct gate* gate;
  uint64_t now;
  struct regional* region;  // of the notes
  struct note* notes;
};

static void take_note(struct lruhash_entry* entry, void* argument) {
  struct sweep* sweep = argument;
  const struct query_info* key = &((const struct msgreply_entry*)entry->key)->key;
  const struct gate_query query = {.qname = key->qname,
                                   .qname_length = key->qname_len,
                                   .qtype = key->qtype,
                                   .thread = 0,
                                   .now = sweep->now};
  struct note* note;
  if (key->qclass != LDNS_RR_CLASS_IN || !gate_blocks(sweep->gate, &query)) return;
  note = regional_alloc(sweep->region, sizeof(*note));
  if (!note) return;
  note->hash = entry->hash;
  note->key = *key;
  note->key.qname = regional_alloc_init(sweep->region, key->qname, key->qname_len);
  if (!note->key.qname) return;
  note->next = sweep->notes;
  sweep->notes = note;
}

size_t cache_sweep(struct module_env* env, struct gate* gate) {
  // env->now has no value before the workers start.
  struct sweep sweep = {.gate = gate, .now = (uint64_t)time(NULL), .region = regional_create()};
  size_t removed = 0;
  if (!sweep.region) return 0;
  slabhash_traverse(env->msg_cache, 0, &take_note, &sweep);
  for (const struct note* note = sweep.notes; note; note = note->next) {
    slabhash_remove(env->msg_cache, note->hash, (void*)&note->key);
    ++removed;
  }
  regional_destroy(sweep.region);
  return removed;
}
