// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/csv.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "ruleset/source/url_list.h"
#include "ruleset/text/lines.h"

namespace tollgate::source {
namespace {

// Before a header there may be a title, a licence and a paragraph of prose.
constexpr uint32_t kLastHeaderLine = 100;
// Of a line that may be a header; rows may be of any length.
constexpr size_t kLongestHeader = 8192;

constexpr std::string_view kSeparators = ",;\t|";

// What a column of names or URLs is called, the likelier first: where a table has several of them,
// the first of this list is read.
constexpr std::array<std::string_view, 20> kValueHeaders = {
    "url",       "domain",    "domain name",     "domain_name",
    "domains",   "host",      "hostname",        "fqdn",
    "ioc_value", "ioc value", "indicator_value", "indicator value",
    "value",     "data",      "indicator",       "indicators",
    "ioc",       "iocs",      "malicious url",   "observable",
};
// What the column is called that says which kind of value a row has. `indicator` and `ioc` are here
// too: there are tables of "Indicator,Data".
constexpr std::array<std::string_view, 10> kTypeHeaders = {
    "type",     "indicator_type", "indicator type", "indicatortype", "ioc_type",
    "ioc type", "data_type",      "kind",           "indicator",     "ioc",
};
// Kinds of values that are neither names nor URLs. What is not listed is read: `type` can also be
// the kind of threat.
constexpr std::array<std::string_view, 34> kOtherTypes = {
    "md5",      "sha1",    "sha-1",  "sha256",    "sha-256",   "sha512",      "sha-512",
    "ssdeep",   "imphash", "tlsh",   "hash",      "md5_hash",  "sha1_hash",   "sha256_hash",
    "ip",       "ipv4",    "ipv6",   "ip:port",   "ip-dst",    "ip-src",      "ip address",
    "cidr",     "asn",     "email",  "email-src", "email-dst", "filename",    "file",
    "filepath", "mutex",   "regkey", "cve",       "yara",      "description",
};

bool Is(std::string_view text, std::string_view word) {
  return absl::EqualsIgnoreCase({text.data(), text.size()}, {word.data(), word.size()});
}

template <size_t kSize>
bool IsOneOf(std::string_view text, const std::array<std::string_view, kSize>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return Is(text, w); });
}

struct Field {
  std::string_view text;     // without its quotes and the blanks around it
  bool has_escapes = false;  // whether a quote in it is written twice
};

// Takes rows off a text. A row is a line, but for line ends in quotes.
class Rows {
 public:
  Rows(std::string_view text, size_t at, uint32_t line, char separator)
      : text_(text), separator_(separator), at_(at), next_line_(line) {}

  enum class Next : uint8_t { kRow, kBadQuotes, kEnd };

  // Reads the next row into fields(). After kBadQuotes the line alone is passed over.
  Next Take() {
    if (at_ >= text_.size()) return Next::kEnd;
    line_ = next_line_;
    const size_t begin = at_;
    fields_.clear();
    bool more = true;
    while (more) {
      if (!TakeField(more)) {
        at_ = EndOfLine(begin);
        next_line_ = line_ + 1;
        whole_ = text_.substr(begin, at_ - begin);
        if (at_ < text_.size()) ++at_;
        return Next::kBadQuotes;
      }
    }
    whole_ = text_.substr(begin, at_ - begin);
    ++next_line_;
    if (at_ < text_.size()) ++at_;  // the line's end
    return Next::kRow;
  }

  const std::vector<Field>& fields() const { return fields_; }
  uint32_t line() const { return line_; }
  std::string_view whole() const { return text::Stripped(whole_); }
  size_t at() const { return at_; }

 private:
  size_t EndOfLine(size_t from) const { return std::min(text_.find('\n', from), text_.size()); }

  void PassBlanks() {
    while (at_ < text_.size() && text_[at_] != separator_ && text::IsBlank(text_[at_])) ++at_;
  }

