// SPDX-License-Identifier: BSD-3-Clause
//
// The query path's end of the log: what Offer allocates, and what it does where there is nothing.
// Allocations of this thread are counted, and refused, at malloc; not in a sanitizer's build, which
// has a malloc of its own.

#include <cstddef>

#include "tests/match/sanitized.h"
#include "tests/module/event_fixture.h"
#include "tests/support/catch.h"

namespace {

constinit thread_local size_t allocations = 0;
constinit thread_local bool is_memory_out = false;

}  // namespace

#if !TOLLGATE_SANITIZED && defined(__GLIBC__)

extern "C" {

void* __libc_malloc(size_t size);
void* __libc_memalign(size_t alignment, size_t size);

__attribute__((visibility("default"))) void* malloc(size_t size) {
  ++allocations;
  return is_memory_out ? nullptr : __libc_malloc(size);
}

__attribute__((visibility("default"))) void* aligned_alloc(size_t alignment, size_t size) {
  ++allocations;
  return is_memory_out ? nullptr : __libc_memalign(alignment, size);
}

}  // extern "C"

namespace tollgate::module {
namespace {

using control::QueryCounter;

TEST_CASE("Offer allocates at a thread's first event, and never again", "[events]") {
  test::Log log(EventSettings{}, 2);
  Event event = test::EventFor("nxdomain.com");
  const size_t before = allocations;
  log->Offer(1, event);
  const size_t first = allocations;
  CHECK(first > before);
  for (int i = 0; i < 10000; ++i) {
    event.client.address[2] = static_cast<uint8_t>(i >> 8);
    event.client.address[3] = static_cast<uint8_t>(i);
    log->Offer(1, event);
  }
  const size_t after = allocations;
  CHECK(after == first);
}

TEST_CASE("Without memory for a ring events are dropped, until there is some", "[events]") {
  test::Log log(EventSettings{});
  const Event event = test::EventFor("nxdomain.com");
  is_memory_out = true;
  log->Offer(0, event);
  log->Offer(0, event);
  is_memory_out = false;
  CHECK(log.Count(QueryCounter::kEventsDropped) == 2);
  log->Offer(0, event);
  CHECK(
      test::Eventually([&] { return log->Recent(0).find("\"latest\":1,") != std::string::npos; }));
}

}  // namespace
}  // namespace tollgate::module

#endif
