// SPDX-License-Identifier: BSD-3-Clause
//
// What every feed must keep to, whatever its text: a line of code for each syntax's own target.

#ifndef TOLLGATE_TESTS_FUZZ_FUZZ_FEED_H_
#define TOLLGATE_TESTS_FUZZ_FUZZ_FEED_H_

#include "ruleset/compile/admissible.h"
#include "ruleset/compile/redundant.h"
#include "ruleset/source/feed.h"
#include "ruleset/source/syntax.h"
#include "tests/fuzz/fuzz.h"

namespace tollgate::fuzz {

inline int FuzzFeed(source::Syntax syntax, const uint8_t* data, size_t size) {
  source::PolicyEntry entry;
  entry.file = "fuzz.txt";
  entry.id = "fuzz";
  policy::RuleModel model;
  source::Feed feed(entry, "fuzz.txt", /*keep_all=*/true, model);
  source::ReadFeed(syntax, Text(data, size), feed);
  std::vector<source::FeedReport> reports{feed.TakeReport()};
  for (const source::LineNote& note : reports[0].notes) {
    Require(note.count == note.all.size() && note.count > 0,
            "every line that is not taken is kept");
    Require(!note.reason.empty(), "and says why");
  }
  for (const policy::NameTrigger& trigger : model.name_triggers) {
    Require(trigger.rule < model.rules.size(), "a name belongs to a rule");
    Require(trigger.name + size_t{1} + model.NameOf(trigger).size() <= model.names.size(),
            "and is in the model");
    Require(dns::Name::FromStored(model.NameOf(trigger)).has_value(), "and is a name");
  }
  for (const policy::PatternTrigger& trigger : model.pattern_triggers) {
    Require(trigger.rule < model.rules.size(), "a pattern belongs to a rule");
  }
  for (const policy::PrefixTrigger& trigger : model.prefix_triggers) {
    Require(trigger.rule < model.rules.size(), "an address belongs to a rule");
    const dns::Prefix& prefix = trigger.prefix;
    Require(prefix.length > 0 && prefix.length <= prefix.octets() * 8, "and is one, or some");
    Require(dns::Prefix::Of({prefix.address.data(), prefix.octets()}, prefix.length) == prefix,
            "without bits behind its prefix");
  }
  static const auto suffixes = source::PublicSuffixList::Parse("com\nuk\nco.uk\n*.ck\n!www.ck\n");
  CompileCounts counts;
  text::Diagnostics faults;
  const size_t names = model.name_triggers.size();
  const uint64_t rejected = reports[0].Count(source::LineFate::kRejected);
  compile::EnforceFloor(suffixes, {"\4good\3com"}, model, faults, reports);
  const uint64_t refused = reports[0].Count(source::LineFate::kRejected) - rejected;
  compile::NameOrder order = compile::OrderNames(model, 1);
  compile::DropRedundant(model, order, counts);
  Require(faults.error_count() == 0, "a bad line of a feed is no error");
  // A host and all below it may have become one domain; a zone keeps what is refused as markers.
  Require(model.name_triggers.size() + counts.duplicates + counts.subsumed <= names,
          "no name is counted twice");
  Require(refused <= names, "nothing is refused that was not there");
  return 0;
}

}  // namespace tollgate::fuzz

#endif  // TOLLGATE_TESTS_FUZZ_FUZZ_FEED_H_
