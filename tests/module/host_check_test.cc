// SPDX-License-Identifier: BSD-3-Clause
//
// The build-id of the running program: CMakeLists.txt links this one with a build-id of its own.

#include "module/host_check.h"

#include "module/gate.h"
#include "tests/support/catch.h"

namespace tollgate::module {
namespace {

TEST_CASE("The build-id of the running program", "[host_check]") {
  CHECK(HostBuildId() == TOLLGATE_TEST_BUILD_ID);
}

TEST_CASE("Only the very same build-id is the host that the module was built for", "[host_check]") {
  const std::string own = TOLLGATE_TEST_BUILD_ID;
  CHECK(gate_host_is(own.c_str()));
  CHECK_FALSE(gate_host_is(""));
  CHECK_FALSE(gate_host_is(own.substr(1).c_str()));
  CHECK_FALSE(gate_host_is((own + "0").c_str()));
  CHECK_FALSE(gate_host_is("605a933f237600aea6f9cd6b2d638c353906fd67"));
}

}  // namespace
}  // namespace tollgate::module
