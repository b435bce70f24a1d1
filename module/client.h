// SPDX-License-Identifier: BSD-3-Clause
//
// Who asks, as Unbound knows it.

#ifndef TOLLGATE_MODULE_CLIENT_H_
#define TOLLGATE_MODULE_CLIENT_H_

#include "module/gate.h"

struct mesh_reply;
struct module_env;

// The client that waits for `reply`; with its tags if `wants_tags` is not 0. Points into Unbound's
// access control, which stays until the next reload.
struct gate_client client_of(const struct module_env* env, const struct mesh_reply* reply,
                             int wants_tags);

#endif  // TOLLGATE_MODULE_CLIENT_H_
