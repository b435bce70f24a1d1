// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_TESTS_CONTROL_EXAMPLE_SNAPSHOT_H_
#define TOLLGATE_TESTS_CONTROL_EXAMPLE_SNAPSHOT_H_

#include "ruleset/control/snapshot.h"

namespace tollgate::control {

// A filter with two threads, two policies and a pause, in which every number is another one.
Snapshot ExampleSnapshot();

}  // namespace tollgate::control

#endif  // TOLLGATE_TESTS_CONTROL_EXAMPLE_SNAPSHOT_H_
