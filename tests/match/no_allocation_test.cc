// SPDX-License-Identifier: BSD-3-Clause
//
// Match and what judges answers allocate nothing. Counted where every allocation passes, operator
// new's and Hyperscan's alike: at malloc, or in the sanitizer that has taken malloc's place.

#include <atomic>
#include <cstddef>
#include <string>

#include "ruleset/dns/type.h"
#include "tests/match/database_image.h"
#include "tests/match/sanitized.h"
#include "tests/support/catch.h"

namespace {

// Trivial, so that malloc may be called before any constructor has run.
constinit std::atomic<size_t> allocations{0};

}  // namespace

#if TOLLGATE_SANITIZED

// sanitizer/allocator_interface.h, which not every package of a sanitizer brings along.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*,
                                                                             size_t),
                                                         void (*free_hook)(const volatile void*));

namespace {

// The sanitizer's allocator tells of every malloc and every new.
[[maybe_unused]] const int kInstalled = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, size_t) { ++allocations; }, [](const volatile void*) {});

}  // namespace

#elif defined(__GLIBC__)

extern "C" {

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);

__attribute__((visibility("default"))) void* malloc(size_t size) {
  ++allocations;
  return __libc_malloc(size);
}

__attribute__((visibility("default"))) void* calloc(size_t count, size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void* realloc(void* block, size_t size) {
  ++allocations;
  return __libc_realloc(block, size);
}

__attribute__((visibility("default"))) int posix_memalign(void** block, size_t alignment,
                                                          size_t size) {
  ++allocations;
  *block = __libc_memalign(alignment, size);
  return *block == nullptr ? 12 : 0;  // ENOMEM
}

}  // extern "C"

#endif

namespace tollgate::testing {
namespace {

TEST_CASE("the counter of allocations counts") {
  const size_t before = allocations;
  const std::string text(100, 'x');
  CHECK(text.size() == 100);
  CHECK(allocations > before);
}

TEST_CASE("matching a name allocates nothing") {
  auto rules = Image(SmallDatabase()).Open();
  REQUIRE(rules.ok());
  absl::StatusOr<Scratch> scratch = (*rules)->NewScratch();
  REQUIRE(scratch.ok());
  const std::vector<dns::Name> names = SmallQueries();
  const std::vector<uint8_t> shadowed((*rules)->policy_count(), 1);
  size_t matched = 0;
  size_t shadows = 0;
  const size_t before = allocations;
  for (const dns::Name& name : names) {
    const policy::Verdict verdict = (*rules)->Match(name, dns::kTypeA, 50, *scratch);
    shadows += (*rules)->Match(name, dns::kTypeA, 50, *scratch, shadowed).shadow ? 1 : 0;
    if (!verdict.decision) continue;
    ++matched;
    AnswerView answer = (*rules)->Answer(verdict.decision.rule);
    for (RecordView record; NextRecord(answer.records, record);) {
    }
    (void)(*rules)->Rule(verdict.decision.rule);
  }
  const size_t after = allocations;
  CHECK(after == before);
  CHECK(matched > 5);
  CHECK(shadows > 5);
}

TEST_CASE("judging an answer allocates nothing") {
  auto rules = Image(SmallDatabase()).Open();
  REQUIRE(rules.ok());
  absl::StatusOr<Scratch> scratch = (*rules)->NewScratch();
  REQUIRE(scratch.ok());
  const std::vector<dns::Name> names = SmallQueries();
  const std::vector<dns::Prefix> addresses = SmallAddresses();
  size_t decided[5] = {};
  size_t depends = 0;
  const size_t before = allocations;
  for (const dns::Name& name : names) {
    for (const dns::Prefix& address : addresses) {
      const std::span<const uint8_t> octets(address.address.data(), address.octets());
      for (int what = 0; what < 4; ++what) {
        const bool is_client = what == 3;
        (*rules)->BeginAnswer(name, dns::kTypeA, 50, *scratch, {},
                              is_client ? octets : std::span<const uint8_t>());
        (*rules)->AddTarget(names.back(), *scratch);
        if (what == 0) (*rules)->AddAddress(octets, *scratch);
        if (what == 1) (*rules)->AddNameServer(name, *scratch);
        if (what == 2) (*rules)->AddNameServerAddress(octets, *scratch);
        const policy::Verdict verdict = (*rules)->AnswerVerdict(*scratch);
        depends += verdict.depends_on_client ? 1 : 0;
        if (verdict.decision) ++decided[static_cast<size_t>(verdict.decision.subject)];
      }
    }
  }
  const size_t after = allocations;
  CHECK(after == before);
  for (size_t count : decided) CHECK(count > 0);
  CHECK(depends > 0);
}

TEST_CASE("reading a name off the wire allocates nothing") {
  const uint8_t wire[] = {3, 'W', 'W', 'W', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
  const size_t before = allocations;
  const std::optional<dns::Name> name = dns::Name::FromWire(wire);
  dns::NameText text;
  name->WriteText(text);
  const size_t after = allocations;
  CHECK(after == before);
}

}  // namespace
}  // namespace tollgate::testing
