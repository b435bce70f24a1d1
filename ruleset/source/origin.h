// SPDX-License-Identifier: BSD-3-Clause
//
// Where a policy's rules come from when they do not lie beside the manifest: a web server, or the
// primary of a policy zone. `tollgate update` fetches them; everybody else reads the copies.
//
//   - url: https://feeds.example/phishing.txt
//     interval: 1h
//   - transfer: {zone: rpz.example, from: 192.0.2.53, tsig: rpz.key}

#ifndef TOLLGATE_RULESET_SOURCE_ORIGIN_H_
#define TOLLGATE_RULESET_SOURCE_ORIGIN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ruleset/text/yaml.h"

namespace tollgate::source {

// A zone and the server that has it (RFC 5936, RFC 1995).
struct Transfer {
  std::string zone;
  std::string primary;  // a name or an address
  uint16_t port = 53;
  std::string tsig_file;  // a key as `tsig-keygen` writes it; empty: the transfer is not signed
};

struct Origin {
  std::string url;                   // http or https; empty for a transfer
  std::optional<Transfer> transfer;  // one of the two
  text::Position where;

  uint32_t interval = 15 * 60;              // seconds
  uint32_t timeout = 5 * 60;                // seconds, for one try
  uint64_t max_size = uint64_t{256} << 20;  // octets, as fetched and once unpacked
  double max_shrink = 50;                   // percent of the rules of the copy before
  double max_grow = 300;

  // Of a URL.
  std::string sha256;     // the contents must have it: 64 hexadecimal digits
  std::string minisign;   // a public key: the contents must be signed with it
  std::string signature;  // where the signature is; the URL and ".minisig" where it is empty
  std::string proxy;      // in place of what the environment says
  std::string ca_file;    // certificates to trust in place of the system's

  // Tells one origin from another: the same key, the same contents. What vouches for the contents is
  // part of it: a copy from before a signature was asked for is none of what is signed.
  std::string Key() const;
  // What may be shown to anybody: a URL without its password and its query, in which there are
  // tokens.
  std::string Shown() const;
  // The policy's id where nobody has given it one.
  std::string DefaultId() const;
};

// Reads the keys of an origin off an entry of the manifest; nothing where the entry has none. Paths
// are relative to `folder`. Faults go to the map's Diagnostics.
std::optional<Origin> ReadOrigin(text::YamlMap& entry, const std::string& folder);

// "30s", "15m", "6h", "7d": seconds, at least one. "64k", "256M", "2G" or a bare number: octets.
// "50%": percent. Nothing where it is none.
std::optional<uint32_t> ParseInterval(std::string_view text);
std::optional<uint64_t> ParseSize(std::string_view text);
std::optional<double> ParsePercent(std::string_view text);

}  // namespace tollgate::source

#endif  // TOLLGATE_RULESET_SOURCE_ORIGIN_H_
