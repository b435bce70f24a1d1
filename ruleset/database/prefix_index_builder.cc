// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/database/prefix_index_builder.h"

#include <algorithm>
#include <limits>
#include <span>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "ruleset/database/prefix_index.h"

namespace tollgate::database {
namespace {

template <typename T>
std::string Octets(const std::vector<T>& items) {
  return {reinterpret_cast<const char*>(items.data()), items.size() * sizeof(T)};
}

// The table of one family; `entries` are sorted.
template <typename Start>
absl::StatusOr<std::string> BuildTable(std::span<const PrefixEntry> entries,
                                       std::vector<PrefixPosting>& postings) {
  std::vector<Start> starts;
  std::vector<PrefixRecord> records;
  std::vector<uint32_t> around;  // the prefixes that the one in work may lie in, the longest last
  for (size_t i = 0; i < entries.size();) {
    const dns::Prefix& prefix = entries[i].prefix;
    const auto start = FromNetwork<Start>(prefix.address.data());
    while (!around.empty() &&
           !SharePrefix(starts[around.back()], start, records[around.back()].length)) {
      around.pop_back();
    }
    PrefixRecord record{};
    record.parent = around.empty() ? kNoParent : around.back();
    record.postings = static_cast<uint32_t>(postings.size());
    record.length = prefix.length;
    size_t count = 0;
    for (; i < entries.size() && entries[i].prefix == prefix; ++i, ++count) {
      postings.push_back(entries[i].posting);
    }
    if (count > std::numeric_limits<uint16_t>::max()) {
      return absl::ResourceExhaustedError(
          absl::StrCat(count, " rules have the prefix ", prefix.Text(),
                       "; split the ruleset into several databases"));
    }
    record.count = static_cast<uint16_t>(count);
    around.push_back(static_cast<uint32_t>(starts.size()));
    starts.push_back(start);
    records.push_back(record);
  }
  return Octets(starts) + Octets(records);
}

}  // namespace

absl::StatusOr<PrefixSections> BuildPrefixes(std::vector<PrefixEntry> entries,
                                             std::vector<PrefixPosting>& postings) {
  // As octets in network order the addresses compare as numbers do.
  auto key = [](const PrefixEntry& entry) {
    return std::tie(entry.prefix.family, entry.prefix.address, entry.prefix.length,
                    entry.posting.rule);
  };
  std::stable_sort(entries.begin(), entries.end(),
                   [&](const PrefixEntry& a, const PrefixEntry& b) { return key(a) < key(b); });
  const auto first6 = std::find_if(entries.begin(), entries.end(),
                                   [](const auto& entry) { return entry.prefix.family == 6; });
  absl::StatusOr<std::string> table4 = BuildTable<uint32_t>({entries.begin(), first6}, postings);
  if (!table4.ok()) return table4.status();
  absl::StatusOr<std::string> table6 = BuildTable<Address6>({first6, entries.end()}, postings);
  if (!table6.ok()) return table6.status();
  return PrefixSections{*std::move(table4), *std::move(table6)};
}

}  // namespace tollgate::database
