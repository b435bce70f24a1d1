// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/compile/script_table.h"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <array>
#include <map>

namespace tollgate::compile {
namespace {

using database::ScriptSet;

static_assert(database::kScriptLatin == USCRIPT_LATIN);
static_assert(database::kScriptJapanese == USCRIPT_JAPANESE);
static_assert(database::kScriptKorean == USCRIPT_KOREAN);
static_assert(database::kScriptHanWithBopomofo == USCRIPT_HAN_WITH_BOPOMOFO);

void Add(ScriptSet& set, int script) {
  if (script >= 0 && script < 256) set.words[script / 64] |= uint64_t{1} << (script % 64);
}

// Whether the code point has scripts of its own; `set` is then its augmented script set.
bool ScriptsOf(UChar32 code_point, ScriptSet& set) {
  std::array<UScriptCode, 64> scripts;
  UErrorCode error = U_ZERO_ERROR;
  const int32_t count = uscript_getScriptExtensions(code_point, scripts.data(),
                                                    static_cast<int32_t>(scripts.size()), &error);
  if (U_FAILURE(error)) return false;
  set = {};
  for (int32_t i = 0; i < count; ++i) {
    switch (scripts[i]) {
      case USCRIPT_COMMON:
      case USCRIPT_INHERITED:
      case USCRIPT_UNKNOWN:
        return false;
      case USCRIPT_HAN:
        Add(set, USCRIPT_HAN_WITH_BOPOMOFO);
        Add(set, USCRIPT_JAPANESE);
        Add(set, USCRIPT_KOREAN);
        break;
      case USCRIPT_HIRAGANA:
      case USCRIPT_KATAKANA:
        Add(set, USCRIPT_JAPANESE);
        break;
      case USCRIPT_HANGUL:
        Add(set, USCRIPT_KOREAN);
        break;
      case USCRIPT_BOPOMOFO:
        Add(set, USCRIPT_HAN_WITH_BOPOMOFO);
        break;
      default:
        break;
    }
    Add(set, scripts[i]);
  }
  return count > 0;
}

}  // namespace

ScriptSections BuildScriptTable() {
  ScriptSections sections;
  std::map<std::array<uint64_t, 4>, uint32_t> numbers;
  for (UChar32 code_point = 0; code_point <= UCHAR_MAX_VALUE; ++code_point) {
    ScriptSet set;
    if (!ScriptsOf(code_point, set)) continue;
    const std::array<uint64_t, 4> key = {set.words[0], set.words[1], set.words[2], set.words[3]};
    const auto [number, is_new] =
        numbers.try_emplace(key, static_cast<uint32_t>(sections.sets.size()));
    if (is_new) sections.sets.push_back(set);
    const auto here = static_cast<uint32_t>(code_point);
    if (!sections.ranges.empty() && sections.ranges.back().last + 1 == here &&
        sections.ranges.back().set == number->second) {
      sections.ranges.back().last = here;
    } else {
      sections.ranges.push_back({here, here, number->second});
    }
  }
  return sections;
}

}  // namespace tollgate::compile
