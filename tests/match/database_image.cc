// SPDX-License-Identifier: BSD-3-Clause

#include "tests/match/database_image.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "ruleset/database/checksum.h"
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
  for (const std::string& octets : patterns.hyperscan) {
    if (octets.empty()) throw std::invalid_argument(faults.list().front().ToString());
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

  add_policy("kids");
  model.groups.push_back(
      {"kids", {*dns::Prefix::Parse("192.0.2.0/28"), *dns::Prefix::Parse("2001:db8:1::/64")}});
  model.policies.back().clients = {0};
  model.AddName(NameFrom("games.com"), NameScope::kDomain, add_rule("domains", {}), 4,
                policy::kNever);

  add_policy("answers");
  auto add_prefixes = [&](policy::Subject subject, std::vector<std::string> prefixes) {
    const uint32_t rule = add_rule("prefixes", {});
    model.rules[rule].subject = subject;
    for (const std::string& prefix : prefixes) {
      model.prefix_triggers.push_back({rule, 5, policy::kNever, *dns::Prefix::Parse(prefix)});
    }
    return rule;
  };
  add_prefixes(policy::Subject::kAddress, {"198.51.100.0/24", "198.51.100.128/25", "198.51.100.129",
                                           "203.0.113.7", "2001:db8:2::/48", "2001:db8:2:1::/64"});
  model.prefix_triggers.back().expires = 100;
  add_prefixes(policy::Subject::kNameServerAddress, {"203.0.113.0/24"});
  add_prefixes(policy::Subject::kClient, {"192.0.2.64/26", "2001:db8:3::/48"});
  const uint32_t servers = add_rule("name_servers", {});
  model.rules[servers].subject = policy::Subject::kNameServer;
  model.AddName(NameFrom("ns.evil.com"), NameScope::kDomain, servers, 9, policy::kNever);
  const uint32_t whole = add_rule("together", {});
  const uint32_t address = add_prefixes(policy::Subject::kAddress, {"198.51.0.0/16"});
  const uint32_t name = add_rule("name", {});
  model.AddName(NameFrom("parcel.com"), NameScope::kDomain, name, 10, policy::kNever);
  model.rules[address].part_of = model.rules[name].part_of = whole;
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
                           "a.games.com",
                           "ns.evil.com",
                           "my.parcel.com",
                           "."}) {
    names.push_back(NameFrom(text));
  }
  return names;
}

std::vector<dns::Prefix> SmallAddresses() {
  std::vector<dns::Prefix> addresses;
  for (const char* text :
       {"198.51.100.1", "198.51.100.129", "198.51.0.9", "203.0.113.7", "203.0.113.8", "192.0.2.3",
        "192.0.2.70", "0.0.0.0", "255.255.255.255", "2001:db8:1::1", "2001:db8:2:1::1",
        "2001:db8:2:2::1", "2001:db8:3::1", "::", "ffff::1"}) {
    addresses.push_back(*dns::Prefix::Parse(text));
  }
  return addresses;
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
  auto check = [&](const policy::Verdict& verdict, const dns::Name& name) {
    for (const policy::Match& match : {verdict.decision, verdict.shadow}) {
      if (!match) continue;
      if (match.rule >= rules.rule_count()) throw std::out_of_range("a match of no rule");
      if (match.owner_label > name.label_count()) throw std::out_of_range("an owner that is none");
      sum += match.rule;
    }
  };
  static const std::vector<dns::Prefix> addresses = SmallAddresses();
  auto octets = [](const dns::Prefix& address) -> std::span<const uint8_t> {
    return {address.address.data(), address.octets()};
  };
  size_t turn = 0;
  for (const dns::Name& name : names) {
    const dns::Prefix& client = addresses[turn++ % addresses.size()];
    check(rules.Match(name, dns::kTypeA, 50, *scratch), name);
    check(rules.Match(name, dns::kTypeA, 50, *scratch, {}, octets(client)), name);
    rules.BeginAnswer(name, dns::kTypeA, 50, *scratch, {}, octets(client));
    rules.AddNameServer(names[turn % names.size()], *scratch);
    for (const dns::Prefix& address : addresses) {
      rules.AddAddress(octets(address), *scratch);
      rules.AddNameServerAddress(octets(address), *scratch);
    }
    rules.AddTarget(names[(turn + 1) % names.size()], *scratch);
    check(rules.AnswerVerdict(*scratch), name);
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
