// SPDX-License-Identifier: BSD-3-Clause
//
// Rules in the formats of other tools, line by line.

#include "ruleset/inspect/export.h"

#include <algorithm>
#include <string>
#include <vector>

#include "ruleset/dns/type.h"
#include "tests/match/database_image.h"
#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::inspect {
namespace {

struct Exported {
  std::string text;  // sorted lines, without the header
  ExportCounts counts;
};

Exported Run(const RuleSet& rules, ExportOptions options) {
  if (options.today == 0) options.today = test::DayOf("2025-06-01");
  std::string all;
  const absl::StatusOr<ExportReport> report = Export(rules, options, [&](std::string_view octets) {
    all += octets;
    return true;
  });
  if (!report.ok()) throw std::runtime_error(report.status().ToString());
  std::vector<std::string> lines;
  for (size_t at = 0; at < all.size();) {
    const size_t end = all.find('\n', at);
    const std::string line = all.substr(at, end - at);
    if (line.find_first_of(";#$@") != 0 && line != "server:") lines.push_back(line);
    at = end + 1;
  }
  std::sort(lines.begin(), lines.end());
  Exported exported;
  for (const std::string& line : lines) exported.text += line + "\n";
  exported.counts = report->Sum();
  return exported;
}

Exported Run(const test::Compiled& rules, ExportFormat format, bool widen = false) {
  return Run(rules.rules(), {.format = format, .widen = widen});
}

// The gaps that are not zero: "pattern 2, alone 1".
std::string Gaps(const ExportCounts& counts) {
  std::string text;
  for (size_t i = 0; i < kExportGaps; ++i) {
    if (counts.gaps[i] == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(ExportGapName(static_cast<ExportGap>(i))) +
            " " + std::to_string(counts.gaps[i]);
  }
  return text;
}

std::vector<test::RuleFile> WithAllowList(const std::string& allow, const std::string& block) {
  return {{"tollgate.yaml", "policies: [allow.yaml, block.yaml]"},
          {"allow.yaml", "id: allow\naction: pass\n" + allow},
          {"block.yaml", "id: block\n" + block}};
}

const std::vector<test::RuleFile> kNested =
    WithAllowList("domains: [good.evil.com]", "domains: [evil.com]");

TEST_CASE("export rpz: a name and everything below it are two owners") {
  CHECK(Run(test::Compiled("id: c\ndomains: [a.com]"), ExportFormat::kRpz).text ==
        "*.a.com CNAME .\na.com CNAME .\n");
}

TEST_CASE("export rpz: a host is one") {
  CHECK(Run(test::Compiled("id: c\nhosts: [a.com]"), ExportFormat::kRpz).text == "a.com CNAME .\n");
}

TEST_CASE("export rpz: actions") {
  auto line = [](const std::string& action) {
    return Run(test::Compiled("id: c\nhosts: [a.com]\n" + action), ExportFormat::kRpz);
  };
  CHECK(line("action: nodata").text == "a.com CNAME *.\n");
  CHECK(line("action: drop").text == "a.com CNAME rpz-drop.\n");
  CHECK(line("sinkhole: [192.0.2.1, 'TXT \"a b\"']\nttl: 5").text ==
        "a.com 5 A 192.0.2.1\na.com 5 TXT \"a b\"\n");
  CHECK(line("ttl: 5").text == "a.com 5 CNAME .\n");
  const Exported refused = line("action: refused");
  CHECK(refused.text == "a.com CNAME .\n");
  CHECK(Gaps(refused.counts) == "answer 1");
}

TEST_CASE("export rpz: what an earlier policy lets pass below a blocked name is an exception") {
  const Exported exported = Run(test::Compiled(kNested), ExportFormat::kRpz);
  CHECK(exported.text ==
        "*.evil.com CNAME .\n*.good.evil.com CNAME rpz-passthru.\n"
        "evil.com CNAME .\ngood.evil.com CNAME rpz-passthru.\n");
  CHECK(exported.counts.blocks == 1);
  CHECK(exported.counts.passes == 1);
  CHECK(Gaps(exported.counts) == "");
}

TEST_CASE("export rpz: names between an owner and its wildcard keep what the wildcard says") {
  // RFC 4592: b.evil.com exists as soon as a.b.evil.com does, and no wildcard reaches over it.
  const Exported exported = Run(
      test::Compiled(WithAllowList("hosts: [a.b.evil.com, c.b.evil.com]", "domains: [evil.com]")),
      ExportFormat::kRpz);
  CHECK(exported.text ==
        "*.a.b.evil.com CNAME .\n*.b.evil.com CNAME .\n*.c.b.evil.com CNAME .\n"
        "*.evil.com CNAME .\na.b.evil.com CNAME rpz-passthru.\nb.evil.com CNAME .\n"
        "c.b.evil.com CNAME rpz-passthru.\nevil.com CNAME .\n");
}

TEST_CASE("export: a name that an earlier policy lets pass is not blocked") {
  const test::Compiled rules(WithAllowList("domains: [evil.com]", "domains: [evil.com, a.com]"));
  CHECK(Run(rules, ExportFormat::kDomains).text == "a.com\n");
  CHECK(Run(rules, ExportFormat::kHosts).text == "0.0.0.0 a.com\n");
  CHECK(Run(rules, ExportFormat::kDnsmasq).text == "address=/a.com/\n");
}

TEST_CASE("export: a name that a pattern of an earlier policy lets pass is not blocked") {
  const test::Compiled rules(
      WithAllowList("patterns: [{id: p, meaning: m, match: 'good-[a-z]+', suffixes: [com]}]",
                    "domains: [good-a.com, x.good-b.com, a.com]"));
  const Exported exported = Run(rules, ExportFormat::kDomains);
  CHECK(exported.text == "a.com\n");
  CHECK(Gaps(exported.counts) == "pattern 1");
}

TEST_CASE("export: patterns cannot be said, and hide no name behind them") {
  const test::Compiled rules(R"(
    id: c
    domains: [toll-a.com]
    patterns:
      - {id: p, meaning: m, match: 'toll-[a-z]+', suffixes: [com], action: drop}
  )");
  CHECK(Run(rules, ExportFormat::kDomains).text == "toll-a.com\n");
  const test::Compiled behind({{"tollgate.yaml", "policies: [first.yaml, second.yaml]"},
                               {"first.yaml",
                                "id: first\npatterns: [{id: p, meaning: m, match: 'toll-[a-z]+', "
                                "suffixes: [com], action: drop}]"},
                               {"second.yaml", "id: second\ndomains: [toll-a.com]"}});
  CHECK(Run(behind, ExportFormat::kRpz).text == "*.toll-a.com CNAME .\ntoll-a.com CNAME .\n");
}

TEST_CASE("export: shadow rules and what has expired are left out and counted") {
  const test::Compiled rules(
      {{"tollgate.yaml",
        "policies:\n"
        "  - {file: trial.yaml, mode: shadow}\n"
        "  - block.yaml"},
       {"trial.yaml", "id: trial\ndomains: [a.com, b.com]"},
       {"block.yaml", "id: block\ndomains: [b.com, {name: c.com, expires: 2025-06-30}]"}});
  const Exported exported =
      Run(rules.rules(), {.format = ExportFormat::kDomains, .today = test::DayOf("2025-07-01")});
  CHECK(exported.text == "b.com\n");
  CHECK(Gaps(exported.counts) == "shadow 2, expired 1");
}

TEST_CASE("export: rules for some types are left out and counted") {
  policy::RuleModel model;
  model.policies.push_back({.id = "c"});
  model.rules.push_back({.id = "a", .qtypes = {.types = {dns::kTypeA}}});
  model.rules.push_back({.policy = 0, .id = "all", .answer = {.action = policy::Action::kDrop}});
  model.AddName(test::NameOf("a.com"), policy::NameScope::kHost, 0, 1, policy::kNever);
  model.AddName(test::NameOf("a.com"), policy::NameScope::kDomain, 1, 2, policy::kNever);
  model.AddName(test::NameOf("b.com"), policy::NameScope::kDomain, 0, 3, policy::kNever);
  const auto rules =
      testing::Image(testing::DatabaseOf(model, testing::SmallSuffixList(), {})).Open();
  REQUIRE(rules.ok());
  const Exported exported = Run(**rules, {.format = ExportFormat::kRpz});
  CHECK(exported.text == "*.a.com CNAME rpz-drop.\na.com CNAME rpz-drop.\n");
  CHECK(Gaps(exported.counts) == "types 2");
}

TEST_CASE("export: chosen policies alone, and what passes below their names") {
  const test::Compiled rules({{"tollgate.yaml", "policies: [allow.yaml, one.yaml, two.yaml]"},
                              {"allow.yaml", "id: allow\naction: pass\ndomains: [x.one.com]"},
                              {"one.yaml", "id: one\ndomains: [one.com, both.com]"},
                              {"two.yaml", "id: two\ndomains: [two.com, both.com]"}});
  CHECK(Run(rules.rules(), {.format = ExportFormat::kDnsmasq, .policies = {1}}).text ==
        "address=/both.com/\naddress=/one.com/\nserver=/x.one.com/#\n");
  CHECK(Run(rules.rules(), {.format = ExportFormat::kDnsmasq, .policies = {2}}).text ==
        "address=/two.com/\n");
}

TEST_CASE("export hosts: names alone, at 0.0.0.0 or at the sinkhole") {
  const Exported plain =
      Run(test::Compiled("id: c\nhosts: [a.com]\ndomains: [b.com]"), ExportFormat::kHosts);
  CHECK(plain.text == "0.0.0.0 a.com\n0.0.0.0 b.com\n");
  CHECK(Gaps(plain.counts) == "below 1");
  CHECK(Run(test::Compiled("id: c\nsinkhole: [192.0.2.1, 2001:db8::1]\nhosts: [a.com]"),
            ExportFormat::kHosts)
            .text == "192.0.2.1 a.com\n2001:db8::1 a.com\n");
}

TEST_CASE("export domains: a name alone is left out, or widened where that is wanted") {
  const test::Compiled rules("id: c\nhosts: [a.com]\ndomains: [b.com]");
  const Exported strict = Run(rules, ExportFormat::kDomains);
  CHECK(strict.text == "b.com\n");
  CHECK(Gaps(strict.counts) == "alone 1");
  const Exported wide = Run(rules, ExportFormat::kDomains, true);
  CHECK(wide.text == "a.com\nb.com\n");
  CHECK(Gaps(wide.counts) == "widened 1");
}

TEST_CASE("export domains: an exception cannot be said") {
  const Exported exported = Run(test::Compiled(kNested), ExportFormat::kDomains);
  CHECK(exported.text == "evil.com\n");
  CHECK(Gaps(exported.counts) == "exception 1");
}

TEST_CASE("export dnsmasq: exceptions, sinkholes, other answers") {
  CHECK(Run(test::Compiled(kNested), ExportFormat::kDnsmasq).text ==
        "address=/evil.com/\nserver=/good.evil.com/#\n");
  CHECK(Run(test::Compiled("id: c\nsinkhole: [192.0.2.1, 2001:db8::1]\ndomains: [a.com]"),
            ExportFormat::kDnsmasq)
            .text == "address=/a.com/192.0.2.1\naddress=/a.com/2001:db8::1\n");
  CHECK(Gaps(Run(test::Compiled("id: c\naction: refused\ndomains: [a.com]"), ExportFormat::kDnsmasq)
                 .counts) == "answer 1");
}

TEST_CASE("export dnsmasq: where a name alone passes, what is below it passes too") {
  const Exported exported =
      Run(test::Compiled(WithAllowList("hosts: [good.evil.com]", "domains: [evil.com]")),
          ExportFormat::kDnsmasq);
  CHECK(exported.text == "address=/evil.com/\nserver=/good.evil.com/#\n");
  CHECK(Gaps(exported.counts) == "pass_widened 1");
}

TEST_CASE("export unbound: zones by action, and exceptions") {
  auto text = [](const std::string& rest) {
    return Run(test::Compiled("id: c\ndomains: [a.com]\n" + rest), ExportFormat::kUnbound).text;
  };
  CHECK(text("") == "local-zone: \"a.com.\" always_nxdomain\n");
  CHECK(text("action: nodata") == "local-zone: \"a.com.\" always_nodata\n");
  CHECK(text("action: refused") == "local-zone: \"a.com.\" always_refuse\n");
  CHECK(text("action: drop") == "local-zone: \"a.com.\" always_deny\n");
  CHECK(text("sinkhole: [192.0.2.1]\nttl: 30") ==
        "local-data: 'a.com. 30 IN A 192.0.2.1'\nlocal-zone: \"a.com.\" redirect\n");
  CHECK(text("sinkhole: ['TXT \"it''s\"']") ==
        "local-data: 'a.com. 60 IN TXT \"it\\039s\"'\nlocal-zone: \"a.com.\" redirect\n");
  CHECK(Run(test::Compiled(kNested), ExportFormat::kUnbound).text ==
        "local-zone: \"evil.com.\" always_nxdomain\n"
        "local-zone: \"good.evil.com.\" always_transparent\n");
}

TEST_CASE("export unbound: a sinkhole for a name alone is a transparent zone") {
  CHECK(Run(test::Compiled("id: c\nsinkhole: [192.0.2.1]\nhosts: [a.com]"), ExportFormat::kUnbound)
            .text ==
        "local-data: 'a.com. 60 IN A 192.0.2.1'\nlocal-zone: \"a.com.\" transparent\n");
}

TEST_CASE("export: names that a format cannot write are counted") {
  policy::RuleModel model;
  model.policies.push_back({.id = "c"});
  model.rules.push_back({});
  for (const char* name : {R"(a\.b.com)", R"(\*.com)", "a_b.com"}) {
    model.AddName(test::NameOf(name), policy::NameScope::kDomain, 0, 1, policy::kNever);
  }
  const auto rules =
      testing::Image(testing::DatabaseOf(model, testing::SmallSuffixList(), {})).Open();
  REQUIRE(rules.ok());
  CHECK(Run(**rules, {.format = ExportFormat::kDnsmasq}).text == "address=/a_b.com/\n");
  CHECK(Gaps(Run(**rules, {.format = ExportFormat::kDnsmasq}).counts) == "text 2");
  CHECK(Run(**rules, {.format = ExportFormat::kRpz}).text ==
        "*.a\\.b.com CNAME .\n*.a_b.com CNAME .\na\\.b.com CNAME .\na_b.com CNAME .\n");
  CHECK(Gaps(Run(**rules, {.format = ExportFormat::kRpz}).counts) == "text 1");
}

TEST_CASE("export: ends where its reader goes") {
  int calls = 0;
  const test::Compiled rules("id: c\ndomains: [a.com]");
  const absl::StatusOr<ExportReport> report =
      Export(rules.rules(), {.today = 1}, [&](std::string_view) { return ++calls > 1; });
  CHECK(!report.ok());
  CHECK(calls == 1);
}

}  // namespace
}  // namespace tollgate::inspect
