// SPDX-License-Identifier: BSD-3-Clause
//
// What every name must hold that a pattern matches.

#include "ruleset/compile/required_literals.h"

#include <algorithm>
#include <string>
#include <vector>

#include "ruleset/compile/literal_rarity.h"
#include "ruleset/database/gram.h"
#include "ruleset/database/hyperscan.h"
#include "tests/match/dice.h"
#include "tests/support/catch.h"

namespace tollgate::compile {
namespace {

// The set as text: ^ and $ for the ends, a blank between strings, "?" where there is none.
std::string Of(std::string_view expression) {
  const auto literals = RequiredLiterals(expression);
  if (!literals) return "?";
  std::string text;
  for (const std::string& literal : *literals) {
    if (!text.empty()) text += ' ';
    for (char c : literal) text += c == kTextStart ? '^' : c == kTextEnd ? '$' : c;
  }
  return text;
}

TEST_CASE("a word that every match holds is required") {
  CHECK(Of("usps") == "usps");
  CHECK(Of(".*usps.*") == "usps");
  CHECK(Of("[a-z0-9-]*usps[a-z0-9-]*") == "usps");
}

TEST_CASE("anchors are part of a word") {
  CHECK(Of(R"(^(?:com-[a-z0-9-]+)\z)") == "^com-");
  CHECK(Of("usps$") == "usps$");
  CHECK(Of(R"(\Ausps\Z)") == "^usps$");
}

TEST_CASE("neighbours are joined while all that they match is known") {
  CHECK(Of("us-?ps") == "us-ps usps");
  CHECK(Of("(pay|my)-?toll[0-9]") == "my-toll mytoll pay-toll paytoll");
  CHECK(Of("u[sz]ps") == "usps uzps");
  CHECK(Of("(ab){2}c") == "ababc");
}

TEST_CASE("what a group begins and ends with is joined with what stands beside it") {
  CHECK(Of("us(?:ps[a-z]*|pc.+)x") == "uspc usps");
  CHECK(Of("(?:[a-z]*dh|.+up)lx") == "dhlx uplx");
  CHECK(Of("q(?:a[b-z]*c|d.*e)z") == "?");  // too short at either end
}

TEST_CASE("of alternatives each gives its words") {
  CHECK(Of("usps|fedex.*|.*royalmail") == "fedex royalmail usps");
  CHECK(Of("x(?:usps|(dhl|ups)x)y") == "xdhlxy xupsxy xuspsy");
}

TEST_CASE("alternatives require nothing where one of them does not") {
  CHECK(Of("usps|[a-z]+") == "?");
  CHECK(Of("(usps)?[a-z]*") == "?");
  CHECK(Of("(usps){0,2}[a-z]") == "?");
  CHECK(Of("usps|ab") == "?");  // too short to look for
}

TEST_CASE("of several words that all are required the rarest is taken") {
  CHECK(Of("sea.*quxzy") == "quxzy");
  CHECK(Of(R"(^(?:tolls?-[a-z]{2,5})\.(?:top|com)\z)") == "^toll- ^tolls-");
}

TEST_CASE("where only the suffix is known, the suffix is required") {
  CHECK(Of(R"(^(?:[a-z]+)\.(?:top|xyz)\z)") == ".top$ .xyz$");
}

TEST_CASE("a repetition of one or more has its first turn") {
  CHECK(Of("(?:usps)+") == "usps");
  CHECK(Of("(?:usps){1,3}x") == "usps");
}

TEST_CASE("letters of either case are folded where the expression says so") {
  CHECK(Of("(?i)USPS[Xx]") == "uspsx");
}

TEST_CASE("what no plain name has is not looked for") {
  CHECK(Of("us%ps|fedex") == "fedex");
  CHECK(Of("us%ps") == "");
  CHECK(Of("USPS") == "");
  CHECK(Of("us^ps|fedex") == "fedex");
}

TEST_CASE("an expression that is not understood requires nothing") {
  for (const char* expression :
       {"us(?=ps)usps", "(?i:usps)", "(?P<n>usps)", R"(usps\1)", R"(\Qusps\E)", R"(\x41usps)",
        "usps{x", "usps[[:alpha:]]", "usps++", "usps[", "usps(", "usps)", "*usps", R"(usps\)",
        R"(usps\p{L})", "usps{2}{3}", "usps[a-\\]]"}) {
    INFO(expression);
    CHECK(Of(expression) == "?");
  }
}

TEST_CASE("groups in groups without end are not followed") {
  std::string expression(5000, '(');
  expression += "usps" + std::string(5000, ')');
  CHECK(Of(expression) == "?");
}

TEST_CASE("lists of words are joined up to a limit, and not beyond it") {
  std::string words = "(aaaa";
  for (char c = 'b'; c <= 'z'; ++c) words += std::string("|") + std::string(4, c);
  words += ")";
  CHECK(RequiredLiterals(words)->size() == 26);
  CHECK(RequiredLiterals(words + words + words)->size() == 26);
}

TEST_CASE("a short word becomes the grams with every character beside it") {
  CHECK(GramsOf({"dmv"}).size() == 40);
  CHECK(GramsOf({std::string{'u', 'k', kTextEnd}}).size() == 40);
  CHECK(GramsOf({"usps"}).size() == 1);
  CHECK(GramsOf({"usps", "fedex", "royalmail"}).size() == 3);
}

// --- Hyperscan is the judge ---

using testing::Dice;

// Expressions of a few words and everything that is understood around them.
class ExpressionMaker {
 public:
  explicit ExpressionMaker(uint32_t seed) : dice_(seed) {}

