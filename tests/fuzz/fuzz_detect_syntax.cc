// SPDX-License-Identifier: BSD-3-Clause

#include <array>

#include "tests/fuzz/fuzz_feed.h"

// Whatever a text is taken for, its reader must stand it.
int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tollgate::source::Syntax;
  constexpr std::array<std::string_view, 4> kFiles = {"feed.txt", "feed.csv", "feed.rpz", "a.yaml"};
  for (std::string_view file : kFiles) {
    const Syntax syntax = tollgate::source::DetectSyntax(file, tollgate::fuzz::Text(data, size));
    tollgate::fuzz::Require((syntax == Syntax::kCampaign) == file.ends_with(".yaml"),
                            "a campaign is known by its name alone");
    if (file == "feed.txt") tollgate::fuzz::FuzzFeed(syntax, data, size);
  }
  return 0;
}
