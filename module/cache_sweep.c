// SPDX-License-Identifier: BSD-3-Clause
//
// Unbound answers from its message cache before any module runs: what a new database blocks must
// not lie there. The cache is gone through in steps. A step takes notes of some entries under the
// lock of their hash table, for a few microseconds, and judges them without it.
//
// Only a query thread may do that while the resolver runs, or Unbound's main thread before: when
// Unbound reads its configuration anew it may free the cache before it tells the module, but not
// before the event loops have ended. So the steps are an event in a query thread's own loop.

// clang-format off: config.h comes before every other header.
#include "module/unbound.h"
// clang-format on

#include <time.h>

#include "module/cache_sweep.h"
#include "module/evidence.h"
#include "module/gate.h"

// A step's entries, some 60 microseconds of work; and how many empty bins are passed over under one
// lock.
enum { STEP_NOTES = 128, STEP_BINS = 64 };

// Steps follow one another for a turn, and between two turns the thread looks after its queries,
// and sleeps if it has none: a sixth of its time at most goes into the sweep, no query waits for
// longer than a turn, and whoever shares the processor gets it without having to take it away.
enum { TURN_NANOSECONDS = 200 * 1000, PAUSE_MICROSECONDS = 1000 };

struct note {
  hashvalue_type hash;
  size_t answers;  // RRsets in the answer section
  struct query_info key;
  uint8_t qname[LDNS_MAX_DOMAINLEN];
};

struct sweep {
  struct module_env* env;
  struct gate* gate;
  struct ub_event_base* base;
  struct ub_event* event;  // somebody wants a sweep
  struct ub_event* timer;  // the pause is over
  uint64_t number;         // of the sweep under way; 0: none
  size_t slab;             // where it goes on
  size_t bin;
  size_t visited;
  size_t removed;
  struct regional* region;  // for the message that is looked at
  size_t noted;
  struct note notes[STEP_NOTES];
};

static void begin(struct sweep* sweep, uint64_t number) {
  sweep->number = number;
  sweep->slab = 0;
  sweep->bin = 0;
  sweep->visited = 0;
  sweep->removed = 0;
}

static void free_sweep(struct sweep* sweep) {
  free(sweep->event);
  free(sweep->timer);
  regional_destroy(sweep->region);
  free(sweep);
}

static struct sweep* new_sweep(struct module_env* env, struct gate* gate) {
  struct sweep* sweep = calloc(1, sizeof(*sweep));
  if (!sweep) return NULL;
  sweep->env = env;
  sweep->gate = gate;
  sweep->region = regional_create();
  if (sweep->region) return sweep;
  free(sweep);
  return NULL;
}

static size_t chain_length(const struct lruhash_bin* bin) {
  size_t length = 0;
  for (const struct lruhash_entry* entry = bin->overflow_list; entry; entry = entry->overflow_next)
    ++length;
  return length;
}

static void take_note(struct sweep* sweep, const struct lruhash_entry* entry) {
  // Of an entry in a table, hash and key do not change (util/storage/lruhash.h).
  const struct query_info* key = &((const struct msgreply_entry*)entry->key)->key;
  // Nor do the counts of its message, which is exchanged as a whole, under the lock of the bin.
  const struct reply_info* reply = entry->data;
  struct note* note = &sweep->notes[sweep->noted];
  ++sweep->visited;
  if (key->qclass != LDNS_RR_CLASS_IN || key->qname_len > sizeof(note->qname)) return;
  ++sweep->noted;
  note->hash = entry->hash;
  note->answers = reply->an_numrrsets;
  note->key = *key;
  memcpy(note->qname, key->qname, key->qname_len);
  note->key.qname = note->qname;
}

