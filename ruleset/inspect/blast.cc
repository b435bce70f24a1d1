// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/inspect/blast.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>

#include "ruleset/dns/type.h"
#include "ruleset/inspect/enumerate.h"
#include "ruleset/policy/verdict.h"

namespace tollgate::inspect {
namespace {

using policy::Candidate;
using policy::Standing;

// A tally whose examples are still numbers of names.
struct Count {
  uint64_t names = 0;
  uint64_t queries = 0;
  std::vector<size_t> examples;

  void Add(size_t name, uint64_t name_queries, size_t most_examples) {
    ++names;
    queries += name_queries;
    if (examples.size() < most_examples) examples.push_back(name);
  }
  // Both have their first examples, so that the first of both are among them.
  void Add(const Count& other, size_t most_examples) {
    names += other.names;
    queries += other.queries;
    examples.insert(examples.end(), other.examples.begin(), other.examples.end());
    std::sort(examples.begin(), examples.end());
    examples.resize(std::min(examples.size(), most_examples));
  }
};

struct Counts {
  Count blocks;
  Count covered;

  void Add(const Counts& other, size_t most_examples) {
    blocks.Add(other.blocks, most_examples);
    covered.Add(other.covered, most_examples);
  }
};

// What one thread found, and in the end what all did.
struct Found {
  using Indicator = std::tuple<uint32_t, uint32_t, std::string>;  // rule, line, name as stored

  Count blocked;
  Count shadow;
  std::map<uint32_t, Counts> rules;
  std::map<uint32_t, Counts> policies;
  std::map<Indicator, Counts> indicators;

  void Add(const Found& other, size_t most_examples) {
    blocked.Add(other.blocked, most_examples);
    shadow.Add(other.shadow, most_examples);
    for (const auto& [key, counts] : other.rules) rules[key].Add(counts, most_examples);
    for (const auto& [key, counts] : other.policies) policies[key].Add(counts, most_examples);
    for (const auto& [key, counts] : other.indicators) indicators[key].Add(counts, most_examples);
  }
};

// QTYPEs such that each rule holds for one of them: A, and one more for each rule that A does not
// reach. Most rulesets have no such rule.
std::vector<uint16_t> QtypesToAsk(const RuleSet& rules) {
  std::set<uint16_t> ask = {dns::kTypeA};
  for (uint32_t i = 0; i < rules.rule_count(); ++i) {
    const RuleView rule = rules.Rule(i);
    const std::vector<uint16_t> types = QtypesOf(rule.qtypes);
    if (types.empty()) continue;
    auto holds = [&](uint16_t type) {
      return (std::find(types.begin(), types.end(), type) != types.end()) != rule.except_qtypes;
    };
    if (std::any_of(ask.begin(), ask.end(), holds)) continue;
    uint16_t type = rule.except_qtypes ? 1 : types.front();
    while (!holds(type) && type < 0xffff) ++type;
    ask.insert(type);
  }
  return {ask.begin(), ask.end()};
}

// One thread's work: ranges of names, until none is left.
class Worker {
 public:
  Worker(const RuleSet& rules, const NameCounts& names, const BlastOptions& options,
         std::span<const uint16_t> qtypes, Scratch scratch)
      : rules_(rules),
        names_(names),
        options_(options),
        qtypes_(qtypes),
        scratch_(std::move(scratch)) {}

  void Run(std::atomic<size_t>& next) {
    constexpr size_t kRange = 4096;
    for (size_t begin; (begin = next.fetch_add(kRange)) < names_.size();) {
      const size_t end = std::min(begin + kRange, names_.size());
      for (size_t i = begin; i < end; ++i) Ask(i);
    }
  }

  const Found& found() const { return found_; }

 private:
  void Ask(size_t i) {
    const NameCounts::Name entry = names_[i];
    const std::optional<dns::Name> name = dns::Name::FromStored(
        {reinterpret_cast<const uint8_t*>(entry.stored.data()), entry.stored.size()});
    if (!name) return;
    touched_.clear();
    for (uint16_t qtype : qtypes_) {
      // Where nothing decides, nothing is covered either: this is all that most names cost.
      const policy::Verdict verdict = rules_.Match(*name, qtype, options_.today, scratch_);
      if (!verdict.decision && !verdict.shadow && !verdict.depends_on_client) continue;
      for (const Candidate& candidate : rules_.Explain(*name, qtype, options_.today, scratch_)) {
        Note(*name, candidate);
      }
    }
    if (!touched_.empty()) Tally(i, entry.queries);
  }

  void Note(const dns::Name& name, const Candidate& candidate) {
    const uint32_t rule = candidate.match.rule;
    if (rules_.Answer(rule).action == policy::Action::kPass) return;
    // What is for some clients blocks the name for them.
    const bool blocks = candidate.standing == Standing::kDecides ||
                        candidate.standing == Standing::kWouldDecide ||
                        candidate.standing == Standing::kOtherClient;
    if (!blocks && candidate.standing != Standing::kOutranked) return;
    Touch touch{rule, candidate.match.line, "", blocks, candidate.shadow};
    if (options_.indicators && candidate.kind != policy::TriggerKind::kPattern) {
      const std::span<const uint8_t> stored = name.Stored(candidate.match.owner_label);
      touch.indicator.assign(reinterpret_cast<const char*>(stored.data()), stored.size());
    }
    touched_.push_back(std::move(touch));
  }

