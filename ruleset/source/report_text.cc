// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/report_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace tollgate::source {
namespace {

constexpr char32_t kReplacement = 0xfffd;

// What may stand in brackets for a dot.
constexpr std::array<std::u32string_view, 13> kDotWords = {
    U".",
    U"dot",
    U"d0t",
    U"\uc810",  // in Korean
    U"punkt",
    U"point",
    U"punto",
    U"ponto",
    U",",
    U"\u00b7",
    U"\u70b9",                           // middle dot, "dot" in Chinese
    U"\u30c9\u30c3\u30c8",               // in Japanese
    U"\u0442\u043e\u0447\u043a\u0430"};  // in Russian

constexpr std::u32string_view kOpening = U"[({<\u3010\u3014\u300c";
constexpr std::u32string_view kClosing = U"])}>\u3011\u3015\u300d";
constexpr size_t kMostBrackets = 3;
constexpr size_t kLongestInside = 8;  // of brackets, in characters

bool IsContinuation(unsigned char c) { return (c & 0xc0) == 0x80; }

// Takes one character from the front of `text` at `at`. Overlong forms, surrogates and what is no
// UTF-8 come out as U+FFFD, one octet at a time.
char32_t Decode(std::string_view text, uint32_t& at) {
  const auto octet = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char lead = octet(0);
  if (lead < 0x80) {
    ++at;
    return lead;
  }
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  char32_t code = lead & (0x7f >> length);
  bool valid = lead >= 0xc2 && lead <= 0xf4 && text.size() - at >= length;
  for (size_t i = 1; valid && i < length; ++i) {
    valid = IsContinuation(octet(i));
    code = code << 6 | (octet(i) & 0x3f);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  valid =
      valid && code >= kSmallest[length] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  at += valid ? length : 1;
  return valid ? code : kReplacement;
}

bool In(char32_t code, char32_t first, char32_t last) { return code >= first && code <= last; }

// Zero-width spaces and joiners, directional marks, soft hyphens, variation selectors.
bool HasNoWidth(char32_t code) {
  return code == 0xad || code == 0x180e || code == 0xfeff || In(code, 0x200b, 0x200f) ||
         In(code, 0x202a, 0x202e) || In(code, 0x2060, 0x206f) || In(code, 0xfe00, 0xfe0f);
}

// Takes a character reference of HTML from the front of `text` at `at`, one that stands for itself
// in reports: "&#46;", "&lt;". 0 where there is none; then nothing was taken.
char32_t DecodeReference(std::string_view text, uint32_t& at) {
  constexpr size_t kLongest = 8;
  const size_t end = text.substr(at, kLongest).find(';');
  if (text[at] != '&' || end == std::string_view::npos) return 0;
  const std::string_view name = text.substr(at + 1, end - 1);
  constexpr std::array<std::pair<std::string_view, char32_t>, 8> kNames = {{{"amp", '&'},
                                                                            {"lt", '<'},
                                                                            {"gt", '>'},
                                                                            {"quot", '"'},
                                                                            {"nbsp", ' '},
                                                                            {"period", '.'},
                                                                            {"colon", ':'},
                                                                            {"sol", '/'}}};
  const auto* named = std::find_if(kNames.begin(), kNames.end(),
                                   [&](const auto& entry) { return entry.first == name; });
  uint32_t code = 0;
  if (named != kNames.end()) {
    code = named->second;
  } else if (name.starts_with("#x") || name.starts_with("#X")) {
    if (!absl::SimpleHexAtoi({name.data() + 2, name.size() - 2}, &code)) return 0;
  } else if (!name.starts_with('#') ||
             !absl::SimpleAtoi({name.data() + 1, name.size() - 1}, &code)) {
    return 0;
  }
  if (code < ' ' || code > 0x10ffff) return 0;
  at += static_cast<uint32_t>(end) + 1;
  return code;
}

char32_t Plain(char32_t code) {
  if (In(code, 0xff01, 0xff5e)) return code - 0xfee0;  // full-width forms
  if (code == 0xa0 || code == 0x202f || code == 0x205f || code == 0x3000 ||
      In(code, 0x2000, 0x200a)) {
    return ' ';
  }
  if (code == 0x2010 || code == 0x2011) return '-';  // hyphens that typesetters write
  if (code == 0x2024 || code == 0xfe52) return '.';  // one dot leader, small full stop
  if (code == 0xff61) return 0x3002;
  return code;
}

bool IsSpace(char32_t code) { return code == ' ' || code == '\t'; }

// Reads the plain cells of a line and writes them back without the defanging. What is written never
// overtakes what is read.
class Refanger {
 public:
  explicit Refanger(Cells& cells) : cells_(cells) {}

  void Run() {
    while (read_ < cells_.size()) {
      if (!Bracketed() && !Half() && !Backslash()) Put(cells_[read_], read_ + 1);
    }
    cells_.resize(written_);
  }

 private:
  char32_t At(size_t i) const { return i < cells_.size() ? cells_[i].code : 0; }
  char32_t Last() const { return written_ == 0 ? 0 : cells_[written_ - 1].code; }

  // Writes `cell` for what stands in [read_, end).
  void Put(Cell cell, size_t end) {
    // "[.]." and "[.][.]": one dot, defanged twice.
    const bool again = cell.code == '.' && Last() == '.' &&
                       (cell.fanged || cells_[written_ - 1].fanged) && !cell.ideographic;
    if (again) {
      cells_[written_ - 1].end = cell.end;
      cells_[written_ - 1].fanged = true;
    } else {
      cells_[written_++] = cell;
    }
    read_ = end;
  }

  void PutFanged(std::u32string_view text, size_t end) {
    const uint32_t first = cells_[read_].begin;
    const uint32_t last = cells_[end - 1].end;
    for (char32_t code : text) Put({code, first, last, true, false}, end);
  }

  // Brackets around a dot, colon, slash, "@", or around one letter of a name.
  bool Bracketed() {
    if (kOpening.find(At(read_)) == kOpening.npos) return false;
    size_t at = read_;
    size_t opened = 0;
    while (opened < kMostBrackets && kOpening.find(At(at)) != kOpening.npos) {
      ++at, ++opened;
    }
    while (IsSpace(At(at)) && at < read_ + kLongestInside) ++at;
    std::u32string inside;
    bool spaced = false;
    for (; inside.size() < kLongestInside && at < cells_.size(); ++at) {
      if (kClosing.find(At(at)) != kClosing.npos) break;
      if (IsSpace(At(at))) {
        spaced = true;
        continue;
      }
      inside += At(at) < 0x80
                    ? static_cast<char32_t>(absl::ascii_tolower(static_cast<unsigned char>(At(at))))
                    : At(at);
    }
    size_t closed = 0;
    while (closed < opened && kClosing.find(At(at)) != kClosing.npos && at < cells_.size()) {
      ++at, ++closed;
    }
    if (closed != opened || inside.empty()) return false;
    return Stands(inside, spaced, at);
  }

  bool Stands(const std::u32string& inside, bool spaced, size_t end) {
    if (std::find(kDotWords.begin(), kDotWords.end(), inside) != kDotWords.end()) {
      PutFanged(U".", end);
    } else if (inside == U":" || inside == U"/" || inside == U"//" || inside == U"://" ||
               inside == U":/" || inside == U"@") {
      PutFanged(inside, end);
    } else if (inside == U"at" || inside == U"\u0430\u0442") {
      PutFanged(U"@", end);
    } else if (inside.size() <= 2 && !spaced && IsAsciiAlnum(Last()) &&
               std::all_of(inside.begin(), inside.end(), IsLetter) && Continues(inside, end)) {
      // Of a name, that alone is no evidence: "profiles[n].save". Of a scheme it is.
      PutFanged(inside, end);
      if (inside.size() == 1 && At(end) != ':') cells_[written_ - 1].fanged = false;
    } else {
      return false;
    }
    return true;
  }

  static bool IsLetter(char32_t code) { return IsAsciiAlnum(code) && !IsAsciiDigit(code); }

  // "exampl[e].com" and "h[xx]p", but not the footnote in "example.com[a]".
  bool Continues(const std::u32string& inside, size_t end) const {
    const char32_t next = At(end);
    if (inside.size() == 2) return (Last() | 0x20) == 'h' && (next | 0x20) == 'p';
    return IsAsciiAlnum(next) || next == '.' || next == ':' ||
           (next == '[' && (At(end + 1) == '.' || At(end + 1) == ':'));
  }

  // "example[.com" and "example.]com".
  bool Half() {
    const bool opening = At(read_) == '[' && At(read_ + 1) == '.';
    const bool closing = At(read_) == '.' && At(read_ + 1) == ']';
    if ((!opening && !closing) || !IsAsciiAlnum(Last()) || !IsAsciiAlnum(At(read_ + 2))) {
      return false;
    }
    PutFanged(U".", read_ + 2);
    return true;
  }

  // "example\.com", but not a path or an expression.
  bool Backslash() {
    if (At(read_) != '\\' || At(read_ + 1) != '.' || !IsAsciiAlnum(Last()) ||
        !IsAsciiAlnum(At(read_ + 2)) || !LooksLikeAHost()) {
      return false;
    }
    PutFanged(U".", read_ + 2);
    return true;
  }

  // Whether what was just written is more than a word: "new\.target" is Markdown's.
  bool LooksLikeAHost() const {
    constexpr size_t kLongestLabel = 63;
    for (size_t i = written_; i > 0 && written_ - i < kLongestLabel; --i) {
      const char32_t code = cells_[i - 1].code;
      if (code == '.' || code == '-' || code == '/' || IsAsciiDigit(code)) return true;
      if (!IsHostCharacter(code)) return false;
    }
    return false;
  }

  Cells& cells_;
  size_t read_ = 0;
  size_t written_ = 0;
};

}  // namespace

size_t Utf8Length(std::string_view text, size_t at) {
  auto end = static_cast<uint32_t>(at);
  const char32_t code = Decode(text, end);
  // U+FFFD itself has three octets; what stands for a fault has one.
  return code == kReplacement && end - at == 1 ? 0 : end - at;
}

bool IsAsciiDigit(char32_t code) { return In(code, '0', '9'); }

bool IsAsciiAlnum(char32_t code) {
  return IsAsciiDigit(code) || In(code, 'a', 'z') || In(code, 'A', 'Z');
}

bool IsGlue(char32_t code) {
  if (code < 0x590 || code == kReplacement) return false;
  if (In(code, 0x10a0, 0x10ff) || In(code, 0x1c80, 0x1cbf) || In(code, 0x1d00, 0x1fff)) {
    return false;  // Georgian, more Latin, more Greek
  }
  if (code == 0x3005 || code == 0x3006 || code == 0x3007) return true;  // iteration mark, zero
  if (code == 0x30fb || code == 0x30a0) return false;                   // middle dot, double hyphen
  return !In(code, 0x2000, 0x2bff) && !In(code, 0x2e00, 0x2e7f) && !In(code, 0x3000, 0x303f) &&
         !In(code, 0xe000, 0xf8ff) && !In(code, 0xfe10, 0xfe6f) && !In(code, 0xff5f, 0xff65) &&
         !In(code, 0xffe0, 0xffff) && !In(code, 0x1f000, 0x1ffff) && code < 0xe0000;
}

bool IsHostCharacter(char32_t code) {
  if (code < 0x80) return IsAsciiAlnum(code) || code == '-' || code == '_';
  if (code == 0xd7 || code == 0xf7) return false;  // the signs of multiplication and division
  // Latin, Greek, Cyrillic, Georgian and their marks; not the punctuation of Latin-1.
  return IsGlue(code) || In(code, 0xc0, 0x58f) || In(code, 0x10a0, 0x10ff) ||
         In(code, 0x1c80, 0x1cbf) || In(code, 0x1d00, 0x1fff);
}

void AppendLower(char32_t code, std::string& text) {
  if (code < 0x80) {
    text += absl::ascii_tolower(static_cast<unsigned char>(code));
  } else if (code < 0x800) {
    text += static_cast<char>(0xc0 | code >> 6);
    text += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    text += static_cast<char>(0xe0 | code >> 12);
    text += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    text += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    text += static_cast<char>(0xf0 | code >> 18);
    text += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    text += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    text += static_cast<char>(0x80 | (code & 0x3f));
  }
}

void ReadCells(std::string_view line, Cells& cells) {
  cells.clear();
  cells.reserve(line.size());
  for (uint32_t at = 0; at < line.size();) {
    const uint32_t begin = at;
    const char32_t reference = DecodeReference(line, at);
    const char32_t written = reference != 0 ? reference : Decode(line, at);
    const char32_t code = Plain(written);
    if (HasNoWidth(code)) continue;
    const bool ideographic = code == 0x3002;
    // Nobody writes these for looks.
    const bool fanged = (code == '.' && written != '.') ||
                        (reference != 0 && (code == '.' || code == ':' || code == '/'));
    cells.push_back({ideographic ? U'.' : code, begin, at, fanged, ideographic});
  }
  Refanger(cells).Run();
}

}  // namespace tollgate::source
