// SPDX-License-Identifier: BSD-3-Clause
//
// A database with what each query thread needs to ask it, and what each of its rules did.

#ifndef TOLLGATE_MODULE_LIVE_LOADED_H_
#define TOLLGATE_MODULE_LIVE_LOADED_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ruleset/ruleset.h"

namespace tollgate::module {

class Loaded {
 public:
  // For threads 0 to `slots` - 1. Working memory for the first `threads` of them is made at once;
  // the others' when they first ask.
  // `tags` are those of Unbound (define-tag), in its order.
  Loaded(std::shared_ptr<const RuleSet> rules, size_t slots, size_t threads,
         std::span<const std::string> tags = {});
  ~Loaded();
  Loaded(const Loaded&) = delete;
  Loaded& operator=(const Loaded&) = delete;

  // Whether there was memory for the first `threads`.
  bool is_ready() const noexcept { return is_ready_; }
  const RuleSet& rules() const noexcept { return *rules_; }
  policy::Evidence evidence() const noexcept { return evidence_; }
  const std::shared_ptr<const RuleSet>& shared_rules() const noexcept { return rules_; }

  // THE QUERY PATH, each thread with its own number. Null where there is no memory for it.
  Scratch* ScratchOf(size_t thread) noexcept;

  // THE QUERY PATH, after ScratchOf has given something: a second one, for whoever asks the same
  // database in two ways at once.
  Scratch* OtherScratchOf(size_t thread) noexcept;

  // THE QUERY PATH, after ScratchOf has given something: room for one octet for each policy.
  std::span<uint8_t> MaskOf(size_t thread) noexcept;

  // THE QUERY PATH: of the tags of a client, as Unbound has them (bit i of octet n is the tag
  // 8n+i), those that rules look at: policy::Asker::tags.
  uint64_t TagsOf(std::span<const uint8_t> octets) const noexcept;

  // THE QUERY PATH, after ScratchOf has given something: one more query that `rule` decided, or, in
  // shadow mode, would have decided.
  void CountDecision(size_t thread, uint32_t rule) noexcept { Count(thread, 2 * size_t{rule}); }
  void CountShadow(size_t thread, uint32_t rule) noexcept { Count(thread, 2 * size_t{rule} + 1); }

  // Any thread: sums over the threads.
  uint64_t Decisions(uint32_t rule) const noexcept { return Sum(2 * size_t{rule}); }
  uint64_t ShadowMatches(uint32_t rule) const noexcept { return Sum(2 * size_t{rule} + 1); }

 private:
  struct Working;

  void Count(size_t thread, size_t index) noexcept;
  uint64_t Sum(size_t index) const noexcept;

  std::shared_ptr<const RuleSet> rules_;
  const policy::Evidence evidence_;  // the rules', near at hand
  // A thread makes its own element, once; others read it for the sums.
  bool is_ready_ = true;
  std::vector<size_t> tag_numbers_;  // Unbound's, of each of rules().tags()
  std::vector<std::atomic<Working*>> working_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_LIVE_LOADED_H_
