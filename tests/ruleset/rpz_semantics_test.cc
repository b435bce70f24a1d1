// SPDX-License-Identifier: BSD-3-Clause
//
// What policy zones mean, through the whole compiler: the RPZ draft's rules for QNAME triggers
// (sections 4.2, 5.2, 5.3, 6.1), RFC 4592's for wildcards, and what users of RPZ rely on.

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "ruleset/dns/type.h"
#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate {
namespace {

using test::Compiled;
using test::RuleFile;

constexpr char kHead[] = "$TTL 300\n@ SOA localhost. root.localhost. 1 43200 3600 86400 300\n";

// One zone with these records, and `keys` of its entry in the manifest.
Compiled Zone(const std::string& records, const std::string& keys = "") {
  return Compiled({{"tollgate.yaml", "policies: [{file: zone.rpz, syntax: rpz" + keys + "}]"},
                   {"zone.rpz", kHead + records}});
}

// Two zones, the first before the second.
Compiled Zones(const std::string& first, const std::string& second) {
  return Compiled({{"tollgate.yaml",
                    "policies: [{file: first.rpz, syntax: rpz}, {file: second.rpz, syntax: rpz}]"},
                   {"first.rpz", kHead + first},
                   {"second.rpz", kHead + second}});
}

}  // namespace

// --- One zone (sections 4.2 and 5.3)
// ---------------------------------------------------------------

TEST_CASE("A name matches itself alone") {
  Compiled rules = Zone("evil.com CNAME .\n");
  CHECK(rules.Ask("evil.com") == "nxdomain zone/nxdomain");
  CHECK(rules.Ask("www.evil.com") == "none");
  CHECK(rules.Ask("xevil.com") == "none");
}

TEST_CASE("A wildcard matches what is below its name, however deep, and not the name") {
  Compiled rules = Zone("*.evil.com CNAME .\n");
  CHECK(rules.Ask("evil.com") == "none");
  CHECK(rules.Ask("www.evil.com") == "nxdomain zone/nxdomain");
  CHECK(rules.Ask("a.b.c.evil.com") == "nxdomain zone/nxdomain");
  CHECK(rules.Ask("*.evil.com") == "nxdomain zone/nxdomain");
}

TEST_CASE("Labels are matched whole") {
  Compiled rules = Zone("*.evil.com CNAME .\nevil.com CNAME .\n");
  CHECK(rules.Ask("notevil.com") == "none");
  CHECK(rules.Ask("evil.com.info") == "none");
}

TEST_CASE("Neither the zone nor the query minds the case") {
  Compiled rules = Zone("eViL.CoM cname Rpz-Drop.\n");
  CHECK(rules.Ask("EvIl.com") == "drop zone/drop");
}

TEST_CASE("The pair that nearly every list ships covers a name and all below it") {
  Compiled rules = Zone("evil.com CNAME .\n*.evil.com CNAME .\n");
  CHECK(rules.Ask("evil.com") == "nxdomain zone/nxdomain");
  CHECK(rules.Ask("a.b.evil.com") == "nxdomain zone/nxdomain");
}

TEST_CASE("A name comes before a wildcard, and a long wildcard before a short one") {
  Compiled rules =
      Zone("*.evil.com CNAME .\n*.b.evil.com CNAME *.\na.b.evil.com CNAME rpz-drop.\n");
  CHECK(rules.Ask("x.evil.com") == "nxdomain zone/nxdomain");
  CHECK(rules.Ask("x.b.evil.com") == "nodata zone/nodata");
  CHECK(rules.Ask("a.b.evil.com") == "drop zone/drop");
}

TEST_CASE("A name of the zone keeps shorter wildcards from what is below it") {
  Compiled rules = Zone("*.evil.com CNAME .\nok.evil.com CNAME rpz-passthru.\n");
  CHECK(rules.Ask("ok.evil.com") == "pass zone/passthru");
  CHECK(rules.Ask("q.ok.evil.com") == "none");
  CHECK(rules.Ask("a.q.ok.evil.com") == "none");
  CHECK(rules.Ask("not-ok.evil.com") == "nxdomain zone/nxdomain");
}