  // Takes a field and the separator behind it; `more` says whether another one follows in the row.
  // Returns false where a quote is not closed, or where something else follows the closing one.
  bool TakeField(bool& more) {
    PassBlanks();
    Field field;
    if (at_ < text_.size() && text_[at_] == '"') {
      const size_t begin = ++at_;
      for (;; at_ += 2) {
        const size_t quote = text_.find('"', at_);
        if (quote == std::string_view::npos) return false;
        next_line_ +=
            static_cast<uint32_t>(std::count(text_.begin() + static_cast<ptrdiff_t>(at_),
                                             text_.begin() + static_cast<ptrdiff_t>(quote), '\n'));
        at_ = quote;
        if (quote + 1 == text_.size() || text_[quote + 1] != '"') break;
        field.has_escapes = true;
      }
      field.text = text::Stripped(text_.substr(begin, at_ - begin));
      ++at_;
      PassBlanks();
      if (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') return false;
    } else {
      const size_t begin = at_;
      while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') ++at_;
      field.text = text::Stripped(text_.substr(begin, at_ - begin));
    }
    fields_.push_back(field);
    more = at_ < text_.size() && text_[at_] == separator_;
    if (more) ++at_;
    return true;
  }

  std::string_view text_;
  char separator_;
  size_t at_;
  uint32_t next_line_;
  uint32_t line_ = 0;
  std::string_view whole_;
  std::vector<Field> fields_;
};

bool IsComment(const Rows& rows) {
  const std::string_view row = rows.whole();
  return row.empty() || row.front() == '#';
}

// The column that says which kind of value is in `value`.
std::optional<size_t> FindType(const std::vector<Field>& fields, size_t value) {
  for (std::string_view name : kTypeHeaders) {
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i != value && Is(fields[i].text, name)) return i;
    }
  }
  return std::nullopt;
}

std::optional<size_t> FindValue(const std::vector<Field>& fields, std::string_view wanted) {
  auto find = [&](std::string_view name) -> std::optional<size_t> {
    for (size_t i = 0; i < fields.size(); ++i) {
      if (Is(fields[i].text, name)) return i;
    }
    return std::nullopt;
  };
  if (!wanted.empty()) return find(wanted);
  for (std::string_view name : kValueHeaders) {
    if (std::optional<size_t> found = find(name)) return found;
  }
  return std::nullopt;
}

// The separator that makes the most of the row at `at`.
char GuessSeparator(std::string_view text, size_t at) {
  const std::string_view line = text.substr(at, text.find('\n', at) - at);
  return *std::max_element(kSeparators.begin(), kSeparators.end(), [&](char a, char b) {
    return std::count(line.begin(), line.end(), a) < std::count(line.begin(), line.end(), b);
  });
}

// Reads the rows of one table.
class CsvReader {
 public:
  explicit CsvReader(Feed& feed) : feed_(feed), rule_(feed.Rule({.id = "csv"})) {}

  void Read(std::string_view text) {
    const std::string& column = feed_.entry().column;
    size_t number = 0;
    const bool by_number = absl::SimpleAtoi(column, &number) && number > 0;
    std::optional<CsvHeader> header = FindCsvHeader(text, by_number ? "" : column);
    if (by_number) {
      if (!header) header = NoHeader(text, number - 1);
      header->value = number - 1;
      if (header->type == header->value) header->type.reset();
    } else if (!header) {
      return feed_.Reject(1,
                          column.empty() ? "no header names a column of names or URLs; say "
                                           "'column:' in the manifest"
                                         : "no header has the column that the manifest names",
                          text.substr(0, text.find('\n')));
    }
    Rows rows(text, header->end, header->line + 1, header->separator);
    for (Rows::Next next = rows.Take(); next != Rows::Next::kEnd; next = rows.Take()) {
      if (IsComment(rows)) continue;
      if (next == Rows::Next::kBadQuotes) {
        feed_.Reject(rows.line(), "a quote that is not closed, or not where a field begins",
                     rows.whole());
      } else {
        TakeRow(rows, *header);
      }
    }
  }

