// SPDX-License-Identifier: BSD-3-Clause
//
// dns::Name: a domain name (RFC 1035 section 3.1) that has been validated once and is then trusted.
//
//   auto name = dns::Name::FromText("USPS.com-isjjz.top");
//   name->wire();            // \x04usps\x09com-isjjz\x03top\x00, folded to lower case
//   name->label_count();     // 3
//   name->Suffix(1);         // \x09com-isjjz\x03top\x00
//   name->Stored(1);         // \x09com-isjjz\x03top
//   name->Text();            // "usps.com-isjjz.top"

#ifndef TOLLGATE_RULESET_DNS_NAME_H_
#define TOLLGATE_RULESET_DNS_NAME_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tollgate::dns {

inline constexpr size_t kMaxWireLength = 255;   // RFC 1035 section 2.3.4, the root label included
inline constexpr size_t kMaxLabelLength = 63;   // RFC 1035 section 2.3.4
inline constexpr size_t kMaxLabels = 127;       // 127 labels of one octet and the root make 255
inline constexpr size_t kMaxTextLength = 1004;  // every octet written as \DDD, and the dots

// The text of one name, in a buffer of its own: what patterns are matched against. A dot stands in
// front of it and a NUL behind it, as the root's octet does.
struct NameText {
  // And room for who reads eight octets at once.
  std::array<char, kMaxTextLength + 2 + 8> bytes;
  uint16_t length = 0;  // of the text alone
  // Where the text of Suffix(i) begins, counted from the text's beginning.
  std::array<uint16_t, kMaxLabels + 1> label_offset;

  std::string_view From(size_t label) const noexcept {
    return {bytes.data() + 1 + label_offset[label], size_t{length} - label_offset[label]};
  }
  // From(label) with the dot in front of it and the NUL behind it.
  std::span<const char> Bounded(size_t label) const noexcept {
    return {bytes.data() + label_offset[label], size_t{length} - label_offset[label] + 2};
  }
};

// Immutable, trivially copyable, folded to lower case (ASCII only, RFC 4343). Safe to share between
// threads.
class Name {
 public:
  // Takes an uncompressed name in wire format; `wire` must hold the name and nothing after it.
  // Returns nothing where the bytes are not a name: a compression pointer, a label or the name too
  // long, no root label at the end.
  static std::optional<Name> FromWire(std::span<const uint8_t> wire) noexcept;

  // The same for the form in which databases store names: without the root label.
  static std::optional<Name> FromStored(std::span<const uint8_t> without_root) noexcept;

  // Takes a name in presentation format (RFC 1035 section 5.1: \. and \DDD escapes), with or
  // without the final dot. The error says what is wrong, without the name itself.
  static absl::StatusOr<Name> FromText(std::string_view text);

  std::span<const uint8_t> wire() const noexcept { return {wire_.data(), length_}; }

  // Labels without the root: 0 for the root itself.
  size_t label_count() const noexcept { return label_count_; }

  // The wire format from label `label` on, counted from the left: Suffix(0) is the name,
  // Suffix(label_count()) the root.
  std::span<const uint8_t> Suffix(size_t label) const noexcept {
    return {wire_.data() + label_offset_[label], size_t{length_} - label_offset_[label]};
  }

  // Suffix(label) without the root label: the form in which databases and their makers store names.
  std::span<const uint8_t> Stored(size_t label = 0) const noexcept {
    return {wire_.data() + label_offset_[label], size_t{length_} - label_offset_[label] - 1};
  }

  // The offset in octets of Suffix(label) in wire().
  size_t SuffixOffset(size_t label) const noexcept { return label_offset_[label]; }

  // Whether all its labels are letters, digits, '-' and '_': then no octet is escaped in its text.
  bool IsPlain() const noexcept { return is_plain_; }

  // The label from which on this is the name `enclosing`, given without the root label; nothing
  // where this is neither that name nor below it.
  std::optional<size_t> FindSuffix(std::span<const uint8_t> enclosing) const noexcept;
  bool IsWithin(std::span<const uint8_t> enclosing) const noexcept {
    return FindSuffix(enclosing).has_value();
  }

  // Presentation format of Suffix(label) without the final dot ("." for the root). Octets that are
  // not letters, digits,
  // '-' or '_' are escaped, so that a dot in the text is always a label boundary.
  std::string Text(size_t label = 0) const;

  // The same into `text`, without allocation.
  void WriteText(NameText& text) const noexcept;

  friend bool operator==(const Name& a, const Name& b) noexcept {
    return std::string_view(reinterpret_cast<const char*>(a.wire_.data()), a.length_) ==
           std::string_view(reinterpret_cast<const char*>(b.wire_.data()), b.length_);
  }

 private:
  Name() = default;

  std::array<uint8_t, kMaxWireLength> wire_;
  std::array<uint8_t, kMaxLabels + 1> label_offset_;
  uint8_t length_ = 0;
  uint8_t label_count_ = 0;
  bool is_plain_ = true;
};

// The quick way for the plain names that lists are full of: letters, digits, '-', '_' and dots, a
// letter at the end. Writes `text` in lower-case wire format without the root label and returns its
// length; 0 where it is not such a name, which says nothing about whether it is one.
size_t WriteStored(std::string_view text, std::array<uint8_t, kMaxWireLength>& out) noexcept;

}  // namespace tollgate::dns

#endif  // TOLLGATE_RULESET_DNS_NAME_H_
