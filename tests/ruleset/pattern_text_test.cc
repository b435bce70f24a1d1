// SPDX-License-Identifier: BSD-3-Clause
//
// Patterns: what the analyst writes on the left, what Hyperscan is given on the right.

#include "ruleset/source/pattern_text.h"

#include <string>

#include "tests/support/catch.h"

namespace tollgate::source {
namespace {

const WordLists kLists = {{"carriers", {"usps", "dhl"}}, {"cheap", {"top", "co.uk"}}};

std::string Translated(const PatternText& pattern) {
  absl::StatusOr<std::string> expression = TranslatePattern(pattern, kLists);
  return expression.ok() ? *expression : "error: " + std::string(expression.status().message());
}

// Without the anchors and the group that every expression has.
std::string Body(std::string_view match) {
  const std::string whole = Translated({.match = std::string(match)});
  const std::string begin = "^(?:";
  const std::string end = R"()\z)";
  if (whole.size() < begin.size() + end.size() || whole.compare(0, begin.size(), begin) != 0 ||
      whole.compare(whole.size() - end.size(), end.size(), end) != 0) {
    return whole;
  }
  return whole.substr(begin.size(), whole.size() - begin.size() - end.size());
}

}  // namespace

TEST_CASE("A pattern is anchored at both ends") {
  CHECK(Translated({.match = "abc"}) == R"(^(?:abc)\z)");
}

TEST_CASE("Alternatives at the top are anchored as a whole") {
  CHECK(Translated({.match = "a|b"}) == R"(^(?:a|b)\z)");
}

TEST_CASE("Match: written to compiled") {
  const auto [written, compiled] = GENERATE(table<std::string, std::string>({
      // A dot alone is a dot.
      {"a.b", R"(a\.b)"},
      {"com-[a-z0-9]+.(xin|top)", R"(com-[a-z0-9]+\.(xin|top))"},
      {"(a.)+", R"((a\.)+)"},
      {"a.", R"(a\.)"},
      // A dot with a quantifier is any character.
      {"pay.*toll", "pay.*toll"},
      {"pay.+toll", "pay.+toll"},
      {"pay.?toll", "pay.?toll"},
      {"pay.{1,3}toll", "pay.{1,3}toll"},
      {"a..*", R"(a\..*)"},
      // An escaped dot is a dot always.
      {R"(a\.b)", R"(a\.b)"},
      {R"(a\.*b)", R"(a\.*b)"},
      // In a character class everything stays.
      {"[a.b]", "[a.b]"},
      {"[^.]+", "[^.]+"},
      {"[]a]", "[]a]"},
      {"[^]a]", "[^]a]"},
      {R"([\]a.])", R"([\]a.])"},
      {"[<>]", "[<>]"},
      {"[[:digit:]]+", "[[:digit:]]+"},
      // Lower case, but the case of an escape has a meaning.
      {"USPS[A-Z]", "usps[a-z]"},
      {R"(\D\d[\W\w])", R"(\D\d[\W\w])"},
      // Anchors that were pasted in are there anyway.
      {"^abc$", "abc"},
      {"^abc", "abc"},
      {"abc$", "abc"},
      // Groups.
      {"(a|b)c", "(a|b)c"},
      {"(?:a|b)c", "(?:a|b)c"},
      // A list stands for its words, taken literally.
      {"<carriers>-[a-z]+", "(?:usps|dhl)-[a-z]+"},
      {"a.<cheap>", R"(a\.(?:top|co\.uk))"},
      {"(<carriers>)?x", "((?:usps|dhl))?x"},
      {"<carriers>?x", "(?:usps|dhl)?x"},
      {R"(\<carriers)", R"(\<carriers)"},
  }));
  INFO(written);
  CHECK(Body(written) == compiled);
}

TEST_CASE("Suffixes follow the match behind a dot") {
  CHECK(Translated({.match = "com-[a-z]+", .suffixes = {"top"}}) ==
        R"(^(?:com-[a-z]+)\.(?:top)\z)");
  CHECK(Translated({.match = "a|b", .suffixes = {"top", "co.uk"}}) ==
        R"(^(?:a|b)\.(?:top|co\.uk)\z)");
}

TEST_CASE("Any suffix is one label or more") {
  CHECK(Translated({.match = "a|b", .any_suffix = true}) == R"(^(?:a|b)(?:\.[^.]+)+\z)");
}

TEST_CASE("Under any suffix the match is one label, so that a dot in it is a mistake") {
  const std::string reason =
      "error: a dot, and with 'suffixes: any' the pattern is matched against the one label before "
      "the "
      "suffix (at character 2)";
  CHECK(Translated({.match = "a.b", .any_suffix = true}) == reason);
  CHECK(Translated({.match = R"(a\.b)", .any_suffix = true}) == reason);
  CHECK(Translated({.match = "a.*b", .any_suffix = true}) == R"(^(?:a.*b)(?:\.[^.]+)+\z)");
}

TEST_CASE("A pattern that cannot be meant says why, and at which character") {
  const auto [written, reason] = GENERATE(table<std::string, std::string>({
      {"", "an empty pattern (at character 1)"},
      {"^$", "an empty pattern (at character 2)"},
      {"a^b",
       "an anchor inside the pattern; patterns are always matched whole, leave it out (at "
       "character 2)"},
      {"a$b",
       "an anchor inside the pattern; patterns are always matched whole, leave it out (at "
       "character 2)"},
      {"usps.com/us", "a part of a URL; patterns match names only (at character 9)"},
      {"https:a", "a part of a URL; patterns match names only (at character 6)"},
      {"a b", "a space, which no name has (at character 2)"},
      {"a\tb", "a space, which no name has (at character 2)"},
      {"bücher",
       "a character that is not ASCII; patterns see A-labels, write xn--... (at character 2)"},
      {"abc\\", "a backslash at the end (at character 4)"},
      {"a[bc", "a '[' without its ']' (at character 2)"},
      {"(a", "a '(' without its ')' (at character 3)"},
      {"a)", "a ')' without its '(' (at character 2)"},
      {"a)|(b", "a ')' without its '(' (at character 2)"},
      {R"(\Qa\E)",
       R"(an escape that patterns do not have; there are \d, \w, \D, \W, \b and \. for a dot (at character 1))"},
      {R"((a)\1)",
       R"(an escape that patterns do not have; there are \d, \w, \D, \W, \b and \. for a dot (at character 4))"},
      {R"([\x00])",
       R"(an escape that patterns do not have; there are \d, \w, \D, \W, \b and \. for a dot (at character 2))"},
      {"a<carriers", "a '<' without its '>' (at character 2)"},
      {"<carrier>", "no list is called 'carrier'; did you mean <carriers>? (at character 1)"},
      {"a<brands>", "no list is called 'brands'; write it under 'lists:' (at character 2)"},
      {"(?=a)b", "a special group; only ( ) and (?: ) can be used (at character 2)"},
      {"(?!a)b", "a special group; only ( ) and (?: ) can be used (at character 2)"},
      {"(?<=a)b", "a special group; only ( ) and (?: ) can be used (at character 2)"},
      {"(?i)usps", "a special group; only ( ) and (?: ) can be used (at character 2)"},
  }));
  INFO(written);
  CHECK(Body(written) == "error: " + reason);
}

}  // namespace tollgate::source
