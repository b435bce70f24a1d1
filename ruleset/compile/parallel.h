// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_COMPILE_PARALLEL_H_
#define TOLLGATE_RULESET_COMPILE_PARALLEL_H_

#include <algorithm>
#include <cstddef>
#include <thread>
#include <vector>

namespace tollgate::compile {

// Calls `work(begin, end)` for parts of 0 .. `count` that together are all of it, each on a thread
// of its own where there is enough to do. Parts begin at multiples of 64, so that bits of one word
// have one owner. `work` must not throw.
template <typename Work>
void ForEachPart(size_t count, Work work) {
  constexpr size_t kWorthAThread = 1 << 16;
  constexpr size_t kMostThreads = 8;
  const size_t cores = std::max<size_t>(1, std::thread::hardware_concurrency());
  const size_t parts = std::clamp<size_t>(count / kWorthAThread, 1, std::min(cores, kMostThreads));
  const size_t step = (count / parts + 63) / 64 * 64;
  std::vector<std::thread> threads;
  for (size_t part = 1; part < parts; ++part) {
    const size_t begin = std::min(count, part * step);
    const size_t end = part + 1 == parts ? count : std::min(count, (part + 1) * step);
    threads.emplace_back([=, &work] { work(begin, end); });
  }
  work(size_t{0}, parts == 1 ? count : std::min(count, step));
  for (std::thread& thread : threads) thread.join();
}

}  // namespace tollgate::compile

#endif  // TOLLGATE_RULESET_COMPILE_PARALLEL_H_
