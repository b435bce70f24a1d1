// SPDX-License-Identifier: BSD-3-Clause
//
// The sinkhole that names the patient, as module.yaml has it:
//
//   patient:
//     key_file: patient.key             # a relative path begins at the folder of the file
//     sinkholes:
//       - prefix: 2001:db8:5:1::/64     # an address of a sinkhole in it names its client
//       - prefix: 198.51.100.0/24       # of IPv4, only clients of a prefix that is as small
//         clients: 10.1.7.0/24
//       - name: p.garden.example        # a CNAME to it leads to a name below it

#ifndef TOLLGATE_RULESET_PATIENT_SETTINGS_H_
#define TOLLGATE_RULESET_PATIENT_SETTINGS_H_

#include <optional>
#include <string>
#include <vector>

#include "ruleset/dns/name.h"
#include "ruleset/dns/prefix.h"
#include "ruleset/text/yaml.h"

namespace tollgate::patient {

struct SinkholePrefix {
  dns::Prefix prefix;
  // Without: every client, in the last 64 bits: all of an IPv4 address, a /64 of IPv6.
  std::optional<dns::Prefix> clients;

  // How many bits of the sinkhole's address, and of the client's, are the client.
  unsigned bits() const {
    return clients ? static_cast<unsigned>(clients->octets() * 8 - clients->length) : 64;
  }
};

struct Settings {
  std::string key_file;  // empty: nobody is named
  std::vector<SinkholePrefix> prefixes;
  std::vector<dns::Name> names;
};

// Reads the mapping under `patient`. Faults go to the map's diagnostics, and an entry that cannot
// be read is left out. `folder` is where relative paths begin.
Settings ReadSettings(text::YamlMap patient, const std::string& folder);

}  // namespace tollgate::patient

#endif  // TOLLGATE_RULESET_PATIENT_SETTINGS_H_