  std::string Make(int depth = 3) {
    std::string text;
    for (uint32_t i = 1 + dice_.Below(3); i > 0; --i) text += Piece(depth);
    return text;
  }

 private:
  std::string Piece(int depth) {
    static constexpr const char* kWords[] = {"abcd", "ab", "c", "bcda", "a-b", "dab", "cc"};
    static constexpr const char* kSingles[] = {".",   "[ab]", "[a-d]", "[^a]", "\\w",
                                               "\\.", "[cd]", "\\-",   "\\b",  "[a-]"};
    std::string piece;
    switch (dice_.Below(depth > 0 ? 7 : 4)) {
      case 0:
      case 1:
        return kWords[dice_.Below(std::size(kWords))];
      case 2:
        piece = kSingles[dice_.Below(std::size(kSingles))];
        break;
      case 3:
        if (dice_.OneIn(4)) return dice_.OneIn(2) ? "^" : "$";
        piece = std::string(1, static_cast<char>('a' + dice_.Below(4)));
        break;
      case 4:
        piece = "(" + Make(depth - 1) + "|" + Make(depth - 1) + ")";
        break;
      case 5:
        piece = "(?:" + Make(depth - 1) + "|" + (dice_.OneIn(3) ? "" : Make(depth - 1)) + ")";
        break;
      default:
        piece = "(?:" + Make(depth - 1) + ")";
    }
    static constexpr const char* kTimes[] = {"",  "",    "",      "?",     "*",
                                             "+", "{2}", "{1,2}", "{0,1}", "{2,}"};
    return piece + kTimes[dice_.Below(std::size(kTimes))];
  }

  Dice dice_;
};

bool Matches(const database::PatternDatabase& pattern, const database::PatternScratch& scratch,
             std::string_view text) {
  bool found = false;
  Scan(
      pattern, text, scratch, [](unsigned, void* out) noexcept { *static_cast<bool*>(out) = true; },
      &found);
  return found;
}

bool HoldsOne(const std::vector<std::string>& literals, std::string_view text) {
  const std::string bounded = '.' + std::string(text) + '\0';
  return std::any_of(literals.begin(), literals.end(), [&](std::string literal) {
    std::replace(literal.begin(), literal.end(), kTextStart, '.');
    std::replace(literal.begin(), literal.end(), kTextEnd, '\0');
    literal.erase(0, std::min(literal.find_first_not_of('.'), literal.size()) > 1
                         ? literal.find_first_not_of('.') - 1
                         : 0);
    while (literal.size() > 1 && literal.ends_with(std::string(2, '\0'))) literal.pop_back();
    return bounded.find(literal) != std::string::npos;
  });
}

TEST_CASE("whatever Hyperscan finds holds one of the words") {
  Dice dice(1);
  size_t with_literals = 0;
  size_t matched = 0;
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    const std::string expression = ExpressionMaker(seed).Make();
    const auto literals = RequiredLiterals(expression);
    if (!literals) continue;
    const auto pattern = database::PatternDatabase::Compile({&expression, 1});
    if (!pattern.ok()) continue;  // one that matches the empty text, for one
    database::PatternScratch scratch;
    REQUIRE(scratch.Allocate(*pattern).ok());
    ++with_literals;
    for (int i = 0; i < 200; ++i) {
      std::string text;
      for (uint32_t length = 1 + dice.Below(12); length > 0; --length) {
        text += "abcd.-"[dice.Below(6)];
      }
      if (!Matches(*pattern, scratch, text)) continue;
      ++matched;
      INFO(expression << " matches " << text << " and requires " << Of(expression));
      REQUIRE(HoldsOne(*literals, text));
    }
  }
  CHECK(with_literals > 300);
  CHECK(matched > 500);
}

}  // namespace
}  // namespace tollgate::compile
