// SPDX-License-Identifier: BSD-3-Clause
//
// The C entry points. No exception leaves this file.

#include "module/gate.h"

#include <exception>
#include <string>

#include "module/answer.h"
#include "module/host_check.h"
#include "module/service.h"
#include "ruleset/ruleset.h"

struct gate {
  tollgate::module::Service service;
};

namespace tollgate::module {
namespace {

using control::QueryCounter;

// For log_level debug alone: says which rule decided, or, in shadow mode, would have.
void LogMatch(const HostLog& log, const RuleSet& rules, const gate_query& query,
              const policy::Match& match, std::string_view how) {
  const auto name = dns::Name::FromWire({query.qname, query.qname_length});
  const RuleView rule = rules.Rule(match.rule);
  log.Write(GATE_DEBUG,
            name->Text() + " type " + std::to_string(query.qtype) + ": " + std::string(how) + " " +
                std::string(policy::ActionName(rules.Answer(match.rule).action)) + " by policy " +
                std::string(rules.Policy(rule.policy).id) + ", rule " + std::string(rule.id) +
                ", " + std::string(rule.file) + ":" + std::to_string(match.line));
}

void LogVerdict(Service& service, const gate_query& query,
                const policy::Verdict& verdict) noexcept {
  if (!service.log().Wants(GATE_DEBUG)) [[likely]]
    return;
  try {
    const RuleSet* rules = service.filter().RulesOf(query.thread);
    if (verdict.decision) LogMatch(service.log(), *rules, query, verdict.decision, "decided:");
    if (verdict.shadow) LogMatch(service.log(), *rules, query, verdict.shadow, "in shadow mode:");
  } catch (...) {
    // A line of the log is lost.
  }
}

}  // namespace
}  // namespace tollgate::module

using tollgate::module::Filter;
using tollgate::module::LogVerdict;
using tollgate::module::QueryCounter;
using tollgate::module::Service;

int gate_host_is(const char* build_id) {
  try {
    return tollgate::module::HostBuildId() == build_id;
  } catch (...) {
    return 0;
  }
}

struct gate* gate_open(const struct gate_host* host) {
  gate_log_function* const log = host->log;
  try {
    return new gate{Service(*host)};
  } catch (const std::exception& fault) {
    log(GATE_ERROR, "tollgate: it cannot start:");
    log(GATE_ERROR, fault.what());
  } catch (...) {
    log(GATE_ERROR, "tollgate: it cannot start");
  }
  return nullptr;
}

void gate_close(struct gate* gate) { delete gate; }

int gate_has_database(const struct gate* gate) {
  try {
    return gate->service.has_database();
  } catch (...) {
    return 0;
  }
}

size_t gate_memory(const struct gate* gate) { return gate->service.memory(); }

void gate_prepare_thread() { (void)std::uncaught_exceptions(); }

// A thread beyond the last slot gets the verdict of no database: see gate_decide.
void gate_enter(struct gate* gate, size_t thread) {
  if (thread < gate->service.slots()) gate->service.filter().Enter(thread);
}

void gate_leave(struct gate* gate, size_t thread) {
  if (thread < gate->service.slots()) gate->service.filter().Leave(thread);
}

void gate_decide(struct gate* gate, const struct gate_query* query,
                 struct gate_decision* decision) {
  Service& service = gate->service;
  if (query->thread >= service.slots()) [[unlikely]] {
    *decision = {};
    if (service.on_failure() == tollgate::module::OnFailure::kServfail) {
      tollgate::module::WriteUnavailable(*decision);
    }
    return;
  }
  LogVerdict(service, *query, service.filter().Decide(*query, *decision));
}

int gate_blocks(struct gate* gate, const struct gate_query* query) {
  return query->thread < gate->service.slots() && gate->service.filter().Blocks(*query);
}

int gate_removes(struct gate* gate, const struct gate_query* query) {
  return query->thread < gate->service.slots() && gate->service.filter().Removes(*query);
}

