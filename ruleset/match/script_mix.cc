// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/match/script_mix.h"

#include <algorithm>

#include "ruleset/dns/punycode.h"

namespace tollgate::match {
namespace {

using database::ScriptSet;

bool Has(const ScriptSet& set, uint32_t script) noexcept {
  return (set.words[script / 64] >> (script % 64) & 1) != 0;
}

bool IsEmpty(const ScriptSet& set) noexcept {
  return (set.words[0] | set.words[1] | set.words[2] | set.words[3]) == 0;
}

void Intersect(ScriptSet& set, const ScriptSet& other) noexcept {
  for (size_t i = 0; i < std::size(set.words); ++i) set.words[i] &= other.words[i];
}

constexpr ScriptSet kAllScripts = {{~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}}};

}  // namespace

const ScriptSet* ScriptTable::ScriptsOf(char32_t code_point) const noexcept {
  auto range = std::upper_bound(
      ranges_.begin(), ranges_.end(), code_point,
      [](char32_t wanted, const database::ScriptRange& known) { return wanted < known.first; });
  if (range == ranges_.begin()) return nullptr;
  --range;
  return code_point <= range->last ? &sets_[range->set] : nullptr;
}

bool ScriptTable::IsMixed(std::span<const char32_t> label) const noexcept {
  ScriptSet all = kAllScripts;     // TR39 section 5.1: the resolved script set
  ScriptSet others = kAllScripts;  // the same of what is not Latin
  for (char32_t code_point : label) {
    const ScriptSet* scripts = ScriptsOf(code_point);
    if (scripts == nullptr) continue;  // not assigned, or of every script
    Intersect(all, *scripts);
    if (!Has(*scripts, database::kScriptLatin)) Intersect(others, *scripts);
  }
  if (!IsEmpty(all)) return false;
  return !Has(others, database::kScriptJapanese) && !Has(others, database::kScriptKorean) &&
         !Has(others, database::kScriptHanWithBopomofo);
}

std::optional<size_t> ScriptTable::FindMixedLabel(const dns::Name& qname) const noexcept {
  dns::CodePoints code_points;
  for (size_t label = 0; label < qname.label_count(); ++label) {
    const std::span<const uint8_t> wire = qname.Suffix(label);
    const std::string_view text(reinterpret_cast<const char*>(wire.data()) + 1, wire[0]);
    if (!text.starts_with("xn--")) continue;
    const size_t count = dns::DecodeALabel(text, code_points);
    if (IsMixed({code_points.data(), count})) return label;
  }
  return std::nullopt;
}

}  // namespace tollgate::match
