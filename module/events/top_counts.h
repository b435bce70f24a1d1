// SPDX-License-Identifier: BSD-3-Clause
//
// What was seen most, in bounded memory: the Space-Saving sketch (Metwally, Agrawal, El Abbadi,
// "Efficient Computation of Frequent and Top-k Elements in Data Streams", 2005). With m counters, a
// key that is more than one in m of all is always among them, and no count is too small; it is too
// large by at most the count that its counter had for another key.

#ifndef TOLLGATE_MODULE_EVENTS_TOP_COUNTS_H_
#define TOLLGATE_MODULE_EVENTS_TOP_COUNTS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tollgate::module {

class TopCounts {
 public:
  struct Entry {
    std::string key;
    uint64_t count = 0;
  };

  explicit TopCounts(size_t counters) : most_(counters) {}

  // Where there is no memory: std::bad_alloc, and index and entries still fit each other.
  void Add(std::string_view key) {
    lookup_.assign(key);
    if (const auto found = index_.find(lookup_); found != index_.end()) {
      ++entries_[found->second].count;
    } else if (entries_.size() < most_) {
      Entry entry{lookup_, 1};
      entries_.reserve(most_);
      index_.emplace(lookup_, entries_.size());
      entries_.push_back(std::move(entry));
    } else if (most_ > 0) {
      // A plain search: its few cache lines are cheaper than keeping order at every count.
      const auto least =
          std::min_element(entries_.begin(), entries_.end(),
                           [](const Entry& a, const Entry& b) { return a.count < b.count; });
      const auto at = static_cast<size_t>(least - entries_.begin());
      std::string copy = lookup_;
      index_.emplace(lookup_, at);
      index_.erase(least->key);
      least->key.swap(copy);
      ++least->count;
    }
  }

  void Clear() {
    entries_.clear();
    index_.clear();
  }

  // In no order.
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  size_t most_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, size_t> index_;
  std::string lookup_;
};

// The same over the last while: of two spans of time the one that goes on and the one before it.
class RecentCounts {
 public:
  explicit RecentCounts(size_t counters) : current_(counters), before_(counters) {}

  void Add(std::string_view key) { current_.Add(key); }
  void BeginSpan() {
    std::swap(current_, before_);
    current_.Clear();
  }

  // The most frequent of both together, at most `most`, largest first; the same counts by key.
  std::vector<TopCounts::Entry> Top(size_t most) const {
    std::unordered_map<std::string_view, uint64_t> sums;
    for (const TopCounts* counts : {&current_, &before_}) {
      for (const TopCounts::Entry& entry : counts->entries()) sums[entry.key] += entry.count;
    }
    std::vector<TopCounts::Entry> top;
    for (const auto& [key, count] : sums) top.push_back({std::string(key), count});
    std::sort(top.begin(), top.end(), [](const TopCounts::Entry& a, const TopCounts::Entry& b) {
      return a.count != b.count ? a.count > b.count : a.key < b.key;
    });
    if (top.size() > most) top.resize(most);
    return top;
  }

 private:
  TopCounts current_;
  TopCounts before_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_TOP_COUNTS_H_
