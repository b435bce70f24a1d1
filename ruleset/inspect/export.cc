// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/inspect/export.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "ruleset/database/reader.h"
#include "ruleset/dns/name.h"
#include "ruleset/dns/type.h"
#include "ruleset/inspect/enumerate.h"
#include "ruleset/inspect/export_formats.h"

namespace tollgate::inspect {
namespace {

using database::Posting;
using database::RuleRecord;
using policy::Candidate;
using policy::Standing;

constexpr size_t kFlushAt = 1 << 16;

// A label that nobody lists, and that only patterns for everything match: one octet of zero.
constexpr uint8_t kProbe[] = {1, 0};

// A name below the name that `wire` is. Nothing where there is no room for one.
std::optional<dns::Name> ProbeBelow(std::span<const uint8_t> wire) {
  std::array<uint8_t, dns::kMaxWireLength + sizeof(kProbe)> probe;
  std::memcpy(probe.data(), kProbe, sizeof(kProbe));
  std::memcpy(probe.data() + sizeof(kProbe), wire.data(), wire.size());
  return dns::Name::FromWire({probe.data(), sizeof(kProbe) + wire.size()});
}

class Exporter : public EffectSource {
 public:
  Exporter(const RuleSet& rules, const ExportOptions& options,
           const std::function<bool(std::string_view)>& write, Scratch scratch)
      : rules_(rules),
        reader_(rules.reader()),
        options_(options),
        write_(write),
        scratch_(std::move(scratch)),
        is_pattern_(PatternRules(reader_)),
        wanted_(reader_.policies().size(), options.policies.empty()) {
    for (uint32_t policy : options.policies) wanted_[policy] = true;
    report_.policies.resize(reader_.policies().size());
  }

  absl::StatusOr<ExportReport> Run() {
    FormatContext context{rules_, *this, options_.widen, report_};
    const std::unique_ptr<FormatWriter> format = NewFormatWriter(options_.format, context);
    std::string out;
    format->WriteHeader(out);
    bool written = true;
    ForEachName(reader_, [&](const database::NameRecord& record) {
      if (!written || !HasLiveTrigger(record)) return;
      const std::optional<dns::Name> name = dns::Name::FromStored(record.name);
      if (!name) return;
      format->WriteName(*name, EffectsOf(*name), out);
      if (out.size() < kFlushAt) return;
      written = write_(out);
      out.clear();
    });
    if (!written || !write_(out)) return absl::CancelledError("its reader has gone");
    CountPatterns();
    CountPrefixes();
    return std::move(report_);
  }

  NameEffects EffectsOf(const dns::Name& name) override {
    NameEffects effects;
    effects.at = EffectAt(name);
    const std::optional<dns::Name> below = ProbeBelow(name.wire());
    effects.below = below ? EffectAt(*below) : effects.at;
    if (const auto sibling = ProbeBelow(name.Suffix(name.label_count() == 0 ? 0 : 1))) {
      effects.above = EffectAt(*sibling);
    }
    return effects;
  }

 private:
  // Whether the rule can be exported: about names, and all QTYPEs.
  bool IsPlain(uint32_t rule) const {
    return !is_pattern_[rule] && reader_.rules()[rule].qtypes.length == 0;
  }

  Effect EffectOf(uint32_t rule) const {
    const RuleRecord& record = reader_.rules()[rule];
    const bool passes =
        reader_.answers()[record.answer].action == static_cast<uint8_t>(policy::Action::kPass);
    return {rule, !passes && wanted_[record.policy], record.answer};
  }

  // The rule that decides among those that can be exported. Patterns that let pass count, so that
  // no name is exported as blocked that the resolver lets pass.
  Effect EffectAt(const dns::Name& name) {
    const policy::Verdict verdict = rules_.Match(name, dns::kTypeA, options_.today, scratch_);
    if (!verdict.decision) return {};
    if (IsPlain(verdict.decision.rule)) return EffectOf(verdict.decision.rule);
    for (const Candidate& candidate : rules_.Explain(name, dns::kTypeA, options_.today, scratch_)) {
      const bool in_force =
          candidate.standing == Standing::kDecides || candidate.standing == Standing::kOutranked;
      if (!in_force || candidate.shadow) continue;
      const Effect effect = EffectOf(candidate.match.rule);
      const bool is_pass = rules_.Answer(candidate.match.rule).action == policy::Action::kPass;
      const bool all_types = reader_.rules()[candidate.match.rule].qtypes.length == 0;
      if (IsPlain(candidate.match.rule) || (is_pass && all_types)) return effect;
    }
    return {};
  }

