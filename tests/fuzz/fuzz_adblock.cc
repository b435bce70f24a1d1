// SPDX-License-Identifier: BSD-3-Clause

#include "tests/fuzz/fuzz_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return tollgate::fuzz::FuzzFeed(tollgate::source::Syntax::kAdblock, data, size);
}
