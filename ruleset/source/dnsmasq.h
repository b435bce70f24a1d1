// SPDX-License-Identifier: BSD-3-Clause
//
// Configuration files of dnsmasq (dnsmasq(8), as of version 2.90), as far as they say what becomes
// of a name. docs/rule-sources.md has the corners.
//
//   local=/evil.example/              NXDOMAIN for the domain; server= and address= say the same
//   address=/evil.example/#           0.0.0.0 and ::
//   address=/evil.example/192.0.2.1   this address
//   server=/good.evil.example/#       resolved as usual: passes
//   server=/corp.example/192.0.2.53   asked elsewhere: nothing for a filter
//   address=/*.evil.example/#         below the name only
//   address=/*evil.example/#          every name that ends so

#ifndef TOLLGATE_RULESET_SOURCE_DNSMASQ_H_
#define TOLLGATE_RULESET_SOURCE_DNSMASQ_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

// Reads the configuration in `text` into `feed`.
void ReadDnsmasq(std::string_view text, Feed& feed);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_DNSMASQ_H_
