// SPDX-License-Identifier: BSD-3-Clause
//
// What people mistype, and what must not happen then: each of these once did.
#include <string>

#include "ruleset/source/indicator.h"
#include "ruleset/source/zone_text.h"
#include "ruleset/text/yaml.h"
#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

using namespace tollgate;
using test::Compiled;

namespace {

std::string Parsed(std::string_view text) {
  auto name = source::ParseIndicator(text);
  return name.ok() ? name->Text() : "error: " + std::string(name.status().message());
}

}  // namespace

TEST_CASE("A quote that is never closed does not swallow the rest of the file") {
  Compiled rules("id: x\ndomains: [a.com]\ntitle: \"y\nhosts: [b.com]\n");
  CHECK_FALSE(rules.ok());
}

TEST_CASE("A second YAML document is not passed over in silence") {
  Compiled rules("id: x\ndomains: [a.com]\n---\nhosts: [b.com]\n");
  CHECK_FALSE(rules.ok());
}

TEST_CASE("A port before a path, without a scheme") {
  CHECK(Parsed("evil.top:8443/us") == "evil.top");
  CHECK(Parsed("evil.top/a:b") == "evil.top");
}

TEST_CASE("What no host name holds is refused, not stored as a name that nobody asks for") {
  for (const char* text : {"||evil.top^", "evil.top,bad.top", "\"evil.top\"", "'evil.top'",
                           "(evil.top)", "evil.top;", "evil.top\\\\x", "evil[.]top]"}) {
    INFO(text);
    CHECK(Parsed(text).find("error: ") == 0);
  }
}

TEST_CASE("A query or fragment without a path or scheme") {
  CHECK(Parsed("evil.top?x=1") == "evil.top");
  CHECK(Parsed("evil.top#x") == "evil.top");
}

TEST_CASE("An address with a final dot is an address") {
  CHECK(Parsed("1.2.3.4.") == "error: an IP address, and names are wanted here");
}

TEST_CASE("What has a colon is not always an address") {
  CHECK(Parsed("mailto:a@b.com") != "error: an IP address, and names are wanted here");
  CHECK(Parsed("id: c") != "error: an IP address, and names are wanted here");
}

TEST_CASE("Types that exist in messages only are no records of an answer") {
  for (const char* text :
       {R"(TYPE41 \# 0)", R"(TYPE249 \# 0)", R"(TYPE250 \# 0)", R"(TYPE255 \# 0)"}) {
    INFO(text);
    CHECK_FALSE(source::ParseSinkholeRecord(text).ok());
  }
}

TEST_CASE("One fault in a sinkhole is reported once") {
  Compiled rules("id: c\nsinkhole: [garden.example]\ndomains: [a.com]\n");
  const std::string faults = rules.Faults();
  INFO(faults);
  CHECK(faults.find('\n') == faults.size() - 1);
}

TEST_CASE("Two letters that changed places get a suggestion") {
  Compiled rules("id: c\nseverity: hihg\nmoed: shadow\ndomains: [a.com]\n");
  CHECK(rules.Reports(
      "campaign.yaml:2:11: error: 'hihg' is not a value of 'severity'; did you mean 'high'?"));
  CHECK(rules.Reports("campaign.yaml:3:1: error: unknown key 'moed'; did you mean 'mode'?"));
}

TEST_CASE("Aliases of aliases are refused at once") {
  std::string bomb = "a0: &a0 {x: y}\n";
  for (int i = 1; i < 40; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {";
    for (int j = 0; j < 10; ++j)
      bomb += "k" + std::to_string(j) + ": *a" + std::to_string(i - 1) + ", ";
    bomb += "}\n";
  }
  text::Diagnostics faults;
  text::ParseYaml(bomb, "f.yaml", faults);
  REQUIRE(faults.error_count() >= 1);
  CHECK(faults.list()[0].what == "not valid YAML: too many values; are there aliases of aliases?");
}
