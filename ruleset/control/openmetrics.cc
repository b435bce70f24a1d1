// SPDX-License-Identifier: BSD-3-Clause
//
// OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/), and the Prometheus text
// format 0.0.4 that it grew out of. They differ in little: the older one calls a counter by the
// name of its sample, knows neither info metrics nor units, and has no end.

#include "ruleset/control/openmetrics.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "ruleset/control/totals.h"
#include "ruleset/text/json_writer.h"

namespace tollgate::control {
namespace {

// The histogram begins with 64 ns: no verdict is made in less, and each bucket is a series.
constexpr size_t kFirstBucket = 6;

// A family of metrics.def. One that is not there does not compile.
consteval const Family& FamilyNamed(std::string_view name) {
  size_t i = 0;
  while (kFamilies.at(i).family != name) ++i;
  return kFamilies[i];
}

bool EndsWithUnit(std::string_view family, std::string_view unit) {
  return family.size() > unit.size() && family.ends_with(unit) &&
         family[family.size() - unit.size() - 1] == '_';
}

// The shortest decimal that is read as the same number: absl::StrCat has six digits only.
std::string Decimal(double number) {
  char digits[32];
  const auto end = std::to_chars(digits, std::end(digits), number).ptr;
  return {digits, end};
}

// A label's value, which must be UTF-8, with the escapes of both formats.
std::string Escaped(std::string_view raw) {
  std::string out;
  for (const char c : text::JsonWriter::ToUtf8(raw)) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

// `{a="1",b="2"}`
std::string Labels(std::initializer_list<std::pair<std::string_view, std::string_view>> labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    absl::StrAppend(&out, out.empty() ? "{" : ",", std::string(name), "=\"", Escaped(value), "\"");
  }
  return out + "}";
}

class Writer {
 public:
  explicit Writer(Exposition exposition) : open_metrics_(exposition == Exposition::kOpenMetrics) {}

  // All samples of a family stand together, behind its description.
  void Begin(std::string_view family, FamilyType type, std::string_view help) {
    name_ = absl::StrCat("tollgate_", std::string(family));
    suffix_ = type == FamilyType::kCounter ? "_total" : type == FamilyType::kInfo ? "_info" : "";
    const std::string described = open_metrics_ ? name_ : name_ + suffix_;
    absl::StrAppend(&out_, "# HELP ", described, " ", std::string(help), "\n");
    absl::StrAppend(&out_, "# TYPE ", described, " ", TypeName(type), "\n");
    if (!open_metrics_) return;
    for (const char* unit : {"seconds", "bytes", "ratio"}) {
      if (EndsWithUnit(family, unit)) absl::StrAppend(&out_, "# UNIT ", name_, " ", unit, "\n");
    }
  }
  void Begin(const Family& family) { Begin(family.family, family.type, family.help); }

  // `labels` in braces, or empty; `value` an integer or what Decimal makes.
  template <typename Value>
  void Sample(const std::string& labels, Value value) {
    Sample(suffix_, labels, value);
  }
  template <typename Value>
  void Sample(const char* suffix, const std::string& labels, Value value) {
    absl::StrAppend(&out_, name_, suffix, labels, " ", value, "\n");
  }

