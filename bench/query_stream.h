// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_BENCH_QUERY_STREAM_H_
#define TOLLGATE_BENCH_QUERY_STREAM_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/databases.h"
#include "ruleset/dns/name.h"

namespace tollgate::bench {

// So many that the index is not in the first caches when a name comes again.
inline constexpr size_t kColdNames = 4'000'000;
inline constexpr uint32_t kToday = 20'000;  // any day: generated rules never expire

// Names in wire format, one after the other, read in turn without end.
class QueryStream {
 public:
  void Add(const dns::Name& name) {
    wires_.insert(wires_.end(), name.wire().begin(), name.wire().end());
    ends_.push_back(static_cast<uint32_t>(wires_.size()));
  }
  void AddText(const std::string& text) {
    absl::StatusOr<dns::Name> name = dns::Name::FromText(text);
    if (name.ok()) Add(*name);
  }
  size_t size() const { return ends_.size(); }

  std::span<const uint8_t> NextWire() {
    const size_t begin = next_ == 0 ? 0 : ends_[next_ - 1];
    const std::span<const uint8_t> wire{wires_.data() + begin, ends_[next_] - begin};
    next_ = next_ + 1 == ends_.size() ? 0 : next_ + 1;
    return wire;
  }

 private:
  std::vector<uint8_t> wires_;
  std::vector<uint32_t> ends_;  // the longest stream has 100 MB
  size_t next_ = 0;
};

// `count` different names that nothing in the database decides; what the rules happen to match is
// left out.
QueryStream Misses(const BenchDatabase& database, size_t count, uint64_t seed = kQuerySeed);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_QUERY_STREAM_H_
