// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_UPDATE_WIRE_READER_H_
#define TOLLGATE_RULESET_UPDATE_WIRE_READER_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace tollgate::update {

// Walks over a DNS message (RFC 1035 section 4). After a read beyond its end nothing more is read,
// and ok() is false.
class WireReader {
 public:
  explicit WireReader(std::string_view message) : message_(message) {}

  bool ok() const { return ok_; }
  size_t at() const { return at_; }
  size_t left() const { return message_.size() - at_; }

  void Skip(size_t octets) { Take(octets); }

  std::string Octets(size_t octets) { return std::string(Take(octets)); }

  uint16_t Number16() {
    const std::string_view octets = Take(2);
    return ok_ ? static_cast<uint16_t>(static_cast<unsigned char>(octets[0]) << 8 |
                                       static_cast<unsigned char>(octets[1]))
               : uint16_t{0};
  }

  // A name, compressed or not.
  void SkipName() {
    for (;;) {
      const std::string_view length = Take(1);
      if (!ok_ || length[0] == 0) return;
      const auto octet = static_cast<unsigned char>(length[0]);
      if (octet >= 0xc0) {
        Skip(1);
        return;
      }
      Skip(octet);
    }
  }

  // A name that must not be compressed, in lower case, with the root label.
  std::string Name() {
    const size_t start = at_;
    for (;;) {
      const std::string_view length = Take(1);
      if (!ok_ || length[0] == 0) break;
      if (static_cast<unsigned char>(length[0]) >= 0x40) ok_ = false;
      Skip(static_cast<unsigned char>(length[0]));
    }
    if (!ok_) return "";
    std::string name(message_.substr(start, at_ - start));
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return name;
  }

 private:
  std::string_view Take(size_t octets) {
    if (!ok_ || octets > left()) {
      ok_ = false;
      return {};
    }
    at_ += octets;
    return message_.substr(at_ - octets, octets);
  }

  std::string_view message_;
  size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace tollgate::update

#endif  // TOLLGATE_RULESET_UPDATE_WIRE_READER_H_
