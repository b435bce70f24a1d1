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

// Whether a client that asks for `qname` does not get the real answer because of this.
bool Keeps(const RuleSet& rules, const policy::Match& match, const dns::Name& qname) noexcept {
  if (!match) return false;
  const AnswerView answer = rules.Answer(match.rule);
  return answer.action != Action::kPass && !IsOwnTarget(answer, qname);
}

// Whether some client does not get the real answer. `verdict` is about nobody in particular.
bool KeepsFromSome(const RuleSet& rules, const policy::Verdict& verdict,
                   const dns::Name& qname) noexcept {
  return verdict.depends_on_client || Keeps(rules, verdict.decision, qname);
}

std::span<const uint8_t> ClientOf(const gate_query& query) noexcept {
  if (query.client == nullptr || query.client->family == 0) return {};
  return {query.client->address, query.client->family == 4 ? size_t{4} : size_t{16}};
}

// TCP-ONLY (RPZ draft section 3.4) over TCP, TLS or HTTPS: the real answer, as after a pass. It
// must reach nobody who asks over UDP, neither by way of the cache nor by sharing the query state.
void ResolveIfOverTcp(const gate_query& query, gate_decision& decision) noexcept {
  if (!decision.truncated || query.client == nullptr || query.client->transport == GATE_UDP) return;
  decision.verdict = GATE_RESOLVE;
  decision.withhold = 1;
  decision.for_one_client = 1;
}

// What NamePatient has put into the answer.
void NoteOwn(const gate_decision& decision, Event& event) noexcept {
  if (decision.target_length > 0) {
    event.own_length = decision.target[0];
    std::memcpy(event.own.data(), decision.target + 1, event.own_length);
    return;
  }
  event.own_length = sizeof(decision.named);
  event.own_at = static_cast<uint32_t>(decision.named_rdata - decision.answer.octets);
  std::memcpy(event.own.data(), decision.named, sizeof(decision.named));
}

// Whether a rule that was matched as one in shadow mode is not in that mode: its policy is paused.
bool IsPausedAlone(const Ruling& ruling, const policy::Match& shadow) noexcept {
  if (!shadow) return false;
  const RuleView rule = ruling.rules()->Rule(shadow.rule);
  return rule.mode != policy::Mode::kShadow && !ruling.IsShadowed(rule.policy);
}

}  // namespace

std::optional<Filter::Question> Filter::Question::Of(const gate_query& query) noexcept {
  const std::optional<dns::Name> name = dns::Name::FromWire({query.qname, query.qname_length});
  if (!name) return std::nullopt;
  return Question{*name, query.qtype, DayOf(query.now), query.thread};
}

bool Filter::Question::Blocked(const Ruling& ruling) const noexcept {
  if (ruling.loaded == nullptr) return false;
  Scratch* scratch = ruling.loaded->ScratchOf(thread);
  if (scratch == nullptr) return false;
  const RuleSet& rules = ruling.loaded->rules();
  return KeepsFromSome(rules, rules.Match(name, qtype, today, *scratch, ruling.shadowed), name);
}

