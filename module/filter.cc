// SPDX-License-Identifier: BSD-3-Clause

#include "module/filter.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "module/answer.h"

namespace tollgate::module {
namespace {

constexpr uint64_t kSecondsPerDay = 24 * 60 * 60;

}  // namespace

Filter::Filter(std::unique_ptr<const RuleSet> rules, OnFailure on_failure, size_t threads)
    : rules_(std::move(rules)), on_failure_(on_failure), scratches_(kMaxThreads) {
  if (rules_ == nullptr) return;
  for (size_t thread = 0; thread < std::min(threads, kMaxThreads); ++thread) ScratchOf(thread);
}

// Working memory is made in the constructor. Unbound can run more threads than its configuration
// says, though: with so-reuseport, a reload with a smaller num-threads keeps the old number. Theirs
// is made at their first query, once; to let them through unfiltered would be a hole that nobody
// sees.
Scratch* Filter::ScratchOf(size_t thread) noexcept {
  if (thread >= scratches_.size()) return nullptr;
  std::unique_ptr<Scratch>& scratch = scratches_[thread];
  if (scratch == nullptr) [[unlikely]] {
    try {
      absl::StatusOr<Scratch> made = rules_->NewScratch();
      if (made.ok()) scratch = std::make_unique<Scratch>(*std::move(made));
    } catch (...) {
      // Out of memory: the caller does what on_failure says, and the next query tries again.
    }
  }
  return scratch.get();
}

bool Filter::Match(const gate_query& query, policy::Verdict& verdict,
                   std::optional<dns::Name>& name) noexcept {
  if (rules_ == nullptr) return false;
  Scratch* scratch = ScratchOf(query.thread);
  if (scratch == nullptr) [[unlikely]]
    return false;
  name = dns::Name::FromWire({query.qname, query.qname_length});
  if (name) {
    const auto today = static_cast<uint32_t>(query.now / kSecondsPerDay);
    verdict = rules_->Match(*name, query.qtype, today, *scratch);
  }
  return true;
}

policy::Verdict Filter::Decide(const gate_query& query, gate_decision& decision) noexcept {
  policy::Verdict verdict;
  std::optional<dns::Name> name;
  decision.verdict = GATE_RESOLVE;
  if (!Match(query, verdict, name)) [[unlikely]] {
    if (on_failure_ == OnFailure::kServfail) WriteUnavailable(decision);
  } else if (verdict.decision) {
    WriteAnswer(rules_->Answer(verdict.decision.rule),
                name->SuffixOffset(verdict.decision.owner_label), query.qtype, decision);
  }
  return verdict;
}

bool Filter::Blocks(const gate_query& query) noexcept {
  policy::Verdict verdict;
  std::optional<dns::Name> name;
  return Match(query, verdict, name) && verdict.decision &&
         rules_->Answer(verdict.decision.rule).action != policy::Action::kPass;
}

size_t Filter::memory() const noexcept {
  size_t octets = sizeof(*this) + scratches_.capacity() * sizeof(scratches_[0]);
  if (rules_ != nullptr) octets += rules_->file_size();
  return octets;
}

}  // namespace tollgate::module
