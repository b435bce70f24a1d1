// SPDX-License-Identifier: BSD-3-Clause
//
// A small language for tests of the whole compiler:
//
//   Compiled rules({{"tollgate.yaml", "policies: [allow.yaml, block.yaml]"},
//                   {"allow.yaml", R"(
//                      id: allow
//                      action: pass
//                      domains: [good.com])"},
//                   {"block.yaml", …}});
//   CHECK(rules.Ask("www.good.com") == "pass allow/domains");
//   CHECK(rules.Faults() == "");
//
// The first file is the one that is compiled: a manifest, or a campaign alone. The Public Suffix
// List is tests/support/suffixes.dat.

#ifndef TOLLGATE_TESTS_SUPPORT_RULESET_FIXTURE_H_
#define TOLLGATE_TESTS_SUPPORT_RULESET_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ruleset/compiler.h"
#include "ruleset/dns/name.h"
#include "ruleset/policy/rule.h"
#include "ruleset/ruleset.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::test {

// `text` without its first line where that is empty, and without the indentation that all its lines
// share: raw strings can then follow the indentation of the test, and their lines and columns count
// as in a file.
std::string Unindented(std::string_view text);

// One line for each diagnostic, as people see it.
std::string AsText(const text::Diagnostics& faults);

// "www.example.com" as a Name. Fails the test where it is none.
dns::Name NameOf(std::string_view text);

// "2025-06-01" as a day. Fails the test where it is none.
policy::Day DayOf(std::string_view text);

// The path of tests/support/suffixes.dat.
std::string TestSuffixList();

// A folder of its own, gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  // The path of the file that was written.
  std::string Write(const std::string& name, std::string_view text) const;

 private:
  std::string path_;
};

struct RuleFile {
  std::string name;
  std::string text;  // is unindented
};

// Rules compiled from text on 2025-06-01, written to a database file, and opened again.
class Compiled {
 public:
  explicit Compiled(const std::vector<RuleFile>& files);
  // A campaign alone, in campaign.yaml.
  explicit Compiled(std::string_view campaign);

  // Whether the rules were without error. Everything below but Faults, Reports and counts needs it.
  bool ok() const { return report_.ok(); }
  // One diagnostic a line; the test's own folder is left out of paths.
  std::string Faults() const;
  // Whether `line` is one of them.
  bool Reports(std::string_view line) const;
  const CompileCounts& counts() const { return report_.counts; }

  // What the rules say of `name` on `day` (the day of compilation where it is empty):
  //   "none", "nxdomain campaign/domains", "none, shadow: drop campaign/my-pattern"
  std::string Ask(std::string_view name, std::string_view day = "");

  // The same, as the verdict itself.
  policy::Verdict VerdictOn(std::string_view name, std::string_view day = "");
  // The rule and the answer that decide on `name`. Fails the test where nothing does.
  RuleView RuleFor(std::string_view name);
  AnswerView AnswerFor(std::string_view name);
  // The records of that answer as text, "A 192.0.2.1, TXT \"x\"".
  std::string RecordsFor(std::string_view name);

  const RuleSet& rules() const { return *rules_; }

 private:
  std::string Describe(const policy::Match& match) const;

  TemporaryFolder folder_;
  policy::Day today_;
  CompileReport report_;
  std::unique_ptr<const RuleSet> rules_;
  std::optional<Scratch> scratch_;
};

}  // namespace tollgate::test

#endif  // TOLLGATE_TESTS_SUPPORT_RULESET_FIXTURE_H_
