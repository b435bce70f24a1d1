// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/patient/patients.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "ruleset/text/key_file.h"

namespace tollgate::patient {
namespace {

// Every client as 64 bits: ::/32 is no client's (RFC 4291 section 2.5), so that an IPv4 address
// behind 32 zeroes is unlike the first half of any IPv6 address.
constexpr size_t kIpv4At = 4;
constexpr size_t kEverybodyOctets = 8;

bool StartsWithZeroes(std::span<const uint8_t> octets) {
  return std::all_of(octets.begin(), octets.begin() + kIpv4At, [](uint8_t o) { return o == 0; });
}

// An address as the block of a label: IPv4 as RFC 4291 section 2.5.5.2 maps it.
constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Cipher::Address BlockOf(std::span<const uint8_t> client) {
  Cipher::Address block;
  if (client.size() == block.size()) {
    std::copy(client.begin(), client.end(), block.begin());
  } else {
    std::copy(client.begin(), client.end(),
              std::copy(kMapped.begin(), kMapped.end(), block.begin()));
  }
  return block;
}

std::optional<dns::Prefix> ClientOf(const Cipher::Address& block) {
  const std::span<const uint8_t> octets(block);
  if (std::equal(kMapped.begin(), kMapped.end(), block.begin())) {
    return dns::Prefix::Of(octets.subspan(kMapped.size()), 32);
  }
  return dns::Prefix::Of(octets, 128);
}

// Copies the last `bits` bits.
void CopyLastBits(std::span<const uint8_t> from, std::span<uint8_t> to, unsigned bits) {
  for (size_t i = 1; bits > 0; ++i) {
    const unsigned count = std::min(bits, 8u);
    const auto mask = static_cast<uint8_t>(0xff >> (8 - count));
    uint8_t& octet = to[to.size() - i];
    octet = static_cast<uint8_t>((octet & ~mask) | (from[from.size() - i] & mask));
    bits -= count;
  }
}

// Writes the client as 64 bits; false for what is no client.
bool WriteEverybody(std::span<const uint8_t> client, std::span<uint8_t> address) {
  const std::span<uint8_t> last = address.last(kEverybodyOctets);
  if (client.size() == 4) {
    std::fill_n(last.begin(), kIpv4At, uint8_t{0});
    std::copy(client.begin(), client.end(), last.begin() + kIpv4At);
    return true;
  }
  if (client.size() != 16 || StartsWithZeroes(client)) return false;
  std::copy_n(client.begin(), kEverybodyOctets, last.begin());
  return true;
}

}  // namespace

absl::StatusOr<Patients> Patients::Make(const Settings& settings) {
  Patients patients;
  absl::StatusOr<std::string> key = text::ReadKeyFile(settings.key_file);
  if (!key.ok()) return key.status();
  patients.cipher_.emplace(*key);
  patients.prefixes_ = settings.prefixes;
  patients.names_ = settings.names;
  return patients;
}

bool Patients::Name(std::span<const uint8_t> client, std::span<uint8_t> address) const noexcept {
  for (const SinkholePrefix& sinkhole : prefixes_) {
    if (!sinkhole.prefix.Holds(address)) continue;
    if (!sinkhole.clients) {
      if (!WriteEverybody(client, address)) continue;
    } else if (sinkhole.clients->Holds(client)) {
      CopyLastBits(client, address, sinkhole.bits());
    } else {
      continue;
    }
    cipher_->Hide(address, sinkhole.bits());
    return true;
  }
  return false;
}

std::optional<dns::Name> Patients::Name(std::span<const uint8_t> client,
                                        const dns::Name& target) const noexcept {
  if (client.empty() || std::find(names_.begin(), names_.end(), target) == names_.end()) {
    return std::nullopt;
  }
  const Cipher::Label label = cipher_->Seal(BlockOf(client));
  const std::span<const uint8_t> rest = target.wire();
  std::array<uint8_t, dns::kMaxWireLength> wire;
  const size_t length = 1 + label.size() + rest.size();
  if (length > wire.size()) return std::nullopt;
  wire[0] = static_cast<uint8_t>(label.size());
  std::copy(rest.begin(), rest.end(), std::copy(label.begin(), label.end(), wire.begin() + 1));
  return dns::Name::FromWire({wire.data(), length});
}

std::optional<dns::Prefix> Patients::Who(std::span<const uint8_t> address) const noexcept {
  for (const SinkholePrefix& sinkhole : prefixes_) {
    if (!sinkhole.prefix.Holds(address)) continue;
    std::array<uint8_t, 16> octets{};
    std::copy(address.begin(), address.end(), octets.begin());
    const std::span<uint8_t> shown(octets.data(), address.size());
    cipher_->Show(shown, sinkhole.bits());
    if (sinkhole.clients) {
      std::array<uint8_t, 16> client = sinkhole.clients->address;
      const std::span<uint8_t> whole(client.data(), sinkhole.clients->octets());
      CopyLastBits(shown, whole, sinkhole.bits());
      return dns::Prefix::Of(whole, static_cast<unsigned>(8 * whole.size()));
    }
    const std::span<uint8_t> last = shown.last(kEverybodyOctets);
    if (StartsWithZeroes(last)) return dns::Prefix::Of(last.subspan(kIpv4At), 32);
    std::array<uint8_t, 16> client{};
    std::copy(last.begin(), last.end(), client.begin());
    return dns::Prefix::Of(client, 64);
  }
  return std::nullopt;
}

std::optional<dns::Prefix> Patients::Who(const dns::Name& name) const noexcept {
  for (const dns::Name& below : names_) {
    const std::optional<size_t> at = name.FindSuffix(below.Stored());
    if (!at || *at == 0) continue;
    const std::span<const uint8_t> label = name.Suffix(*at - 1);
    const std::optional<Cipher::Address> block =
        cipher_->Open({reinterpret_cast<const char*>(label.data()) + 1, label[0]});
    if (block) return ClientOf(*block);
  }
  return std::nullopt;
}

}  // namespace tollgate::patient
