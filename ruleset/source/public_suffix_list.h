// SPDX-License-Identifier: BSD-3-Clause
//
// The Public Suffix List (publicsuffix.org), as Debian's package `publicsuffix` ships it.
//
// Its two sections mean different things here. A name of the ICANN section is where anybody
// registers: it bounds the registrable domain. A name of the private section (github.io) was itself
// registered by somebody, who lends names below it: the registrable domain of x.github.io is
// github.io. Rules may touch neither kind of name as a whole.

#ifndef TOLLGATE_RULESET_SOURCE_PUBLIC_SUFFIX_LIST_H_
#define TOLLGATE_RULESET_SOURCE_PUBLIC_SUFFIX_LIST_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "absl/status/statusor.h"
#include "ruleset/dns/name.h"

namespace tollgate::source {

class PublicSuffixList {
 public:
  // Takes the text of the list. Lines that are no rules (there are none in the real list) are
  // passed over and counted.
  static PublicSuffixList Parse(std::string_view text);

  // Reads the list from a file; the error names the file and the Debian package.
  static absl::StatusOr<PublicSuffixList> Load(const std::string& path);

  enum class Kind : uint8_t { kNone, kIcann, kPrivate };
  // Whether `name` itself is a public suffix. Every top-level domain is one.
  Kind KindOf(const dns::Name& name) const;
  // The same for a name in lower-case wire format without the root label.
  Kind KindOf(std::string_view stored) const;

  // Whether `label`, in lower case and as the list writes it or as an A-label, is a top-level domain
  // that the list knows.
  bool IsTopLevelDomain(std::string_view label) const {
    return top_level_domains_.contains(std::string(label));
  }

  // Wire format without the root label, to kSuffix* flags (database/format.h).
  const std::map<std::string, uint32_t>& rules() const { return rules_; }
  // The list's own version, such as "2025-01-03_11-12-13_UTC"; where it has none, how many rules it
  // holds.
  const std::string& version() const { return version_; }
  size_t skipped() const { return skipped_; }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  uint32_t FlagsOf(std::string_view stored) const;

  std::map<std::string, uint32_t> rules_;
  std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>> quick_;  // the same
  std::unordered_set<std::string> top_level_domains_;
  std::string version_;
  size_t skipped_ = 0;
};

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_PUBLIC_SUFFIX_LIST_H_
