// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/pattern_text.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ruleset/text/yaml.h"

namespace tollgate::source {
namespace {

constexpr std::string_view kDotBeforeAny =
    "a dot, and with 'suffixes: any' the pattern is matched against the one label before the "
    "suffix";

// Appends (?:a|b|c), each word taken literally.
void AppendAlternatives(const std::vector<std::string>& words, std::string& out) {
  out += "(?:";
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += '|';
    for (char c : words[i]) {
      if (c == '.') out += '\\';
      out += c;
    }
  }
  out += ')';
}

// Walks over one pattern and writes its translation.
class Translator {
 public:
  Translator(const PatternText& pattern, const WordLists& lists)
      : text_(pattern.match), lists_(lists), one_label_(pattern.any_suffix) {}

  absl::StatusOr<std::string> Run() {
    // Analysts paste patterns with anchors; every pattern has them anyway.
    if (!text_.empty() && text_.front() == '^') ++at_;
    size_t end = text_.size();
    if (end > at_ && text_[end - 1] == '$' && (end < 2 || text_[end - 2] != '\\')) --end;
    text_ = text_.substr(0, end);
    if (at_ == end) return Bad("an empty pattern");
    while (at_ < text_.size()) {
      if (absl::Status status = Step(); !status.ok()) return status;
    }
    if (depth_ > 0) return Bad("a '(' without its ')'");
    return std::move(out_);
  }

 private:
  absl::Status Step() {
    const char c = text_[at_];
    if (static_cast<unsigned char>(c) >= 0x80) {
      return Bad("a character that is not ASCII; patterns see A-labels, write xn--...");
    }
    switch (c) {
      case '\\':
        return Escape();
      case '[':
        return CharacterClass();
      case '<':
        return List();
      case '(':
        return Group();
      case ')':
        // Counted here, for a stray one would close the group that anchors the whole pattern.
        if (depth_-- == 0) return Bad("a ')' without its '('");
        out_ += text_[at_++];
        return absl::OkStatus();
      case '.':
        return Dot();
      case '{':
        return Repeat();
      case '^':
      case '$':
        return Bad("an anchor inside the pattern; patterns are always matched whole, leave it out");
      case '/':
      case ':':
        return Bad("a part of a URL; patterns match names only");
      case ' ':
      case '\t':
        return Bad("a space, which no name has");
      default:
        out_ += absl::ascii_tolower(static_cast<unsigned char>(c));
        ++at_;
        return absl::OkStatus();
    }
  }

  // {3} {3,} {3,5}; Hyperscan would take anything else as the characters themselves.
  absl::Status Repeat() {
    const size_t start = at_;
    size_t at = at_ + 1;
    auto digits = [&] {
      const size_t first = at;
      while (at < text_.size() && absl::ascii_isdigit(static_cast<unsigned char>(text_[at]))) ++at;
      return at > first;
    };
    bool good = digits();
    if (good && at < text_.size() && text_[at] == ',') {
      ++at;
      digits();
    }
    good = good && at < text_.size() && text_[at] == '}';
    if (!good) return Bad("a '{' that is no repetition; write {3}, {3,} or {3,5}");
    at_ = at + 1;
    out_.append(text_, start, at_ - start);
    return absl::OkStatus();
  }

  absl::Status Dot() {
    const bool any_character = IsQuantifier(at_ + 1);
    if (!any_character && one_label_) {
      return Bad(kDotBeforeAny);
    }
    out_ += any_character ? "." : "\\.";
    ++at_;
    return absl::OkStatus();
  }

  absl::Status Escape() {
    if (at_ + 1 >= text_.size()) return Bad("a backslash at the end");
    // A short list: \Q, \E and their like would change the meaning of what is put around the
    // pattern.
    const auto c = static_cast<unsigned char>(text_[at_ + 1]);
    if (absl::ascii_isalnum(c) &&
        std::string_view("dDwWb").find(text_[at_ + 1]) == std::string_view::npos) {
      return Bad(
          "an escape that patterns do not have; there are \\d, \\w, \\D, \\W, \\b and \\. for a "
          "dot");
    }
    if (c == '.' && one_label_) return Bad(kDotBeforeAny);
    out_.append(text_, at_, 2);
    at_ += 2;
    return absl::OkStatus();
  }

  // (?…) keeps its spelling: "(?:" is the one that anybody needs, the rest is Hyperscan's to judge.
  absl::Status Group() {
    ++depth_;
    out_ += text_[at_++];
    if (at_ < text_.size() && text_[at_] == '?') {
      if (at_ + 1 >= text_.size() || text_[at_ + 1] != ':') {
        return Bad("a special group; only ( ) and (?: ) can be used");
      }
      out_ += "?:";
      at_ += 2;
    }
    return absl::OkStatus();
  }

  absl::Status CharacterClass() {
    const size_t start = at_;
    out_ += text_[at_++];
    if (at_ < text_.size() && text_[at_] == '^') out_ += text_[at_++];
    bool first = true;
    while (at_ < text_.size() && (first || text_[at_] != ']')) {
      if (text_[at_] == '\\') {
        if (absl::Status status = Escape(); !status.ok()) return status;
      } else {
        out_ += absl::ascii_tolower(static_cast<unsigned char>(text_[at_++]));
      }
      first = false;
    }
    if (at_ >= text_.size()) {
      at_ = start;
      return Bad("a '[' without its ']'");
    }
    out_ += text_[at_++];
    return absl::OkStatus();
  }

  absl::Status List() {
    const size_t close = text_.find('>', at_);
    if (close == std::string_view::npos) return Bad("a '<' without its '>'");
    const std::string_view name = text_.substr(at_ + 1, close - at_ - 1);
    auto list = lists_.find(name);
    if (list == lists_.end()) {
      std::vector<std::string_view> known;
      for (const auto& [key, words] : lists_) known.push_back(key);
      auto meant = text::Suggest(name, known);
      return Bad(absl::StrCat("no list is called '", std::string(name), "'; ",
                              meant ? absl::StrCat("did you mean <", std::string(*meant), ">?")
                                    : std::string("write it under 'lists:'")));
    }
    AppendAlternatives(list->second, out_);
    at_ = close + 1;
    return absl::OkStatus();
  }

  bool IsQuantifier(size_t at) const {
    return at < text_.size() && std::string_view("*+?{").find(text_[at]) != std::string_view::npos;
  }

  absl::Status Bad(std::string_view reason) const {
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(reason), " (at character ", at_ + 1, ")"));
  }

  std::string_view text_;
  const WordLists& lists_;
  bool one_label_;
  size_t at_ = 0;
  size_t depth_ = 0;  // of open parentheses
  std::string out_;
};

}  // namespace

absl::StatusOr<std::string> TranslatePattern(const PatternText& pattern, const WordLists& lists) {
  absl::StatusOr<std::string> match = Translator(pattern, lists).Run();
  if (!match.ok()) return match.status();
  std::string expression = "^(?:" + *match + ")";
  if (pattern.any_suffix) {
    expression += R"((?:\.[^.]+)+)";
  } else if (!pattern.suffixes.empty()) {
    expression += "\\.";
    AppendAlternatives(pattern.suffixes, expression);
  }
  return expression + R"(\z)";
}

}  // namespace tollgate::source
