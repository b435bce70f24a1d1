// SPDX-License-Identifier: BSD-3-Clause
//
// What to do with a query: the verdict of the database in force, or, without one, what the operator
// chose. Counts it, and tells of it.

#ifndef TOLLGATE_MODULE_FILTER_H_
#define TOLLGATE_MODULE_FILTER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "module/config.h"
#include "module/counters/counters.h"
#include "module/events/event_log.h"
#include "module/gate.h"
#include "module/live/live.h"
#include "ruleset/patient/patients.h"
#include "ruleset/ruleset.h"

namespace tollgate::module {

// One verdict of so many is timed.
inline constexpr uint64_t kTimedEvery = 64;

struct FilterSettings {
  OnFailure on_failure = OnFailure::kPass;
  // Without: who asks with DO gets the real answer where that is secure (RPZ draft section 6,
  // BIND's "break-dnssec no"), so that what the client itself validates is never found to be bogus.
  bool break_dnssec = true;
  bool shadow_events = false;
};

// THE QUERY PATH, all of it. Safe from any number of threads at once, as long as each names itself
// with a number below `slots`.
class Filter {
 public:
  // All that is given outlives the filter.
  Filter(size_t slots, const FilterSettings& settings, const patient::Patients& patients,
         Live& live, Counters& counters, EventLog& events);

  // Between Enter and Leave, a thread sees one database, which stays.
  void Enter(size_t thread) noexcept { slots_[thread].view = live_.Enter(thread); }
  void Leave(size_t thread) noexcept { live_.Leave(thread); }

  // Writes what to do with `query` and returns the verdict behind it.
  policy::Verdict Decide(const gate_query& query, gate_decision& decision) noexcept;

  // Whether the answer to `query` must not be in the cache for everybody, because of its name
  // alone: some client that asks is kept from it, or will be once what is announced is in force.
  // Costs what Decide costs.
  bool Blocks(const gate_query& query) noexcept;

  // Whether a sweep removes the answer, because of its name alone: by what is announced, or, where
  // nothing is, by what is in force.
  bool Removes(const gate_query& query) noexcept;

  // What the rules look at beside QNAME, those in force and those that are announced.
  policy::Evidence EvidenceFor(size_t thread) const noexcept;

  // An answer is heard: first its question, then the evidence (RuleSet::BeginAnswer).
  void BeginAnswer(const gate_query& query) noexcept;
  void AddTarget(size_t thread, std::span<const uint8_t> name) noexcept;
  void AddAddress(size_t thread, std::span<const uint8_t> address) noexcept;
  void AddNameServer(size_t thread, std::span<const uint8_t> name) noexcept;
  void AddNameServerAddress(size_t thread, std::span<const uint8_t> address) noexcept;

  // What is to become of the answer that was heard for the client of `query`. `heard`: Decide let
  // its question pass, by the same rules, and counted it.
  policy::Verdict DecideAnswer(const gate_query& query, bool heard,
                               gate_decision& decision) noexcept;

  // Whether no rule says anything about the answer that was heard, to anybody, in shadow mode
  // neither.
  bool AnswerIsSilent(size_t thread) noexcept;

  // Whether the answer that was heard must not be in the cache for everybody; whether a sweep
  // removes it: by what is announced, or, where nothing is, by what is in force.
  bool AnswerBlocked(const gate_query& query) noexcept;
  bool AnswerRemoved(const gate_query& query) noexcept;

  // The change counter of what the thread sees.
  uint64_t Number(size_t thread) const noexcept { return slots_[thread].view.number; }

  // What the thread sees; null: there is no database.
  const RuleSet* RulesOf(size_t thread) const noexcept;

 private:
  // A query as rules are asked about it.
  struct Question {
    dns::Name name;
    uint16_t qtype;
    uint32_t today;
    size_t thread;

    // Nothing where QNAME is no name.
    static std::optional<Question> Of(const gate_query& query) noexcept;
    // For some client, under `ruling` without its pauses. Nothing is where there is no database or
    // no memory to ask it.
    bool Blocked(const Ruling& ruling) const noexcept;
  };

  // How the rules in force are asked on behalf of a client.
  struct Standpoint {
    Pauses::Effect pause = Pauses::Effect::kNone;
    std::span<const uint8_t> shadowed;
    policy::Asker client;
  };

  // On cache lines of its own: one for each thread.
  struct alignas(128) Slot {
    Live::View view{};
    uint64_t asked = 0;
    // Of the answer that is heard. Null where there is no database, or no memory to ask it.
    Scratch* current = nullptr;
    Scratch* next = nullptr;
    std::optional<Question> question;
    Standpoint standpoint;
  };

  // Calls take(rules, scratch) for the rules that hear the answer.
  template <typename Take>
  void ForEachHearing(size_t thread, Take take) noexcept;

  Standpoint StandpointOf(const gate_query& query, const Question& question,
                          const Ruling& ruling) noexcept;
  // Whether a decision that keeps the client from the real answer waits until it is known whether
  // that is secure, or, where it is, falls.
  bool LeavesToProof(const gate_query& query, gate_decision& decision) const noexcept;
  // Counts and tells what `verdict` means for the client, and writes it.
  void Rule(const gate_query& query, const Question& question, const Ruling& ruling,
            const Standpoint& standpoint, policy::Verdict& verdict,
            gate_decision& decision) noexcept;
  void CountOnce(const gate_query& query, control::QueryCounter counter) noexcept;
  // `named`: the answer, where a sinkhole has put the client into it; else null.
  void Tell(const gate_query& query, const Question& question, const RuleSet& rules,
            const policy::Match& match, bool shadow, const gate_decision* named) noexcept;

  const FilterSettings settings_;
  const patient::Patients& patients_;
  Live& live_;
  Counters& counters_;
  EventLog& events_;
  std::vector<Slot> slots_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_FILTER_H_
