// SPDX-License-Identifier: BSD-3-Clause
//
// One RuleSet, many threads. Built with the thread sanitizer (preset tsan), it is the proof;
// without, a smoke test.

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "ruleset/dns/type.h"
#include "tests/match/database_image.h"
#include "tests/support/catch.h"

namespace tollgate::testing {
namespace {

bool Same(const policy::Match& a, const policy::Match& b) {
  return a.rule == b.rule && a.line == b.line && a.expires == b.expires &&
         a.owner_label == b.owner_label;
}

TEST_CASE("threads with a Scratch each get the verdicts that one thread gets") {
  auto rules = Image(SmallDatabase()).Open();
  REQUIRE(rules.ok());
  const RuleSet& set = **rules;
  const std::vector<dns::Name> names = SmallQueries();
  std::vector<policy::Verdict> expected;
  {
    absl::StatusOr<Scratch> scratch = set.NewScratch();
    REQUIRE(scratch.ok());
    for (const dns::Name& name : names)
      expected.push_back(set.Match(name, dns::kTypeA, 50, *scratch));
  }
  constexpr int kThreads = 4;
  constexpr int kRounds = 2000;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      absl::StatusOr<Scratch> scratch = set.NewScratch();
      if (!scratch.ok()) {
        ++wrong;
        return;
      }
      for (int round = 0; round < kRounds; ++round) {
        const size_t i = static_cast<size_t>(round + thread) % names.size();
        const policy::Verdict verdict = set.Match(names[i], dns::kTypeA, 50, *scratch);
        if (!Same(verdict.decision, expected[i].decision)) ++wrong;
        if (!Same(verdict.shadow, expected[i].shadow)) ++wrong;
        if (verdict.decision && set.Answer(verdict.decision.rule).text.empty()) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("threads that open the same file at once all succeed") {
  const MemoryFile file(SmallDatabase());
  std::atomic<int> opened = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        if (RuleSet::Open(file.path()).ok()) ++opened;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(opened == 80);
}

}  // namespace
}  // namespace tollgate::testing
