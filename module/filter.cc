// SPDX-License-Identifier: BSD-3-Clause

#include "module/filter.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <optional>

#include "module/answer.h"
#include "module/clock.h"

namespace tollgate::module {
namespace {

using control::QueryCounter;
using policy::Action;

uint64_t Nanoseconds() noexcept {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::nanoseconds(now).count());
}

// The counters of decisions stand in the order of the actions.
QueryCounter CounterOf(Action action) noexcept { return static_cast<QueryCounter>(action); }
static_assert(static_cast<int>(QueryCounter::kPass) == static_cast<int>(Action::kPass));
static_assert(static_cast<int>(QueryCounter::kTruncate) == static_cast<int>(Action::kTruncate));

std::array<uint8_t, 16> AddressOf(const gate_client& client) noexcept {
  std::array<uint8_t, 16> address;
  std::memcpy(address.data(), client.address, address.size());
  return address;
}

// Whether a client does not get the real answer because of this.
bool Keeps(const RuleSet& rules, const policy::Match& match) noexcept {
  return match && rules.Answer(match.rule).action != Action::kPass;
}

// Whether a rule that was matched as one in shadow mode is not in that mode: its policy is paused.
bool IsPausedAlone(const Ruling& ruling, const policy::Match& shadow) noexcept {
  if (!shadow) return false;
  const RuleView rule = ruling.rules()->Rule(shadow.rule);
  return rule.mode != policy::Mode::kShadow && !ruling.IsShadowed(rule.policy);
}

}  // namespace

struct Filter::Question {
  dns::Name name;
  uint16_t qtype;
  uint32_t today;
  size_t thread;

  // Nothing where QNAME is no name.
  static std::optional<Question> Of(const gate_query& query) noexcept {
    const std::optional<dns::Name> name = dns::Name::FromWire({query.qname, query.qname_length});
    if (!name) return std::nullopt;
    return Question{*name, query.qtype, DayOf(query.now), query.thread};
  }

  // Under `ruling`, without its pauses. Nothing where there is no database or no memory to ask it.
  bool Blocked(const Ruling& ruling) const noexcept {
    if (ruling.loaded == nullptr) return false;
    Scratch* scratch = ruling.loaded->ScratchOf(thread);
    if (scratch == nullptr) return false;
    const RuleSet& rules = ruling.loaded->rules();
    return Keeps(rules, rules.Match(name, qtype, today, *scratch, ruling.shadowed).decision);
  }
};

Filter::Filter(size_t slots, OnFailure on_failure, bool shadow_events, Live& live,
               Counters& counters, EventLog& events)
    : on_failure_(on_failure),
      shadow_events_(shadow_events),
      live_(live),
      counters_(counters),
      events_(events),
      slots_(slots) {}

const RuleSet* Filter::RulesOf(size_t thread) const noexcept {
  const Ruling* ruling = slots_[thread].view.current;
  return ruling->loaded == nullptr ? nullptr : &ruling->loaded->rules();
}

policy::Verdict Filter::Decide(const gate_query& query, gate_decision& decision) noexcept {
  policy::Verdict verdict;
  Slot& slot = slots_[query.thread];
  const bool timed = ++slot.asked % kTimedEvery == 0;
  const uint64_t start = timed ? Nanoseconds() : 0;
  const Ruling& ruling = *slot.view.current;
  Scratch* scratch = nullptr;
  decision.verdict = GATE_RESOLVE;
  decision.withhold = 0;
  decision.for_one_client = 0;
  if (query.again) counters_.Add(query.thread, QueryCounter::kJudgedAgain);
  if (ruling.loaded != nullptr) scratch = ruling.loaded->ScratchOf(query.thread);
  if (scratch == nullptr) [[unlikely]] {
    if (!query.again) counters_.Add(query.thread, QueryCounter::kUnavailable);
    if (on_failure_ == OnFailure::kServfail) WriteUnavailable(decision);
    // The first database may be on its way.
    if (slot.view.next != nullptr) decision.withhold = Blocks(query);
    return verdict;
  }
  if (const std::optional<Question> question = Question::Of(query)) {
    Judge(query, *question, ruling, *scratch, decision, verdict);
    if (slot.view.next != nullptr && decision.verdict == GATE_RESOLVE) [[unlikely]] {
      decision.withhold |= question->Blocked(*slot.view.next);
    }
  }
  if (timed) counters_.AddVerdictTime(query.thread, Nanoseconds() - start);
  return verdict;
}

