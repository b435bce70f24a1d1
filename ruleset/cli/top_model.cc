// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/cli/top_model.h"

#include <algorithm>
#include <utility>

#include "ruleset/control/totals.h"

namespace tollgate::cli {
namespace {

using control::Gauge;
using control::QueryCounter;
using control::QueryCounts;

constexpr size_t kLongestHistory = 512;  // as wide as any terminal
constexpr size_t kMostDecisions = 512;
constexpr double kWindow = 60;  // seconds of verdict times

// Sums of threads, read while they count, hardly ever run backwards; nothing is made of it then.
double Gain(uint64_t before, uint64_t now) {
  return now > before ? static_cast<double>(now - before) : 0;
}

}  // namespace

void TopModel::ForgetRun() {
  rates_.reset();
  times_.clear();
  decisions_.clear();
  most_ = {};
  latest_ = 0;
}

void TopModel::TakeState(control::Snapshot state, double seconds) {
  fault_.clear();
  const bool same_run = state_ && Of(*state_, Gauge::kStarted) == Of(state, Gauge::kStarted);
  if (!same_run) {
    ForgetRun();
  } else if (seconds > taken_) {
    const QueryCounts before = SumOfThreads(*state_), now = SumOfThreads(state);
    const double passed = seconds - taken_;
    Rates rates;
    rates.queries = Gain(control::Queries(before), control::Queries(now)) / passed;
    rates.judged = Gain(control::Judged(before), control::Judged(now)) / passed;
    rates.blocked = Gain(control::Blocked(before), control::Blocked(now)) / passed;
    rates.shadow = Gain(Of(before, QueryCounter::kShadow), Of(now, QueryCounter::kShadow)) / passed;
    rates_ = rates;
    history_.push_back(rates);
    if (history_.size() > kLongestHistory) history_.pop_front();
  }
  times_.push_back({seconds, state.verdict_times});
  while (times_.front().seconds < seconds - kWindow) times_.pop_front();
  state_ = std::move(state);
  taken_ = seconds;
}

void TopModel::TakeRecent(control::Recent recent) {
  // Numbers that begin again are those of another run.
  if (recent.latest < latest_) decisions_.clear();
  latest_ = recent.latest;
  for (control::Recent::Decision& decision : recent.decisions) {
    decisions_.push_back(std::move(decision));
    if (decisions_.size() > kMostDecisions) decisions_.pop_front();
  }
  recent.decisions.clear();
  most_ = std::move(recent);
}

void TopModel::TakeFault(std::string fault) {
  fault_ = std::move(fault);
  rates_.reset();
}

double TopModel::VerdictTime(double share) const {
  if (times_.empty()) return 0;
  const std::vector<uint64_t>& first = times_.front().buckets;
  const std::vector<uint64_t>& last = times_.back().buckets;
  std::vector<uint64_t> window(last.size());
  for (size_t i = 0; i < last.size(); ++i) {
    const uint64_t before = i < first.size() ? first[i] : 0;
    window[i] = last[i] > before ? last[i] - before : 0;
  }
  const bool any = std::any_of(window.begin(), window.end(), [](uint64_t n) { return n > 0; });
  return control::VerdictTimeQuantile(any ? window : last, share);
}

}  // namespace tollgate::cli
