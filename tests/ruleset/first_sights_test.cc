// SPDX-License-Identifier: BSD-3-Clause
//
// A feed with a lifetime: names are listed for so many days since they were first seen.

#include "ruleset/compile/first_sights.h"

#include <map>

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::compile {
namespace {

// A feed that is compiled on one day after the other.
class Feed {
 public:
  explicit Feed(uint32_t lifetime) : lifetime_(lifetime) {}

  // The last day of each name that the feed lists today.
  std::map<std::string, policy::Day> On(policy::Day today, const std::vector<std::string>& names) {
    policy::RuleModel model;
    policy::Policy policy;
    policy.id = "feed";
    policy.terms.lifetime = lifetime_;
    model.policies.push_back(policy);
    model.rules.emplace_back();
    for (const std::string& name : names) {
      model.AddName(test::NameOf(name), policy::NameScope::kDomain, 0, 1, own_last_day);
    }
    FirstSights sights = state_.empty() ? FirstSights() : FirstSights::Parse(state_).value();
    sights.Apply(today, model);
    state_ = sights.Serialize();
    std::map<std::string, policy::Day> last_days;
    for (const policy::NameTrigger& trigger : model.name_triggers) {
      last_days[dns::Name::FromStored(model.NameOf(trigger))->Text()] = trigger.expires;
    }
    return last_days;
  }

  size_t state_octets() const { return state_.size(); }
  policy::Day own_last_day = policy::kNever;

 private:
  uint32_t lifetime_;
  std::string state_;
};

using LastDays = std::map<std::string, policy::Day>;

}  // namespace

TEST_CASE("A name's last day is that of its first sight and the lifetime") {
  Feed feed(30);
  CHECK(feed.On(100, {"a.com"}) == LastDays{{"a.com", 130}});
}

TEST_CASE("A name that stays in its feed keeps its first sight") {
  Feed feed(30);
  feed.On(100, {"a.com"});
  CHECK(feed.On(110, {"a.com", "b.com"}) == LastDays{{"a.com", 130}, {"b.com", 140}});
  feed.On(118, {"a.com"});
  CHECK(feed.On(125, {"a.com"}) == LastDays{{"a.com", 130}});
}

TEST_CASE("A name that is missing for a few days keeps its first sight") {
  Feed feed(30);
  feed.On(100, {"a.com"});
  feed.On(103, {});
  CHECK(feed.On(107, {"a.com"}) == LastDays{{"a.com", 130}});
}

TEST_CASE("A name that comes back after more than a week is revived") {
  Feed feed(30);
  feed.On(100, {"a.com"});
  feed.On(104, {});
  CHECK(feed.On(108, {"a.com"}) == LastDays{{"a.com", 138}});
}

TEST_CASE("A name that its feed has long forgotten leaves the state") {
  Feed feed(30);
  feed.On(100, {"a.com", "b.com"});
  const size_t both = feed.state_octets();
  feed.On(107, {"b.com"});
  CHECK(feed.state_octets() == both);
  feed.On(108, {"b.com"});
  CHECK(feed.state_octets() == both - 12);
}

TEST_CASE("An indicator's own last day counts where it is earlier") {
  Feed feed(30);
  feed.own_last_day = 120;
  CHECK(feed.On(100, {"a.com"}) == LastDays{{"a.com", 120}});
  feed.own_last_day = 200;
  CHECK(feed.On(100, {"a.com"}) == LastDays{{"a.com", 130}});
}

TEST_CASE("A policy without a lifetime has no state") {
  Feed feed(0);
  CHECK(feed.On(100, {"a.com"}) == LastDays{{"a.com", policy::kNever}});
  CHECK(feed.state_octets() == FirstSights().Serialize().size());
}

TEST_CASE("Anything but a whole state file is refused") {
  policy::RuleModel model;
  policy::Policy policy;
  policy.id = "feed";
  policy.terms.lifetime = 3;
  model.policies.push_back(policy);
  model.rules.emplace_back();
  model.AddName(test::NameOf("a.com"), policy::NameScope::kHost, 0, 1, policy::kNever);
  FirstSights sights;
  sights.Apply(100, model);
  const std::string whole = sights.Serialize();
  CHECK(FirstSights::Parse(whole).ok());
  for (size_t size = 0; size < whole.size(); ++size) {
    CHECK_FALSE(FirstSights::Parse(std::string_view(whole).substr(0, size)).ok());
  }
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] ^= 1;
    CHECK_FALSE(FirstSights::Parse(damaged).ok());
  }
}

}  // namespace tollgate::compile