Filter::Filter(size_t slots, const FilterSettings& settings, const patient::Patients& patients,
               Live& live, Counters& counters, EventLog& events)
    : settings_(settings),
      patients_(patients),
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
  decision.silent = 0;
  decision.wait_for_proof = 0;
  if (query.again) counters_.Add(query.thread, QueryCounter::kJudgedAgain);
  if (ruling.loaded != nullptr) scratch = ruling.loaded->ScratchOf(query.thread);
  if (scratch == nullptr) [[unlikely]] {
    CountOnce(query, QueryCounter::kUnavailable);
    if (settings_.on_failure == OnFailure::kServfail) WriteUnavailable(decision);
    // The first database may be on its way.
    if (slot.view.next != nullptr) decision.withhold = Blocks(query);
    return verdict;
  }
  if (const std::optional<Question> question = Question::Of(query)) {
    const Standpoint standpoint = StandpointOf(query, *question, ruling);
    verdict = ruling.loaded->rules().Match(question->name, question->qtype, question->today,
                                           *scratch, standpoint.shadowed, standpoint.client);
    decision.for_one_client = verdict.depends_on_client;
    decision.withhold = verdict.depends_on_client;
    decision.silent = !verdict.decision && !verdict.shadow && !verdict.depends_on_client &&
                      slot.view.next == nullptr;
    if (standpoint.pause != Pauses::Effect::kNone) [[unlikely]] {
      // Others are not paused: what this client gets is for it alone.
      decision.for_one_client = 1;
      decision.withhold |= question->Blocked(ruling);
    }
    Rule(query, *question, ruling, standpoint, verdict, decision);
    if (slot.view.next != nullptr && decision.verdict == GATE_RESOLVE) [[unlikely]] {
      decision.withhold |= question->Blocked(*slot.view.next);
    }
  }
  if (timed) counters_.AddVerdictTime(query.thread, Nanoseconds() - start);
  return verdict;
}

Filter::Standpoint Filter::StandpointOf(const gate_query& query, const Question& question,
                                        const Ruling& ruling) noexcept {
  Standpoint standpoint{Pauses::Effect::kNone, ruling.shadowed, ClientOf(query)};
  if (query.client != nullptr && query.client->tags_length > 0) [[unlikely]] {
    standpoint.client.tags = ruling.loaded->TagsOf({query.client->tags, query.client->tags_length});
  }
  if (ruling.pauses.empty() || query.client == nullptr) [[likely]]
    return standpoint;
  const std::span<uint8_t> mask = ruling.loaded->MaskOf(query.thread);
  std::fill(mask.begin(), mask.end(), uint8_t{0});
  std::copy(ruling.shadowed.begin(), ruling.shadowed.end(), mask.begin());
  standpoint.pause = ruling.pauses.Apply(AddressOf(*query.client), query.client->family,
                                         question.name, query.now, mask);
  if (standpoint.pause != Pauses::Effect::kNone) standpoint.shadowed = mask;
  return standpoint;
}

void Filter::CountOnce(const gate_query& query, QueryCounter counter) noexcept {
  if (!query.again) counters_.Add(query.thread, counter);
}

bool Filter::LeavesToProof(const gate_query& query, gate_decision& decision) const noexcept {
  if (settings_.break_dnssec || query.client == nullptr || !query.client->dnssec_ok) return false;
  if (query.proof == GATE_NOT_SECURE) return false;
  // Who asks without DO is to find nothing of it.
  decision.withhold = 1;
  decision.for_one_client = 1;
  decision.wait_for_proof = query.proof == GATE_NO_ANSWER_YET;
  return true;
}

void Filter::Rule(const gate_query& query, const Question& question, const Ruling& ruling,
                  const Standpoint& standpoint, policy::Verdict& verdict,
                  gate_decision& decision) noexcept {
  Loaded& loaded = *ruling.loaded;
  const RuleSet& rules = loaded.rules();
  if (standpoint.pause != Pauses::Effect::kNone) [[unlikely]] {
    const bool paused_all = standpoint.pause == Pauses::Effect::kAll;
    const bool looks_away = paused_all || IsPausedAlone(ruling, verdict.shadow);
    const bool kept = Keeps(rules, paused_all ? verdict.decision : verdict.shadow, question.name);
    // A pause is no shadow mode: it is counted by itself, and tells nobody.
    if (looks_away) verdict.shadow = {};
    if (paused_all) verdict.decision = {};
    if (looks_away && !verdict.decision) {
      CountOnce(query, kept ? QueryCounter::kPaused : QueryCounter::kResolved);
      return;
    }
  }
  if (Keeps(rules, verdict.decision, question.name) && LeavesToProof(query, decision))
      [[unlikely]] {
    verdict = {};
    if (!decision.wait_for_proof) CountOnce(query, QueryCounter::kResolved);
    return;
  }
  if (verdict.shadow && !query.again) {
    counters_.Add(query.thread, QueryCounter::kShadow);
    loaded.CountShadow(query.thread, verdict.shadow.rule);
    if (settings_.shadow_events) Tell(query, question, rules, verdict.shadow, true, nullptr);
  }
  if (!verdict.decision) {
    CountOnce(query, QueryCounter::kResolved);
    return;
  }
  const AnswerView answer = rules.Answer(verdict.decision.rule);
  WriteAnswer(answer, question.name, question.name.SuffixOffset(verdict.decision.owner_label),
              query.qtype, decision);
  const bool is_named = !query.shared && NamePatient(patients_, ClientOf(query), decision);
  const bool is_garden = answer.action == Action::kSinkhole && decision.verdict == GATE_RESOLVE;
  if (decision.verdict == GATE_ANSWER) ResolveIfOverTcp(query, decision);
  if (query.again && decision.verdict == GATE_RESOLVE) return;
  if (is_garden) {
    counters_.Add(query.thread, QueryCounter::kResolved);
    return;
  }
  counters_.Add(query.thread, CounterOf(answer.action));
  loaded.CountDecision(query.thread, verdict.decision.rule);
  if (decision.verdict != GATE_RESOLVE) {
    Tell(query, question, rules, verdict.decision, false, is_named ? &decision : nullptr);
  }
}

