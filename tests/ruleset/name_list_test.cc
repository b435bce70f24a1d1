// SPDX-License-Identifier: BSD-3-Clause
//
// Plain lists of names: somebody else's, so a bad line never keeps the good ones out.

#include "ruleset/source/name_list.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::source {
namespace {

// A list that was read alone.
struct List {
  explicit List(std::string_view text, const PolicyEntry& given = Entry()) {
    rejected = ReadNameList(text, "feed.txt", given, model, faults);
  }

  static PolicyEntry Entry() {
    PolicyEntry entry;
    entry.file = "feed.txt";
    entry.id = "feed";
    return entry;
  }

  // "evil.top:1 bad.top:3": names and their lines.
  std::string Names() const {
    std::string out;
    for (const policy::NameTrigger& trigger : model.name_triggers) {
      std::vector<uint8_t> wire(model.NameOf(trigger).begin(), model.NameOf(trigger).end());
      wire.push_back(0);
      if (!out.empty()) out += ' ';
      out += dns::Name::FromWire(wire)->Text() + ":" + std::to_string(trigger.line);
    }
    return out;
  }

  policy::RuleModel model;
  text::Diagnostics faults;
  size_t rejected;
};

}  // namespace

TEST_CASE("A list has one name a line") {
  CHECK(List("evil.top\nbad.top\n").Names() == "evil.top:1 bad.top:2");
}

TEST_CASE("The last line of a list needs no end") {
  CHECK(List("evil.top\nbad.top").Names() == "evil.top:1 bad.top:2");
}

TEST_CASE("Comments and empty lines count as lines of a list and hold no names") {
  const List list("# a feed\n\nevil.top  # seen today\n   \nbad.top#x\n");
  CHECK(list.Names() == "evil.top:3 bad.top:5");
  CHECK(list.rejected == 0);
}

TEST_CASE("A list may have lines that end as on Windows") {
  CHECK(List("evil.top\r\n\r\nbad.top\r\n").Names() == "evil.top:1 bad.top:3");
}

TEST_CASE("A list may be indented, defanged and hold URLs") {
  CHECK(List("  evil[.]top\nhxxps[:]//bad[.]top/us\n").Names() == "evil.top:1 bad.top:2");
}

TEST_CASE("A line that is no name is passed over with a warning") {
  const List list("evil.top\n192.0.2.1\nbad.top\n");
  CHECK(list.Names() == "evil.top:1 bad.top:3");
  CHECK(list.rejected == 1);
  CHECK(test::AsText(list.faults) ==
        "feed.txt:2:1: warning: '192.0.2.1' is not a name: "
        "an IP address, and names are wanted here; passed over\n");
}

TEST_CASE("A list without a single name is an error") {
  const List list("# nothing today\n");
  CHECK(test::AsText(list.faults) ==
        "feed.txt: error: the list holds no names; write one name a line\n");
}

TEST_CASE("A list is one policy with one rule, without a campaign") {
  const List list("evil.top\n");
  REQUIRE(list.model.policies.size() == 1);
  CHECK(list.model.policies[0].id == "feed");
  CHECK(list.model.policies[0].campaign.empty());
  REQUIRE(list.model.rules.size() == 1);
  CHECK(list.model.rules[0].id == "domains");
  CHECK(list.model.rules[0].file == "feed.txt");
}

TEST_CASE("The names of a list stand for themselves and everything below them") {
  const List list("evil.top\n");
  CHECK(list.model.name_triggers[0].scope == policy::NameScope::kDomain);
}

TEST_CASE("A list says nothing of its answer, so the defaults hold") {
  const List list("evil.top\n");
  CHECK(list.model.rules[0].answer == policy::Answer{});
  CHECK(list.model.rules[0].answer.action == policy::Action::kNxdomain);
  CHECK(list.model.rules[0].mode == policy::Mode::kEnforce);
  CHECK(list.model.rules[0].expires == policy::kNever);
}

TEST_CASE("The manifest's entry says what a list does") {
  PolicyEntry entry = List::Entry();
  entry.overrides.action = policy::Action::kDrop;
  entry.overrides.mode = policy::Mode::kShadow;
  entry.overrides.expires = 20240;
  const List list("evil.top\n", entry);
  CHECK(list.model.rules[0].answer.action == policy::Action::kDrop);
  CHECK(list.model.rules[0].mode == policy::Mode::kShadow);
  CHECK(list.model.rules[0].expires == 20240);
}

}  // namespace tollgate::source