  // Counts the triggers that are left out, and says whether any is left: only then can the name be
  // other than what is around it.
  bool HasLiveTrigger(const database::NameRecord& record) {
    bool live = false;
    ForEachTrigger(reader_, record.postings, [&](const Posting& posting, const RuleRecord& rule) {
      std::optional<ExportGap> gap;
      if (IsMarker(rule)) {
        // Counted below.
      } else if (database::IsPast(database::LastDay(posting, rule), options_.today)) {
        gap = ExportGap::kExpired;
      } else if (!IsByName(reader_, rule)) {
        gap = ExportGap::kNotByName;
      } else if (IsShadow(rule)) {
        gap = ExportGap::kShadow;
      } else if (rule.qtypes.length != 0) {
        gap = ExportGap::kTypes;
      } else {
        live = true;
      }
      // In a policy zone a name stops the wildcards above it, whatever becomes of itself.
      const bool is_stop = IsByName(reader_, rule) && (rule.flags & database::kRuleZone) != 0 &&
                           !database::IsPast(database::LastDay(posting, rule), options_.today);
      live = live || is_stop;
      if (gap && wanted_[rule.policy]) ++report_.policies[rule.policy][*gap];
    });
    return live;
  }

  void CountPrefixes() {
    for (const database::PrefixIndex* index : {&reader_.prefixes(), &reader_.clients()}) {
      index->ForEach([&](const dns::Prefix&, std::span<const database::PrefixPosting> postings) {
        for (const database::PrefixPosting& posting : postings) {
          if ((posting.rule & database::kPostingGroup) != 0) continue;
          const RuleRecord& rule = reader_.rules()[posting.rule];
          if (!wanted_[rule.policy]) continue;
          const bool past = database::IsPast(database::LastDay(posting, rule), options_.today);
          ++report_.policies[rule.policy][past ? ExportGap::kExpired : ExportGap::kNotByName];
        }
      });
    }
  }

  void CountPatterns() {
    for (const database::PatternRecord& pattern : reader_.patterns()) {
      const RuleRecord& rule = reader_.rules()[pattern.rule];
      if (!wanted_[rule.policy]) continue;
      const ExportGap gap = database::IsPast(rule.expires, options_.today) ? ExportGap::kExpired
                            : !IsByName(reader_, rule)                     ? ExportGap::kNotByName
                            : IsShadow(rule)                               ? ExportGap::kShadow
                                                                           : ExportGap::kPattern;
      ++report_.policies[rule.policy][gap];
    }
  }

  const RuleSet& rules_;
  const database::Reader& reader_;
  const ExportOptions& options_;
  const std::function<bool(std::string_view)>& write_;
  Scratch scratch_;
  std::vector<bool> is_pattern_;  // by rule
  std::vector<bool> wanted_;      // by policy
  ExportReport report_;
};

}  // namespace

std::string_view ExportGapText(ExportGap gap) {
  switch (gap) {
    case ExportGap::kPattern:
      return "left out: patterns";
    case ExportGap::kShadow:
      return "left out: names and patterns in shadow mode";
    case ExportGap::kExpired:
      return "left out: names and patterns whose last day is past";
    case ExportGap::kTypes:
      return "left out: names for some record types only";
    case ExportGap::kAlone:
      return "left out: names that are blocked alone, without what is below them";
    case ExportGap::kBelow:
      return "left out: what is below names";
    case ExportGap::kText:
      return "left out: names that cannot be written";
    case ExportGap::kAnswer:
      return "blocked with another answer than the rules give";
    case ExportGap::kWidened:
      return "blocked with everything below them, which the rules do not block";
    case ExportGap::kPassWidened:
      return "let pass with everything below them, which the rules block in part";
    case ExportGap::kException:
      return "BLOCKED although the rules let them pass";
    case ExportGap::kNotByName:
      return "left out: what is about answers or name servers, or for some clients only";
  }
  return "";
}

std::string_view ExportGapName(ExportGap gap) {
  constexpr std::array<std::string_view, kExportGaps> kNames = {
      "pattern", "shadow", "expired", "types",        "alone",     "below",
      "text",    "answer", "widened", "pass_widened", "exception", "not_by_name"};
  return kNames[static_cast<size_t>(gap)];
}

ExportCounts ExportReport::Sum() const {
  ExportCounts sum;
  for (const ExportCounts& counts : policies) {
    sum.blocks += counts.blocks;
    sum.passes += counts.passes;
    for (size_t i = 0; i < kExportGaps; ++i) sum.gaps[i] += counts.gaps[i];
  }
  return sum;
}

absl::StatusOr<ExportReport> Export(const RuleSet& rules, const ExportOptions& options,
                                    const std::function<bool(std::string_view)>& write) {
  absl::StatusOr<Scratch> scratch = rules.NewScratch();
  if (!scratch.ok()) return scratch.status();
  return Exporter(rules, options, write, *std::move(scratch)).Run();
}

}  // namespace tollgate::inspect
