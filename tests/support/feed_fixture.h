// SPDX-License-Identifier: BSD-3-Clause
//
// A feed that was read alone, and what came of it as text:
//
//   const ReadAlone feed(Syntax::kHosts, "0.0.0.0 evil.example\n0.0.0.0 1.2.3\n");
//   CHECK(feed.Rules() == "host evil.example nxdomain @1\n");
//   CHECK(feed.Notes() == "rejected 1: an IP address, … @2 '1.2.3'\n");

#ifndef TOLLGATE_TESTS_SUPPORT_FEED_FIXTURE_H_
#define TOLLGATE_TESTS_SUPPORT_FEED_FIXTURE_H_

#include <string>
#include <string_view>

#include "ruleset/policy/rule.h"
#include "ruleset/source/feed_report.h"
#include "ruleset/source/policy_entry.h"
#include "ruleset/source/syntax.h"

namespace tollgate::test {

// A line for each trigger, names first, then prefixes, then patterns, each in the order of the
// text:
//   "[name server ]<host|domain|below> <name> <action>[ <record>…][ types A,AAAA][ types not A]
//    [ tier N][ shadow][ marker][ part of <rule>][ until 2025-06-01] @<line>"
//   "<address|name server address|client> <prefix> <action>… @<line>"
//   "pattern </expression/> on <name|domain>[ not <exception>…] <action>… @<line>"
std::string RulesOf(const policy::RuleModel& model);

struct ReadAlone {
  ReadAlone(source::Syntax syntax, std::string_view text,
            const source::PolicyEntry& entry = Entry());

  // The entry of "feed.txt" in a manifest that says nothing else.
  static source::PolicyEntry Entry();

  std::string Rules() const;  // RulesOf(model)

  // A line for each reason: "<rejected|skipped|not yet> <count>: <reason> @<first line> '<text>'"
  std::string Notes() const;

  policy::RuleModel model;
  source::FeedReport report;
};

}  // namespace tollgate::test

#endif  // TOLLGATE_TESTS_SUPPORT_FEED_FIXTURE_H_
