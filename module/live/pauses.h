// SPDX-License-Identifier: BSD-3-Clause
//
// Where the filter is told to look away: for a time, a client, a policy, a name, or any of these
// together. A pause lives in memory alone: a restart filters again.

#ifndef TOLLGATE_MODULE_LIVE_PAUSES_H_
#define TOLLGATE_MODULE_LIVE_PAUSES_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/dns/name.h"
#include "ruleset/ruleset.h"

namespace tollgate::module {

struct Prefix {
  std::array<uint8_t, 16> address{};  // in network order; IPv4 in the first four octets
  uint8_t family = 0;                 // 4 or 6; 0 is every client
  uint8_t length = 0;                 // in bits
  bool operator==(const Prefix&) const = default;
};

// Whether the client with this address is one of the prefix's. `family` is 4, 6, or 0 where the
// client has no address: it is then in the prefix of every client alone. An IPv4-mapped IPv6
// address (RFC 4291 section 2.5.5.2) is the IPv4 address in it. Any thread.
bool Covers(const Prefix& prefix, const std::array<uint8_t, 16>& address, uint8_t family) noexcept;

// "192.0.2.0/24", "2001:db8::/32", or an address alone, which is a prefix of one client. The error
// says what is wrong; for bits behind the prefix also what was meant. IPv4-mapped IPv6 is IPv4.
absl::StatusOr<Prefix> ParsePrefix(std::string_view text);

// In the form that ParsePrefix takes, IPv6 as RFC 5952 writes it, without the length where it is
// one client; empty for every client.
std::string ToText(const Prefix& prefix);

struct Pause {
  Prefix client;                  // of the clients it is for
  std::string policy;             // id of the only policy it is about; empty: the whole filter
  std::optional<dns::Name> name;  // and what is below it; nothing: every name
  uint64_t until = 0;             // seconds since 1970-01-01 UTC; 0: until resume, or a restart
};

// Whether both are about the same clients, policy and name, for however long.
bool Same(const Pause& a, const Pause& b);

// A list of pauses, ready to be asked about queries. Immutable, for any number of threads; what
// changes the list makes another one.
class Pauses {
 public:
  static constexpr size_t kMost = 64;

  // What becomes of a query.
  enum class Effect {
    kNone,  // it is filtered as ever
    kSome,  // more policies than before are to be looked away from: the mask says which
    kAll,   // it is not filtered at all
  };

  struct Resumed;

  Pauses() = default;

  // This list with `pause` in it, in the place of the one that is Same, and without those that are
  // over at `now` (seconds since 1970-01-01 UTC). `rules` is the database that queries are matched
  // against, nullptr where there is none. NotFound where it has no such policy, ResourceExhausted
  // where the list is full.
  absl::StatusOr<Pauses> With(const Pause& pause, const RuleSet* rules, uint64_t now) const;

  // This list without those that are Same as `which`, or without any where `which` is a default
  // Pause; and without those that are over at `now`, which do not count as resumed.
  Resumed Without(const Pause& which, const RuleSet* rules, uint64_t now) const;

  // This list for another database. A pause of a policy that it has not rests until one has it.
  Pauses For(const RuleSet* rules) const { return Pauses(list_, rules); }

  const std::vector<Pause>& list() const { return list_; }

  // THE QUERY PATH. No allocation, no lock, no system call; at most kMost steps.

  // Whether Apply would say kNone to every query.
  bool empty() const noexcept { return entries_.empty(); }

  // What the pauses in force at `now` (seconds since 1970-01-01 UTC) say of a query for `qname`
  // from a client, whose address and family are as Covers takes them. `shadowed` is the mask that
  // RuleSet::Match takes, one octet for each policy of the database; the octets of the policies to
  // look away from are set, the others stay. Where the answer is kAll, it may be left half done.
  Effect Apply(const std::array<uint8_t, 16>& address, uint8_t family, const dns::Name& qname,
               uint64_t now, std::span<uint8_t> shadowed) const noexcept;

 private:
  static constexpr uint32_t kEveryPolicy = 0xffffffff;

  // A pause, as queries are compared with it.
  struct Entry {
    uint64_t until;
    uint32_t policy;  // index in the database, or kEveryPolicy
    uint32_t pause;   // index in list_, for the name
    bool is_named;    // and not about every name, as the root is
    Prefix client;
  };

  Pauses(std::vector<Pause> list, const RuleSet* rules);
  // The pauses that are not over.
  std::vector<Pause> Running(uint64_t now) const;

  std::vector<Pause> list_;
  // Those of list_ that can have an effect: pauses of the whole filter first, which need no mask.
  std::vector<Entry> entries_;
};

struct Pauses::Resumed {
  Pauses pauses;
  size_t count;  // of those that were ended
};

}  // namespace tollgate::module

#endif  // TOLLGATE_MODULE_LIVE_PAUSES_H_
