// SPDX-License-Identifier: BSD-3-Clause
//
// A parser by recursive descent, a function for each rule of the grammar:
//
//   pattern      : alternatives (FOLLOWEDBY alternatives)*            of observations
//   alternatives : together (OR together)*
//   together     : observation (AND observation)*
//   observation  : ('[' comparisons ']' | '(' pattern ')') qualifier*
//   qualifier    : WITHIN number SECONDS | REPEATS number TIMES | START constant STOP constant
//   comparisons  : both (OR both)*
//   both         : test (AND test)*
//   test         : '(' comparisons ')' | EXISTS path | path NOT? operator constant

#include "ruleset/source/stix_pattern.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tollgate::source {
namespace {

using Kind = StixTerm::Kind;
using Terms = std::vector<StixTerm>;

constexpr int kDeepest = 64;  // parentheses; each costs some frames of the stack

constexpr absl::string_view kTogether = "an indicator that needs several things together";
constexpr absl::string_view kNot = "an indicator of all names but some";
constexpr absl::string_view kOrder = "an indicator that orders names";
constexpr absl::string_view kAnyName = "an indicator of any name";
constexpr absl::string_view kSomeAddresses = "an expression for addresses";
constexpr absl::string_view kRepeats = "an indicator that needs something several times";
constexpr absl::string_view kTimes = "an indicator for a certain time only";

enum class TokenKind { kEnd, kWord, kString, kNumber, kConstant, kSymbol, kBad };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;  // of a string, without its escapes
};

bool IsWordStart(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordPart(char c) { return IsWordStart(c) || IsDigit(c) || c == '-'; }

// Cuts a pattern into tokens, one at a time.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : rest_(text) {}

  Token Next() {
    if (!PassBlanks()) return {TokenKind::kBad, ""};
    if (rest_.empty()) return {};
    const char c = rest_.front();
    if (c == '\'') return String('\'', TokenKind::kString);
    if (c == '"') return String('"', TokenKind::kWord);  // a name in STIX 2.0's first drafts
    // h'...', b'...' and t'...' are constants of other types than strings.
    if (rest_.size() > 1 && rest_[1] == '\'' && (c == 'h' || c == 'b' || c == 't')) {
      rest_.remove_prefix(1);
      return String('\'', TokenKind::kConstant);
    }
    if (IsWordStart(c)) return Take(TokenKind::kWord, CountWhile(IsWordPart));
    if (const size_t length = NumberLength()) return Take(TokenKind::kNumber, length);
    constexpr std::string_view kPairs[] = {"!=", "<>", "<=", ">=", "=="};
    for (const std::string_view pair : kPairs) {
      if (rest_.starts_with(pair)) return Take(TokenKind::kSymbol, pair.size());
    }
    constexpr std::string_view kSymbols = "[]():.,=<>*";
    return Take(kSymbols.find(c) == kSymbols.npos ? TokenKind::kBad : TokenKind::kSymbol, 1);
  }

 private:
  // Blanks and comments; false where a comment has no end.
  bool PassBlanks() {
    for (;;) {
      if (rest_.starts_with("\xc2\xa0")) {  // a no-break space, out of a word processor
        rest_.remove_prefix(2);
      } else if (!rest_.empty() && absl::ascii_isspace(static_cast<unsigned char>(rest_[0]))) {
        rest_.remove_prefix(1);
      } else if (rest_.starts_with("//")) {
        rest_.remove_prefix(std::min(rest_.find_first_of("\r\n"), rest_.size()));
      } else if (rest_.starts_with("/*")) {
        const size_t end = rest_.find("*/", 2);
        if (end == rest_.npos) return false;
        rest_.remove_prefix(end + 2);
      } else {
        return true;
      }
    }
  }

  template <typename Test>
  size_t CountWhile(Test test, size_t from = 0) const {
    while (from < rest_.size() && test(rest_[from])) ++from;
    return from;
  }

  Token Take(TokenKind kind, size_t length) {
    Token token{kind, std::string(rest_.substr(0, length))};
    rest_.remove_prefix(length);
    return token;
  }

  // Of "7", "-7", "1.5" or ".5" at the beginning; 0 where there is no number.
  size_t NumberLength() const {
    const size_t sign = rest_[0] == '+' || rest_[0] == '-' ? 1 : 0;
    const size_t whole = CountWhile(IsDigit, sign);
    const bool has_point = whole < rest_.size() && rest_[whole] == '.';
    const size_t fraction = has_point ? CountWhile(IsDigit, whole + 1) : 0;
    if (fraction > whole + 1) return fraction;
    return whole > sign ? whole : 0;
  }

  Token String(char quote, TokenKind kind) {
    Token token{kind, ""};
    for (size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == quote) {
        rest_.remove_prefix(i + 1);
        return token;
      }
      if (rest_[i] == '\\') {
        ++i;
        if (i == rest_.size() || (rest_[i] != quote && rest_[i] != '\\')) break;
      }
      token.text += rest_[i];
    }
    return {TokenKind::kBad, ""};  // no end, or an escape that there is not
  }

  std::string_view rest_;
};

