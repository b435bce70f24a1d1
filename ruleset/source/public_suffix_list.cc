// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/public_suffix_list.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ruleset/database/format.h"
#include "ruleset/source/indicator.h"
#include "ruleset/text/yaml.h"

namespace tollgate::source {
namespace {

constexpr size_t kLargestList = size_t{64} << 20;

std::string KeyOf(const dns::Name& name) {
  const std::span<const uint8_t> stored = name.Stored();
  return std::string(reinterpret_cast<const char*>(stored.data()), stored.size());
}

}  // namespace

PublicSuffixList PublicSuffixList::Parse(std::string_view text) {
  PublicSuffixList list;
  bool is_private = false;
  for (absl::string_view line : absl::StrSplit(absl::string_view(text.data(), text.size()), '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, "//")) {
      if (absl::StrContains(line, "===BEGIN PRIVATE DOMAINS===")) is_private = true;
      if (absl::StrContains(line, "===END PRIVATE DOMAINS===")) is_private = false;
      constexpr absl::string_view kVersion = "// VERSION: ";
      if (absl::StartsWith(line, kVersion))
        list.version_ = std::string(line.substr(kVersion.size()));
      continue;
    }
    line = line.substr(0, line.find_first_of(" \t"));
    if (line.empty()) continue;
    uint32_t flags = database::kSuffixNormal;
    if (absl::StartsWith(line, "!")) {
      flags = database::kSuffixException;
      line.remove_prefix(1);
    } else if (absl::StartsWith(line, "*.")) {
      flags = database::kSuffixWildcard;
      line.remove_prefix(2);
    }
    absl::StatusOr<dns::Name> name = ParseIndicator({line.data(), line.size()});
    if (!name.ok() || name->label_count() == 0) {
      ++list.skipped_;
      continue;
    }
    // Some stand in no rule of their own: of "za" the list has "co.za" and others.
    const size_t top = line.rfind('.') == line.npos ? 0 : line.rfind('.') + 1;
    list.top_level_domains_.emplace(line.substr(top));
    list.top_level_domains_.insert(name->Text(name->label_count() - 1));
    uint32_t& known = list.rules_[KeyOf(*name)];
    // A name of both sections ("*.ck" and something private at ck) counts as the ICANN section's.
    if (is_private && known == 0) flags |= database::kSuffixPrivate;
    if (is_private && known != 0 && (known & database::kSuffixPrivate) == 0) continue;
    known |= flags;
  }
  list.quick_.insert(list.rules_.begin(), list.rules_.end());
  // Debian's copies carry no version.
  if (list.version_.empty()) list.version_ = absl::StrCat(list.rules_.size(), " rules");
  return list;
}

absl::StatusOr<PublicSuffixList> PublicSuffixList::Load(const std::string& path) {
  std::string reason;
  std::optional<std::string> text = text::ReadFile(path, kLargestList, reason);
  if (!text) {
    return absl::NotFoundError(
        absl::StrCat("cannot read the Public Suffix List ", path, " (", reason,
                     "); install the package 'publicsuffix' or name another file "
                     "with --public-suffix-list"));
  }
  PublicSuffixList list = Parse(*text);
  if (list.rules().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " holds no public suffix"));
  }
  return list;
}

uint32_t PublicSuffixList::FlagsOf(std::string_view stored) const {
  auto rule = quick_.find(stored);
  return rule == quick_.end() ? 0 : rule->second;
}

PublicSuffixList::Kind PublicSuffixList::KindOf(const dns::Name& name) const {
  return KindOf(KeyOf(name));
}

PublicSuffixList::Kind PublicSuffixList::KindOf(std::string_view stored) const {
  if (stored.empty()) return Kind::kIcann;
  const std::string_view parent = stored.substr(1 + static_cast<uint8_t>(stored[0]));
  if (parent.empty()) return Kind::kIcann;
  const uint32_t own = FlagsOf(stored);
  if ((own & database::kSuffixException) != 0) return Kind::kNone;
  uint32_t deciding = 0;
  if ((own & database::kSuffixNormal) != 0) {
    deciding = own;
  } else if (const uint32_t above = FlagsOf(parent); (above & database::kSuffixWildcard) != 0) {
    deciding = above;
  } else {
    return Kind::kNone;
  }
  return (deciding & database::kSuffixPrivate) != 0 ? Kind::kPrivate : Kind::kIcann;
}

}  // namespace tollgate::source
