// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/source/rpz_trigger.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace tollgate::source {
namespace {

using Labels = std::vector<std::string_view>;

constexpr std::array<std::pair<std::string_view, policy::Subject>, 4> kSubjects = {{
    {"rpz-client-ip", policy::Subject::kClient},
    {"rpz-ip", policy::Subject::kAddress},
    {"rpz-nsdname", policy::Subject::kNameServer},
    {"rpz-nsip", policy::Subject::kNameServerAddress},
}};

constexpr absl::string_view kNoPrefix = "an address trigger without prefix length and address";
constexpr absl::string_view kPrefixLength = "an address trigger with an impossible prefix length";
constexpr absl::string_view kHostBits = "an address trigger with bits set behind its prefix";
constexpr absl::string_view kNotCanonical = "an address trigger not in the form of RFC 5952";

std::string_view Label(const dns::Name& name, size_t label) {
  const std::span<const uint8_t> suffix = name.Suffix(label);
  return {reinterpret_cast<const char*>(suffix.data()) + 1, suffix[0]};
}

// A number below 2^16 in its only form: no sign, no leading zero.
std::optional<uint32_t> ParseNumber(std::string_view text, uint32_t base) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  uint32_t number = 0;
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit >= base) return std::nullopt;
    number = number * base + static_cast<uint32_t>(digit);
  }
  return number <= 0xffff ? std::optional(number) : std::nullopt;
}

// The prefix of `length` bits of an address. Returns a fault.
absl::string_view MakePrefix(std::span<const uint8_t> octets, uint32_t length,
                             dns::Prefix& prefix) {
  const std::optional<dns::Prefix> made = dns::Prefix::Of(octets, length);
  if (!made || length == 0) return kPrefixLength;
  if (!std::equal(octets.begin(), octets.end(), made->address.begin())) return kHostBits;
  prefix = *made;
  return "";
}

// The labels of an IPv6 address as the draft wants them: RFC 5952's text, the other way round, with
// "zz" for "::".
Labels CanonicalLabels(const std::vector<uint32_t>& words, std::vector<std::string>& texts) {
  size_t longest = 0;
  size_t longest_at = 0;
  for (size_t i = 0; i < words.size();) {
    size_t end = i;
    while (end < words.size() && words[end] == 0) ++end;
    if (end - i > longest && end - i >= 2) {
      longest = end - i;
      longest_at = i;
    }
    i = std::max(end, i + 1);
  }
  for (size_t i = 0; i < words.size(); ++i) {
    if (longest > 0 && i == longest_at) {
      texts.emplace_back("zz");
      i += longest - 1;
    } else {
      texts.push_back(absl::StrCat(absl::Hex(words[i])));
    }
  }
  return {texts.rbegin(), texts.rend()};
}

// `labels`: the prefix length and four numbers (section 4.1.1). Returns a fault.
absl::string_view ParseIpv4(const Labels& labels, dns::Prefix& prefix) {
  const std::optional<uint32_t> length = ParseNumber(labels[0], 10);
  if (!length) return kNoPrefix;
  std::vector<uint8_t> octets;
  for (size_t i = labels.size() - 1; i > 0; --i) {
    const std::optional<uint32_t> octet = ParseNumber(labels[i], 10);
    if (!octet || *octet > 255) return kNoPrefix;
    octets.push_back(static_cast<uint8_t>(*octet));
  }
  return MakePrefix(octets, *length, prefix);
}

// `labels`: the prefix length and up to eight numbers or "zz". Returns a fault.
absl::string_view ParseIpv6(const Labels& labels, dns::Prefix& prefix) {
  const std::optional<uint32_t> length = ParseNumber(labels[0], 10);
  const auto zz = std::count(labels.begin() + 1, labels.end(), "zz");
  if (!length || zz > 1 || labels.size() > 9 || (zz == 0 && labels.size() != 9)) return kNoPrefix;
  std::vector<uint32_t> words;
  for (size_t i = labels.size() - 1; i > 0; --i) {
    if (labels[i] == "zz") {
      words.insert(words.end(), 8 - (labels.size() - 2), 0);
      continue;
    }
    const std::string_view digits = labels[i].substr(
        std::min(labels[i].find_first_not_of('0'), std::max<size_t>(labels[i].size(), 1) - 1));
    const std::optional<uint32_t> word = ParseNumber(digits, 16);
    if (!word || labels[i].size() > 4) return kNoPrefix;
    words.push_back(*word);
  }
  std::vector<uint8_t> octets;
  for (const uint32_t word : words) {
    octets.push_back(static_cast<uint8_t>(word >> 8));
    octets.push_back(static_cast<uint8_t>(word));
  }
  if (absl::string_view fault = MakePrefix(octets, *length, prefix); !fault.empty()) return fault;
  std::vector<std::string> texts;
  return CanonicalLabels(words, texts) == Labels(labels.begin() + 1, labels.end()) ? ""
                                                                                   : kNotCanonical;
}

}  // namespace

RpzTrigger ParseTrigger(const dns::Name& owner) {
  RpzTrigger trigger;
  const size_t count = owner.label_count();
  trigger.is_wildcard = count > 0 && Label(owner, 0) == "*";
  trigger.name = owner.Stored(trigger.is_wildcard ? 1 : 0);
  if (count == 0 || !Label(owner, count - 1).starts_with("rpz-")) return trigger;

  const std::string_view last = Label(owner, count - 1);
  const auto* const subject =
      std::find_if(kSubjects.begin(), kSubjects.end(),
                   [&](const auto& candidate) { return candidate.first == last; });
  if (subject == kSubjects.end()) return trigger;
  trigger.subject = subject->second;
  if (trigger.subject == policy::Subject::kNameServer) {
    if (count == 1) trigger.fault = "rpz-nsdname without a name";
    trigger.name = trigger.name.first(trigger.name.size() - last.size() - 1);
    return trigger;
  }
  Labels labels;
  for (size_t i = 0; i + 1 < count; ++i) labels.push_back(Label(owner, i));
  const bool has_zz = std::find(labels.begin(), labels.end(), "zz") != labels.end();
  if (labels.size() < 2) {
    trigger.fault = kNoPrefix;
  } else {
    trigger.fault = labels.size() == 5 && !has_zz ? ParseIpv4(labels, trigger.prefix)
                                                  : ParseIpv6(labels, trigger.prefix);
  }
  return trigger;
}

}  // namespace tollgate::source
