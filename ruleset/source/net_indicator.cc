// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/net_indicator.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "ruleset/source/indicator.h"

namespace tollgate::source {

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

std::string CaseFolded(std::string_view expression) {
  const bool has_upper = std::any_of(expression.begin(), expression.end(), absl::ascii_isupper);
  return (has_upper ? "(?i)" : "") + std::string(expression);
}

policy::Day LastDayOfLifetime(std::optional<Instant> seen, const Feed& feed) {
  const uint32_t lifetime = feed.entry().terms.lifetime;
  return lifetime == 0 || !seen ? policy::kNever : DayOf(*seen) + lifetime;
}

}  // namespace tollgate::source
