// SPDX-License-Identifier: BSD-3-Clause
//
// What other tools would do with an export, as their documents say it, against what the rules do:
// for random rulesets, and every name over a tiny alphabet.

#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ruleset/dns/type.h"
#include "ruleset/inspect/export.h"
#include "ruleset/ruleset.h"
#include "tests/match/database_image.h"
#include "tests/match/random_model.h"
#include "tests/match/sanitized.h"
#include "tests/support/catch.h"

namespace tollgate::inspect {
namespace {

#if TOLLGATE_SANITIZED || !defined(NDEBUG)
constexpr uint32_t kRandomModels = 300;
#else
constexpr uint32_t kRandomModels = 1500;
#endif

constexpr policy::Day kToday = testing::kFirstLastDay;

std::string Parent(const std::string& name) {
  const size_t dot = name.find('.');
  return dot == std::string::npos ? "" : name.substr(dot + 1);
}

// A policy zone: owners, and what RFC 4592 makes of its wildcards.
class Zone {
 public:
  explicit Zone(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.empty() || line.find_first_of(";$@") == 0) continue;
      std::istringstream words(line);
      std::string owner, word, last;
      words >> owner;
      while (words >> word) last = word;
      const auto [known, is_new] = records_.emplace(owner, last);
      if (!is_new) throw std::logic_error(owner + " stands twice");
      for (std::string at = owner; !at.empty(); at = Parent(at)) exists_[at] = true;
    }
  }

  // The CNAME target; empty where no rule applies.
  std::string Ask(const std::string& qname) const {
    if (const auto exact = records_.find(qname); exact != records_.end()) return exact->second;
    if (exists_.contains(qname)) return "";  // an empty non-terminal
    for (std::string encloser = Parent(qname); !encloser.empty(); encloser = Parent(encloser)) {
      if (!exists_.contains(encloser)) continue;
      const auto wildcard = records_.find("*." + encloser);
      return wildcard == records_.end() ? "" : wildcard->second;
    }
    return "";
  }

 private:
  std::map<std::string, std::string> records_;
  std::map<std::string, bool> exists_;
};

// Formats that say something of a name and all below it: the longest name decides.
class Tree {
 public:
  void Add(const std::string& name, bool blocks) { blocks_[name] = blocks; }
  bool Blocks(std::string name) const {
    for (; !name.empty(); name = Parent(name)) {
      if (const auto found = blocks_.find(name); found != blocks_.end()) return found->second;
    }
    return false;
  }

 private:
  std::map<std::string, bool> blocks_;
};

Tree ReadTree(ExportFormat format, const std::string& text) {
  Tree tree;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#' || line == "server:") continue;
    auto between = [&](char open, char close) {
      const size_t begin = line.find(open) + 1;
      return line.substr(begin, line.find(close, begin) - begin);
    };
    if (format == ExportFormat::kDomains) {
      tree.Add(line, true);
    } else if (format == ExportFormat::kDnsmasq) {
      tree.Add(between('/', '/'), line.starts_with("address="));
    } else {
      std::string name = between('"', '"');
      name.pop_back();  // the final dot
      tree.Add(name, line.find("always_transparent") == std::string::npos);
    }
  }
  return tree;
}

class Case {
 public:
  explicit Case(uint32_t seed) {
    policy::RuleModel model = testing::RandomModel(seed);
    model.pattern_triggers.clear();
    for (policy::Rule& rule : model.rules) rule.qtypes = {};
    description_ = "seed " + std::to_string(seed) + "\n" + testing::Describe(model);
    auto rules = testing::Image(testing::DatabaseOf(model, testing::TinySuffixList(), {})).Open();
    if (!rules.ok()) throw std::runtime_error(rules.status().ToString());
    rules_ = *std::move(rules);
    scratch_.emplace(*rules_->NewScratch());
  }

  // The action that is enforced; kPass where nothing matches.
  policy::Action Action(const dns::Name& name) {
    const policy::Verdict verdict = rules_->Match(name, dns::kTypeA, kToday, *scratch_);
    return verdict.decision ? rules_->Answer(verdict.decision.rule).action : policy::Action::kPass;
  }

  std::string Export(ExportFormat format, ExportCounts& counts) {
    std::string text;
    const auto report =
        inspect::Export(*rules_, {.format = format, .today = kToday}, [&](std::string_view octets) {
          text += octets;
          return true;
        });
    if (!report.ok()) throw std::runtime_error(report.status().ToString());
    counts = report->Sum();
    return text;
  }

  const std::string& description() const { return description_; }

 private:
  std::unique_ptr<const RuleSet> rules_;
  std::optional<Scratch> scratch_;
  std::string description_;
};

std::string RpzTarget(policy::Action action) {
  switch (action) {
    case policy::Action::kNxdomain:
      return ".";
    case policy::Action::kNodata:
      return "*.";
    case policy::Action::kDrop:
      return "rpz-drop.";
    default:
      return "";
  }
}

TEST_CASE("export rpz: the zone gives every name what the rules give it") {
  const std::vector<dns::Name> names = testing::AllNames(5);
  uint64_t passes = 0;
  for (uint32_t seed = 0; seed < kRandomModels; ++seed) {
    Case random(seed);
    ExportCounts counts;
    const std::string text = random.Export(ExportFormat::kRpz, counts);
    passes += counts.passes;
    const Zone zone(text);
    for (const dns::Name& name : names) {
      std::string found = zone.Ask(name.Text());
      if (found == "rpz-passthru.") found = "";
      const std::string expected = RpzTarget(random.Action(name));
      if (found == expected) continue;
      INFO(random.description() << text << name.Text());
      REQUIRE(found == expected);
    }
  }
  CHECK(passes > kRandomModels / 10);
}

TEST_CASE("export domains, dnsmasq, unbound: more is blocked only where that is counted") {
  const std::vector<dns::Name> names = testing::AllNames(5);
  for (ExportFormat format :
       {ExportFormat::kDomains, ExportFormat::kDnsmasq, ExportFormat::kUnbound}) {
    uint64_t exact = 0;
    for (uint32_t seed = 0; seed < kRandomModels; ++seed) {
      Case random(seed);
      ExportCounts counts;
      const std::string text = random.Export(format, counts);
      const Tree tree = ReadTree(format, text);
      const bool may_block_more = counts[ExportGap::kException] > 0;
      const bool may_block_less =
          counts[ExportGap::kAlone] + counts[ExportGap::kBelow] + counts[ExportGap::kPassWidened] >
          0;
      exact += !may_block_more && !may_block_less;
      for (const dns::Name& name : names) {
        const bool found = tree.Blocks(name.Text());
        const bool expected = random.Action(name) != policy::Action::kPass;
        if (found == expected || (found ? may_block_more : may_block_less)) continue;
        INFO(random.description() << text << name.Text());
        REQUIRE(found == expected);
      }
    }
    // Otherwise the excuses would be all that there is to see.
    CHECK(exact > kRandomModels / 10);
  }
}

TEST_CASE("export hosts: blocks every listed name that the rules block, and no other") {
  for (uint32_t seed = 0; seed < kRandomModels; ++seed) {
    Case random(seed);
    ExportCounts counts;
    const std::string text = random.Export(ExportFormat::kHosts, counts);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line[0] == '#') continue;
      const std::string name = line.substr(line.find(' ') + 1);
      INFO(random.description() << text << name);
      REQUIRE(line.starts_with("0.0.0.0 "));
      REQUIRE(random.Action(testing::NameFrom(name)) != policy::Action::kPass);
    }
  }
}

}  // namespace
}  // namespace tollgate::inspect
