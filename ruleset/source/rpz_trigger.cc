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

constexpr std::array<std::pair<std::string_view, TriggerKind>, 4> kKinds = {{
    {"rpz-client-ip", TriggerKind::kClientIp},
    {"rpz-ip", TriggerKind::kResponseIp},
    {"rpz-nsdname", TriggerKind::kNsdname},
    {"rpz-nsip", TriggerKind::kNsip},
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

// Whether a bit is set behind the first `prefix` of the address, whose fields have `width` bits
// each.
bool HasHostBits(const std::vector<uint32_t>& fields, uint32_t width, uint32_t prefix) {
  for (size_t i = 0; i < fields.size(); ++i) {
    const uint32_t before = static_cast<uint32_t>(i) * width;
    const uint32_t network = prefix <= before ? 0 : std::min(prefix - before, width);
    if ((fields[i] & ((1u << (width - network)) - 1)) != 0) return true;
  }
  return false;
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

// `labels`: the prefix length and four numbers (section 4.1.1).
absl::string_view Ipv4Fault(const Labels& labels) {
  const std::optional<uint32_t> prefix = ParseNumber(labels[0], 10);
  if (!prefix) return kNoPrefix;
  std::vector<uint32_t> octets;
  for (size_t i = labels.size() - 1; i > 0; --i) {
    const std::optional<uint32_t> octet = ParseNumber(labels[i], 10);
    if (!octet || *octet > 255) return kNoPrefix;
    octets.push_back(*octet);
  }
  if (*prefix < 1 || *prefix > 32) return kPrefixLength;
  return HasHostBits(octets, 8, *prefix) ? kHostBits : "";
}

// `labels`: the prefix length and up to eight numbers or "zz".
absl::string_view Ipv6Fault(const Labels& labels) {
  const std::optional<uint32_t> prefix = ParseNumber(labels[0], 10);
  const auto zz = std::count(labels.begin() + 1, labels.end(), "zz");
  if (!prefix || zz > 1 || labels.size() > 9 || (zz == 0 && labels.size() != 9)) return kNoPrefix;
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
  if (*prefix < 1 || *prefix > 128) return kPrefixLength;
  if (HasHostBits(words, 16, *prefix)) return kHostBits;
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

  const auto kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const auto& candidate) {
    return candidate.first == Label(owner, count - 1);
  });
  if (kind == kKinds.end()) return trigger;
  trigger.kind = kind->second;
  if (trigger.kind == TriggerKind::kNsdname) {
    if (count == 1) trigger.fault = "rpz-nsdname without a name";
    return trigger;
  }
  Labels labels;
  for (size_t i = 0; i + 1 < count; ++i) labels.push_back(Label(owner, i));
  const bool has_zz = std::find(labels.begin(), labels.end(), "zz") != labels.end();
  if (labels.size() < 2) {
    trigger.fault = kNoPrefix;
  } else {
    trigger.fault = labels.size() == 5 && !has_zz ? Ipv4Fault(labels) : Ipv6Fault(labels);
  }
  return trigger;
}

}  // namespace tollgate::source
