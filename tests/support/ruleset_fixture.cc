// SPDX-License-Identifier: BSD-3-Clause

#include "tests/support/ruleset_fixture.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "ruleset/dns/type.h"
#include "ruleset/source/indicator.h"
#include "ruleset/source/zone_text.h"

namespace tollgate::test {
namespace {

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

}  // namespace

std::string Unindented(std::string_view text) {
  std::vector<std::string> lines = Lines(text);
  if (!lines.empty() && lines.front().empty()) lines.erase(lines.begin());
  size_t margin = std::string::npos;
  for (const std::string& line : lines) margin = std::min(margin, line.find_first_not_of(' '));
  std::string out;
  for (const std::string& line : lines) {
    out += line.size() < margin ? "" : line.substr(margin);
    out += '\n';
  }
  return out;
}

std::string AsText(const text::Diagnostics& faults) {
  std::string out;
  for (const text::Diagnostic& fault : faults.list()) out += fault.ToString() + "\n";
  return out;
}

dns::Name NameOf(std::string_view text) {
  absl::StatusOr<dns::Name> name = dns::Name::FromText(text);
  if (!name.ok()) throw std::invalid_argument("the test's own name: " + std::string(text));
  return *name;
}

policy::Day DayOf(std::string_view text) {
  absl::StatusOr<policy::Day> day = source::ParseDay(text);
  if (!day.ok()) throw std::invalid_argument("the test's own day: " + std::string(text));
  return *day;
}

std::string TestSuffixList() { return TOLLGATE_TEST_SUFFIX_LIST; }

TemporaryFolder::TemporaryFolder() {
  path_ = (std::filesystem::temp_directory_path() / "tollgate-test-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder");
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::Write(const std::string& name, std::string_view text) const {
  const std::filesystem::path path = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  return path.string();
}

Compiled::Compiled(std::string_view campaign)
    : Compiled(std::vector<RuleFile>{{"campaign.yaml", std::string(campaign)}}) {}

Compiled::Compiled(const std::vector<RuleFile>& files) : today_(DayOf("2025-06-01")) {
  for (const RuleFile& file : files) folder_.Write(file.name, Unindented(file.text));
  CompileOptions options;
  options.public_suffix_list = TestSuffixList();
  options.today = today_;
  report_ = Compile(folder_.path() + "/" + files.front().name, options);
  if (!report_.ok()) return;
  absl::StatusOr<std::unique_ptr<const RuleSet>> rules =
      RuleSet::Open(folder_.Write("tollgate.db", report_.database));
  if (!rules.ok()) throw std::runtime_error(rules.status().ToString());
  rules_ = *std::move(rules);
  absl::StatusOr<Scratch> scratch = rules_->NewScratch();
  if (!scratch.ok()) throw std::runtime_error(scratch.status().ToString());
  scratch_.emplace(*std::move(scratch));
}

std::string Compiled::Faults() const {
  std::string out = AsText(report_.faults);
  const std::string folder = folder_.path() + "/";
  for (size_t at = 0; (at = out.find(folder, at)) != std::string::npos;)
    out.erase(at, folder.size());
  return out;
}

bool Compiled::Reports(std::string_view line) const {
  const std::vector<std::string> lines = Lines(Faults());
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

policy::Verdict Compiled::VerdictOn(std::string_view name, std::string_view day) {
  if (rules_ == nullptr) throw std::runtime_error("the test's rules do not compile:\n" + Faults());
  return rules_->Match(NameOf(name), dns::kTypeA, day.empty() ? today_ : DayOf(day), *scratch_);
}

std::string Compiled::Ask(std::string_view name, std::string_view day) {
  const policy::Verdict verdict = VerdictOn(name, day);
  std::string out = verdict.decision ? Describe(verdict.decision) : "none";
  if (verdict.shadow) out += ", shadow: " + Describe(verdict.shadow);
  return out;
}

std::string Compiled::Describe(const policy::Match& match) const {
  const RuleView rule = rules_->Rule(match.rule);
  return std::string(policy::ActionName(rules_->Answer(match.rule).action)) + " " +
         std::string(rules_->Policy(rule.policy).id) + "/" + std::string(rule.id);
}

RuleView Compiled::RuleFor(std::string_view name) {
  const policy::Verdict verdict = VerdictOn(name);
  if (!verdict.decision) throw std::runtime_error("no rule decides on " + std::string(name));
  return rules_->Rule(verdict.decision.rule);
}

AnswerView Compiled::AnswerFor(std::string_view name) {
  const policy::Verdict verdict = VerdictOn(name);
  if (!verdict.decision) throw std::runtime_error("no rule decides on " + std::string(name));
  return rules_->Answer(verdict.decision.rule);
}

std::string Compiled::RecordsFor(std::string_view name) {
  std::string out;
  std::span<const uint8_t> records = AnswerFor(name).records;
  for (RecordView record; NextRecord(records, record);) {
    if (!out.empty()) out += ", ";
    out += source::RecordText(
        record.type, {reinterpret_cast<const char*>(record.rdata.data()), record.rdata.size()});
  }
  return out;
}

}  // namespace tollgate::test
