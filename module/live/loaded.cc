// SPDX-License-Identifier: BSD-3-Clause

#include "module/live/loaded.h"

#include <algorithm>
#include <utility>

#include "module/counters/counters.h"

namespace tollgate::module {

struct Loaded::Working {
  Working(Scratch made, Scratch second, const RuleSet& rules)
      : scratch(std::move(made)),
        other(std::move(second)),
        counts(2 * size_t{rules.rule_count()}),
        mask(rules.policy_count()) {}

  Scratch scratch;
  Scratch other;
  std::vector<std::atomic<uint64_t>> counts;  // of each rule: decisions, then shadow matches
  std::vector<uint8_t> mask;                  // of policies
};

Loaded::Loaded(std::shared_ptr<const RuleSet> rules, size_t slots, size_t threads,
               std::span<const std::string> tags)
    : rules_(std::move(rules)), evidence_(rules_->evidence()), working_(slots) {
  for (std::string_view tag : rules_->tags()) {
    // What Unbound does not define stands behind all that it does: nobody has it.
    tag_numbers_.push_back(
        static_cast<size_t>(std::find(tags.begin(), tags.end(), tag) - tags.begin()));
  }
  for (size_t thread = 0; thread < std::min(threads, slots); ++thread) {
    is_ready_ = ScratchOf(thread) != nullptr && is_ready_;
  }
}

Loaded::~Loaded() {
  for (std::atomic<Working*>& working : working_) delete working.load();
}

// Unbound can run more threads than its configuration says: with so-reuseport, a reload with a
// smaller num-threads keeps the old number. To let theirs through unfiltered would be a hole that
// nobody sees.
Scratch* Loaded::ScratchOf(size_t thread) noexcept {
  if (thread >= working_.size()) return nullptr;
  Working* working = working_[thread].load(std::memory_order_relaxed);
  if (working == nullptr) [[unlikely]] {
    try {
      absl::StatusOr<Scratch> made = rules_->NewScratch();
      absl::StatusOr<Scratch> other = rules_->NewScratch();
      if (!made.ok() || !other.ok()) return nullptr;
      working = new Working(*std::move(made), *std::move(other), *rules_);
      working_[thread].store(working, std::memory_order_release);
    } catch (...) {
      return nullptr;  // out of memory: the next query tries again
    }
  }
  return &working->scratch;
}

Scratch* Loaded::OtherScratchOf(size_t thread) noexcept {
  return &working_[thread].load(std::memory_order_relaxed)->other;
}

std::span<uint8_t> Loaded::MaskOf(size_t thread) noexcept {
  return working_[thread].load(std::memory_order_relaxed)->mask;
}

uint64_t Loaded::TagsOf(std::span<const uint8_t> octets) const noexcept {
  uint64_t tags = 0;
  for (size_t i = 0; i < tag_numbers_.size(); ++i) {
    const size_t number = tag_numbers_[i];
    if (number / 8 < octets.size() && (octets[number / 8] >> number % 8 & 1) != 0) {
      tags |= uint64_t{1} << i;
    }
  }
  return tags;
}

void Loaded::Count(size_t thread, size_t index) noexcept {
  AddOwn(working_[thread].load(std::memory_order_relaxed)->counts[index], 1);
}

uint64_t Loaded::Sum(size_t index) const noexcept {
  uint64_t sum = 0;
  for (const std::atomic<Working*>& each : working_) {
    const Working* working = each.load(std::memory_order_acquire);
    if (working != nullptr) sum += working->counts[index].load(std::memory_order_relaxed);
  }
  return sum;
}

}  // namespace tollgate::module