// The lock of a bin is taken under the table's, and held without it, as Unbound's look-ups do:
// who waits for the table's lock, spinning, waits for every one that was preempted with it.
static struct lruhash_bin* lock_next_bin(struct sweep* sweep, struct lruhash* table) {
  struct lruhash_bin* found = NULL;
  lock_quick_lock(&table->lock);
  for (size_t bins = 0; sweep->bin < table->size && bins < STEP_BINS; ++sweep->bin, ++bins) {
    // A chain changes under both locks only.
    if (!table->array[sweep->bin].overflow_list) continue;
    found = &table->array[sweep->bin];
    lock_quick_lock(&found->lock);
    break;
  }
  if (sweep->bin >= table->size) {
    ++sweep->slab;
    sweep->bin = 0;
  }
  lock_quick_unlock(&table->lock);
  return found;
}

// Notes of the next entries of a table, as many as there is room for. It can only grow, to twice
// its size: of the entries in the bins behind us, those that move go to bins ahead of us, and
// nothing is missed.
static void take_notes(struct sweep* sweep, struct lruhash* table) {
  const size_t slab = sweep->slab;
  struct lruhash_bin* bin;
  sweep->noted = 0;
  while (sweep->slab == slab && (bin = lock_next_bin(sweep, table))) {
    size_t left = chain_length(bin);
    // A chain that is longer than a step's notes does not come about: its tail would wait for the
    // next sweep.
    if (left > STEP_NOTES) left = STEP_NOTES;
    if (sweep->noted + left > STEP_NOTES) {
      lock_quick_unlock(&bin->lock);
      break;
    }
    for (const struct lruhash_entry* entry = bin->overflow_list; left > 0;
         entry = entry->overflow_next, --left)
      take_note(sweep, entry);
    lock_quick_unlock(&bin->lock);
    ++sweep->bin;
  }
}

// Whether a message in the cache leads to another name. Of one whose RRsets have changed nobody
// gets anything.
static int has_alias(struct reply_info* reply) {
  int found = 0;
  // Also where it has expired, and may still be served: time 0.
  if (!rrset_array_lock(reply->ref, reply->rrset_count, 0)) return 0;
  for (size_t i = 0; i < reply->an_numrrsets && !found; ++i)
    found = evidence_is_alias(reply->rrsets[i]);
  rrset_array_unlock(reply->ref, reply->rrset_count);
  return found;
}

// The message behind a note, as a copy, if there can be evidence in it. NULL also where it is gone.
static struct dns_msg* copy_of(struct sweep* sweep, struct note* note, unsigned wanted) {
  struct lruhash_entry* entry;
  struct dns_msg* copy = NULL;
  if (wanted == GATE_TARGETS && note->answers == 0) return NULL;
  entry = slabhash_lookup(sweep->env->msg_cache, note->hash, &note->key, 0);
  if (!entry) return NULL;
  if (wanted != GATE_TARGETS || has_alias(entry->data))
    copy = tomsg(NULL, &note->key, entry->data, sweep->region, 0, 0, NULL);
  lock_rw_unlock(&entry->lock);
  return copy;
}

static int is_to_go(struct sweep* sweep, struct note* note, const struct gate_query* query) {
  const unsigned wanted = gate_evidence(sweep->gate, query->thread);
  struct dns_msg* message;
  if (gate_removes(sweep->gate, query)) return 1;
  message = wanted ? copy_of(sweep, note, wanted) : NULL;
  if (!message) return 0;
  evidence_hear(sweep->env, sweep->gate, query, message->rep);
  regional_free_all(sweep->region);
  return gate_answer_removes(sweep->gate, query);
}

static void remove_blocked(struct sweep* sweep, size_t thread, uint64_t now) {
  for (size_t i = 0; i < sweep->noted; ++i) {
    struct note* note = &sweep->notes[i];
    const struct gate_query query = {.qname = note->qname,
                                     .qname_length = note->key.qname_len,
                                     .qtype = note->key.qtype,
                                     .thread = thread,
                                     .now = now};
    if (!is_to_go(sweep, note, &query)) continue;
    slabhash_remove(sweep->env->msg_cache, note->hash, &note->key);
    ++sweep->removed;
  }
}

