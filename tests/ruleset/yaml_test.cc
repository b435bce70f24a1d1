// SPDX-License-Identifier: BSD-3-Clause
//
// Reading YAML that people write: every fault with its line, its column and a fix.

#include "ruleset/text/yaml.h"

#include <array>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/ruleset_fixture.h"

namespace tollgate::text {
namespace {

// A document and its diagnostics.
struct Document {
  explicit Document(std::string_view text)
      : root(ParseYaml(test::Unindented(text), "f.yaml", faults)) {}

  std::string Faults() const { return test::AsText(faults); }

  Diagnostics faults;
  YamlMap root;
};

constexpr std::array<std::string_view, 3> kColours = {"red", "green", "blue"};

}  // namespace

TEST_CASE("A scalar knows its line and column") {
  Document document(R"(
      title: one
      nested:
        deep:  two)");
  CHECK(document.root.Where("title").line == 1);
  CHECK(document.root.Where("title").column == 8);
  std::optional<YamlMap> nested = document.root.Map("nested");
  REQUIRE(nested.has_value());
  CHECK(nested->Scalar("deep")->value == "two");
  CHECK(nested->Where("deep").line == 3);
  CHECK(nested->Where("deep").column == 10);
}

TEST_CASE("The items of a list know their lines") {
  Document document(R"(
      names:
        - a
        # between them
        - b
      flow: [c,
             d])");
  const std::vector<YamlScalar> names = document.root.Scalars("names");
  REQUIRE(names.size() == 2);
  CHECK(names[0].where.line == 2);
  CHECK(names[1].where.line == 4);
  CHECK(names[1].where.column == 5);
  const std::vector<YamlScalar> flow = document.root.Scalars("flow");
  REQUIRE(flow.size() == 2);
  CHECK(flow[1].value == "d");
  CHECK(flow[1].where.line == 6);
}

TEST_CASE("A lone value is a list of one") {
  Document document("names: a");
  REQUIRE(document.root.Scalars("names").size() == 1);
  CHECK(document.root.Scalars("names")[0].value == "a");
}

TEST_CASE("Absent keys and keys without a value read as absent") {
  Document document("empty:");
  CHECK_FALSE(document.root.String("empty").has_value());
  CHECK_FALSE(document.root.String("absent").has_value());
  CHECK(document.root.Sequence("empty").empty());
  CHECK(document.root.Sequence("absent").empty());
  CHECK(document.root.Has("empty"));
  CHECK_FALSE(document.root.Has("absent"));
  CHECK(document.Faults() == "");
}

TEST_CASE("Values stay text: no, 1e3 and 0x10 are what is written") {
  Document document("a: no\nb: 1e3\nc: 0x10");
  CHECK(document.root.String("a") == "no");
  CHECK(document.root.String("b") == "1e3");
  CHECK(document.root.String("c") == "0x10");
}

TEST_CASE("Keys come in the order of the file") {
  Document document("b: 1\na: 2\nc: 3");
  std::string keys;
  for (const YamlScalar& key : document.root.Keys()) keys += key.value;
  CHECK(keys == "bac");
}

TEST_CASE("An unknown key gets a suggestion") {
  Document document(R"(
      id: x
      tilte: y)");
  document.root.String("id");
  document.root.String("title");
  document.root.RefuseOtherKeys();
  CHECK(document.Faults() == "f.yaml:2:1: error: unknown key 'tilte'; did you mean 'title'?\n");
}

TEST_CASE("An unknown key that is like no other gets the list of those that are known") {
  Document document("zzzzzz: y");
  document.root.String("id");
  document.root.String("title");
  document.root.RefuseOtherKeys();
  CHECK(document.Faults() == "f.yaml:1:1: error: unknown key 'zzzzzz'; known here: id or title\n");
}

TEST_CASE("A key that was asked for is not unknown, even where its value has the wrong shape") {
  Document document("id: [a, b]");
  document.root.String("id");
  document.root.RefuseOtherKeys();
  CHECK(document.Faults() ==
        "f.yaml:1:5: error: 'id' wants one value, and this is a list or a mapping; "
        "write it on the same line: id: value\n");
}

TEST_CASE("A key that stands twice is an error at its second place") {
  Document document(R"(
      id: a
      title: b
      id: c)");
  CHECK(document.Faults() ==
        "f.yaml:3:1: error: the key 'id' a second time; merge the two; only one of them would "
        "count\n");
}

TEST_CASE("A number is a whole number between its bounds") {
  Document document("a: 60\nb: 0\nc: 10\nd: 11\ne: -1\nf: 6o\ng: 99999999999\nh: ''\ni: 1.5");
  CHECK(document.root.Number("a", 0, 60) == 60u);
  CHECK(document.root.Number("b", 0, 10) == 0u);
  CHECK(document.root.Number("c", 0, 10) == 10u);
  CHECK(document.Faults() == "");
  for (const char* key : {"d", "e", "f", "g", "h", "i"}) {
    CHECK_FALSE(document.root.Number(key, 0, 10).has_value());
  }
  CHECK(document.Faults() ==
        "f.yaml:4:4: error: '11' is not a whole number from 0 to 10\n"
        "f.yaml:5:4: error: '-1' is not a whole number from 0 to 10\n"
        "f.yaml:6:4: error: '6o' is not a whole number from 0 to 10\n"
        "f.yaml:7:4: error: '99999999999' is not a whole number from 0 to 10\n"
        "f.yaml:8:4: error: '' is not a whole number from 0 to 10\n"
        "f.yaml:9:4: error: '1.5' is not a whole number from 0 to 10\n");
}

TEST_CASE("A word is one of those that are known") {
  Document document("a: green\nb: gren\nc: octarine\nd: Green");
  CHECK(document.root.Word("a", kColours) == 1u);
  CHECK_FALSE(document.root.Word("b", kColours).has_value());
  CHECK_FALSE(document.root.Word("c", kColours).has_value());
  CHECK_FALSE(document.root.Word("d", kColours).has_value());
  CHECK(document.Faults() ==
        "f.yaml:2:4: error: 'gren' is not a value of 'b'; did you mean 'green'?\n"
        "f.yaml:3:4: error: 'octarine' is not a value of 'c'; write red, green or blue\n"
        "f.yaml:4:4: error: 'Green' is not a value of 'd'; did you mean 'green'?\n");
}

TEST_CASE("What is on or off is yes or true, no or false") {
  Document document(
      "a: yes\nb: true\nc: no\nd: false\ne: 'yes'\nf: Yes\ng: on\nh: 1\ni: [yes]\nj:");
  CHECK(document.root.YesNo("a") == true);
  CHECK(document.root.YesNo("b") == true);
  CHECK(document.root.YesNo("c") == false);
  CHECK(document.root.YesNo("d") == false);
  CHECK(document.root.YesNo("e") == true);
  for (const char* key : {"f", "g", "h", "i", "j", "k"}) {
    CHECK_FALSE(document.root.YesNo(key).has_value());
  }
  CHECK(document.Faults() ==
        "f.yaml:6:4: error: 'Yes' is neither yes nor no; write yes or no\n"
        "f.yaml:7:4: error: 'on' is neither yes nor no; write yes or no\n"
        "f.yaml:8:4: error: '1' is neither yes nor no; write yes or no\n"
        "f.yaml:9:4: error: 'i' wants one value, and this is a list or a mapping; write it on the "
        "same line: i: value\n");
}

TEST_CASE("A mapping where a list is wanted says how lists are written") {
  Document document("names:\n  a: b");
  CHECK(document.root.Sequence("names").empty());
  CHECK(document.Faults() ==
        "f.yaml:2:3: error: 'names' wants a list, and this is a mapping; begin each item with '- "
        "'\n");
}

TEST_CASE("A mapping in a list of single values is an error at its place") {
  Document document("names:\n  - a\n  - b: c");
  CHECK(document.root.Scalars("names").size() == 1);
  CHECK(document.Faults() ==
        "f.yaml:3:5: error: a mapping in the list 'names'; "
        "write single values; a value with ': ' in it needs quotes\n");
}

TEST_CASE("A value where a mapping is wanted says how mappings are written") {
  Document document("lists: a");
  CHECK_FALSE(document.root.Map("lists").has_value());
  CHECK(document.Faults() ==
        "f.yaml:1:8: error: 'lists' wants a mapping; write its keys indented below it\n");
}

TEST_CASE("An empty item is an error") {
  Document document("names:\n  - a\n  -\n  - b");
  CHECK(document.root.Scalars("names").size() == 2);
  CHECK(document.faults.error_count() == 1);
  CHECK(document.faults.list()[0].what == "an empty item");
}

TEST_CASE("A list inside a list is an error: a name that begins with a bracket needs quotes") {
  Document document("names:\n  - a\n  - [b, c]");
  CHECK(document.Faults() ==
        "f.yaml:3:5: error: a list inside the list; write one value behind each '-'; "
        "names with [.] that begin with a bracket need quotes\n");
}

TEST_CASE("Defanged names need no quotes in a list") {
  Document document("names:\n  - usps.com-isjjz[.]top\n  - hxxps[:]//irs.gov-tax[.]cfd/pay");
  const std::vector<YamlScalar> names = document.root.Scalars("names");
  REQUIRE(names.size() == 2);
  CHECK(names[0].value == "usps.com-isjjz[.]top");
  CHECK(names[1].value == "hxxps[:]//irs.gov-tax[.]cfd/pay");
}

TEST_CASE("A file of nothing or of comments alone is an error of the whole file") {
  CHECK(Document("").Faults() == "f.yaml: error: the file is empty\n");
  CHECK(Document("# nothing yet\n").Faults() == "f.yaml: error: the file is empty\n");
}

TEST_CASE("A file that is not a mapping says what to begin with") {
  CHECK(
      Document("- a\n- b").Faults() ==
      "f.yaml:1:1: error: the file is not a mapping; begin with keys such as 'id: my-campaign'\n");
  CHECK(
      Document("just words").Faults() ==
      "f.yaml:1:1: error: the file is not a mapping; begin with keys such as 'id: my-campaign'\n");
}

TEST_CASE("A tab as indentation is an error that says to use spaces") {
  Document document("names:\n\t- a");
  REQUIRE(document.faults.error_count() == 1);
  CHECK(document.faults.list()[0].where.line == 2);
  CHECK(document.faults.list()[0].fix == "indent with spaces");
}

TEST_CASE("A syntax error has a line and a fix") {
  Document document("id: x\nmatch: a: b");
  REQUIRE(document.faults.error_count() == 1);
  CHECK(document.faults.list()[0].where.line == 2);
  CHECK(document.faults.list()[0].fix == "put the value in single quotes");
}

TEST_CASE("An alias stands for its value") {
  Document document("a: &words [one, two]\nb: *words");
  CHECK(document.Faults() == "");
  CHECK(document.root.Scalars("b").size() == 2);
}

TEST_CASE("An alias inside its own anchor is a fault, and does not go on for ever") {
  const auto text =
      GENERATE(as<std::string>{}, "a: &d [x: *d]", "a: &d {x: *d}", "a: &d [{x: *d}, {y: *d}]");
  const std::string faults = Document(text).Faults();
  INFO(faults);
  CHECK(faults.find("mappings too deep in each other; is there an alias of itself?; write the "
                    "values where they are used") != std::string::npos);
}

TEST_CASE("A file that cannot be read says why") {
  Diagnostics faults;
  ParseYamlFile("/nowhere/at-all.yaml", faults);
  CHECK(test::AsText(faults) ==
        "/nowhere/at-all.yaml: error: cannot read the file: No such file or directory; "
        "check the path and its permissions\n");
}

TEST_CASE("A file larger than the limit is not read") {
  const test::TemporaryFolder folder;
  const std::string path = folder.Write("large", std::string((1 << 20) + 1, 'x'));
  std::string reason;
  CHECK_FALSE(ReadFile(path, 1 << 20, reason).has_value());
  CHECK(reason == "larger than 1 MiB");
}

TEST_CASE("Suggest finds what was meant, and nothing where nothing is near") {
  CHECK(Suggest("gren", kColours) == "green");
  CHECK(Suggest("bleu", kColours) == "blue");        // two neighbours that changed places
  CHECK(Suggest("blxy", kColours) == std::nullopt);  // two changes in four letters are too many
  CHECK(Suggest("yellow", kColours) == std::nullopt);
}

TEST_CASE("A diagnostic is one line: file, line, column, severity, what, fix") {
  Diagnostics faults;
  faults.Error({"f", 1, 2}, "what", "fix");
  faults.Warning({"f", 3, 0}, "what");
  faults.Error({"f", 0, 0}, "what");
  CHECK(test::AsText(faults) == "f:1:2: error: what; fix\nf:3: warning: what\nf: error: what\n");
  CHECK(faults.error_count() == 2);
  CHECK(faults.warning_count() == 1);
}

}  // namespace tollgate::text
