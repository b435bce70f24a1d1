// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/name_table.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <utility>

#include "ruleset/dns/name.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/zone_text.h"

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

uint32_t NameTable::HashOf(std::span<const uint8_t> name, policy::NameScope scope) {
  const size_t hash = std::hash<std::string_view>{}(AsText(name));
  return static_cast<uint32_t>(hash ^ (hash >> 32)) + static_cast<uint32_t>(scope);
}

// The slot of the entry, or the free one where it belongs.
size_t NameTable::SlotOf(std::span<const uint8_t> name, policy::NameScope scope,
                         uint32_t hash) const {
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.index == kNone) return at;
    if (slot.hash != hash) continue;
    const Entry& entry = entries_[slot.index];
    if (entry.scope == scope && AsText(NameOf(entry)) == AsText(name)) return at;
  }
}

void NameTable::Grow() {
  const std::vector<Slot> before = std::exchange(slots_, {});
  slots_.resize(std::max<size_t>(64, before.size() * 2));
  const size_t mask = slots_.size() - 1;
  for (const Slot& slot : before) {
    if (slot.index == kNone) continue;
    size_t at = slot.hash & mask;
    while (slots_[at].index != kNone) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

uint32_t NameTable::FindOrAdd(std::span<const uint8_t> name, policy::NameScope scope, uint32_t line,
                              uint8_t kind) {
  if (entries_.size() * 3 >= slots_.size() * 2) Grow();
  const uint32_t hash = HashOf(name, scope);
  Slot& slot = slots_[SlotOf(name, scope, hash)];
  if (slot.index == kNone) {
    slot = {static_cast<uint32_t>(entries_.size()), hash};
    Entry& entry = entries_.emplace_back();
    entry.name = static_cast<uint32_t>(names_.size());
    entry.line = line;
    entry.records = kNone;
    entry.scope = scope;
    entry.kind = kind;
    names_.push_back(static_cast<char>(name.size()));
    names_.append(AsText(name));
  }
  return slot.index;
}

std::optional<uint32_t> NameTable::Find(std::span<const uint8_t> name,
                                        policy::NameScope scope) const {
  if (slots_.empty()) return std::nullopt;
  const uint32_t index = slots_[SlotOf(name, scope, HashOf(name, scope))].index;
  return index == kNone ? std::nullopt : std::optional(index);
}

uint32_t NameTable::NumberOf(const policy::Record& record) {
  const auto [known, is_new] =
      known_records_.try_emplace(record, static_cast<uint32_t>(records_.size()));
  if (is_new) records_.push_back(&known->first);
  return known->second;
}

std::optional<uint32_t> NameTable::NumberOfAddress(std::string_view address) {
  if (!address.empty() && address == latest_address_) return latest_number_;
  // With a blank it would be a type and its data.
  if (address.find_first_of(" \t") != std::string_view::npos) return std::nullopt;
  absl::StatusOr<policy::Record> record = ParseSinkholeRecord(address);
  if (!record.ok()) return std::nullopt;
  latest_address_ = address;
  latest_number_ = NumberOf(*record);
  return latest_number_;
}

void NameTable::AddRecord(uint32_t index, uint32_t number) {
  links_.push_back({number, entries_[index].records});
  entries_[index].records = static_cast<uint32_t>(links_.size() - 1);
}

std::optional<uint32_t> NameTable::OnlyRecord(const Entry& entry) const {
  if (entry.records == kNone || links_[entry.records].earlier != kNone) return std::nullopt;
  return links_[entry.records].record;
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
  // Configurations write the final dot, and are lists of millions too.
  const bool is_absolute = text.size() > 1 && text.back() == '.';
  if (const size_t length = dns::WriteStored(text.substr(0, text.size() - is_absolute), plain)) {
    stored.assign(AsText({plain.data(), length}));
    return absl::OkStatus();
  }
  absl::StatusOr<dns::Name> name = ParseIndicator(text);
  if (!name.ok()) return name.status();
  stored.assign(AsText(name->Stored()));
  return absl::OkStatus();
}

}  // namespace tollgate::source