TEST_CASE("It does so whatever its own action is, the wildcard's own too") {
  Compiled rules = Zone("*.evil.com CNAME .\nwww.evil.com CNAME .\n");
  CHECK(rules.Ask("www.evil.com") == "nxdomain zone/nxdomain");
  CHECK(rules.Ask("q.www.evil.com") == "none");
}

TEST_CASE("A wildcard below the name takes over what the name keeps from the shorter one") {
  Compiled rules =
      Zone("*.evil.com CNAME .\nok.evil.com CNAME rpz-passthru.\n*.ok.evil.com CNAME *.\n");
  CHECK(rules.Ask("q.ok.evil.com") == "nodata zone/nodata");
}

TEST_CASE("An empty non-terminal keeps shorter wildcards out as well") {
  Compiled rules = Zone("*.evil.com CNAME .\na.b.c.evil.com CNAME *.\n");
  CHECK(rules.Ask("a.b.c.evil.com") == "nodata zone/nodata");
  CHECK(rules.Ask("b.c.evil.com") == "none");
  CHECK(rules.Ask("q.b.c.evil.com") == "none");
  CHECK(rules.Ask("q.c.evil.com") == "none");
  CHECK(rules.Ask("c.evil.com") == "none");
  CHECK(rules.Ask("q.evil.com") == "nxdomain zone/nxdomain");
}

TEST_CASE("The name of a longer wildcard is an empty non-terminal, if it is not listed itself") {
  Compiled rules = Zone("*.evil.com CNAME .\n*.b.evil.com CNAME *.\n");
  CHECK(rules.Ask("b.evil.com") == "none");
  CHECK(rules.Ask("q.b.evil.com") == "nodata zone/nodata");
}

TEST_CASE("A name that is let pass under a blocked wildcard is so in whatever order they stand") {
  const auto records = GENERATE("*.evil.com CNAME .\nwww.evil.com CNAME rpz-passthru.\n",
                                "www.evil.com CNAME rpz-passthru.\n*.evil.com CNAME .\n");
  Compiled rules = Zone(records);
  CHECK(rules.Ask("www.evil.com") == "pass zone/passthru");
  CHECK(rules.Ask("a.evil.com") == "nxdomain zone/nxdomain");
}

TEST_CASE("A name with local data keeps wildcards out as any other, and so does a pair") {
  Compiled rules = Zone(
      "*.evil.com CNAME .\nok.evil.com CNAME garden.info.\n*.ok.evil.com CNAME garden.info.\n"
      "*.b.evil.com CNAME garden.info.\n");
  CHECK(rules.Ask("ok.evil.com") == "sinkhole zone/local-data");
  CHECK(rules.Ask("q.ok.evil.com") == "sinkhole zone/local-data");
  CHECK(rules.Ask("b.evil.com") == "none");
  CHECK(rules.Ask("q.b.evil.com") == "sinkhole zone/local-data");
}

TEST_CASE("Local data is answered as the zone has it") {
  Compiled rules = Zone("evil.com A 192.0.2.1\nevil.com 60 TXT \"walled garden\"\n");
  CHECK(rules.Ask("evil.com") == "sinkhole zone/local-data");
  CHECK(rules.RecordsFor("evil.com") == "A 192.0.2.1, TXT \"walled garden\"");
  CHECK(rules.AnswerFor("evil.com").ttl == 60);
}

TEST_CASE("The canary by which browsers ask about encrypted DNS does not exist if a zone says so") {
  Compiled rules = Zone("use-application-dns.net CNAME .\n");
  CHECK(rules.Ask("use-application-dns.net") == "nxdomain zone/nxdomain");
}

TEST_CASE("`query` can say that a wildcard was stopped") {
  Compiled rules = Zone("*.evil.com CNAME .\nok.evil.com CNAME rpz-passthru.\n");
  Scratch scratch = *rules.rules().NewScratch();
  const std::vector<policy::Candidate> all = rules.rules().Explain(
      test::NameOf("q.ok.evil.com"), dns::kTypeA, test::DayOf("2025-06-01"), scratch);
  REQUIRE(all.size() == 1);
  CHECK(all[0].standing == policy::Standing::kStopped);
}

// --- The floor
// --------------------------------------------------------------------------------------