 private:
  static CsvHeader NoHeader(std::string_view text, size_t column) {
    CsvHeader header;
    if (text.starts_with(text::kByteOrderMark)) header.end = text::kByteOrderMark.size();
    size_t row = header.end;
    while (row < text.size() && (text[row] == '#' || text[row] == '\n' || text[row] == '\r')) {
      row = std::min(text.find('\n', row), text.size() - 1) + 1;
    }
    header.separator = GuessSeparator(text, row);
    // A header with a word of its own has no dot where the names have one.
    Rows rows(text, row, 1, header.separator);
    if (rows.Take() == Rows::Next::kRow && column < rows.fields().size() &&
        rows.fields()[column].text.find('.') == std::string_view::npos) {
      header.line = static_cast<uint32_t>(
          std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(rows.at()), '\n'));
      header.end = rows.at();
    }
    return header;
  }

  void TakeRow(const Rows& rows, const CsvHeader& header) {
    const std::vector<Field>& fields = rows.fields();
    if (header.type && *header.type < fields.size() &&
        IsOneOf(fields[*header.type].text, kOtherTypes)) {
      return feed_.Skip(rows.line(), "a row of something else than names and URLs", rows.whole());
    }
    if (header.value >= fields.size()) {
      return feed_.Reject(rows.line(), "a row without the column", rows.whole());
    }
    std::string_view value = fields[header.value].text;
    if (value.empty())
      return feed_.Skip(rows.line(), "a row with nothing in the column", rows.whole());
    if (fields[header.value].has_escapes) {
      // No name and no host of a URL has a quote; the value is shown as it is written.
      unescaped_ = value;
      size_t kept = 0;
      for (size_t i = 0; i < value.size(); ++i) {
        unescaped_[kept++] = value[i];
        if (value[i] == '"') ++i;
      }
      unescaped_.resize(kept);
      value = unescaped_;
    }
    if (LooksLikeUrl(value)) {
      feed_.AddIndicator(PlainHost(value), rule_, policy::NameScope::kHost, rows.line());
    } else {
      if (value.starts_with("*.")) value.remove_prefix(2);
      feed_.AddIndicator(value, rule_, policy::NameScope::kDomain, rows.line());
    }
  }

  Feed& feed_;
  uint32_t rule_;
  std::string unescaped_;
};

}  // namespace

std::optional<CsvHeader> FindCsvHeader(std::string_view text, std::string_view wanted) {
  size_t at = text.starts_with(text::kByteOrderMark) ? text::kByteOrderMark.size() : 0;
  bool is_first = true;  // of the lines that are not empty and no comments
  for (uint32_t line = 1; line <= kLastHeaderLine && at < text.size(); ++line) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const size_t next = std::min(end + 1, text.size());
    std::string_view row = text::Stripped(text.substr(at, end - at));
    at = next;
    if (row.empty() || row.size() > kLongestHeader) continue;
    // A header may stand in a comment: "# id,dateadded,url".
    const bool in_comment = row.front() == '#';
    if (in_comment) row = text::Stripped(row.substr(1));
    std::optional<CsvHeader> best;
    for (char separator : kSeparators) {
      Rows rows(row, 0, line, separator);
      if (rows.Take() != Rows::Next::kRow || rows.fields().size() <= (best ? best->columns : 0)) {
        continue;
      }
      const std::vector<Field>& fields = rows.fields();
      std::optional<size_t> value = FindValue(fields, wanted);
      if (!value) continue;
      best = CsvHeader{next, line, separator, fields.size(), *value, FindType(fields, *value)};
    }
    if (best && in_comment) {
      // ... and so may a sentence: the next row has to bear it out.
      Rows rows(text, next, line + 1, best->separator);
      while (rows.Take() == Rows::Next::kRow && IsComment(rows)) {
      }
      if (best->columns < 2 || rows.fields().size() != best->columns) best.reset();
    } else if (best && best->columns == 1 && !is_first) {
      best.reset();  // a word among others
    }
    if (best) return best;
    if (!in_comment) is_first = false;
  }
  return std::nullopt;
}

void ReadCsv(std::string_view text, Feed& feed) { CsvReader(feed).Read(text); }

}  // namespace tollgate::source
