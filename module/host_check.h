// SPDX-License-Identifier: BSD-3-Clause
//
// Is this the Unbound that the module was built for? Unbound has no handshake for modules: the
// structures change shape between versions and with configure options, and a module that guesses
// writes into the wrong fields. The GNU build-id of the main program is a hash of what the linker
// put into it, so that two programs with the same one have the same structures.

#ifndef TOLLGATE_MODULE_HOST_CHECK_H_
#define TOLLGATE_MODULE_HOST_CHECK_H_

#include <string>

namespace tollgate::module {

// The build-id of the running program in lower-case hexadecimal; empty where it has none.
std::string HostBuildId();

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_HOST_CHECK_H_
