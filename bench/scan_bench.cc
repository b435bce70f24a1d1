// SPDX-License-Identifier: BSD-3-Clause
//
// What Hyperscan costs by class of pattern, without anything of ours in front of it: `scan/CLASS/N`
// is one scan of a name that does not match, with N patterns of that class in one database.

#include <benchmark/benchmark.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/names.h"
#include "ruleset/database/hyperscan.h"

namespace tollgate::bench {
namespace {

constexpr size_t kNames = 1024;
constexpr uint64_t kNamesSeed = 11;
constexpr uint64_t kWordsSeed = 12;

// A word of letters that names seldom hold.
std::string Word(Random& random) {
  std::string word;
  while (word.size() < 7) word += static_cast<char>('a' + random.Below(26));
  return word;
}

// `class` with words in the places of its '%'.
std::string Expression(std::string_view form, Random& random) {
  std::string text;
  for (char c : form) text += c == '%' ? Word(random) : std::string(1, c);
  return "^(?:" + text + ")\\z";
}

void BM_Scan(benchmark::State& state, std::string_view form) {
  Random words(kWordsSeed);
  std::vector<std::string> expressions;
  for (int64_t i = 0; i < state.range(0); ++i) expressions.push_back(Expression(form, words));
  const auto database = database::PatternDatabase::Compile(expressions);
  database::PatternScratch scratch;
  if (!database.ok() || !scratch.Allocate(*database).ok()) {
    state.SkipWithError("Hyperscan does not take the patterns");
    return;
  }
  Random random(kNamesSeed);
  std::vector<std::string> names;
  while (names.size() < kNames) names.push_back(RandomHost(random, RandomDomain(random)));
  size_t matches = 0;
  size_t next = 0;
  for (auto _ : state) {
    Scan(
        *database, names[next++ % kNames], scratch,
        [](unsigned, void* count) noexcept { ++*static_cast<size_t*>(count); }, &matches);
  }
  if (matches > 0) state.SkipWithError("a name matches");
}

const bool kRegistered = [] {
  for (const auto& [name, form] :
       {std::pair<const char*, std::string_view>{"word_first", "%-[a-z]{3,5}\\.(?:top|xyz)"},
        {"word_anywhere", "[a-z0-9-]*%[a-z0-9-]*\\.(?:top|xyz)"},
        {"list_of_words", "[a-z0-9-]*(?:%|%|%|%)[a-z0-9-]*\\.(?:top|xyz)"},
        {"below_anything", "(?:.*\\.)?%\\.(?:com|gov)-[a-z0-9-]+\\.(?:top|xyz)"},
        {"no_word", "[a-z]{3}q[0-9]{2,5}[xz][a-z]?\\.(?:top|xyz)"}}) {
    benchmark::RegisterBenchmark((std::string("scan/") + name).c_str(),
                                 [form = form](benchmark::State& state) { BM_Scan(state, form); })
        ->Arg(1)
        ->Arg(16)
        ->Arg(1000);
  }
  return true;
}();

}  // namespace
}  // namespace tollgate::bench