// --- Answers ---

policy::Evidence Filter::EvidenceFor(size_t thread) const noexcept {
  const Live::View& view = slots_[thread].view;
  policy::Evidence evidence = 0;
  for (const Ruling* ruling : {view.current, view.next}) {
    if (ruling != nullptr && ruling->loaded != nullptr) {
      evidence |= ruling->loaded->evidence();
    }
  }
  return evidence;
}

template <typename Take>
void Filter::ForEachHearing(size_t thread, Take take) noexcept {
  const Slot& slot = slots_[thread];
  if (slot.current != nullptr) take(slot.view.current->loaded->rules(), *slot.current);
  if (slot.next != nullptr) take(slot.view.next->loaded->rules(), *slot.next);
}

void Filter::BeginAnswer(const gate_query& query) noexcept {
  Slot& slot = slots_[query.thread];
  const Ruling* current = slot.view.current;
  const Ruling* next = slot.view.next;
  slot.current = slot.next = nullptr;
  slot.question = Question::Of(query);
  const std::optional<Question>& question = slot.question;
  if (!question) return;
  if (current->loaded != nullptr) slot.current = current->loaded->ScratchOf(query.thread);
  if (slot.current != nullptr) {
    slot.standpoint = StandpointOf(query, *question, *current);
    current->loaded->rules().BeginAnswer(question->name, question->qtype, question->today,
                                         *slot.current, slot.standpoint.shadowed,
                                         slot.standpoint.client, query.silent != 0);
  }
  if (next == nullptr || next->loaded == nullptr) return;
  slot.next = next->loaded->ScratchOf(query.thread);
  // The same database with other modes: in the second piece of its working memory.
  if (slot.next == slot.current && slot.next != nullptr) {
    slot.next = next->loaded->OtherScratchOf(query.thread);
  }
  if (slot.next != nullptr) {
    next->loaded->rules().BeginAnswer(question->name, question->qtype, question->today, *slot.next,
                                      next->shadowed);
  }
}

void Filter::AddTarget(size_t thread, std::span<const uint8_t> octets) noexcept {
  const std::optional<dns::Name> name = dns::Name::FromWire(octets);
  if (!name) return;
  ForEachHearing(thread, [&](const RuleSet& rules, Scratch& scratch) noexcept {
    rules.AddTarget(*name, scratch);
  });
}

void Filter::AddAddress(size_t thread, std::span<const uint8_t> address) noexcept {
  ForEachHearing(thread, [&](const RuleSet& rules, Scratch& scratch) noexcept {
    rules.AddAddress(address, scratch);
  });
}

