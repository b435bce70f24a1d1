// SPDX-License-Identifier: BSD-3-Clause
//
// What to do with a query: the database's verdict, or, without a database, what the operator chose.

#ifndef TOLLGATE_MODULE_FILTER_H_
#define TOLLGATE_MODULE_FILTER_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "module/config.h"
#include "module/gate.h"
#include "ruleset/ruleset.h"

namespace tollgate::module {

// No thread of Unbound has a number above this. (Its own limit is the memory for so many.)
inline constexpr size_t kMaxThreads = 4096;

// Decide and Blocks are safe from any number of threads at once, as long as each query names the
// thread that asks it.
class Filter {
 public:
  // `rules` may be null: there is no database. Makes working memory for `threads` threads at once.
  Filter(std::unique_ptr<const RuleSet> rules, OnFailure on_failure, size_t threads);

  // THE QUERY PATH. Writes what to do with `query` and returns the verdict behind it.
  policy::Verdict Decide(const gate_query& query, gate_decision& decision) noexcept;

  // Whether a client that asks `query` is kept from the real answer. The same cost as Decide.
  bool Blocks(const gate_query& query) noexcept;

  const RuleSet* rules() const noexcept { return rules_.get(); }

  // In octets, the mapped file included.
  size_t memory() const noexcept;

 private:
  // The verdict of the rules, if there are rules to ask; `name` is QNAME, if it is a name.
  bool Match(const gate_query& query, policy::Verdict& verdict,
             std::optional<dns::Name>& name) noexcept;
  Scratch* ScratchOf(size_t thread) noexcept;

  std::unique_ptr<const RuleSet> rules_;
  OnFailure on_failure_;
  // By thread number. Each thread reads and writes its own element alone, so that no lock is
  // needed; the vector itself never changes its size.
  std::vector<std::unique_ptr<Scratch>> scratches_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_FILTER_H_
