// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/control/request.h"

#include <algorithm>

#include "ruleset/text/lines.h"

namespace tollgate::control {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

constexpr bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

constexpr bool IsWordCharacter(char c) { return (c >= 'a' && c <= 'z') || c == '-'; }

bool IsVerbOrKey(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsWordCharacter);
}

// The value of a hexadecimal digit, -1 for all else.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Quoted(std::string_view text) {
  constexpr size_t kMost = 60;  // an answer need not repeat a line of 4096 octets
  if (text.size() <= kMost) return "'" + std::string(text) + "'";
  return "'" + std::string(text.substr(0, kMost)) + "...'";
}

// Takes %XX out of `text`.
std::optional<Fault> Unescape(std::string_view text, std::string& value) {
  for (size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '%') {
      const int high = at + 2 < text.size() ? HexDigit(text[at + 1]) : -1;
      const int low = at + 2 < text.size() ? HexDigit(text[at + 2]) : -1;
      if (high < 0 || low < 0) {
        return Fault{"a '%' without two hexadecimal digits in " + Quoted(text),
                     "write '%25' for the character itself"};
      }
      c = static_cast<char>(high * 16 + low);
      at += 2;
    }
    if (IsControl(c)) {
      return Fault{"a control character in " + Quoted(text),
                   "names have escapes of their own for such octets: \\010"};
    }
    value += c;
  }
  return std::nullopt;
}

}  // namespace

const std::string* Request::Find(std::string_view key) const {
  for (const Word& word : words) {
    if (word.key == key) return &word.value;
  }
  return nullptr;
}

std::optional<Fault> ParseRequest(std::string_view line, Request& request) {
  request = Request();
  if (line.size() > kLongestRequest) {
    return Fault{"a line of more than " + std::to_string(kLongestRequest) + " octets",
                 "a request is one short line"};
  }
  line = text::Stripped(line);
  for (char c : line) {
    if (IsControl(c) && c != '\t') {
      return Fault{"a control character in the line", "a request is one line of text; try 'help'"};
    }
  }
  const std::string_view verb = text::NextWord(line);
  if (!IsVerbOrKey(verb)) {
    return Fault{verb.empty() ? "an empty request" : Quoted(verb) + " is no request",
                 "requests are small letters and hyphens; 'help' lists them"};
  }
  request.verb = verb;
  for (std::string_view text = text::NextWord(line); !text.empty(); text = text::NextWord(line)) {
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || !IsVerbOrKey(text.substr(0, equals))) {
      return Fault{Quoted(text) + " is not of the form key=value",
                   "a blank inside a value is written '%20'; 'help' shows the keys"};
    }
    Word word{std::string(text.substr(0, equals)), ""};
    if (request.Find(word.key) != nullptr) {
      return Fault{"the key '" + word.key + "' stands twice", "say it once"};
    }
    if (std::optional<Fault> fault = Unescape(text.substr(equals + 1), word.value)) return fault;
    if (word.value.empty()) {
      return Fault{"nothing behind '" + word.key + "='", "give a value, or leave the key out"};
    }
    request.words.push_back(std::move(word));
  }
  return std::nullopt;
}

std::string RequestText(const Request& request) {
  std::string line = request.verb;
  for (const Word& word : request.words) {
    line += ' ' + word.key + '=';
    for (char c : word.value) {
      if (c == ' ' || c == '%' || IsControl(c)) {
        const auto octet = static_cast<unsigned char>(c);
        line += {'%', kHexDigits[octet >> 4], kHexDigits[octet & 15]};
      } else {
        line += c;
      }
    }
  }
  return line;
}

}  // namespace tollgate::control
