// SPDX-License-Identifier: BSD-3-Clause

#include "module/events/client_form.h"

#include <arpa/inet.h>
#include <nettle/hmac.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "ruleset/text/key_file.h"

namespace tollgate::module {
namespace {

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

  absl::StatusOr<std::string> key = text::ReadKeyFile(settings.key_file);
  if (!key.ok()) return key.status();
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
  std::array<uint8_t, SHA256_DIGEST_SIZE> digest;
  hmac_sha256_ctx hmac;
  hmac_sha256_set_key(&hmac, key_.size(), reinterpret_cast<const uint8_t*>(key_.data()));
  hmac_sha256_update(&hmac, 1 + AddressLength(client), input.data());
  hmac_sha256_digest(&hmac, digest.size(), digest.data());
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), kPseudonymLength));
}

}  // namespace tollgate::module