  // Counts the name once for every rule, policy and indicator, whatever the QTYPEs: as blocked
  // where it is for one of them.
  void Tally(size_t i, uint64_t queries) {
    std::map<uint32_t, bool> rules;
    std::map<uint32_t, bool> policies;
    std::map<Found::Indicator, bool> indicators;
    bool blocked = false;
    bool shadowed = false;
    for (const Touch& touch : touched_) {
      (touch.shadow ? shadowed : blocked) |= touch.blocks;
      rules[touch.rule] |= touch.blocks;
      policies[rules_.Rule(touch.rule).policy] |= touch.blocks;
      if (!touch.indicator.empty()) {
        indicators[{touch.rule, touch.line, touch.indicator}] |= touch.blocks;
      }
    }
    if (blocked) found_.blocked.Add(i, queries, options_.examples);
    if (shadowed && !blocked) found_.shadow.Add(i, queries, options_.examples);
    auto add = [&](const auto& touched, auto& found) {
      for (const auto& [key, blocks] : touched) {
        Counts& counts = found[key];
        (blocks ? counts.blocks : counts.covered).Add(i, queries, options_.examples);
      }
    };
    add(rules, found_.rules);
    add(policies, found_.policies);
    add(indicators, found_.indicators);
  }

  struct Touch {
    uint32_t rule;
    uint32_t line;
    std::string indicator;
    bool blocks;
    bool shadow;
  };

  const RuleSet& rules_;
  const NameCounts& names_;
  const BlastOptions& options_;
  std::span<const uint16_t> qtypes_;
  Scratch scratch_;
  std::vector<Touch> touched_;  // by the name in work
  Found found_;
};

std::string StoredText(std::string_view stored) {
  return NameText({reinterpret_cast<const uint8_t*>(stored.data()), stored.size()});
}

BlastTally TallyOf(const Count& count, const NameCounts& names) {
  BlastTally tally{count.names, count.queries, {}};
  for (size_t i : count.examples) tally.examples.push_back(StoredText(names[i].stored));
  return tally;
}

Blast BlastOf(const Counts& counts, const NameCounts& names) {
  return {TallyOf(counts.blocks, names), TallyOf(counts.covered, names)};
}

// The worst first; among equals the order stays.
template <typename Item>
void SortWorstFirst(std::vector<Item>& items) {
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return std::tie(a.blocks.names, a.covered.names) > std::tie(b.blocks.names, b.covered.names);
  });
}

BlastReport ReportOf(const Found& found, const NameCounts& names) {
  BlastReport report;
  report.names = names.size();
  report.queries = names.queries();
  report.blocked = TallyOf(found.blocked, names);
  report.shadow = TallyOf(found.shadow, names);
  auto indicator = found.indicators.begin();
  for (const auto& [rule, counts] : found.rules) {
    RuleBlast& blast = report.rules.emplace_back(RuleBlast{BlastOf(counts, names), rule, {}});
    // Both maps are sorted by rule.
    for (; indicator != found.indicators.end() && std::get<0>(indicator->first) == rule;
         ++indicator) {
      const auto& [unused, line, name] = indicator->first;
      blast.indicators.push_back({BlastOf(indicator->second, names), StoredText(name), line});
    }
    SortWorstFirst(blast.indicators);
  }
  SortWorstFirst(report.rules);
  for (const auto& [policy, counts] : found.policies) {
    report.policies.push_back({BlastOf(counts, names), policy});
  }
  return report;
}

}  // namespace

absl::StatusOr<BlastReport> MeasureBlast(const RuleSet& rules, const NameCounts& names,
                                         const BlastOptions& options) {
  const std::vector<uint16_t> qtypes = QtypesToAsk(rules);
  std::vector<Worker> workers;
  for (unsigned i = 0; i < std::max(options.threads, 1u); ++i) {
    absl::StatusOr<Scratch> scratch = rules.NewScratch();
    if (!scratch.ok()) return scratch.status();
    workers.emplace_back(rules, names, options, qtypes, *std::move(scratch));
  }
  std::atomic<size_t> next = 0;
  std::vector<std::thread> threads;
  for (size_t i = 1; i < workers.size(); ++i) {
    try {
      threads.emplace_back([&next, &worker = workers[i]] { worker.Run(next); });
    } catch (const std::system_error&) {
      break;  // no more threads to be had: those that there are do all the work
    }
  }
  workers[0].Run(next);
  for (std::thread& thread : threads) thread.join();
  Found found;
  for (const Worker& worker : workers) found.Add(worker.found(), options.examples);
  return ReportOf(found, names);
}

}  // namespace tollgate::inspect