bool IsAboutNet(const StixTerm& term) { return term.kind != Kind::kOther; }

// One query cannot show what all of `terms` ask for, for this reason.
Terms More(const Terms& terms, absl::string_view reason) {
  const bool about_net = std::any_of(terms.begin(), terms.end(), IsAboutNet);
  return {{about_net ? Kind::kNotYet : Kind::kOther, "", about_net ? reason : ""}};
}

void Append(Terms& terms, Terms more) {
  terms.insert(terms.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

// What a path is about.
Kind SubjectOf(const std::string& path) {
  if (path == "domain-name:value") return Kind::kDomain;
  // OpenCTI's own object for names of hosts, and the two ends of a connection.
  if (path == "hostname:value" || path == "network-traffic:dst_ref.value") return Kind::kHost;
  if (path == "url:value") return Kind::kUrl;
  if (path == "ipv4-addr:value" || path == "ipv6-addr:value" ||
      absl::StartsWith(path, "domain-name:resolves_to_refs")) {
    return Kind::kAddress;
  }
  return Kind::kOther;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { Advance(); }

  absl::StatusOr<Terms> Run() {
    Terms terms = Pattern();
    if (fault_.empty() && token_.kind != TokenKind::kEnd) Fail("something behind its end");
    if (!fault_.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("not a STIX pattern: ", fault_));
    }
    return terms;
  }

 private:
  void Advance() {
    token_ = lexer_.Next();
    if (token_.kind == TokenKind::kBad) Fail("a string without an end, or a stray character");
  }

  // The first fault counts. From here on there are no more tokens, so that every rule ends.
  Terms Fail(absl::string_view fault) {
    if (fault_.empty()) fault_ = fault;
    token_ = {};
    lexer_ = Lexer("");
    return {};
  }

  bool AtSymbol(std::string_view symbol) const {
    return token_.kind == TokenKind::kSymbol && token_.text == symbol;
  }
  bool TakeSymbol(std::string_view symbol) {
    if (!AtSymbol(symbol)) return false;
    Advance();
    return true;
  }
  bool TakeWord(absl::string_view word) {
    if (token_.kind != TokenKind::kWord || !absl::EqualsIgnoreCase(token_.text, word)) return false;
    Advance();
    return true;
  }

  // `part (<word> part)*`; more than one of them are more than one query shows.
  Terms AllOf(absl::string_view word, Terms (Parser::*part)()) {
    Terms terms = (this->*part)();
    bool is_one = true;
    while (TakeWord(word)) {
      Append(terms, (this->*part)());
      is_one = false;
    }
    return is_one ? terms : More(terms, kTogether);
  }

  // `part (OR part)*`
  Terms AnyOf(Terms (Parser::*part)()) {
    Terms terms = (this->*part)();
    while (TakeWord("OR")) Append(terms, (this->*part)());
    return terms;
  }

  Terms InParentheses(Terms (Parser::*inside)(), std::string_view close, absl::string_view fault) {
    if (++depth_ > kDeepest) return Fail("parentheses nested too deeply");
    Terms terms = (this->*inside)();
    --depth_;
    return TakeSymbol(close) ? terms : Fail(fault);
  }

  Terms Pattern() { return AllOf("FOLLOWEDBY", &Parser::Alternatives); }
  Terms Alternatives() { return AnyOf(&Parser::TogetherSeen); }
  Terms TogetherSeen() { return AllOf("AND", &Parser::Observation); }

  Terms Observation() {
    Terms terms;
    if (TakeSymbol("[")) {
      terms = InParentheses(&Parser::Comparisons, "]", "']' is missing");
    } else if (TakeSymbol("(")) {
      terms = InParentheses(&Parser::Pattern, ")", "')' is missing");
    } else {
      return Fail("'[' is missing");
    }
    for (;;) {
      if (TakeWord("WITHIN")) {
        // How far apart several observations may be; of one it says nothing.
        if (Number() <= 0 || !TakeWord("SECONDS")) return Fail("a faulty WITHIN");
      } else if (TakeWord("REPEATS")) {
        const double times = Number();
        if (times < 1 || !TakeWord("TIMES")) return Fail("a faulty REPEATS");
        if (times > 1) terms = More(terms, kRepeats);
      } else if (TakeWord("START")) {
        if (!TakeTime() || !TakeWord("STOP") || !TakeTime()) return Fail("a faulty START or STOP");
        terms = More(terms, kTimes);
      } else {
        return terms;
      }
    }
  }

  // The number that comes next; -1 where none does.
  double Number() {
    double number = -1;
    if (token_.kind != TokenKind::kNumber || !absl::SimpleAtod(token_.text, &number)) return -1;
    Advance();
    return number;
  }

  bool TakeNumber() {
    if (token_.kind != TokenKind::kNumber) return false;
    Advance();
    return true;
  }

  bool TakeTime() {
    if (token_.kind != TokenKind::kConstant && token_.kind != TokenKind::kString) return false;
    Advance();
    return true;
  }

  Terms Comparisons() { return AnyOf(&Parser::Both); }
  Terms Both() { return AllOf("AND", &Parser::Test); }

  Terms Test() {
    if (TakeSymbol("(")) return InParentheses(&Parser::Comparisons, ")", "')' is missing");
    if (TakeWord("EXISTS")) {
      const bool about_net = SubjectOf(Path()) != Kind::kOther;
      return {{about_net ? Kind::kNotYet : Kind::kOther, "", about_net ? kAnyName : ""}};
    }
    const Kind subject = SubjectOf(Path());
    const bool is_negated = TakeWord("NOT");
    if (TakeSymbol("=") || TakeSymbol("==")) return Compare(subject, is_negated, Constant());
    if (TakeSymbol("!=") || TakeSymbol("<>")) return Compare(subject, !is_negated, Constant());
    if (TakeSymbol("<") || TakeSymbol("<=") || TakeSymbol(">") || TakeSymbol(">=")) {
      Constant();
      return More({{subject, "", ""}}, kOrder);
    }
    if (TakeWord("IN")) return Compare(subject, is_negated, Set());
    if (TakeWord("LIKE")) return Negated(is_negated, Like(subject, String()));
    if (TakeWord("MATCHES")) return Negated(is_negated, Matches(subject, String()));
    if (TakeWord("ISSUBSET") || TakeWord("ISSUPERSET")) {
      return Negated(is_negated,
                     {{subject == Kind::kAddress ? subject : Kind::kOther, String(), ""}});
    }
    return Fail("an unknown comparison");
  }

  // `object-type:property.property[1].property`
  std::string Path() {
    std::string path = Step();
    if (!TakeSymbol(":")) Fail("an object and its property, as in domain-name:value, are missing");
    path += ":" + Step();
    for (;;) {
      if (TakeSymbol(".")) {
        path += "." + Step();
      } else if (AtSymbol("[")) {
        Advance();
        if (!TakeSymbol("*") && !TakeNumber()) Fail("a faulty index");
        if (!TakeSymbol("]")) Fail("']' is missing");
        path += "[]";
      } else {
        return path;
      }
    }
  }

  std::string Step() {
    if (token_.kind != TokenKind::kWord && token_.kind != TokenKind::kString) {
      Fail("an object and its property, as in domain-name:value, are missing");
      return "";
    }
    std::string step = std::move(token_.text);
    Advance();
    return step;
  }

  // A constant; only a string can be a name.
  std::vector<std::optional<std::string>> Constant() {
    std::optional<std::string> text;
    const bool is_word = token_.kind == TokenKind::kWord;
    if (token_.kind == TokenKind::kString) {
      text = std::move(token_.text);
    } else if (token_.kind != TokenKind::kNumber && token_.kind != TokenKind::kConstant &&
               !(is_word && (absl::EqualsIgnoreCase(token_.text, "true") ||
                             absl::EqualsIgnoreCase(token_.text, "false")))) {
      Fail("a constant is missing");
      return {};
    }
    Advance();
    return {text};
  }

  std::vector<std::optional<std::string>> Set() {
    std::vector<std::optional<std::string>> constants;
    if (!TakeSymbol("(")) Fail("'(' is missing");
    if (TakeSymbol(")")) return constants;
    do {
      for (std::optional<std::string>& constant : Constant()) {
        constants.push_back(std::move(constant));
      }
    } while (TakeSymbol(","));
    if (!TakeSymbol(")")) Fail("')' is missing");
    return constants;
  }

  std::string String() {
    if (token_.kind != TokenKind::kString) {
      Fail("a string is missing");
      return "";
    }
    std::string text = std::move(token_.text);
    Advance();
    return text;
  }

  static Terms Compare(Kind subject, bool is_negated,
                       std::vector<std::optional<std::string>> constants) {
    if (is_negated) return More({{subject, "", ""}}, kNot);
    Terms terms;
    for (std::optional<std::string>& constant : constants) {
      terms.push_back({constant ? subject : Kind::kOther, std::move(constant).value_or(""), ""});
    }
    return terms;
  }

  static Terms Negated(bool is_negated, Terms terms) {
    return is_negated ? More(terms, kNot) : terms;
  }

  static Terms Like(Kind subject, std::string text) {
    const size_t wild = text.find_first_of("%_");
    if (wild == text.npos) return {{subject, std::move(text), ""}};
    if (subject == Kind::kAddress) return {{Kind::kNotYet, "", kSomeAddresses}};
    if (subject == Kind::kUrl) {
      // A wildcard behind the host leaves the host as it is.
      const size_t scheme = text.find("://");
      const size_t host = scheme == text.npos ? text.npos : scheme + 3;
      if (host < wild && text.find_first_of("/?#", host) < wild) {
        return {{Kind::kUrl, text.substr(0, wild), ""}};
      }
      return {{Kind::kOther, std::move(text), ""}};
    }
    if (subject == Kind::kOther) return Terms(1);
    if (text.find_first_not_of('%') == text.npos) return {{Kind::kNotYet, "", kAnyName}};
    if (text.size() > 2 && absl::StartsWith(text, "%.") &&
        text.find_first_of("%_", 1) == text.npos) {
      return {{Kind::kBelow, text.substr(2), ""}};
    }
    return {{Kind::kLike, std::move(text), ""}};
  }

  static Terms Matches(Kind subject, std::string text) {
    if (subject == Kind::kAddress) return {{Kind::kNotYet, "", kSomeAddresses}};
    const bool about_names = subject == Kind::kDomain || subject == Kind::kHost;
    return {{about_names ? Kind::kMatches : Kind::kOther, std::move(text), ""}};
  }

  Lexer lexer_;
  Token token_;
  absl::string_view fault_;
  int depth_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<StixTerm>> ParseStixPattern(std::string_view pattern) {
  return Parser(pattern).Run();
}

std::string LikeExpression(std::string_view text) {
  const bool open_begin = text.starts_with('%');
  const bool open_end = text.ends_with('%');
  while (text.starts_with('%')) text.remove_prefix(1);
  while (text.ends_with('%')) text.remove_suffix(1);
  std::string out = open_begin ? "" : "^";
  for (const unsigned char c : text) {
    if (c == '%') {
      out += ".*";
    } else if (c == '_') {
      out += '.';
    } else if (absl::ascii_isalnum(c) || c >= 0x80) {
      out += absl::ascii_tolower(c);
    } else {
      out += {'\\', static_cast<char>(c)};
    }
  }
  return open_end ? out : out + "\\z";
}

}  // namespace tollgate::source