void Filter::Judge(const gate_query& query, const Question& question, const Ruling& ruling,
                   Scratch& scratch, gate_decision& decision, policy::Verdict& verdict) noexcept {
  Loaded& loaded = *ruling.loaded;
  const RuleSet& rules = loaded.rules();
  std::span<const uint8_t> shadowed = ruling.shadowed;
  auto pause = Pauses::Effect::kNone;
  if (!ruling.pauses.empty() && query.client != nullptr) [[unlikely]] {
    const std::span<uint8_t> mask = loaded.MaskOf(query.thread);
    std::fill(mask.begin(), mask.end(), uint8_t{0});
    std::copy(shadowed.begin(), shadowed.end(), mask.begin());
    pause = ruling.pauses.Apply(AddressOf(*query.client), query.client->family, question.name,
                                query.now, mask);
    if (pause != Pauses::Effect::kNone) shadowed = mask;
  }
  verdict = rules.Match(question.name, question.qtype, question.today, scratch, shadowed);
  if (pause != Pauses::Effect::kNone) [[unlikely]] {
    // Others are not paused: what this client gets is for it alone.
    decision.for_one_client = 1;
    decision.withhold = question.Blocked(ruling);
    const bool looks_away = pause == Pauses::Effect::kAll || IsPausedAlone(ruling, verdict.shadow);
    const bool kept =
        Keeps(rules, pause == Pauses::Effect::kAll ? verdict.decision : verdict.shadow);
    // A pause is no shadow mode: it is counted by itself, and tells nobody.
    if (looks_away) verdict.shadow = {};
    if (pause == Pauses::Effect::kAll) verdict.decision = {};
    if (looks_away && !verdict.decision) {
      if (!query.again) {
        counters_.Add(query.thread, kept ? QueryCounter::kPaused : QueryCounter::kResolved);
      }
      return;
    }
  }
  if (verdict.shadow) {
    if (!query.again) {
      counters_.Add(query.thread, QueryCounter::kShadow);
      loaded.CountShadow(query.thread, verdict.shadow.rule);
    }
    if (shadow_events_ && !query.again) Tell(query, question, rules, verdict.shadow, true);
  }
  if (!verdict.decision) {
    if (!query.again) counters_.Add(query.thread, QueryCounter::kResolved);
    return;
  }
  const AnswerView answer = rules.Answer(verdict.decision.rule);
  WriteAnswer(answer, question.name.SuffixOffset(verdict.decision.owner_label), query.qtype,
              decision);
  if (query.again && decision.verdict == GATE_RESOLVE) return;
  counters_.Add(query.thread, CounterOf(answer.action));
  loaded.CountDecision(query.thread, verdict.decision.rule);
  if (answer.action != Action::kPass) Tell(query, question, rules, verdict.decision, false);
}

void Filter::Tell(const gate_query& query, const Question& question, const RuleSet& rules,
                  const policy::Match& match, bool shadow) noexcept {
  if (query.client == nullptr) return;
  Event event;
  event.rules = &rules;
  event.match = match;
  event.shadow = shadow;
  event.client.address = AddressOf(*query.client);
  event.client.family = query.client->family;
  event.client.transport = static_cast<Transport>(query.client->transport);
  event.client.port = query.client->port;
  event.microseconds = query.now * 1000000 + query.microseconds;
  event.query_id = query.client->query_id;
  event.query_flags = query.client->query_flags;
  event.qtype = question.qtype;
  event.qname_length = static_cast<uint8_t>(query.qname_length);
  std::memcpy(event.qname.data(), query.qname, query.qname_length);
  events_.Offer(query.thread, event);
}

bool Filter::BlockedBy(const gate_query& query, const Ruling* one, const Ruling* other) noexcept {
  const std::optional<Question> question = Question::Of(query);
  return question && (question->Blocked(*one) || (other != nullptr && question->Blocked(*other)));
}

bool Filter::Blocks(const gate_query& query) noexcept {
  const Live::View& view = slots_[query.thread].view;
  return BlockedBy(query, view.current, view.next);
}

bool Filter::Removes(const gate_query& query) noexcept {
  const Live::View& view = slots_[query.thread].view;
  return BlockedBy(query, view.next != nullptr ? view.next : view.current, nullptr);
}

}  // namespace tollgate::module
