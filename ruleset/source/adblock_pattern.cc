// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/adblock_pattern.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace tollgate::source {
namespace {

using policy::NameScope;

constexpr std::optional<LeftOut> kTaken = std::nullopt;
constexpr absl::string_view kOnUrls = "a rule on URLs, not on names";
constexpr absl::string_view kTooWide = "a rule so short that it matches any name";
constexpr absl::string_view kOnAddresses = "a rule on addresses in answers";

LeftOut Rejected(absl::string_view reason) { return {LineFate::kRejected, reason}; }
LeftOut Skipped(absl::string_view reason) { return {LineFate::kSkipped, reason}; }
LeftOut NotYet(absl::string_view reason) { return {LineFate::kNotYet, reason}; }

bool IsAlnum(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }
bool IsNameCharacter(char c) { return IsAlnum(c) || c == '-' || c == '_' || c == '.'; }
bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isascii(c); });
}

// "172.16.9.1", "172.16.", "2001:db8::1": AdGuard finds them in answers.
bool IsOfAnAddress(std::string_view text) {
  const bool has_hex = std::count(text.begin(), text.end(), ':') > 1;
  return std::any_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c); }) &&
         text.find_first_of(".:") != std::string_view::npos &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '.' ||
                  (has_hex && (c == ':' || absl::ascii_isxdigit(c)));
         });
}

