// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_MODULE_CACHE_SWEEP_H_
#define TOLLGATE_MODULE_CACHE_SWEEP_H_

#include <stddef.h>

struct gate;
struct module_env;
struct sweep;

// Goes through the whole message cache and removes what `gate` blocks; how many answers. Before the
// query threads run.
size_t cache_sweep_all(struct module_env* env, struct gate* gate);

// On a query thread, in any call of Unbound's: makes it the one that sweeps, between its queries,
// whenever the gate wants that. NULL where there is one already.
struct sweep* cache_sweep_volunteer(struct module_env* env, struct gate* gate);

// When the query threads and their event loops are gone. Takes NULL.
void cache_sweep_end(struct sweep* sweep);

#endif  // TOLLGATE_MODULE_CACHE_SWEEP_H_
