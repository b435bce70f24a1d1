// SPDX-License-Identifier: BSD-3-Clause
//
// Hosts files (hosts(5)): an address, then the names that have it. docs/rule-sources.md has the
// corners.
//
//   0.0.0.0 ads.example metrics.example   each name is blocked, the name alone
//   127.0.0.1, ::, ::1 ...                the same
//   127.0.0.1 localhost                   the machine's own name: skipped
//   192.0.2.7 intranet.example            answered with this address

#ifndef TOLLGATE_RULESET_SOURCE_HOSTS_H_
#define TOLLGATE_RULESET_SOURCE_HOSTS_H_

#include <string_view>

#include "ruleset/source/feed.h"

namespace tollgate::source {

// Reads the hosts file in `text` into `feed`.
void ReadHosts(std::string_view text, Feed& feed);

// What the address that begins a hosts line means.
enum class HostsAddress : uint8_t { kNone, kSinkhole, kReal };
HostsAddress ClassifyHostsAddress(std::string_view word);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_HOSTS_H_
