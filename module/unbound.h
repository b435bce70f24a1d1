/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Unbound's own headers, for the C files of the module and for no other file. config.h comes first,
 * as Unbound's own code has it: it decides the shape of the structures. It is in angle brackets
 * because quotes would find module/config.h. */

#ifndef TOLLGATE_MODULE_UNBOUND_H_
#define TOLLGATE_MODULE_UNBOUND_H_

#include <config.h>

#include "daemon/acl_list.h"
#include "daemon/daemon.h"
#include "daemon/worker.h"
#include "dynlibmod/dynlibmod.h"
#include "services/cache/dns.h"
#include "services/cache/rrset.h"
#include "services/listen_dnsport.h"
#include "services/mesh.h"
#include "sldns/rrdef.h"
#include "util/alloc.h"
#include "util/config_file.h"
#include "util/data/dname.h"
#include "util/data/msgreply.h"
#include "util/data/packed_rrset.h"
#include "util/log.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/netevent.h"
#include "util/regional.h"
#include "util/storage/slabhash.h"
#include "util/ub_event.h"
#include "validator/val_neg.h"

#endif  // TOLLGATE_MODULE_UNBOUND_H_
