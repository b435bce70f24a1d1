// SPDX-License-Identifier: BSD-3-Clause
//
// The sinkhole that names the patient: each client gets an address of the sinkhole, or a name below
// the one that its CNAME leads to, of its own. What the sinkhole logs says who asked, also where it
// sees nobody but a proxy or a router, and only to who has the key.
//
//   patients.Name(client, address);   // in the resolver: 2001:db8:5:1::1 -> 2001:db8:5:1:62d4:...
//   patients.Who(address);            // at the desk: 192.0.2.7/32

#ifndef TOLLGATE_RULESET_PATIENT_PATIENTS_H_
#define TOLLGATE_RULESET_PATIENT_PATIENTS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/dns/name.h"
#include "ruleset/dns/prefix.h"
#include "ruleset/patient/cipher.h"
#include "ruleset/patient/settings.h"

namespace tollgate::patient {

// Immutable; safe from any number of threads. Addresses are in network order, of 4 or 16 octets.
class Patients {
 public:
  // Names nobody.
  Patients() = default;

  // Reads the key. Errors say what to do.
  static absl::StatusOr<Patients> Make(const Settings& settings);

  bool empty() const noexcept { return !cipher_; }

  // Where `address` lies in the prefix of a sinkhole that is for `client`, makes it the client's
  // and returns true. The first such sinkhole counts.
  bool Name(std::span<const uint8_t> client, std::span<uint8_t> address) const noexcept;
  // The client's own name below `target`; nothing where that is no sinkhole's.
  std::optional<dns::Name> Name(std::span<const uint8_t> client,
                                const dns::Name& target) const noexcept;

  // Who was given this address, or this name or one below it: an address, or, where a sinkhole has
  // no room for more, the /64 around one. Nothing where nobody was.
  std::optional<dns::Prefix> Who(std::span<const uint8_t> address) const noexcept;
  std::optional<dns::Prefix> Who(const dns::Name& name) const noexcept;

 private:
  std::optional<Cipher> cipher_;
  std::vector<SinkholePrefix> prefixes_;
  std::vector<dns::Name> names_;
};

}  // namespace tollgate::patient

#endif  // TOLLGATE_RULESET_PATIENT_PATIENTS_H_
