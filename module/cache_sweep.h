// SPDX-License-Identifier: BSD-3-Clause
//
// Real answers to names that are blocked now, out of Unbound's message cache.

#ifndef TOLLGATE_MODULE_CACHE_SWEEP_H_
#define TOLLGATE_MODULE_CACHE_SWEEP_H_

#include <stddef.h>

#include "module/gate.h"

struct module_env;

// Removes every message from the cache that `gate` would not let a client have, and returns how
// many there were. Only from init: there are no other threads yet.
size_t cache_sweep(struct module_env* env, struct gate* gate);

#endif  // TOLLGATE_MODULE_CACHE_SWEEP_H_
