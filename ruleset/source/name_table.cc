// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/name_table.h"

#include <algorithm>
#include <functional>
#include <string_view>

#include "ruleset/dns/name.h"
#include "ruleset/source/indicator.h"

namespace tollgate::source {
namespace {

std::string_view AsText(std::span<const uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

}  // namespace

std::span<const uint8_t> NameTable::NameOf(const Entry& entry) const {
  const auto* at = reinterpret_cast<const uint8_t*>(names_.data()) + entry.name;
  return {at + 1, *at};
}

// The slot of the entry, or the free one where it belongs.
size_t NameTable::SlotOf(std::span<const uint8_t> name, policy::NameScope scope) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = std::hash<std::string_view>{}(AsText(name)) & mask;
  for (;; slot = (slot + 1) & mask) {
    if (slots_[slot] == kNone) return slot;
    const Entry& entry = entries_[slots_[slot]];
    if (entry.scope == scope && AsText(NameOf(entry)) == AsText(name)) return slot;
  }
}

void NameTable::Grow() {
  slots_.assign(std::max<size_t>(64, slots_.size() * 2), kNone);
  for (uint32_t index = 0; index < entries_.size(); ++index) {
    slots_[SlotOf(NameOf(entries_[index]), entries_[index].scope)] = index;
  }
}

uint32_t NameTable::FindOrAdd(std::span<const uint8_t> name, policy::NameScope scope, uint32_t line,
                              uint8_t kind) {
  if (entries_.size() * 4 >= slots_.size() * 3) Grow();
  uint32_t& slot = slots_[SlotOf(name, scope)];
  if (slot == kNone) {
    slot = static_cast<uint32_t>(entries_.size());
    entries_.push_back({static_cast<uint32_t>(names_.size()), line, kNone, scope, kind});
    names_.push_back(static_cast<char>(name.size()));
    names_.append(AsText(name));
  }
  return slot;
}

std::optional<uint32_t> NameTable::Find(std::span<const uint8_t> name,
                                        policy::NameScope scope) const {
  if (slots_.empty()) return std::nullopt;
  const uint32_t index = slots_[SlotOf(name, scope)];
  return index == kNone ? std::nullopt : std::optional(index);
}

void NameTable::AddRecord(uint32_t index, const policy::Record& record) {
  const auto [known, is_new] =
      known_records_.try_emplace(record, static_cast<uint32_t>(records_.size()));
  if (is_new) records_.push_back(&known->first);
  links_.push_back({known->second, entries_[index].records});
  entries_[index].records = static_cast<uint32_t>(links_.size() - 1);
}

std::vector<policy::Record> NameTable::RecordsOf(const Entry& entry) const {
  std::vector<policy::Record> records;
  for (uint32_t link = entry.records; link != kNone; link = links_[link].earlier) {
    records.push_back(*records_[links_[link].record]);
  }
  std::sort(records.begin(), records.end());
  records.erase(std::unique(records.begin(), records.end()), records.end());
  return records;
}

absl::Status ParseStored(std::string_view text, std::string& stored) {
  std::array<uint8_t, dns::kMaxWireLength> plain;
  if (const size_t length = dns::WriteStored(text, plain)) {
    stored.assign(AsText({plain.data(), length}));
    return absl::OkStatus();
  }
  absl::StatusOr<dns::Name> name = ParseIndicator(text);
  if (!name.ok()) return name.status();
  stored.assign(AsText(name->wire().first(name->wire().size() - 1)));
  return absl::OkStatus();
}

}  // namespace tollgate::source
