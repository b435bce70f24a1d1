// SPDX-License-Identifier: BSD-3-Clause

#include "module/events/client_form.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "ruleset/text/yaml.h"

namespace tollgate::module {
namespace {

constexpr size_t kShortestKey = 16;  // octets
constexpr size_t kLongestKey = 4096;
constexpr size_t kPseudonymLength = 8;  // octets: among ten million clients, hardly two are alike

size_t AddressLength(const Client& client) { return client.family == 4 ? 4 : 16; }

void Mask(Client& client, uint32_t prefix) {
  for (size_t i = 0; i < client.address.size(); ++i) {
    const uint32_t bits = prefix > 8 * i ? std::min<uint32_t>(8, prefix - 8 * i) : 0;
    client.address[i] &= static_cast<uint8_t>(0xff00 >> bits);
  }
}

std::string AddressText(const Client& client) {
  char text[INET6_ADDRSTRLEN];
  const int family = client.family == 4 ? AF_INET : AF_INET6;
  return inet_ntop(family, client.address.data(), text, sizeof(text)) == nullptr ? "" : text;
}

}  // namespace

absl::StatusOr<ClientForms> ClientForms::Make(const EventSettings& settings) {
  ClientForms forms;
  forms.told_ = true;
  forms.form_ = settings.clients;
  forms.ipv4_prefix_ = settings.ipv4_prefix;
  forms.ipv6_prefix_ = settings.ipv6_prefix;
  if (settings.clients != ClientForm::kPseudonym) return forms;

  if (settings.key_file.empty()) return absl::NotFoundError("no key_file");
  struct stat about;
  if (stat(settings.key_file.c_str(), &about) == 0 && (about.st_mode & S_IRWXO) != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat(settings.key_file, " is open to everybody; chmod o= ", settings.key_file));
  }
  std::string reason;
  std::optional<std::string> key = text::ReadFile(settings.key_file, kLongestKey, reason);
  if (!key) return absl::UnavailableError(absl::StrCat(settings.key_file, ": ", reason));
  if (key->size() < kShortestKey) {
    return absl::InvalidArgumentError(
        absl::StrCat(settings.key_file, " has ", key->size(), " octets, and a key has 16 or more"));
  }
  forms.key_ = *std::move(key);
  return forms;
}

std::optional<Client> ClientForms::Address(const Client& client) const {
  if (!told_ || client.family == 0 || form_ == ClientForm::kPseudonym) return std::nullopt;
  Client told = client;
  if (form_ == ClientForm::kPrefix) Mask(told, client.family == 4 ? ipv4_prefix_ : ipv6_prefix_);
  return told;
}

std::string ClientForms::Text(const Client& client) const {
  if (!told_ || client.family == 0) return "";
  if (form_ != ClientForm::kPseudonym) {
    std::string text = AddressText(*Address(client));
    if (form_ == ClientForm::kPrefix) {
      absl::StrAppend(&text, "/", client.family == 4 ? ipv4_prefix_ : ipv6_prefix_);
    }
    return text;
  }
  std::array<uint8_t, 17> input{client.family};
  std::memcpy(input.data() + 1, client.address.data(), AddressLength(client));
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), input.data(),
           1 + AddressLength(client), digest.data(), &length) == nullptr ||
      length < kPseudonymLength) {
    return "";
  }
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), kPseudonymLength));
}

}  // namespace tollgate::module
