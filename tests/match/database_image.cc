// SPDX-License-Identifier: BSD-3-Clause

#include "tests/match/database_image.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "ruleset/database/reader.h"
#include "ruleset/dns/type.h"
#include "ruleset/source/pattern_text.h"
#include "ruleset/text/diagnostic.h"

namespace tollgate::testing {

using policy::Action;
using policy::Mode;
using policy::NameScope;

MemoryFile::MemoryFile(std::string_view octets) : fd_(memfd_create("tollgate-test", MFD_CLOEXEC)) {
  while (fd_ >= 0 && !octets.empty()) {
    const ssize_t written = write(fd_, octets.data(), octets.size());
    if (written <= 0) throw std::runtime_error("cannot write a file in memory");
    octets.remove_prefix(static_cast<size_t>(written));
  }
  if (fd_ < 0) throw std::runtime_error("cannot make a file in memory");
  path_ = "/proc/self/fd/" + std::to_string(fd_);
}

MemoryFile::~MemoryFile() { close(fd_); }

dns::Name NameFrom(std::string_view text) {
  absl::StatusOr<dns::Name> name = dns::Name::FromText(text);
  if (!name.ok()) throw std::invalid_argument(std::string(text) + ": " + name.status().ToString());
  return *name;
}

compile::PatternSections PatternsOf(const policy::RuleModel& model) {
  // The compiler's opinion of a pattern, such as that it matches everything, is not asked: only
  // whether it can be had.
  text::Diagnostics faults;
  compile::PatternSections patterns = compile::BuildPatterns(model, "", faults);
  for (const policy::PatternTrigger& trigger : model.pattern_triggers) {
    if ((trigger.whole_name ? patterns.name : patterns.domain).empty()) {
      throw std::invalid_argument(faults.list().front().ToString());
    }
  }
  return patterns;
}

std::string DatabaseOf(const policy::RuleModel& model, const source::PublicSuffixList& suffixes,
                       const compile::PatternSections& patterns) {
  policy::RuleModel ordered = model;
  const compile::NameOrder order = compile::OrderNames(ordered, compile::NameSeed(ordered));
  absl::StatusOr<std::string> file = compile::BuildFile({.model = ordered,
                                                         .order = order,
                                                         .suffixes = suffixes,
                                                         .patterns = patterns,
                                                         .manifest = "test.yaml",
                                                         .created = 1});
  if (!file.ok()) throw std::invalid_argument(file.status().ToString());
  return *std::move(file);
}

source::PublicSuffixList SmallSuffixList() {
  return source::PublicSuffixList::Parse(
      "// VERSION: test\n"
      "// ===BEGIN ICANN DOMAINS===\n"
      "com\nuk\nco.uk\n*.ck\n!www.ck\n"
      "// ===END ICANN DOMAINS===\n"
      "// ===BEGIN PRIVATE DOMAINS===\n"
      "github.io\n"
      "// ===END PRIVATE DOMAINS===\n");
}

policy::RuleModel SmallModel() {
  policy::RuleModel model;
  auto add_policy = [&](std::string id) {
    model.policies.push_back({.id = id,
                              .campaign = id,
                              .title = "the " + id + " list",
                              .category = "other",
                              .severity = "low",
                              .file = id + ".yaml"});
  };
  auto add_rule = [&](std::string id, policy::Answer answer, Mode mode = Mode::kEnforce) {
    policy::Rule rule;
    rule.policy = static_cast<uint32_t>(model.policies.size() - 1);
    rule.id = std::move(id);
    rule.file = model.policies.back().file;
    rule.line = static_cast<uint32_t>(model.rules.size() + 1);
    rule.answer = std::move(answer);
    rule.mode = mode;
    model.rules.push_back(std::move(rule));
    return static_cast<uint32_t>(model.rules.size() - 1);
  };
  auto add_pattern = [&](uint32_t rule, bool whole_name, std::string match,
                         std::vector<dns::Name> exceptions) {
    model.rules[rule].pattern = match;
    model.rules[rule].meaning = "names of that shape";
    model.rules[rule].report = "report-1";
    model.pattern_triggers.push_back(
        {rule, whole_name, *source::TranslatePattern({.match = match}, {}), std::move(exceptions)});
  };

  add_policy("allow");
  const uint32_t pass = add_rule("domains", {.action = Action::kPass});
  model.AddName(NameFrom("good.com"), NameScope::kDomain, pass, 3, policy::kNever);

  add_policy("watch");
  const uint32_t shadow = add_rule("domains", {}, Mode::kShadow);
  model.AddName(NameFrom("watched.com"), NameScope::kDomain, shadow, 3, policy::kNever);

  add_policy("block");
  const uint32_t hosts = add_rule("hosts", {.action = Action::kSinkhole,
                                            .ede = policy::Ede::kCensored,
                                            .ttl = 300,
                                            .records = {{1, std::string("\xc0\x00\x02\x01", 4)},
                                                        {16, std::string("\x05hello")},
                                                        {28, std::string(16, '\x20')}}});
  model.AddName(NameFrom("www.shop.co.uk"), NameScope::kHost, hosts, 4, policy::kNever);
  const uint32_t domains = add_rule("domains", {.action = Action::kNodata});
  model.AddName(NameFrom("shop.co.uk"), NameScope::kDomain, domains, 5, policy::kNever);
  model.AddName(NameFrom("watched.com"), NameScope::kDomain, domains, 6, policy::kNever);
  model.AddName(NameFrom("old.com"), NameScope::kDomain, domains, 7, 100);
  add_pattern(add_rule("hyphen", {}), false, "com-[a-z0-9]+.com", {NameFrom("com-good.com")});
  add_pattern(add_rule("deep", {}), true, "login\\..*", {});
  return model;
}

std::vector<dns::Name> SmallQueries() {
  std::vector<dns::Name> names;
  for (const char* text : {"good.com",
                           "a.good.com",
                           "watched.com",
                           "b.watched.com",
                           "www.shop.co.uk",
                           "a.www.shop.co.uk",
                           "shop.co.uk",
                           "old.com",
                           "com-abc.com",
                           "usps.com-abc.com",
                           "x.com-good.com",
                           "login.bank.com",
                           "example.com",
                           "com",
                           "a.b.ck",
                           "www.ck",
                           "a.www.ck",
                           "x.github.io",
                           "1.0.0.127.in-addr.arpa",
                           "."}) {
    names.push_back(NameFrom(text));
  }
  return names;
}

std::string SmallDatabase() {
  const policy::RuleModel model = SmallModel();
  return DatabaseOf(model, SmallSuffixList(), PatternsOf(model));
}

database::SectionHeader& Image::section(database::SectionKind kind) {
  for (uint32_t i = 0; i < header().section_count; ++i) {
    auto& section = At<database::SectionHeader>(sizeof(database::FileHeader) +
                                                i * sizeof(database::SectionHeader));
    if (section.kind == static_cast<uint32_t>(kind)) return section;
  }
  throw std::out_of_range("no such section");
}

void Image::RepairChecksum() {
  if (octets_.size() < sizeof(database::FileHeader)) return;
  header().checksum =
      database::Checksum({reinterpret_cast<const uint8_t*>(octets_.data()), octets_.size()});
}

absl::StatusOr<std::unique_ptr<const RuleSet>> Image::Open() const {
  return RuleSet::Open(MemoryFile(octets_).path());
}

std::string Image::Refusal() const {
  const MemoryFile file(octets_);
  absl::StatusOr<std::unique_ptr<const RuleSet>> rules = RuleSet::Open(file.path());
  if (rules.ok()) return "";
  const std::string sentence(rules.status().message());
  if (!sentence.starts_with(file.path() + " ")) return "does not name its file: " + sentence;
  return sentence.substr(file.path().size() + 1);
}

uint64_t Exercise(const RuleSet& rules, const std::vector<dns::Name>& names) {
  uint64_t sum = 0;
  auto read = [&](auto octets) {
    for (auto octet : octets) sum = sum * 31 + static_cast<uint8_t>(octet);
  };
  absl::StatusOr<Scratch> scratch = rules.NewScratch();
  if (!scratch.ok()) throw std::runtime_error(scratch.status().ToString());
  for (const dns::Name& name : names) {
    const policy::Verdict verdict = rules.Match(name, dns::kTypeA, 50, *scratch);
    for (const policy::Match& match : {verdict.decision, verdict.shadow}) {
      if (!match) continue;
      if (match.rule >= rules.rule_count()) throw std::out_of_range("a match of no rule");
      if (match.owner_label > name.label_count()) throw std::out_of_range("an owner that is none");
      sum += match.rule;
    }
  }
  for (uint32_t i = 0; i < rules.rule_count(); ++i) {
    const RuleView rule = rules.Rule(i);
    for (std::string_view text : {rule.id, rule.meaning, rule.report, rule.file, rule.pattern}) {
      read(text);
    }
    if (rule.policy >= rules.policy_count()) throw std::out_of_range("a rule of no policy");
    read(policy::ModeName(rule.mode));
    AnswerView answer = rules.Answer(i);
    read(policy::ActionName(answer.action));
    read(policy::EdeName(answer.ede));
    read(answer.text);
    size_t records = 0;
    for (RecordView record; NextRecord(answer.records, record); ++records) read(record.rdata);
    if (records != answer.record_count) throw std::out_of_range("another number of records");
  }
  for (uint32_t i = 0; i < rules.policy_count(); ++i) {
    const PolicyView policy = rules.Policy(i);
    for (std::string_view text :
         {policy.id, policy.campaign, policy.title, policy.category, policy.severity}) {
      read(text);
    }
  }
  return sum;
}

}  // namespace tollgate::testing