unsigned gate_evidence(struct gate* gate, size_t thread) {
  return thread < gate->service.slots() ? gate->service.filter().EvidenceFor(thread) : 0;
}

void gate_answer_begin(struct gate* gate, const struct gate_query* query) {
  if (query->thread < gate->service.slots()) gate->service.filter().BeginAnswer(*query);
}

void gate_answer_target(struct gate* gate, const struct gate_query* query, const uint8_t* name,
                        size_t length) {
  if (query->thread < gate->service.slots())
    gate->service.filter().AddTarget(query->thread, {name, length});
}

void gate_answer_address(struct gate* gate, const struct gate_query* query, const uint8_t* address,
                         size_t length) {
  if (query->thread < gate->service.slots())
    gate->service.filter().AddAddress(query->thread, {address, length});
}

void gate_answer_name_server(struct gate* gate, const struct gate_query* query, const uint8_t* name,
                             size_t length) {
  if (query->thread < gate->service.slots())
    gate->service.filter().AddNameServer(query->thread, {name, length});
}

void gate_answer_name_server_address(struct gate* gate, const struct gate_query* query,
                                     const uint8_t* address, size_t length) {
  if (query->thread < gate->service.slots())
    gate->service.filter().AddNameServerAddress(query->thread, {address, length});
}

void gate_decide_answer(struct gate* gate, const struct gate_query* query, int heard,
                        struct gate_decision* decision) {
  if (query->thread >= gate->service.slots()) [[unlikely]] {
    gate_decide(gate, query, decision);
    return;
  }
  LogVerdict(gate->service, *query,
             gate->service.filter().DecideAnswer(*query, heard != 0, *decision));
}

int gate_answer_blocks(struct gate* gate, const struct gate_query* query) {
  return query->thread < gate->service.slots() && gate->service.filter().AnswerBlocked(*query);
}

int gate_answer_is_silent(struct gate* gate, const struct gate_query* query) {
  return query->thread < gate->service.slots() &&
         gate->service.filter().AnswerIsSilent(query->thread);
}

int gate_answer_removes(struct gate* gate, const struct gate_query* query) {
  return query->thread < gate->service.slots() && gate->service.filter().AnswerRemoved(*query);
}

uint64_t gate_number(const struct gate* gate, size_t thread) {
  if (thread >= gate->service.slots()) return 1;
  return gate->service.filter().Number(thread);
}

void gate_count_withheld(struct gate* gate, size_t thread) {
  gate->service.counters().Add(thread, QueryCounter::kWithheld);
}

void gate_count_from_cache(struct gate* gate, size_t thread) {
  gate->service.counters().Add(thread, QueryCounter::kFromCache);
}

int gate_next_record(struct gate_records* records, struct gate_record* record) {
  std::span<const uint8_t> rest(records->octets, records->size);
  tollgate::RecordView next;
  if (!tollgate::NextRecord(rest, next)) return 0;
  *records = {rest.data(), rest.size()};
  *record = {next.type, next.rdata.data(), next.rdata.size()};
  return 1;
}

int gate_sweep_volunteer(struct gate* gate) { return gate->service.sweep().Volunteer(); }

void gate_sweep_resign(struct gate* gate) { gate->service.sweep().Resign(); }

int gate_sweep_descriptor(const struct gate* gate) { return gate->service.sweep().wanted_signal(); }

uint64_t gate_sweep_wanted(struct gate* gate) { return gate->service.sweep().Wanted(); }

void gate_sweep_finished(struct gate* gate, uint64_t number) {
  gate->service.sweep().Finished(number);
}

void gate_sweep_count(struct gate* gate, size_t visited, size_t removed) {
  gate->service.counters().Add(tollgate::control::ServiceCounter::kVisited, visited);
  gate->service.counters().Add(tollgate::control::ServiceCounter::kSwept, removed);
}
