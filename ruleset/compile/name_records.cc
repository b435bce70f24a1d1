// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/name_records.h"

#include <algorithm>

namespace tollgate::compile {
namespace {

using database::Posting;
using database::PostingKind;

PostingKind KindOf(policy::NameScope scope) {
  switch (scope) {
    case policy::NameScope::kHost:
      return PostingKind::kHost;
    case policy::NameScope::kBelow:
      return PostingKind::kBelow;
    case policy::NameScope::kDomain:
      break;
  }
  return PostingKind::kDomain;
}

uint32_t LabelCount(std::string_view name) {
  uint32_t labels = 0;
  for (; !name.empty(); name = Parent(name)) ++labels;
  return labels;
}

std::span<const uint8_t> Octets(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// Names, each once.
size_t CountNames(const policy::RuleModel& model, const NameOrder& order) {
  size_t count = 0;
  for (size_t i = 0; i < order.hashes.size(); ++i) {
    // Two names of one hash are counted as one: the index is a hair smaller, and no less right.
    count += i == 0 || order.hashes[i] != order.hashes[i - 1] ? 1 : 0;
  }
  return std::min(count, model.name_triggers.size());
}

}  // namespace

NameRecords::NameRecords(const policy::RuleModel& model, const NameOrder& order,
                         const source::PublicSuffixList& suffixes)
    : model_(model), order_(order), index_(CountNames(model, order) + suffixes.rules().size()) {
  const NameFinder finder(model, order);
  for (const auto& [name, flags] : suffixes.rules()) {
    const NameFinder::Range range = finder.Find(name);
    suffixes_.push_back(
        {database::HashName(Octets(name), order.seed), name, flags, range.first, range.last});
    if (range.first < range.last) with_suffix_.push_back(range.first);
  }
  std::sort(suffixes_.begin(), suffixes_.end(),
            [](const Suffix& a, const Suffix& b) { return a.hash < b.hash; });
  std::sort(with_suffix_.begin(), with_suffix_.end());
}

void NameRecords::AppendTriggers(size_t first, size_t last, std::string& postings) const {
  for (size_t i = first; i < last; ++i) {
    const policy::NameTrigger& trigger = model_.name_triggers[i];
    database::AppendPosting(
        {KindOf(trigger.scope), trigger.rule, trigger.line, model_.OwnDay(trigger)}, postings);
  }
}

template <typename Take>
void NameRecords::ForEachRecord(Take take) const {
  constexpr size_t kAhead = 16;
  std::string postings;
  for (const Suffix& suffix : suffixes_) {
    postings.clear();
    database::AppendPosting({PostingKind::kSuffix, suffix.flags}, postings);
    AppendTriggers(suffix.first, suffix.last, postings);
    take(suffix.hash, Octets(suffix.name), postings);
  }
  const std::vector<policy::NameTrigger>& triggers = model_.name_triggers;
  auto with_suffix = with_suffix_.begin();
  for (size_t i = 0; i < triggers.size();) {
    if (i + kAhead < triggers.size()) {
      __builtin_prefetch(model_.names.data() + triggers[i + kAhead].name);
    }
    const std::span<const uint8_t> name = model_.NameOf(triggers[i]);
    size_t last = i + 1;
    while (last < triggers.size() && order_.hashes[last] == order_.hashes[i] &&
           KeyOf(model_.NameOf(triggers[last])) == KeyOf(name)) {
      ++last;
    }
    if (with_suffix != with_suffix_.end() && *with_suffix == i) {
      ++with_suffix;
    } else {
      postings.clear();
      AppendTriggers(i, last, postings);
      take(order_.hashes[i], name, postings);
    }
    i = last;
  }
}

absl::Status NameRecords::Plan() {
  ForEachRecord([&](uint64_t hash, std::span<const uint8_t> name, std::string_view postings) {
    index_.Place(hash, database::RecordSize(name.size(), postings.size()));
    max_labels_ = std::max(max_labels_, LabelCount(KeyOf(name)));
  });
  return index_.Seal();
}

void NameRecords::Write(std::span<char> records) {
  ForEachRecord([&](uint64_t hash, std::span<const uint8_t> name, std::string_view postings) {
    index_.Write(hash, name, postings, records);
  });
}

}  // namespace tollgate::compile
