// SPDX-License-Identifier: BSD-3-Clause
//
// What a verdict costs, by workload and database.
//
//   miss_cold      names that no rule matches, four million different ones in turn: their buckets
//   come from the cache or memory
//                  as they would in a resolver
//   miss_hot       64 such names, again and again: what the code alone costs
//   exact_hit      listed names themselves
//   deep_suffix    names five labels below listed ones: a.b.c.d.e.listed.example
//   pattern_hit    names that a pattern alone catches
//   parse          dns::Name::FromWire, which the module does before each verdict; not part of the
//   others open           RuleSet::Open and NewScratch: from a file to the first verdict
//
// A database is mapped, as the command line does it; "/copied" says that it was copied into memory
// of its own (RuleSet::OpenCopy).
//
// A resolver parses a QNAME and asks for the verdict at once, so the name itself is in the cache:
// each round parses a batch of names first, and only the verdicts on the batch are timed. The
// counter `verdict` is the time of one.

#include <benchmark/benchmark.h>

#include <ctime>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/databases.h"
#include "bench/names.h"
#include "bench/query_stream.h"
#include "ruleset/dns/type.h"

namespace tollgate::bench {
namespace {

constexpr size_t kBatch = 256;  // 100 KB of names: they stay in the second-level cache
constexpr size_t kHotNames = 64;
constexpr size_t kHits = 200'000;

enum class Workload { kMissCold, kMissHot, kExactHit, kDeepSuffix, kPatternHit };

bool IsMiss(Workload workload) {
  return workload == Workload::kMissCold || workload == Workload::kMissHot;
}

QueryStream Hits(const BenchDatabase& database, Workload workload) {
  Random random(kQuerySeed);
  QueryStream stream;
  for (size_t i = 0; i < kHits; ++i) {
    switch (workload) {
      case Workload::kExactHit:
        stream.AddText(random.Pick(database.listed));
        break;
      case Workload::kDeepSuffix:
        stream.AddText("a.b.c.d.e." + random.Pick(database.listed));
        break;
      default:
        stream.AddText(random.Pick(database.patterns).example);
        break;
    }
  }
  return stream;
}

// Google Benchmark calls a benchmark several times until it has run long enough: each stream is
// made once.
QueryStream& StreamOf(Workload workload, const BenchDatabase& database) {
  static std::map<std::pair<Workload, const BenchDatabase*>, QueryStream> streams;
  auto [entry, is_new] = streams.try_emplace({workload, &database});
  if (is_new) {
    entry->second = IsMiss(workload)
                        ? Misses(database, workload == Workload::kMissHot ? kHotNames : kColdNames)
                        : Hits(database, workload);
  }
  return entry->second;
}

// The time that this thread was on a processor: what else the machine does shows in cold caches
// only. Reading it is a system call of some 300 ns, a nanosecond for each name of a batch.
double ThreadSeconds() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void BM_Verdict(benchmark::State& state, Workload workload, const Contents& contents) {
  const BenchDatabase& database = OpenDatabase(contents);
  absl::StatusOr<Scratch> scratch = database.rules->NewScratch();
  QueryStream& stream = StreamOf(workload, database);

  std::vector<dns::Name> batch;
  batch.reserve(kBatch);
  size_t decided = 0;
  size_t asked = 0;
  for (auto _ : state) {
    batch.clear();
    for (size_t i = 0; i < kBatch; ++i) batch.push_back(*dns::Name::FromWire(stream.NextWire()));
    const double start = ThreadSeconds();
    for (const dns::Name& name : batch) {
      decided += database.rules->Match(name, dns::kTypeA, kToday, *scratch).decision ? 1 : 0;
    }
    state.SetIterationTime(ThreadSeconds() - start);
    asked += kBatch;
  }
  // A benchmark of wrong answers is none.
  if (decided != (IsMiss(workload) ? 0 : asked))
    state.SkipWithError("a verdict is not what the workload says");
  state.counters["verdict"] = benchmark::Counter(
      kBatch, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void BM_Parse(benchmark::State& state) {
  Random random(kQuerySeed);
  QueryStream stream;
  for (size_t i = 0; i < kHits; ++i) stream.AddText(RandomHost(random, RandomDomain(random)));
  for (auto _ : state) {
    for (size_t i = 0; i < kBatch; ++i) {
      benchmark::DoNotOptimize(dns::Name::FromWire(stream.NextWire()));
    }
  }
  state.counters["verdict"] = benchmark::Counter(
      kBatch, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void BM_Open(benchmark::State& state, const Contents& contents) {
  const std::string path = OpenDatabase(contents).path;
  for (auto _ : state) {
    absl::StatusOr<std::unique_ptr<const RuleSet>> rules =
        contents.copied ? RuleSet::OpenCopy(path) : RuleSet::Open(path);
    benchmark::DoNotOptimize((*rules)->NewScratch());
  }
}

std::string NameOf(const std::string& workload, const Contents& contents) {
  return workload + "/names:" + std::to_string(contents.names) +
         "/patterns:" + (contents.shipped ? "shipped" : std::to_string(contents.patterns)) +
         (contents.copied ? "/copied" : "");
}

void Register(const std::string& name, Workload workload, const Contents& contents) {
  benchmark::RegisterBenchmark(
      NameOf(name, contents).c_str(),
      [=](benchmark::State& state) { BM_Verdict(state, workload, contents); })
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
}

void RegisterAll() {
  constexpr size_t kMillion = 1'000'000;
  benchmark::RegisterBenchmark("parse", BM_Parse)->Unit(benchmark::kMicrosecond);
  const Contents headline{kMillion, 1'000};
  Register("miss_cold", Workload::kMissCold, headline);
  Register("miss_hot", Workload::kMissHot, headline);
  Register("exact_hit", Workload::kExactHit, headline);
  Register("deep_suffix", Workload::kDeepSuffix, headline);
  Register("pattern_hit", Workload::kPatternHit, headline);
  for (const Contents& contents : {Contents{0, 1},
                                   {0, 1'000},
                                   {0, 10'000},
                                   {kMillion, 0},
                                   {kMillion, 1},
                                   {kMillion, 10'000},
                                   {kMillion, 0, true},
                                   {kMillion, 0, false, true},
                                   {kMillion, 1'000, false, true},
                                   {10 * kMillion, 10'000, false, true}}) {
    Register("miss_cold", Workload::kMissCold, contents);
    Register("miss_hot", Workload::kMissHot, contents);
    if (contents.patterns > 0) Register("pattern_hit", Workload::kPatternHit, contents);
  }
  for (const Contents& contents : {Contents{kMillion, 0},
                                   headline,
                                   {kMillion, 0, false, true},
                                   {kMillion, 1'000, false, true},
                                   {10 * kMillion, 0, false, true}}) {
    benchmark::RegisterBenchmark(NameOf("open", contents).c_str(), [=](benchmark::State& state) {
      BM_Open(state, contents);
    })->Unit(benchmark::kMillisecond)->UseRealTime();
  }
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) {
  tollgate::bench::RegisterAll();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
