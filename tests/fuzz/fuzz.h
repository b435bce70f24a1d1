// SPDX-License-Identifier: BSD-3-Clause
//
// What every fuzz target needs. A target is one function; libFuzzer or replay_main.cc calls it.

#ifndef TOLLGATE_TESTS_FUZZ_FUZZ_H_
#define TOLLGATE_TESTS_FUZZ_FUZZ_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// Returns 0. Must not crash, hang or leak, whatever the input.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace tollgate::fuzz {

inline std::string_view Text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// An assertion that no build type leaves out.
inline void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

}  // namespace tollgate::fuzz

#endif  // TOLLGATE_TESTS_FUZZ_FUZZ_H_