TEST_CASE("A wildcard for a whole top-level domain needs the right to it") {
  Compiled refused = Zone("*.surf CNAME .\nevil.com CNAME .\n");
  CHECK(refused.Ask("any.surf") == "none");
  CHECK(refused.counts().rejected == 1);
  Compiled rules = Zone("*.surf CNAME .\ngood.surf CNAME rpz-passthru.\n", ", may_block: [surf]");
  CHECK(rules.Ask("any.surf") == "nxdomain zone/nxdomain");
  CHECK(rules.Ask("good.surf") == "pass zone/passthru");
  CHECK(rules.Ask("surf") == "none");
}

TEST_CASE("A wildcard for every name is refused, whatever else the zone says") {
  Compiled rules = Zone("* CNAME .\nevil.com CNAME .\n");
  CHECK(rules.Ask("good.com") == "none");
  CHECK(rules.Ask("evil.com") == "nxdomain zone/nxdomain");
}

// --- Several zones (section 5.2)
// --------------------------------------------------------------------

TEST_CASE("The earlier zone decides, however much more exact the later one is") {
  Compiled rules = Zones("*.evil.com CNAME .\n", "www.evil.com CNAME rpz-passthru.\n");
  CHECK(rules.Ask("www.evil.com") == "nxdomain first/nxdomain");
}

TEST_CASE("A name that the first zone lets pass is passed, whatever the zones after it say") {
  Compiled rules = Zones("www.evil.com CNAME rpz-passthru.\n*.good.com CNAME rpz-passthru.\n",
                         "*.evil.com CNAME .\ngood.com CNAME .\n*.good.com CNAME .\n");
  CHECK(rules.Ask("www.evil.com") == "pass first/passthru");
  CHECK(rules.Ask("a.evil.com") == "nxdomain second/nxdomain");
  CHECK(rules.Ask("a.good.com") == "pass first/passthru");
  CHECK(rules.Ask("good.com") == "nxdomain second/nxdomain");
}

TEST_CASE("A name of one zone does not keep another zone's wildcards out") {
  Compiled rules = Zones("*.evil.com CNAME .\n", "ok.evil.com CNAME *.\n");
  CHECK(rules.Ask("q.ok.evil.com") == "nxdomain first/nxdomain");
  Compiled turned = Zones("ok.evil.com CNAME *.\n", "*.evil.com CNAME .\n");
  CHECK(turned.Ask("ok.evil.com") == "nodata first/nodata");
  CHECK(turned.Ask("q.ok.evil.com") == "nxdomain second/nxdomain");
}

TEST_CASE("What one zone does not match, for a name stops its wildcard, a later one can match") {
  Compiled rules =
      Zones("*.evil.com CNAME .\nok.evil.com CNAME rpz-passthru.\n", "*.evil.com CNAME *.\n");
  CHECK(rules.Ask("q.ok.evil.com") == "nodata second/nodata");
}

TEST_CASE("A campaign's domain is no zone's wildcard: names below it do not stop it") {
  Compiled rules({{"tollgate.yaml", "policies: [c.yaml]"},
                  {"c.yaml", "id: c\ndomains: [evil.com]\nhosts: [ok.evil.com]"}});
  CHECK(rules.Ask("q.ok.evil.com") == "nxdomain c/domains");
}

// --- Overrides (section 6.1)
// ------------------------------------------------------------------------

TEST_CASE("The manifest's action is done instead of every action of the zone, passthru too") {
  Compiled rules =
      Zone("*.evil.com CNAME .\nok.evil.com CNAME rpz-passthru.\n", ", action: refused");
  CHECK(rules.Ask("q.evil.com") == "refused zone/nxdomain");
  CHECK(rules.Ask("ok.evil.com") == "refused zone/passthru");
  CHECK(rules.Ask("q.ok.evil.com") == "none");
}

TEST_CASE("A zone on trial is matched by its own rules, and decides nothing") {
  Compiled rules = Zone("*.evil.com CNAME .\nok.evil.com CNAME rpz-passthru.\n", ", mode: shadow");
  CHECK(rules.Ask("q.evil.com") == "none, shadow: nxdomain zone/nxdomain");
  CHECK(rules.Ask("q.ok.evil.com") == "none");
}

// --- What the compiler folds
// ------------------------------------------------------------------------

