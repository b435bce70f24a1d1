// SPDX-License-Identifier: BSD-3-Clause
//
// What of the filter's decisions is told to whom: the key `events` of module.yaml.
//
//   events:
//     file: /var/log/unbound/tollgate.json    # lines of JSON; `tollgate ctl reopen` begins anew
//     datagram: /run/collector.sock           # a Unix datagram socket, one line each
//     syslog: no                              # to /dev/log, as facility local0
//     dnstap: /run/dnstap.sock                # Frame Streams to a Unix stream socket
//     shadow: no                              # also matches of rules in shadow mode
//     clients: whole                          # whole, prefix or pseudonym
//     client_prefix: {ipv4: 24, ipv6: 56}     # for prefix
//     key_file: /etc/tollgate/client.key      # for pseudonym: 16 octets or more
//     sample: 1                               # one event of so many
//     per_client: 20                          # events a second for one client; 0: no limit
//     per_name: 20                            # for one QNAME
//     per_second: 2000                        # in all
//     ring: 4096                              # events that each thread may be ahead of the writer

#ifndef TOLLGATE_MODULE_EVENTS_SETTINGS_H_
#define TOLLGATE_MODULE_EVENTS_SETTINGS_H_

#include <cstdint>
#include <string>

#include "ruleset/text/yaml.h"

namespace tollgate::module {

enum class ClientForm : uint8_t { kWhole, kPrefix, kPseudonym };

struct EventSettings {
  // Paths; empty: no such output. Relative ones begin at the folder of module.yaml.
  std::string file;
  std::string datagram;
  std::string dnstap;
  bool syslog = false;

  bool shadow = false;
  ClientForm clients = ClientForm::kWhole;
  uint32_t ipv4_prefix = 24;
  uint32_t ipv6_prefix = 56;
  std::string key_file;
  uint32_t sample = 1;
  uint32_t per_client = 20;
  uint32_t per_name = 20;
  uint32_t per_second = 2000;
  uint32_t ring = 4096;  // a power of two
};

// Reads the mapping under `events`. Faults go to the map's diagnostics, and a setting that cannot
// be read keeps its default. `folder` is where relative paths begin.
EventSettings ReadEventSettings(text::YamlMap events, const std::string& folder);

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_EVENTS_SETTINGS_H_