// "^142\.91\.159\.[12]?\d?\d$": an anchored expression without a letter.
bool IsRegexOfAddresses(std::string_view regex) {
  if (!regex.starts_with('^') || !regex.ends_with('$')) return false;
  for (size_t at = 0; at < regex.size(); ++at) {
    const char c = regex[at];
    if (c == '\\' && at + 1 < regex.size() && (regex[at + 1] == 'd' || regex[at + 1] == '.')) {
      ++at;
    } else if (!absl::ascii_isdigit(c) &&
               std::string_view("^$[]?+*(){}|,-").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

std::optional<LeftOut> ReadRegex(std::string_view regex, AdblockTarget& target) {
  if (regex.empty()) return Rejected(kTooWide);
  if (IsRegexOfAddresses(regex)) return NotYet(kOnAddresses);
  if (!IsAscii(regex)) {
    return Rejected("a regular expression with characters that no name has; names have A-labels");
  }
  if (regex.find('\0') != std::string_view::npos) return Rejected("a NUL in the line");
  target.is_regex = true;
  target.expression = "(?i)";
  target.expression += regex;
  return kTaken;
}

// A mask on its way to a name or an expression.
struct Mask {
  std::string_view text;
  bool at_label = false;  // what it matches begins a label: "||"
  bool at_start = false;  // ... or the name
  bool at_end = false;    // ... and ends the name
};

// Takes off what says where the mask begins.
void TakeStart(Mask& mask) {
  auto take = [&](std::string_view prefix) {
    if (!mask.text.starts_with(prefix)) return false;
    mask.text.remove_prefix(prefix.size());
    return true;
  };
  if (take("||")) {
    mask.at_label = true;
  } else if (take("|") || take("://") || take("http://")) {
    mask.at_start = true;
  } else if (mask.text.size() > 3 && mask.text.front() == '/' && mask.text.back() == '.' &&
             std::all_of(mask.text.begin() + 1, mask.text.end(),
                         [](char c) { return IsAlnum(c) || c == '.' || c == '-'; })) {
    // AdGuard Home searches "/ads." in "http://" and the name.
    mask.text.remove_prefix(1);
    mask.at_start = true;
  }
  const size_t size = mask.text.size();
  while (mask.text.starts_with('*')) mask.text.remove_prefix(1);
  if (mask.text.size() < size) mask.at_label = mask.at_start = false;
}

// Takes off what says where it ends. False where something would have to follow the end of a name.
bool TakeEnd(Mask& mask) {
  if (mask.text.ends_with('|')) {
    mask.text.remove_suffix(1);
    mask.at_end = true;
  }
  // A separator can only stand for the end of the name.
  if (const size_t separator = mask.text.find('^'); separator != std::string_view::npos) {
    if (mask.text.find_first_not_of("^*", separator) != std::string_view::npos) return false;
    mask.text = mask.text.substr(0, separator);
    mask.at_end = true;
  }
  const size_t size = mask.text.size();
  while (mask.text.ends_with('*')) mask.text.remove_suffix(1);
  if (mask.text.size() < size) mask.at_end = false;
  return true;
}

std::string ExpressionOf(const Mask& mask) {
  std::string expression = mask.at_label ? R"((?:^|\.))" : mask.at_start ? "^" : "";
  for (char c : mask.text) {
    if (c == '.') {
      expression += R"(\.)";
    } else if (c != '*') {
      expression += absl::ascii_tolower(static_cast<unsigned char>(c));
    } else if (!expression.ends_with('*')) {
      expression += ".*";
    }
  }
  if (mask.at_end) expression += R"(\z)";
  return expression;
}

// Takes the name in a mask that is one, and ends as names do.
bool TakeName(const Mask& mask, AdblockTarget& target) {
  if (!mask.at_end || mask.text.find('*') != std::string_view::npos) return false;
  target.name = mask.text;
  if (mask.at_label) {
    target.scope = NameScope::kDomain;
  } else if (mask.at_start) {
    target.scope = NameScope::kHost;
  } else if (mask.text.starts_with('.')) {
    target.scope = NameScope::kBelow;
    target.name.remove_prefix(1);
  } else {
    target.name = {};
  }
  return !target.name.empty();
}

std::optional<LeftOut> ReadMask(std::string_view pattern, AdblockTarget& target) {
  constexpr size_t kLongest = 1000;  // wildcards included
  if (pattern.size() > kLongest) return Rejected("a pattern longer than any name");
  Mask mask{.text = pattern};
  // "example.org/*" is for browsers what "example.org^" is for names.
  if (mask.text.ends_with("/*")) {
    mask.text.remove_suffix(2);
    mask.at_end = true;
  }
  TakeStart(mask);
  if (!TakeEnd(mask)) return Skipped(kOnUrls);
  if (IsOfAnAddress(mask.text)) return NotYet(kOnAddresses);
  if (std::none_of(mask.text.begin(), mask.text.end(),
                   [](char c) { return IsAlnum(c) || !absl::ascii_isascii(c); })) {
    if (mask.text.find_first_not_of(".-_*") != std::string_view::npos) return Skipped(kOnUrls);
    target.is_every_name = true;
    target.expression = ".";
    return kTaken;
  }
  // What AdGuard never finds: the name before a label would end in a dot.
  if (mask.at_label && mask.text.starts_with('.')) {
    return Rejected("a rule that matches no name: '||' before a dot");
  }
  if (mask.text.find_first_of(" \t") != std::string_view::npos) {
    return Rejected("blanks inside a rule");
  }
  if (!std::all_of(mask.text.begin(), mask.text.end(), [](char c) {
        return IsNameCharacter(c) || c == '*' || !absl::ascii_isascii(c);
      })) {
    return Skipped(kOnUrls);
  }
  if (TakeName(mask, target)) return kTaken;
  if (!IsAscii(mask.text)) {
    return Rejected("a pattern with characters that no name has; names have A-labels");
  }
  target.expression = ExpressionOf(mask);
  return kTaken;
}

}  // namespace

std::optional<LeftOut> ReadAdblockPattern(std::string_view pattern, AdblockTarget& target) {
  target = {};
  if (pattern.size() > 1 && pattern.front() == '/' && pattern.back() == '/') {
    return ReadRegex(pattern.substr(1, pattern.size() - 2), target);
  }
  return ReadMask(pattern, target);
}

std::string ExpressionOf(const dns::Name& name, NameScope scope) {
  const std::string text = name.Text();
  Mask mask{.text = text, .at_end = true};
  if (scope == NameScope::kDomain) mask.at_label = true;
  if (scope == NameScope::kHost) mask.at_start = true;
  return scope == NameScope::kBelow ? R"(\.)" + ExpressionOf(mask) : ExpressionOf(mask);
}

bool IsHostName(std::string_view word) {
  constexpr size_t kLongest = 253;
  if (word.empty() || word.size() > kLongest) return false;
  size_t begin = 0;
  for (size_t at = 0; at <= word.size(); ++at) {
    if (at < word.size() && word[at] != '.') {
      if (!IsAlnum(word[at]) && (word[at] != '-' || at == begin)) return false;
      continue;
    }
    if (at == begin || at - begin > dns::kMaxLabelLength || word[at - 1] == '-') return false;
    if (at < word.size()) begin = at + 1;
  }
  const std::string_view last = word.substr(begin);
  if (last.size() > 4 && absl::EqualsIgnoreCase({last.data(), 4}, "xn--")) return true;
  return last.size() > 1 && std::all_of(last.begin(), last.end(), [](char c) {
           return absl::ascii_isalpha(static_cast<unsigned char>(c));
         });
}

}  // namespace tollgate::source
