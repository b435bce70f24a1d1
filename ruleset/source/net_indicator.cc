// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/net_indicator.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/pattern_check.h"

namespace tollgate::source {

void AddHost(const HostIndicator& indicator, Feed& feed) {
  const absl::StatusOr<dns::Name> name = ParseIndicator(indicator.text);
  if (name.ok()) {
    feed.AddName(*name, indicator.rule, feed.entry().scope.value_or(indicator.scope),
                 indicator.line, indicator.expires);
  } else if (indicator.address_rule == nullptr || name.status().message() != kIsAddress) {
    feed.Reject(indicator.line, name.status().message(), indicator.written);
  } else if (indicator.text.find("//") != indicator.text.npos) {
    feed.Skip(indicator.line, "a URL with an address, for which DNS is not asked",
              indicator.written);
  } else {
    feed.AddAddress(indicator.text, feed.Rule(AboutAddresses(*indicator.address_rule)),
                    indicator.line, indicator.expires, indicator.written);
  }
}

FeedRule AboutAddresses(FeedRule rule) {
  rule.subject = policy::Subject::kAddress;
  return rule;
}

void AddExpression(const FeedRule& rule, std::string_view expression, std::string_view written,
                   uint32_t line, Feed& feed) {
  const bool has_upper = std::any_of(expression.begin(), expression.end(), absl::ascii_isupper);
  std::string folded = (has_upper ? "(?i)" : "") + std::string(expression);
  const absl::StatusOr<bool> any = MatchesAnyName(folded);
  if (!any.ok()) {
    feed.Reject(line, absl::StrCat("a pattern that Hyperscan refuses: ", any.status().message()),
                written);
  } else if (*any) {
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
