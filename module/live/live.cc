// SPDX-License-Identifier: BSD-3-Clause

#include "module/live/live.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tollgate::module {

void Ruling::Fit() {
  shadowed.clear();
  if (loaded == nullptr) {
    pauses = pauses.For(nullptr);
    return;
  }
  const RuleSet& rules = loaded->rules();
  std::vector<std::string> ids;
  for (uint32_t i = 0; i < rules.policy_count(); ++i) ids.emplace_back(rules.Policy(i).id);
  for (const std::string& id : shadowed_ids) {
    for (size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] != id) continue;
      shadowed.resize(ids.size());
      shadowed[i] = 1;
    }
  }
  pauses = pauses.For(&rules);
}

Live::Live(size_t slots, EventLog& events)
    : epochs_(slots), events_(events), current_(new Ruling) {}

Live::~Live() {
  delete current_.load();
  delete next_.load();
}

// The number is read first: one that is too old makes a caller look again, and harms nothing. Then
// what is announced: in the midst of a switch it may be seen twice, and never not at all.
Live::View Live::Enter(size_t thread) noexcept {
  epochs_.Enter(thread);
  const uint64_t number = number_.load();
  const Ruling* next = next_.load();
  return {current_.load(), next, number};
}

std::unique_ptr<Ruling> Live::Changed(const Change& change) const {
  const Ruling* next = next_.load();
  auto ruling = std::make_unique<Ruling>(next != nullptr ? *next : *current_.load());
  change(*ruling);
  ruling->Fit();
  return ruling;
}

// Taking a ruling away must not fail halfway, or it would be freed while it is read. So there is
// room in retired_ before anything is published: for the one announced before, and for what
// Switch() or Withdraw() takes away.
void Live::MakeRoom() { retired_.reserve(retired_.size() + kMostTakenAway); }

void Live::Announce(const Change& change) {
  const std::lock_guard lock(mutex_);
  MakeRoom();
  std::unique_ptr<Ruling> ruling = Changed(change);
  Retire(next_.exchange(ruling.release()));
  number_.fetch_add(1);
  announced_ = epochs_.Advance();
}

bool Live::IsHeard() const {
  const std::lock_guard lock(mutex_);
  return epochs_.Reached(announced_);
}

void Live::Switch() {
  const std::lock_guard lock(mutex_);
  const Ruling* next = next_.load();
  if (next == nullptr) return;
  const Ruling* old = current_.exchange(next);
  next_.store(nullptr);
  number_.fetch_add(1);
  NoteSize();
  Retire(old);
  ReapLocked();
}

void Live::Withdraw() noexcept {
  const std::lock_guard lock(mutex_);
  Retire(next_.exchange(nullptr));
  number_.fetch_add(1);
  ReapLocked();
}

void Live::Amend(const Change& change) {
  const std::lock_guard lock(mutex_);
  MakeRoom();
  auto amended = std::make_unique<Ruling>(*current_.load());
  change(*amended);
  amended->Fit();
  if (next_.load() != nullptr) {
    std::unique_ptr<Ruling> next = Changed(change);
    Retire(next_.exchange(next.release()));
  }
  Retire(current_.exchange(amended.release()));
  NoteSize();
  number_.fetch_add(1);
  ReapLocked();
}

void Live::Read(const std::function<void(const Ruling&)>& read) const {
  const std::lock_guard lock(mutex_);
  read(*current_.load());
}

void Live::Retire(const Ruling* ruling) noexcept {
  if (ruling == nullptr) return;
  retired_.push_back({std::unique_ptr<const Ruling>(ruling), epochs_.Advance()});
}

void Live::NoteSize() noexcept {
  const RuleSet* rules = current_.load()->rules();
  size_.store(rules == nullptr ? 0 : rules->file_size(), std::memory_order_relaxed);
}

bool Live::Reap() {
  const std::lock_guard lock(mutex_);
  return ReapLocked();
}

// Events refer to the database as well. Only when no query thread can offer another one is the mark
// taken behind the last.
bool Live::ReapLocked() noexcept {
  for (Retired& retired : retired_) {
    if (!retired.marked && epochs_.Reached(retired.epoch)) {
      retired.marked = true;
      retired.mark = events_.Mark();
    }
  }
  for (size_t i = 0; i < retired_.size();) {
    if (!retired_[i].marked || !events_.Passed(retired_[i].mark)) {
      ++i;
      continue;
    }
    const std::shared_ptr<Loaded> loaded = retired_[i].ruling->loaded;
    retired_.erase(retired_.begin() + static_cast<ptrdiff_t>(i));
    // Several rulings may have shared it. This was the last of them, and nobody counts any more.
    if (loaded != nullptr && loaded.use_count() == 1) FoldTotals(*loaded);
  }
  return retired_.empty();
}

void Live::FoldTotals(const Loaded& loaded) noexcept {
  try {
    totals_.Fold(loaded);
  } catch (...) {
    // No memory: some counts of its rules are lost, and the database is freed all the same.
  }
}

// Databases that are still being read have not been added to totals_ yet, and their counts must not
// be missing in between: a counter that falls is one that began anew.
RuleTotals Live::TotalsBefore() const {
  RuleTotals totals = totals_;
  std::set<const Loaded*> distinct;
  for (const Retired& retired : retired_) distinct.insert(retired.ruling->loaded.get());
  distinct.erase(nullptr);
  distinct.erase(current_.load()->loaded.get());
  for (const Loaded* loaded : distinct) totals.Fold(*loaded);
  return totals;
}

size_t Live::databases() const {
  const std::lock_guard lock(mutex_);
  std::set<const Loaded*> distinct;
  auto add = [&](const Ruling* ruling) {
    if (ruling != nullptr && ruling->loaded != nullptr) distinct.insert(ruling->loaded.get());
  };
  add(current_.load());
  add(next_.load());
  for (const Retired& retired : retired_) add(retired.ruling.get());
  return distinct.size();
}

}  // namespace tollgate::module
