// SPDX-License-Identifier: BSD-3-Clause
//
// How each format says what becomes of a name. For export.cc alone.

#ifndef TOLLGATE_RULESET_INSPECT_EXPORT_FORMATS_H_
#define TOLLGATE_RULESET_INSPECT_EXPORT_FORMATS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "ruleset/dns/name.h"
#include "ruleset/inspect/export.h"
#include "ruleset/ruleset.h"

namespace tollgate::inspect {

// What becomes of a query. `rule` may be kNoRule where it resolves.
struct Effect {
  uint32_t rule = policy::kNoRule;
  bool blocks = false;
  uint32_t answer = 0;  // where it blocks: equal for rules that answer alike
};

inline bool Same(const Effect& a, const Effect& b) {
  return a.blocks == b.blocks && (!a.blocks || a.answer == b.answer);
}

struct NameEffects {
  Effect at;     // of the name
  Effect below;  // of an unlisted name below it
  Effect above;  // of the name, if it were not listed

  bool says_nothing() const { return Same(at, above) && Same(below, above); }
};

// Answers for any name; export.cc has it.
class EffectSource {
 public:
  virtual ~EffectSource() = default;
  virtual NameEffects EffectsOf(const dns::Name& name) = 0;
};

// What a format needs to write.
struct FormatContext {
  const RuleSet& rules;
  EffectSource& effects;
  bool widen;
  ExportReport& report;

  ExportCounts& CountsOf(const Effect& effect) {
    return report.policies[rules.Rule(effect.rule).policy];
  }
  void Miss(ExportGap gap, const Effect& effect) {
    if (effect.rule != policy::kNoRule) ++CountsOf(effect)[gap];
  }
};

class FormatWriter {
 public:
  virtual ~FormatWriter() = default;
  virtual void WriteHeader(std::string& out) = 0;
  virtual void WriteName(const dns::Name& name, const NameEffects& effects, std::string& out) = 0;
};

// `context` must outlive it.
std::unique_ptr<FormatWriter> NewFormatWriter(ExportFormat format, FormatContext& context);

}  // namespace tollgate::inspect

#endif  // TOLLGATE_RULESET_INSPECT_EXPORT_FORMATS_H_
