// SPDX-License-Identifier: BSD-3-Clause

#include "module/live/pauses.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace tollgate::module {
namespace {

using Address = std::array<uint8_t, 16>;

constexpr size_t kMappedOctets = 12;  // ::ffff:0:0/96 comes before the IPv4 address

bool IsMapped(const Address& address, uint8_t family) noexcept {
  constexpr uint8_t kMapped[kMappedOctets] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return family == 6 && std::memcmp(address.data(), kMapped, sizeof(kMapped)) == 0;
}

// The IPv4 address in an IPv4-mapped one.
Address Unmapped(const Address& address) noexcept {
  Address inner{};
  std::copy(address.begin() + kMappedOctets, address.end(), inner.begin());
  return inner;
}

constexpr uint8_t BitsOf(uint8_t family) { return family == 4 ? 32 : 128; }

// Covers, for an address that is not mapped.
bool Holds(const Prefix& prefix, const Address& address, uint8_t family) noexcept {
  if (prefix.family == 0) return true;
  if (prefix.family != family) return false;
  const size_t bits = std::min(prefix.length, BitsOf(family));
  const size_t octets = bits / 8;
  if (std::memcmp(prefix.address.data(), address.data(), octets) != 0) return false;
  const size_t rest = bits % 8;
  return rest == 0 || ((prefix.address[octets] ^ address[octets]) >> (8 - rest)) == 0;
}

// The address with nothing but zeros behind the first `length` bits.
Address Masked(Address address, size_t length) {
  for (size_t i = 0; i < address.size(); ++i) {
    const size_t kept = std::min<size_t>(8, length - std::min(length, 8 * i));
    address[i] = static_cast<uint8_t>(address[i] & (0xff00 >> kept));
  }
  return address;
}

absl::Status NoPrefix(std::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", absl::string_view(text.data(), text.size()),
                   "' is no address and no prefix: write 192.0.2.1, 192.0.2.0/24 or "
                   "2001:db8::/32"));
}

bool IsOver(const Pause& pause, uint64_t now) { return pause.until != 0 && now >= pause.until; }

}  // namespace

bool Covers(const Prefix& prefix, const Address& address, uint8_t family) noexcept {
  return IsMapped(address, family) ? Holds(prefix, Unmapped(address), 4)
                                   : Holds(prefix, address, family);
}

absl::StatusOr<Prefix> ParsePrefix(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Prefix prefix;
  // inet_pton would stop at a NUL.
  if (address.find('\0') != std::string::npos) return NoPrefix("");
  if (inet_pton(AF_INET, address.c_str(), prefix.address.data()) == 1) {
    prefix.family = 4;
  } else if (inet_pton(AF_INET6, address.c_str(), prefix.address.data()) == 1) {
    prefix.family = 6;
  } else {
    return NoPrefix(text);
  }
  prefix.length = BitsOf(prefix.family);
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    unsigned length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc() || end != digits.data() + digits.size()) return NoPrefix(text);
    if (length > prefix.length) {
      return absl::InvalidArgumentError(absl::StrCat("/", length, " is longer than an IPv",
                                                     prefix.family, " address of ", prefix.length,
                                                     " bits"));
    }
    prefix.length = static_cast<uint8_t>(length);
  }
  if (prefix.length >= 8 * kMappedOctets && IsMapped(prefix.address, prefix.family)) {
    prefix.address = Unmapped(prefix.address);
    prefix.family = 4;
    prefix.length = static_cast<uint8_t>(prefix.length - 8 * kMappedOctets);
  }
  Prefix meant = prefix;
  meant.address = Masked(prefix.address, prefix.length);
  if (meant == prefix) return prefix;
  Prefix alone = prefix;
  alone.length = BitsOf(prefix.family);
  return absl::InvalidArgumentError(absl::StrCat(
      "'", absl::string_view(text.data(), text.size()), "' has bits behind its prefix: write ",
      ToText(meant), " for all of it, or ", ToText(alone), " for one client"));
}

std::string ToText(const Prefix& prefix) {
  if (prefix.family == 0) return "";
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(prefix.family == 4 ? AF_INET : AF_INET6, prefix.address.data(), text, sizeof(text));
  if (prefix.length >= BitsOf(prefix.family)) return text;
  return absl::StrCat(text, "/", prefix.length);
}

bool Same(const Pause& a, const Pause& b) {
  return a.client == b.client && a.policy == b.policy && a.name == b.name;
}

Pauses::Pauses(std::vector<Pause> list, const RuleSet* rules) : list_(std::move(list)) {
  const uint32_t policies = rules == nullptr ? 0 : rules->policy_count();
  for (uint32_t i = 0; i < list_.size(); ++i) {
    const Pause& pause = list_[i];
    Entry entry{.until = pause.until,
                .policy = kEveryPolicy,
                .pause = i,
                .is_named = pause.name && pause.name->label_count() > 0,
                .client = pause.client};
    if (pause.policy.empty()) {
      entries_.push_back(entry);
      continue;
    }
    for (entry.policy = 0; entry.policy < policies; ++entry.policy) {
      if (rules->Policy(entry.policy).id != pause.policy) continue;
      entries_.push_back(entry);
      break;  // an id is one policy's
    }
  }
  std::stable_partition(entries_.begin(), entries_.end(),
                        [](const Entry& entry) { return entry.policy == kEveryPolicy; });
}

std::vector<Pause> Pauses::Running(uint64_t now) const {
  std::vector<Pause> running;
  for (const Pause& pause : list_) {
    if (!IsOver(pause, now)) running.push_back(pause);
  }
  return running;
}

absl::StatusOr<Pauses> Pauses::With(const Pause& pause, const RuleSet* rules, uint64_t now) const {
  std::vector<Pause> list = Running(now);
  std::erase_if(list, [&](const Pause& other) { return Same(other, pause); });
  if (list.size() >= kMost) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there are ", kMost, " pauses already: end some of them first"));
  }
  list.push_back(pause);
  Pauses pauses(std::move(list), rules);
  const bool is_known =
      pause.policy.empty() ||
      std::any_of(pauses.entries_.begin(), pauses.entries_.end(),
                  [&](const Entry& entry) { return entry.pause + 1 == pauses.list_.size(); });
  if (!is_known) {
    return absl::NotFoundError(absl::StrCat("the database has no policy '", pause.policy, "'"));
  }
  return pauses;
}

Pauses::Resumed Pauses::Without(const Pause& which, const RuleSet* rules, uint64_t now) const {
  std::vector<Pause> list = Running(now);
  const bool is_all = Same(which, Pause{});
  const size_t count =
      std::erase_if(list, [&](const Pause& pause) { return is_all || Same(pause, which); });
  return {Pauses(std::move(list), rules), count};
}

Pauses::Effect Pauses::Apply(const Address& address, uint8_t family, const dns::Name& qname,
                             uint64_t now, std::span<uint8_t> shadowed) const noexcept {
  const bool is_mapped = IsMapped(address, family);
  const Address client = is_mapped ? Unmapped(address) : address;
  if (is_mapped) family = 4;
  Effect effect = Effect::kNone;
  for (const Entry& entry : entries_) {
    if (entry.until != 0 && now >= entry.until) continue;
    if (!Holds(entry.client, client, family)) continue;
    if (entry.is_named && !qname.IsWithin(list_[entry.pause].name->Stored())) continue;
    if (entry.policy == kEveryPolicy) return Effect::kAll;
    if (entry.policy >= shadowed.size() || shadowed[entry.policy] != 0) continue;
    shadowed[entry.policy] = 1;
    effect = Effect::kSome;
  }
  return effect;
}

}  // namespace tollgate::module