// Whether the cache has been gone through.
static int step(struct sweep* sweep, size_t thread, uint64_t now) {
  struct slabhash* cache = sweep->env->msg_cache;
  if (sweep->slab >= cache->size) return 1;
  take_notes(sweep, cache->array[sweep->slab]);
  gate_enter(sweep->gate, thread);
  remove_blocked(sweep, thread, now);
  gate_leave(sweep->gate, thread);
  return sweep->slab >= cache->size;
}

size_t cache_sweep_all(struct module_env* env, struct gate* gate) {
  struct sweep* sweep = new_sweep(env, gate);
  size_t removed;
  if (!sweep) return 0;
  begin(sweep, 1);
  // env->now has no value before the workers start.
  while (!step(sweep, 0, (uint64_t)time(NULL))) continue;
  removed = sweep->removed;
  gate_sweep_count(gate, sweep->visited, removed);
  free_sweep(sweep);
  return removed;
}

static uint64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// Steps for the length of a turn. Whether the cache has been gone through.
static int turn(struct sweep* sweep) {
  const size_t thread = (size_t)sweep->env->alloc->thread_num;
  const uint64_t end = nanoseconds() + TURN_NANOSECONDS;
  // env->now is the time of the last packet: on a quiet night, yesterday.
  const uint64_t now = (uint64_t)time(NULL);
  do {
    if (step(sweep, thread, now)) return 1;
  } while (nanoseconds() < end);
  return 0;
}

static void on_time(int descriptor, short bits, void* argument);

static int wait_a_little(struct sweep* sweep) {
  struct timeval pause = {.tv_usec = PAUSE_MICROSECONDS};
  return ub_timer_add(sweep->timer, sweep->base, &on_time, sweep, &pause) == 0;
}

// Without memory for it now, it is tried again.
static void on_time(int descriptor, short bits, void* argument) {
  struct sweep* sweep = argument;
  (void)descriptor;
  (void)bits;
  if (ub_event_add(sweep->event, NULL) != 0) wait_a_little(sweep);
}

// The descriptor stays readable until the sweep is finished, and is not looked at in a pause. Where
// there is no memory for a timer, there is none.
static void on_wanted(int descriptor, short bits, void* argument) {
  struct sweep* sweep = argument;
  const uint64_t wanted = gate_sweep_wanted(sweep->gate);
  (void)descriptor;
  (void)bits;
  if (wanted == 0) return;
  if (wanted != sweep->number) begin(sweep, wanted);
  if (!turn(sweep)) {
    if (wait_a_little(sweep)) ub_event_del(sweep->event);
    return;
  }
  gate_sweep_count(sweep->gate, sweep->visited, sweep->removed);
  sweep->number = 0;
  gate_sweep_finished(sweep->gate, wanted);
}

struct sweep* cache_sweep_volunteer(struct module_env* env, struct gate* gate) {
  struct sweep* sweep;
  if (!gate_sweep_volunteer(gate)) return NULL;
  sweep = new_sweep(env, gate);
  if (sweep) {
    sweep->base = comm_base_internal(env->worker_base);
    sweep->event = ub_event_new(sweep->base, gate_sweep_descriptor(gate),
                                UB_EV_READ | UB_EV_PERSIST, &on_wanted, sweep);
    sweep->timer = ub_event_new(sweep->base, -1, UB_EV_TIMEOUT, &on_time, sweep);
    if (sweep->event && sweep->timer && ub_event_add(sweep->event, NULL) == 0) return sweep;
    free_sweep(sweep);
  }
  log_err("tollgate: out of memory for sweeping the cache; it is tried again");
  gate_sweep_resign(gate);
  return NULL;
}

// The event loop is gone, and its events with it: ub_event_free() would still ask it. Their memory
// is from calloc (util/ub_event.c).
void cache_sweep_end(struct sweep* sweep) {
  if (sweep) free_sweep(sweep);
}
