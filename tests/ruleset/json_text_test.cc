// SPDX-License-Identifier: BSD-3-Clause
//
// JSON with the lines that its values stand on; all of it, or a fault.

#include "ruleset/text/json_text.h"

#include "tests/support/catch.h"

namespace tollgate::source {
namespace {

// The tree in one line, with the line of each value: "{a:1@2 b:[true@3]@3}@1".
std::string Dump(text::JsonValue value) {
  std::string out;
  if (value.is_object() || value.is_array()) {
    for (const text::JsonValue item : value) {
      out += out.empty() ? "" : " ";
      if (value.is_object()) out += std::string(item.key()) + ":";
      out += Dump(item);
    }
    out = value.is_object() ? "{" + out + "}" : "[" + out + "]";
  } else if (value.is_string()) {
    out = "'" + std::string(value.Text()) + "'";
  } else if (value.kind() == text::JsonKind::kNumber) {
    out = value.Text();
  } else {
    out = value.kind() == text::JsonKind::kTrue    ? "true"
          : value.kind() == text::JsonKind::kFalse ? "false"
                                                   : "null";
  }
  return out + "@" + std::to_string(value.line());
}

std::string Read(std::string_view text) {
  const text::JsonText json(text);
  if (json.fault()) return std::to_string(json.fault()->line) + ": " + json.fault()->reason;
  return Dump(json.root());
}

std::string Nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

constexpr std::string_view kOutOfPlace =
    "1: not JSON: a comma, a colon, a bracket or a value out of place";

}  // namespace

TEST_CASE("Every value knows the line that it begins on") {
  CHECK(Read("{\n\"a\": 1,\n\"b\": [\n true,\n \"x\"]\n,\"c\": {\"d\": null}}\n") ==
        "{a:1@2 b:[true@4 'x'@5]@3 c:{d:null@6}@6}@1");
}

TEST_CASE("A text of a single line has all of its values on the first") {
  CHECK(Read(R"([{"a":"x"},{"a":"y"}])") == "[{a:'x'@1}@1 {a:'y'@1}@1]@1");
}

TEST_CASE("Strings have their escapes taken off, and keys too") {
  CHECK(Read(R"({"\u0061": "\"\\\/\u00fc\ud83d\ude00"})") ==
        "{a:'\"\\/\xc3\xbc\xf0\x9f\x98\x80'@1}@1");
}

TEST_CASE("Numbers stay as they are written, however large") {
  CHECK(Read("[0, -1.50e+3 , 123456789012345678901234567890\n]") ==
        "[0@1 -1.50e+3@1 123456789012345678901234567890@1]@1");
}

TEST_CASE("A byte order mark is passed over") { CHECK(Read("\xef\xbb\xbf[1]") == "[1@1]@1"); }

TEST_CASE("Empty objects and arrays have nothing in them") {
  CHECK(Read("[{}, [], {\"a\": {}}]") == "[{}@1 []@1 {a:{}@1}@1]@1");
}

TEST_CASE("What is not JSON is a fault with its line, and nothing of it is taken") {
  CHECK(Read("") == "1: not JSON: nothing in it");
  CHECK(Read(" \n ") == "1: not JSON: nothing in it");
  CHECK(Read("evil.example\n") == kOutOfPlace);
  CHECK(Read("{\"a\": 1}\n{\"a\": 2}") == "2: not JSON: something behind its end");
  CHECK(Read("[1]]") == "1: not JSON: something behind its end");
  CHECK(Read("[1,\n2,\n") == "3: not JSON: it ends too early");
  CHECK(Read("[1,\n\"abc") == "2: not JSON: it ends too early");
  CHECK(Read("{\"a\": [1}") == kOutOfPlace);
  CHECK(Read("[1,]") == kOutOfPlace);
  CHECK(Read("[1 2]") == kOutOfPlace);
  CHECK(Read("{\"a\" 1}") == kOutOfPlace);
  CHECK(Read("{a: 1}") == kOutOfPlace);
  CHECK(Read("[tru]") == kOutOfPlace);
  CHECK(Read("[nul]") == kOutOfPlace);
  CHECK(Read("[01]") == kOutOfPlace);
  CHECK(Read("['x']") == kOutOfPlace);
  CHECK(Read("[\n\"\\q\"]") == "2: not JSON: a string with a bad escape");
  CHECK(Read("[\"a\nb\"]") ==
        "1: not JSON: a string with a control character or a line's end in it");
  CHECK(Read("[\n\"a\",\n\"\xff\"]") == "3: not JSON: octets that are not UTF-8");
}

TEST_CASE("A value that nobody asks for is checked like any other") {
  CHECK(Read("{\"unused\": [{\"deep\": nope}], \"a\": 1}") == kOutOfPlace);
}

TEST_CASE("A value that is alone is no list of anything") {
  CHECK(Read("\"evil.example\"") == "1: JSON that is neither an object nor an array");
  CHECK(Read("7") == "1: JSON that is neither an object nor an array");
}

TEST_CASE("Values may be 128 deep, and no deeper") {
  CHECK(Read(Nested(128)).substr(0, 4) == "[[[[");
  CHECK(Read(Nested(129)) == "1: JSON that is nested too deeply");
  CHECK(Read(Nested(1000000)) == "1: JSON that is nested too deeply");
}

TEST_CASE("A field is found by its name, and what is no field is absent") {
  const text::JsonText json(R"({"a": {"b": "x"}, "c": [1]})");
  CHECK(json.root()["a"]["b"].Text() == "x");
  CHECK_FALSE(json.root()["a"]["c"].exists());
  CHECK_FALSE(json.root()["c"]["b"].exists());
  CHECK_FALSE(json.root()["z"]["z"].exists());
  CHECK(json.root()["z"].Text().empty());
  for (const text::JsonValue item : json.root()["z"]) FAIL(item.line());
  for (const text::JsonValue item : json.root()["a"]["b"]) FAIL(item.line());
}

TEST_CASE("An object that has a key twice can be told") {
  CHECK(text::JsonText(R"({"a": 1, "b": 2, "\u0061": 3})").root().NameGivenTwice() == "a");
  CHECK(text::JsonText(R"({"a": {"b": 1}, "b": 2})").root().NameGivenTwice() == std::nullopt);
}

TEST_CASE("True is true, 1 and \"1\"") {
  const text::JsonText json(R"([true, 1, "1", "true", false, 0, "0", null, "", {}])");
  std::string out;
  for (const text::JsonValue item : json.root()) out += item.IsTrue() ? 't' : 'f';
  CHECK(out == "ttttffffff");
}

}  // namespace tollgate::source
