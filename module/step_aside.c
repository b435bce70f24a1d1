// SPDX-License-Identifier: BSD-3-Clause
//
// The host's functions are found by name at run time. The module is linked for lazy binding, so
// that even a function that this host does not have is no obstacle to loading it.
//
// Respip, in 1.17.1 and 1.22.0: at module_event_new and module_event_pass it notes in minfo[id]
// that it has seen the query, and waits for the next module; at module_event_moddone it looks at
// the answer only if the client has a response-ip set (client_info), and is finished. Where the
// operator does use response-ip or RPZ, the answer is looked at twice, with the same result.

// clang-format off: config.h comes before every other header; RTLD_DEFAULT needs its _GNU_SOURCE.
#include "module/unbound.h"
// clang-format on

#include <dlfcn.h>
#include <stdio.h>

#include "module/step_aside.h"

// A property of the process, and so the same for every instance of the module in it.
static struct {
  int active;
  func_operate_t operate;
  func_inform_t inform_super;
  func_clear_t clear;
} host;

// POSIX, dlsym(3): the only way to turn a symbol's address into a function's.
#define LOOK_UP(function, name) (*(void**)&(function) = dlsym(RTLD_DEFAULT, name))

static void complain(const char* text) {
  void (*log)(const char* format, ...) = NULL;
  if (LOOK_UP(log, "log_err")) {
    log("%s", text);
  } else {
    fprintf(stderr, "%s\n", text);
  }
}

int step_aside(void) {
  complain(
      "tollgate: NOTHING IS FILTERED: this is not the Unbound that tollgate.so was built for; "
      "build "
      "it again with the sources of this one (see docs/module.md), or install the package that "
      "belongs to it");
  host.active = 1;
  return LOOK_UP(host.operate, "respip_operate") &&
         LOOK_UP(host.inform_super, "respip_inform_super") && LOOK_UP(host.clear, "respip_clear");
}

int stepped_aside(void) { return host.active; }

void step_aside_operate(struct module_qstate* qstate, enum module_ev event, int id,
                        struct outbound_entry* outbound) {
  host.operate(qstate, event, id, outbound);
}

void step_aside_inform_super(struct module_qstate* qstate, int id, struct module_qstate* super) {
  host.inform_super(qstate, id, super);
}

void step_aside_clear(struct module_qstate* qstate, int id) { host.clear(qstate, id); }