void Filter::AddNameServer(size_t thread, std::span<const uint8_t> octets) noexcept {
  const std::optional<dns::Name> name = dns::Name::FromWire(octets);
  if (!name) return;
  ForEachHearing(thread, [&](const RuleSet& rules, Scratch& scratch) noexcept {
    rules.AddNameServer(*name, scratch);
  });
}

void Filter::AddNameServerAddress(size_t thread, std::span<const uint8_t> address) noexcept {
  ForEachHearing(thread, [&](const RuleSet& rules, Scratch& scratch) noexcept {
    rules.AddNameServerAddress(address, scratch);
  });
}

policy::Verdict Filter::DecideAnswer(const gate_query& query, bool heard,
                                     gate_decision& decision) noexcept {
  const Slot& slot = slots_[query.thread];
  const std::optional<Question>& question = slot.question;
  if (slot.current == nullptr || !question) {
    if (!heard) return Decide(query, decision);
    decision.verdict = GATE_RESOLVE;
    return {};
  }
  const Ruling& ruling = *slot.view.current;
  policy::Verdict verdict = ruling.loaded->rules().AnswerVerdict(*slot.current);
  decision.verdict = GATE_RESOLVE;
  decision.withhold = decision.for_one_client = decision.silent = decision.wait_for_proof = 0;
  if (heard) {
    // What is about the question was counted, and let it pass.
    if (!verdict.shadow.late) verdict.shadow = {};
    if (!verdict.decision.late) verdict.decision = {};
    if (!verdict.shadow && !verdict.decision) return verdict;
    counters_.Add(query.thread, QueryCounter::kByAnswer);
  } else if (query.again) {
    counters_.Add(query.thread, QueryCounter::kJudgedAgain);
  }
  Rule(query, *question, ruling, slot.standpoint, verdict, decision);
  return verdict;
}

bool Filter::AnswerIsSilent(size_t thread) noexcept {
  // Rules about some clients may be in shadow mode, and be silent for nobody in particular.
  bool silent = slots_[thread].current != nullptr && (EvidenceFor(thread) & policy::kClients) == 0;
  ForEachHearing(thread, [&](const RuleSet& rules, Scratch& scratch) noexcept {
    const policy::Verdict verdict = rules.AnswerVerdict(scratch);
    silent = silent && !verdict.decision && !verdict.shadow && !verdict.depends_on_client;
  });
  return silent;
}

bool Filter::AnswerBlocked(const gate_query& query) noexcept {
  const std::optional<Question>& question = slots_[query.thread].question;
  bool blocked = false;
  if (!question) return blocked;
  ForEachHearing(query.thread, [&](const RuleSet& rules, Scratch& scratch) noexcept {
    blocked = blocked || KeepsFromSome(rules, rules.AnswerVerdict(scratch), question->name);
  });
  return blocked;
}

bool Filter::AnswerRemoved(const gate_query& query) noexcept {
  const Slot& slot = slots_[query.thread];
  if (slot.view.next == nullptr) return AnswerBlocked(query);
  const std::optional<Question>& question = slot.question;
  if (slot.next == nullptr || !question) return false;
  const RuleSet& rules = slot.view.next->loaded->rules();
  return KeepsFromSome(rules, rules.AnswerVerdict(*slot.next), question->name);
}

void Filter::Tell(const gate_query& query, const Question& question, const RuleSet& rules,
                  const policy::Match& match, bool shadow, const gate_decision* named) noexcept {
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
  event.own_length = 0;
  if (named != nullptr) NoteOwn(*named, event);
  events_.Offer(query.thread, event);
}

bool Filter::Blocks(const gate_query& query) noexcept {
  const Live::View& view = slots_[query.thread].view;
  const std::optional<Question> question = Question::Of(query);
  return question && (question->Blocked(*view.current) ||
                      (view.next != nullptr && question->Blocked(*view.next)));
}

bool Filter::Removes(const gate_query& query) noexcept {
  const Live::View& view = slots_[query.thread].view;
  const std::optional<Question> question = Question::Of(query);
  return question && question->Blocked(view.next != nullptr ? *view.next : *view.current);
}

}  // namespace tollgate::module
