// SPDX-License-Identifier: BSD-3-Clause
//
// How long single verdicts take, and what a second thread adds: `verdict_latency --help`.
//
// match_bench has the mean of a batch. Here each verdict is timed by itself, and the time that the
// clock takes for itself, its median, is taken off. A verdict that the scheduler or the hypervisor
// interrupts counts like any other: look at the percentiles up to the 99th, and repeat.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "bench/databases.h"
#include "bench/query_stream.h"
#include "ruleset/dns/type.h"

namespace tollgate::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kBatch =
    256;  // names that are parsed before they are asked for, as in match_bench

double Nanoseconds(Clock::duration time) {
  return std::chrono::duration<double, std::nano>(time).count();
}

double Percentile(const std::vector<float>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1, static_cast<size_t>(share * sorted.size()))];
}

// What two readings of the clock are apart where nothing is between them.
double ClockCost() {
  std::vector<float> costs;
  for (int i = 0; i < 100'000; ++i) {
    const Clock::time_point begin = Clock::now();
    costs.push_back(static_cast<float>(Nanoseconds(Clock::now() - begin)));
  }
  std::sort(costs.begin(), costs.end());
  return Percentile(costs, 0.5);
}

void ParseBatch(QueryStream& stream, std::vector<dns::Name>& batch) {
  batch.clear();
  for (size_t i = 0; i < kBatch; ++i) batch.push_back(*dns::Name::FromWire(stream.NextWire()));
}

void PrintLatency(const RuleSet& rules, QueryStream& stream) {
  absl::StatusOr<Scratch> scratch = rules.NewScratch();
  if (!scratch.ok()) std::exit(1);
  const double clock = ClockCost();
  std::vector<float> times;
  times.reserve(stream.size() + kBatch);
  std::vector<dns::Name> batch;
  batch.reserve(kBatch);
  size_t decided = 0;
  while (times.size() < stream.size()) {
    ParseBatch(stream, batch);
    for (const dns::Name& name : batch) {
      const Clock::time_point begin = Clock::now();
      decided += rules.Match(name, dns::kTypeA, kToday, *scratch).decision ? 1 : 0;
      times.push_back(static_cast<float>(Nanoseconds(Clock::now() - begin) - clock));
    }
  }
  if (decided != 0) {
    std::fprintf(stderr, "verdict_latency: %zu names are no misses\n", decided);
    std::exit(1);
  }
  std::sort(times.begin(), times.end());
  std::printf(
      "%zu verdicts, ns: median %.0f, 90th %.0f, 99th %.0f, 99.9th %.0f (the clock's %.0f taken "
      "off)\n",
      times.size(), Percentile(times, 0.5), Percentile(times, 0.9), Percentile(times, 0.99),
      Percentile(times, 0.999), clock);
}

// Verdicts a second of `threads` threads together, each with a stream of its own.
double Rate(const RuleSet& rules, std::vector<QueryStream>& streams, size_t threads,
            std::chrono::milliseconds time) {
  std::atomic<bool> stop = false;
  std::atomic<size_t> verdicts = 0;
  std::vector<std::thread> running;
  const Clock::time_point begin = Clock::now();
  for (size_t i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      absl::StatusOr<Scratch> scratch = rules.NewScratch();
      std::vector<dns::Name> batch;
      batch.reserve(kBatch);
      size_t done = 0;
      while (!stop.load(std::memory_order_relaxed) && scratch.ok()) {
        ParseBatch(streams[i], batch);
        for (const dns::Name& name : batch) {
          done += rules.Match(name, dns::kTypeA, kToday, *scratch).decision ? 0 : 1;
        }
      }
      verdicts += done;
    });
  }
  std::this_thread::sleep_for(time);
  stop = true;
  for (std::thread& thread : running) thread.join();
  return static_cast<double>(verdicts) / (Nanoseconds(Clock::now() - begin) / 1e9);
}

void PrintScaling(const RuleSet& rules, std::vector<QueryStream>& streams, int rounds) {
  std::vector<float> ratios;
  for (int round = 0; round < rounds; ++round) {
    const double one = Rate(rules, streams, 1, std::chrono::seconds(1));
    const double all = Rate(rules, streams, streams.size(), std::chrono::seconds(1));
    ratios.push_back(static_cast<float>(all / one));
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("%zu threads against one, parsing and verdicts, %d rounds: median %.2f (%.2f-%.2f)\n",
              streams.size(), rounds, Percentile(ratios, 0.5), ratios.front(), ratios.back());
}

int Run(int argc, char** argv) {
  CLI::App app("Times single verdicts on names that nothing matches.");
  Contents contents{1'000'000, 1'000, false, true};
  size_t threads = 2;
  int rounds = 9;
  bool mapped = false;
  size_t verdicts = kColdNames;
  app.add_option("--names", contents.names, "listed names")->capture_default_str();
  app.add_option("--patterns", contents.patterns, "patterns")->capture_default_str();
  app.add_flag("--shipped", contents.shipped, "the shipped campaigns in place of patterns");
  app.add_flag("--mapped", mapped, "map the database; otherwise it is copied, as the module does");
  app.add_option("--verdicts", verdicts, "different names that are asked for")
      ->capture_default_str();
  app.add_option("--threads", threads, "against one; 0 leaves that out")->capture_default_str();
  app.add_option("--rounds", rounds, "of one second with one thread, and one with all")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  contents.copied = !mapped;
  if (contents.shipped) contents.patterns = 0;

  const BenchDatabase& database = OpenDatabase(contents);
  std::vector<QueryStream> streams;
  streams.push_back(Misses(database, verdicts));
  PrintLatency(*database.rules, streams.front());
  for (size_t i = 1; i < threads; ++i) {
    streams.push_back(Misses(database, verdicts, kQuerySeed + 100 + i));
  }
  if (threads > 1) PrintScaling(*database.rules, streams, rounds);
  return 0;
}

}  // namespace
}  // namespace tollgate::bench

int main(int argc, char** argv) { return tollgate::bench::Run(argc, argv); }
