// SPDX-License-Identifier: BSD-3-Clause
//
// How much of a client's address an event tells.

#ifndef TOLLGATE_MODULE_EVENTS_CLIENT_FORM_H_
#define TOLLGATE_MODULE_EVENTS_CLIENT_FORM_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "module/events/event.h"
#include "module/events/settings.h"

namespace tollgate::module {

// Immutable; safe from any number of threads.
class ClientForms {
 public:
  // No client is ever told.
  static ClientForms None() { return ClientForms(); }

  // Reads the key where `settings` ask for pseudonyms: a file of 16 octets to 4 KiB, whatever they
  // are, that not everybody may read. The error says what to do.
  static absl::StatusOr<ClientForms> Make(const EventSettings& settings);

  // "192.0.2.1", "192.0.2.0/24", or 16 hexadecimal digits of HMAC-SHA-256 over the family (one
  // octet, 4 or 6) and the address in network order. Empty for a client without an address.
  std::string Text(const Client& client) const;

  // The address, as far as it may be told as an address: whole, or with zeroes behind the prefix.
  std::optional<Client> Address(const Client& client) const;

  // A port tells one client from its neighbours behind the same prefix, or behind one address.
  bool tells_port() const { return told_ && form_ == ClientForm::kWhole; }

 private:
  ClientForms() = default;

  bool told_ = false;
  ClientForm form_ = ClientForm::kWhole;
  uint32_t ipv4_prefix_ = 32;
  uint32_t ipv6_prefix_ = 128;
  std::string key_;
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_CLIENT_FORM_H_
