// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/control/recent.h"

#include "tests/support/catch.h"

namespace tollgate::control {

TEST_CASE("Decisions and counts are read") {
  const absl::StatusOr<Recent> recent = RecentFromJson(R"({"ok":true,"latest":7,"decisions":[
      {"time":"2025-11-13T02:13:07.123456Z","client":"192.0.2.1","port":5353,"protocol":"udp",
       "qname":"a.example","qtype":"A","action":"nxdomain","mode":"shadow","policy":"p",
       "campaign":null,"rule":"r","indicator":"","database":"00","seq":7}],
      "names":[{"name":"a.example","count":3}],"clients":[{"client":"192.0.2.1","count":4}],
      "rules":[{"policy":"p","rule":"r","count":5}],"campaigns":[{"campaign":"c","count":6}]})");
  REQUIRE(recent.ok());
  CHECK(recent->latest == 7);
  REQUIRE(recent->decisions.size() == 1);
  CHECK(recent->decisions[0].seq == 7);
  CHECK(recent->decisions[0].qname == "a.example");
  CHECK(recent->decisions[0].mode == "shadow");
  CHECK(recent->decisions[0].campaign.empty());
  CHECK(recent->names.at(0).key == "a.example");
  CHECK(recent->names.at(0).count == 3);
  CHECK(recent->clients.at(0).key == "192.0.2.1");
  CHECK(recent->rules.at(0).policy == "p");
  CHECK(recent->rules.at(0).key == "r");
  CHECK(recent->campaigns.at(0).key == "c");
  CHECK(recent->campaigns.at(0).count == 6);
}

TEST_CASE("What is missing is nothing") {
  REQUIRE(RecentFromJson("{}").ok());
  CHECK(RecentFromJson("{}")->decisions.empty());
}

TEST_CASE("An answer that refuses is an error, with its own words") {
  const std::string refusal = R"({"ok":false,"error":"no such verb: recent"})";
  CHECK(RecentFromJson(refusal).status().message() == "no such verb: recent");
  CHECK(RefusalIn(refusal).message() == "no such verb: recent");
  CHECK(RefusalIn(R"({"ok":false})").message() == "the module refuses, and does not say why");
  CHECK(RefusalIn(R"({"ok":true})").ok());
  CHECK(RefusalIn("{").ok());
}

TEST_CASE("What is no answer is a fault that names what is wrong") {
  CHECK_FALSE(RecentFromJson("{").ok());
  CHECK_FALSE(RecentFromJson("[]").ok());
  CHECK(RecentFromJson(R"({"decisions":[1]})").status().message() ==
        "not decisions of Tollgate: 'decisions' has an item that is no object");
  CHECK(RecentFromJson(R"({"names":[{"count":-1}]})").status().message() ==
        "not decisions of Tollgate: 'count' is no whole number from 0 to 2^64 - 1");
}

}  // namespace tollgate::control
