// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/net_indicator.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "ruleset/database/hyperscan.h"
#include "ruleset/source/indicator.h"

namespace tollgate::source {
namespace {

// Names that have nothing in common but that they are names.
constexpr std::string_view kNames[] = {"www.example.com", "example.org", "0-1.test.example.net",
                                       "q.co.uk", "xn--e1afmkfd.xn--p1ai"};

// `expression` can be compiled.
bool MatchesEveryName(const std::string& expression) {
  const auto compiled = database::PatternDatabase::Compile({&expression, 1});
  database::PatternScratch scratch;
  if (!compiled.ok() || !scratch.Allocate(*compiled).ok()) return false;
  return std::all_of(std::begin(kNames), std::end(kNames), [&](std::string_view name) {
    bool matches = false;
    database::Scan(
        *compiled, name, scratch,
        [](unsigned, void* found) noexcept { *static_cast<bool*>(found) = true; }, &matches);
    return matches;
  });
}

}  // namespace

void AddHost(const HostIndicator& indicator, Feed& feed) {
  const absl::StatusOr<dns::Name> name = ParseIndicator(indicator.text);
  if (name.ok()) {
    feed.AddName(*name, indicator.rule, feed.entry().scope.value_or(indicator.scope),
                 indicator.line, indicator.expires);
  } else if (indicator.may_be_address && name.status().message() == kIsAddress) {
    feed.NotYet(indicator.line, kAnAddress, indicator.written);
  } else {
    feed.Reject(indicator.line, name.status().message(), indicator.written);
  }
}

void AddExpression(const FeedRule& rule, std::string_view expression, std::string_view written,
                   uint32_t line, Feed& feed) {
  const bool has_upper = std::any_of(expression.begin(), expression.end(), absl::ascii_isupper);
  std::string folded = (has_upper ? "(?i)" : "") + std::string(expression);
  if (const std::optional<std::string> fault = database::FindCompileFault(folded)) {
    feed.Reject(line, "a pattern that Hyperscan refuses: " + *fault, written);
  } else if (MatchesEveryName(folded)) {
    feed.Reject(line, "a pattern that matches every name", written);
  } else {
    feed.AddPattern(rule, std::move(folded), /*whole_name=*/true, {}, written, line);
  }
}

policy::Day LastDayOfLifetime(std::optional<Instant> seen, const Feed& feed) {
  const uint32_t lifetime = feed.entry().terms.lifetime;
  return lifetime == 0 || !seen ? policy::kNever : DayOf(*seen) + lifetime;
}

}  // namespace tollgate::source
