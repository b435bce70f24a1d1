// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/dns/name.h"

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"

namespace tollgate::dns {
namespace {

constexpr std::array<uint8_t, 256> MakeFoldTable() {
  std::array<uint8_t, 256> table{};
  for (int c = 0; c < 256; ++c) {
    table[c] = static_cast<uint8_t>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  }
  return table;
}

// Octets that stand for themselves in text. Every other one is escaped.
constexpr std::array<bool, 256> MakePlainTable() {
  std::array<bool, 256> table{};
  for (int c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  table['-'] = table['_'] = true;
  return table;
}

// The lower case of the octets that stand for themselves, and 0 for every other one.
constexpr std::array<uint8_t, 256> MakePlainFoldTable() {
  std::array<uint8_t, 256> table{};
  for (int c = 0; c < 256; ++c) {
    if (MakePlainTable()[c]) table[c] = MakeFoldTable()[c];
  }
  return table;
}

constexpr std::array<uint8_t, 256> kPlainFold = MakePlainFoldTable();
constexpr std::array<uint8_t, 256> kFold = MakeFoldTable();
constexpr std::array<bool, 256> kPlain = MakePlainTable();

bool IsGraphic(uint8_t octet) { return octet > ' ' && octet < 0x7f; }

// Writes the text of one octet that is not plain: \. for a graphic one, \DDD for the rest. Returns
// the end.
char* WriteEscaped(uint8_t octet, char* out) noexcept {
  *out++ = '\\';
  if (IsGraphic(octet)) {
    *out++ = static_cast<char>(octet);
  } else {
    *out++ = static_cast<char>('0' + octet / 100);
    *out++ = static_cast<char>('0' + octet / 10 % 10);
    *out++ = static_cast<char>('0' + octet % 10);
  }
  return out;
}

absl::Status Bad(std::string_view reason) {
  return absl::InvalidArgumentError(absl::string_view(reason.data(), reason.size()));
}

// Reads one possibly escaped octet at text[i] and moves i past it.
absl::StatusOr<uint8_t> ReadOctet(std::string_view text, size_t& i) {
  const auto octet = static_cast<uint8_t>(text[i++]);
  if (octet != '\\') {
    if (!IsGraphic(octet)) {
      return Bad(octet >= 0x80 ? "a character that is not ASCII; write the A-label (xn--...)"
                               : "a space or control character in the name");
    }
    return octet;
  }
  if (i == text.size()) return Bad("a backslash at the end of the name");
  auto digit = [&](size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  if (!digit(i)) return static_cast<uint8_t>(text[i++]);
  if (!digit(i + 1) || !digit(i + 2)) return Bad("an escape that is not \\DDD with three digits");
  const int value = (text[i] - '0') * 100 + (text[i + 1] - '0') * 10 + (text[i + 2] - '0');
  if (value > 255) return Bad("an escape \\DDD above 255");
  i += 3;
  return static_cast<uint8_t>(value);
}

}  // namespace

std::optional<Name> Name::FromWire(std::span<const uint8_t> wire) noexcept {
  if (wire.empty() || wire.size() > kMaxWireLength) return std::nullopt;
  Name name;
  size_t at = 0;
  while (wire[at] != 0) {
    const size_t label_length = wire[at];
    // Also refuses compression pointers, whose two high bits make them larger than any length.
    if (label_length > kMaxLabelLength || at + 1 + label_length >= wire.size()) return std::nullopt;
    name.label_offset_[name.label_count_++] = static_cast<uint8_t>(at);
    name.wire_[at] = static_cast<uint8_t>(label_length);
    bool is_plain = true;
    for (size_t i = at + 1; i <= at + label_length; ++i) {
      name.wire_[i] = kFold[wire[i]];
      is_plain &= kPlain[wire[i]];
    }
    name.is_plain_ &= is_plain;
    at += 1 + label_length;
  }
  if (at + 1 != wire.size()) return std::nullopt;
  name.wire_[at] = 0;
  name.label_offset_[name.label_count_] = static_cast<uint8_t>(at);
  name.length_ = static_cast<uint8_t>(wire.size());
  return name;
}

std::optional<Name> Name::FromStored(std::span<const uint8_t> without_root) noexcept {
  if (without_root.size() >= kMaxWireLength) return std::nullopt;
  std::array<uint8_t, kMaxWireLength> wire;
  std::copy(without_root.begin(), without_root.end(), wire.begin());
  wire[without_root.size()] = 0;
  return FromWire({wire.data(), without_root.size() + 1});
}

std::optional<size_t> Name::FindSuffix(std::span<const uint8_t> enclosing) const noexcept {
  for (size_t label = 0; label < label_count_; ++label) {
    const std::span<const uint8_t> suffix = Stored(label);
    if (suffix.size() == enclosing.size() &&
        std::memcmp(suffix.data(), enclosing.data(), enclosing.size()) == 0) {
      return label;
    }
  }
  return std::nullopt;
}

absl::StatusOr<Name> Name::FromText(std::string_view text) {
  if (text.empty()) return Bad("an empty name");
  Name name;
  size_t length = 0;  // octets written so far, without the root label
  if (text != ".") {
    for (size_t i = 0; i < text.size();) {
      const size_t label_start = length++;
      if (label_start >= kMaxWireLength - 1) return Bad("a name longer than 255 octets");
      while (i < text.size() && text[i] != '.') {
        absl::StatusOr<uint8_t> octet = ReadOctet(text, i);
        if (!octet.ok()) return octet.status();
        if (length - label_start > kMaxLabelLength) return Bad("a label longer than 63 octets");
        if (length >= kMaxWireLength - 1) return Bad("a name longer than 255 octets");
        name.wire_[length++] = kFold[*octet];
        name.is_plain_ &= kPlain[*octet];
      }
      if (length == label_start + 1) return Bad("an empty label (two dots, or a dot at the start)");
      name.wire_[label_start] = static_cast<uint8_t>(length - label_start - 1);
      name.label_offset_[name.label_count_++] = static_cast<uint8_t>(label_start);
      if (i < text.size()) ++i;  // the dot
    }
  }
  name.wire_[length] = 0;
  name.label_offset_[name.label_count_] = static_cast<uint8_t>(length);
  name.length_ = static_cast<uint8_t>(length + 1);
  return name;
}

size_t WriteStored(std::string_view text, std::array<uint8_t, kMaxWireLength>& out) noexcept {
  // A name without a letter at its end could be an address.
  if (text.empty() || text.size() > kMaxWireLength - 2) return 0;
  const uint8_t last = kFold[static_cast<uint8_t>(text.back())];
  if (last < 'a' || last > 'z') return 0;
  size_t label = 0;  // where the length of the current label stands
  for (size_t i = 0; i < text.size(); ++i) {
    const uint8_t octet = kPlainFold[static_cast<uint8_t>(text[i])];
    if (octet != 0) {
      out[i + 1] = octet;
      continue;
    }
    const size_t length = i - label;
    if (text[i] != '.' || length == 0 || length > kMaxLabelLength) return 0;
    out[label] = static_cast<uint8_t>(length);
    label = i + 1;
  }
  const size_t length = text.size() - label;
  if (length > kMaxLabelLength) return 0;
  out[label] = static_cast<uint8_t>(length);
  return text.size() + 1;
}

void Name::WriteText(NameText& text) const noexcept {
  char* const first = text.bytes.data() + 1;
  if (is_plain_) {
    // The wire format with dots for the lengths of labels.
    std::memcpy(text.bytes.data(), wire_.data(), length_);
    text.bytes[0] = '.';
    for (size_t label = 0; label < label_count_; ++label) {
      text.label_offset[label] = label_offset_[label];
      text.bytes[label_offset_[label]] = '.';
    }
    text.length = static_cast<uint16_t>(label_count_ == 0 ? 0 : length_ - 2);
    first[text.length] = '\0';
    text.label_offset[label_count_] = text.length;
    return;
  }
  text.bytes[0] = '.';
  char* out = first;
  for (size_t label = 0; label < label_count_; ++label) {
    text.label_offset[label] = static_cast<uint16_t>(out - first);
    const uint8_t* octet = wire_.data() + label_offset_[label];
    const uint8_t* end = octet + 1 + *octet;
    for (++octet; octet < end; ++octet) {
      if (kPlain[*octet]) {
        *out++ = static_cast<char>(*octet);
      } else {
        out = WriteEscaped(*octet, out);
      }
    }
    *out++ = '.';
  }
  if (label_count_ > 0) --out;  // the final dot
  *out = '\0';
  text.length = static_cast<uint16_t>(out - first);
  text.label_offset[label_count_] = text.length;
}

std::string Name::Text(size_t label) const {
  if (label >= label_count_) return ".";
  NameText text;
  WriteText(text);
  return std::string(text.From(label));
}

}  // namespace tollgate::dns