TEST_CASE("The compiler leaves out nothing that stops a wildcard") {
  // In a plain list each of these names would be subsumed by the one above it.
  Compiled rules = Zone("*.evil.com CNAME .\n*.b.evil.com CNAME .\na.b.evil.com CNAME .\n");
  CHECK(rules.Ask("q.b.evil.com") == "nxdomain zone/nxdomain");
  CHECK(rules.Ask("a.b.evil.com") == "nxdomain zone/nxdomain");
  CHECK(rules.Ask("q.a.b.evil.com") == "none");
  CHECK(rules.Ask("b.evil.com") == "none");
}

TEST_CASE(
    "A pair between a wildcard and the name asked for decides for itself, and is stopped itself") {
  Compiled rules =
      Zone("*.evil.com CNAME .\nb.evil.com CNAME .\n*.b.evil.com CNAME .\na.b.evil.com CNAME *.\n");
  CHECK(rules.Ask("b.evil.com") == "nxdomain zone/nxdomain");
  CHECK(rules.Ask("q.b.evil.com") == "nxdomain zone/nxdomain");
  CHECK(rules.Ask("q.a.b.evil.com") == "none");
}

// --- All of it at once
// ------------------------------------------------------------------------------

namespace {

std::string Parent(const std::string& name) {
  const size_t dot = name.find('.');
  return dot == std::string::npos ? "" : name.substr(dot + 1);
}

// A zone as RFC 4592 section 3.3.1 looks names up in it, word for word.
class SlowZone {
 public:
  void Add(const std::string& owner, const std::string& action) {
    actions_.emplace(owner, action);
    for (std::string at = owner; !at.empty(); at = Parent(at)) exist_.insert(at);
  }

  std::optional<std::string> Lookup(const std::string& qname) const {
    if (exist_.count(qname) != 0) return ActionOf(qname);
    std::string closest_encloser = Parent(qname);
    while (!closest_encloser.empty() && exist_.count(closest_encloser) == 0) {
      closest_encloser = Parent(closest_encloser);
    }
    return closest_encloser.empty() ? std::nullopt : ActionOf("*." + closest_encloser);
  }

  std::string Text() const {
    std::string text = kHead;
    for (const auto& [owner, action] : actions_) text += owner + " CNAME " + action + "\n";
    return text;
  }

 private:
  std::optional<std::string> ActionOf(const std::string& owner) const {
    auto found = actions_.find(owner);
    return found == actions_.end() ? std::nullopt : std::optional(found->second);
  }

  std::map<std::string, std::string> actions_;
  std::set<std::string> exist_;
};

// Up to four labels of two letters below evil.com.
std::string RandomName(std::mt19937& random) {
  std::string name = "evil.com";
  for (size_t labels = random() % 5; labels > 0; --labels) name = "ab"[random() % 2] + ("." + name);
  return name;
}

}  // namespace

TEST_CASE("Random zones answer as RFC 4592 looks names up, zone after zone") {
  const std::map<std::string, std::string> kVerdicts = {
      {".", "nxdomain "}, {"*.", "nodata "}, {"rpz-passthru.", "pass "}, {"rpz-drop.", "drop "}};
  std::mt19937 random(20250601);
  for (int round = 0; round < 60; ++round) {
    SlowZone zones[2];
    for (SlowZone& zone : zones) {
      for (size_t names = 1 + random() % 6; names > 0; --names) {
        auto action = kVerdicts.begin();
        std::advance(action, random() % kVerdicts.size());
        zone.Add((random() % 2 == 0 ? "*." : "") + RandomName(random), action->first);
      }
    }
    Compiled rules(
        {{"tollgate.yaml", "policies: [{file: 0.rpz, syntax: rpz}, {file: 1.rpz, syntax: rpz}]"},
         {"0.rpz", zones[0].Text()},
         {"1.rpz", zones[1].Text()}});
    for (int i = 0; i < 60; ++i) {
      const std::string qname = RandomName(random);
      std::optional<std::string> action;
      std::string zone = "0";
      if (!(action = zones[0].Lookup(qname))) {
        action = zones[1].Lookup(qname);
        zone = "1";
      }
      const std::string wanted = action ? kVerdicts.at(*action) + zone : "none";
      const std::string got = rules.Ask(qname);
      INFO("zones:\n" << zones[0].Text() << "\n" << zones[1].Text() << "\nname: " << qname);
      REQUIRE(got.substr(0, got.find('/')) == wanted);
    }
  }
}

}  // namespace tollgate