  std::string Take() {
    if (open_metrics_) out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
  const char* TypeName(FamilyType type) const {
    switch (type) {
      case FamilyType::kCounter:
        return "counter";
      case FamilyType::kGauge:
        return "gauge";
      case FamilyType::kHistogram:
        return "histogram";
      case FamilyType::kInfo:
        return open_metrics_ ? "info" : "gauge";
    }
    return "unknown";
  }

  const bool open_metrics_;
  std::string name_;
  const char* suffix_ = "";
  std::string out_;
};

// Series that differ in their labels; those that do not are added up, for a series that stands
// twice makes scrapers refuse all of them.
using Series = std::map<std::string, uint64_t>;

void WriteSeries(const Family& family, const Series& series, Writer& writer) {
  writer.Begin(family);
  for (const auto& [labels, value] : series) writer.Sample(labels, value);
}

struct Number {
  Metric metric;
  uint64_t value;
};

std::string_view HelpOf(const Metric& metric) {
  if (metric.label.empty()) return metric.help;
  const auto* family = std::find_if(kFamilies.begin(), kFamilies.end(),
                                    [&](const Family& f) { return f.family == metric.family; });
  return family == kFamilies.end() ? metric.help : family->help;
}

void WriteCounters(const std::vector<Number>& numbers, Writer& writer) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    const Metric& metric = numbers[i].metric;
    auto is_ours = [&](const Number& number) { return number.metric.family == metric.family; };
    const auto first = std::find_if(numbers.begin(), numbers.end(), is_ours);
    if (first != numbers.begin() + static_cast<ptrdiff_t>(i)) continue;  // written already
    writer.Begin(metric.family, FamilyType::kCounter, HelpOf(metric));
    for (const Number& number : numbers) {
      if (!is_ours(number)) continue;
      const std::string_view label = number.metric.label;
      const size_t equals = label.find('=');
      writer.Sample(label.empty() ? std::string()
                                  : Labels({{label.substr(0, equals), label.substr(equals + 1)}}),
                    number.value);
    }
  }
}

void WriteVerdictTimes(const Snapshot& snapshot, Writer& writer) {
  writer.Begin(FamilyNamed("verdict_sampling_ratio"));
  writer.Sample("", snapshot.sampled == 0 ? std::string("0")
                                          : Decimal(1.0 / static_cast<double>(snapshot.sampled)));
  writer.Begin(FamilyNamed("verdict_seconds"));
  uint64_t count = 0;
  for (size_t i = 0; i < snapshot.verdict_times.size(); ++i) {
    count += snapshot.verdict_times[i];
    // Bucket i holds what is below 2^i ns; the clock's own step is one, so "less or equal" is as
    // true. The last one has no end.
    if (i < kFirstBucket || i + 1 == snapshot.verdict_times.size()) continue;
    const double seconds = std::ldexp(1.0, static_cast<int>(i)) / 1e9;
    writer.Sample("_bucket", Labels({{"le", Decimal(seconds)}}), count);
  }
  writer.Sample("_bucket", Labels({{"le", "+Inf"}}), count);
  writer.Sample("_count", "", count);
  writer.Sample("_sum", "", Decimal(static_cast<double>(snapshot.verdict_nanoseconds) / 1e9));
}

void WritePolicies(const Snapshot& snapshot, Writer& writer) {
  Series decisions, shadow, names, patterns, shadowed;
  const size_t most = std::min(snapshot.policies.size(), kMostPolicySeries);
  for (size_t i = 0; i < most; ++i) {
    const Snapshot::Policy& policy = snapshot.policies[i];
    const std::string labels = Labels({{"policy", policy.id}, {"campaign", policy.campaign}});
    decisions[labels] += policy.decisions;
    shadow[labels] += policy.shadow;
    names[labels] += policy.names;
    patterns[labels] += policy.patterns;
    shadowed[labels] |= policy.shadowed ? 1 : 0;
  }
  WriteSeries(FamilyNamed("policy_decisions"), decisions, writer);
  WriteSeries(FamilyNamed("policy_shadow_matches"), shadow, writer);
  WriteSeries(FamilyNamed("policy_names"), names, writer);
  WriteSeries(FamilyNamed("policy_patterns"), patterns, writer);
  WriteSeries(FamilyNamed("policy_shadowed"), shadowed, writer);
}

void WriteRules(const Snapshot& snapshot, Writer& writer) {
  const std::vector<BusyRule> rows = BusiestRules(snapshot);
  const size_t most = std::min(rows.size(), kMostRuleSeries);
  Series decisions, shadow;
  for (size_t i = 0; i < most; ++i) {
    const Snapshot::Rule& rule = *rows[i].rule;
    const std::string labels = Labels({{"policy", rows[i].policy->id},
                                       {"rule", rule.id},
                                       {"kind", rule.is_pattern ? "pattern" : "names"}});
    decisions[labels] += rule.decisions;
    shadow[labels] += rule.shadow;
  }
  WriteSeries(FamilyNamed("rule_decisions"), decisions, writer);
  WriteSeries(FamilyNamed("rule_shadow_matches"), shadow, writer);
  writer.Begin(FamilyNamed("rules_left_out"));
  writer.Sample("", rows.size() - most);
}

// The weight that `accept` gives to a media type; -1 where it does not name it.
double WeightOf(std::string_view type, std::string_view accept) {
  double weight = -1;
  for (absl::string_view range :
       absl::StrSplit(absl::string_view(accept.data(), accept.size()), ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(range, ';');
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts[0]),
                                absl::string_view(type.data(), type.size()))) {
      continue;
    }
    double given = 1;
    for (size_t i = 1; i < parts.size(); ++i) {
      const absl::string_view parameter = absl::StripAsciiWhitespace(parts[i]);
      if (!absl::StartsWithIgnoreCase(parameter, "q=")) continue;
      if (!absl::SimpleAtod(parameter.substr(2), &given)) given = 0;
    }
    weight = std::max(weight, given);
  }
  return weight;
}

}  // namespace

Exposition ExpositionFor(std::string_view accept) {
  const double open_metrics = WeightOf("application/openmetrics-text", accept);
  return open_metrics > 0 && open_metrics >= WeightOf("text/plain", accept)
             ? Exposition::kOpenMetrics
             : Exposition::kText;
}

const char* MediaType(Exposition exposition) {
  return exposition == Exposition::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

std::string ToOpenMetrics(const Snapshot& snapshot) {
  return Expose(snapshot, Exposition::kOpenMetrics);
}

std::string Expose(const Snapshot& snapshot, Exposition exposition) {
  Writer writer(exposition);
  writer.Begin(FamilyNamed("up"));
  writer.Sample("", 1);
  writer.Begin(FamilyNamed("build"));
  writer.Sample(Labels({{"version", snapshot.version}, {"unbound", snapshot.unbound}}), 1);
  writer.Begin(FamilyNamed("database"));
  writer.Sample(Labels({{"checksum", snapshot.checksum}, {"path", snapshot.database}}), 1);

  const QueryCounts sums = SumOfThreads(snapshot);
  std::vector<Number> counters;
  for (size_t i = 0; i < sums.size(); ++i) counters.push_back({kQueryCounters[i], sums[i]});
  for (size_t i = 0; i < snapshot.service.size(); ++i) {
    counters.push_back({kServiceCounters[i], snapshot.service[i]});
  }
  WriteCounters(counters, writer);
  for (size_t i = 0; i < snapshot.gauges.size(); ++i) {
    writer.Begin(kGauges[i].family, FamilyType::kGauge, kGauges[i].help);
    writer.Sample("", snapshot.gauges[i]);
  }

  WriteVerdictTimes(snapshot, writer);
  writer.Begin(FamilyNamed("thread_verdicts"));
  for (size_t thread = 0; thread < snapshot.threads.size(); ++thread) {
    writer.Sample(Labels({{"thread", std::to_string(thread)}}), Judged(snapshot.threads[thread]));
  }
  WritePolicies(snapshot, writer);
  WriteRules(snapshot, writer);
  return writer.Take();
}

std::string ExposeDown(Exposition exposition) {
  Writer writer(exposition);
  writer.Begin(FamilyNamed("up"));
  writer.Sample("", 0);
  return writer.Take();
}

}  // namespace tollgate::control
