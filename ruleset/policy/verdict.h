// SPDX-License-Identifier: BSD-3-Clause

#ifndef TOLLGATE_RULESET_POLICY_VERDICT_H_
#define TOLLGATE_RULESET_POLICY_VERDICT_H_

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ruleset/dns/name.h"
#include "ruleset/dns/prefix.h"

namespace tollgate::policy {

inline constexpr uint32_t kNoRule = 0xffffffff;

// What a rule's triggers are compared with (RPZ draft section 4). DO NOT RENUMBER: these values are
// in the database file.
enum class Subject : uint8_t {
  kQname = 0,              // the name that was asked, and the target of each CNAME: names, patterns
  kAddress = 1,            // A and AAAA records of the answer, address hints of HTTPS and SVCB
  kNameServer = 2,         // the names of the name servers of the zones around the answer
  kNameServerAddress = 3,  // their addresses
  kClient = 4,             // the address that the query came from
};

// Groups whose clients Unbound knows by a tag (access-control-tag, interface-tag) are called so.
inline constexpr std::string_view kTagPrefix = "tag:";
inline constexpr size_t kMostTags = 64;

// Who asks, as far as rules can tell one client from another.
struct Asker {
  Asker() = default;
  template <typename Octets>
  requires std::convertible_to<const Octets&, std::span<const uint8_t>> Asker(const Octets& octets,
                                                                              uint64_t tag_bits = 0)
  noexcept : address(octets), tags(tag_bits) {}

  std::span<const uint8_t> address;  // 4 or 16 octets in network order; empty: nobody in particular
  uint64_t tags = 0;                 // bit i: it has the tag RuleSet::tags()[i]
};

// A rule that matched, and by what.
struct Match {
  uint32_t rule = kNoRule;  // index of the rule in its RuleSet
  uint32_t line = 0;        // line of the indicator or pattern in its source file, from 1
  uint32_t expires = 0;     // last day on which it holds, in days since 1970-01-01; 0 is never
  // The matched owner name is QNAME from this label on (dns::Name::Suffix): the indicator; for a
  // pattern what it was matched against: the registrable domain, or QNAME itself.
  uint8_t owner_label = 0;
  // What of the query or the answer it was. For all but kQname, owner_label is 0.
  Subject subject = Subject::kQname;
  // Of kQname: 0 for QNAME, and from 1 on the number of the CNAME target that it was.
  uint8_t stage = 0;
  // Whether it took the answer to see it: the question alone does not say so.
  bool late = false;

  explicit operator bool() const noexcept { return rule != kNoRule; }
};

// What the rules say of one QNAME: the rule that decides, if any, and the rule in shadow mode that
// would have decided in its place, if any.
struct Verdict {
  Match decision;
  Match shadow;
  // Whether there may be clients for whom another rule decides, or none. What is in shadow mode
  // decides for nobody, and does not count.
  bool depends_on_client = false;
};

// What the rules of a database look at beside QNAME, as bits.
using Evidence = uint32_t;
inline constexpr Evidence kTargets = 1;      // of CNAMEs
inline constexpr Evidence kAddresses = 2;    // in answers
inline constexpr Evidence kNameServers = 4;  // their names
inline constexpr Evidence kNameServerAddresses = 8;
inline constexpr Evidence kClients = 16;     // addresses of clients
inline constexpr Evidence kClientTags = 32;  // tags that Unbound gives them

static_assert(std::is_trivially_copyable_v<Verdict>);

// What there is in an answer, for RuleSet::Explain. Addresses are prefixes of full length.
struct AnswerEvidence {
  std::vector<dns::Name> targets;  // in the order of the chain
  std::vector<dns::Prefix> addresses;
  std::vector<dns::Name> name_servers;
  std::vector<dns::Prefix> name_server_addresses;
};

// Why a rule that matches QNAME decides, or why it does not.
enum class Standing : uint8_t {
  kDecides,
  kWouldDecide,  // in shadow mode: it would have decided, but for its mode
  kOutranked,    // a rule before it decides
  kExpired,
  kOtherType,    // the rule is about other QTYPEs
  kExcepted,     // the pattern has an exception for this name
  kStopped,      // a wildcard of a policy zone, and the zone has a name between it and QNAME
  kOtherClient,  // it would decide for the clients of its policy
  kIncomplete,   // not all parts of the rule match
};

// What in a rule matches a name.
enum class TriggerKind : uint8_t {
  kHost,     // the name alone
  kDomain,   // the name and everything below it
  kBelow,    // everything below the name (RPZ: *.name)
  kPattern,  // an expression
  kPrefix,   // addresses
  kParts,    // other rules, all of them
};

struct Candidate {
  Match match;
  Standing standing;
  bool shadow;  // the rule is in shadow mode
  TriggerKind kind;
  // For kExcepted and kStopped: the exception, or the name between, is QNAME from this label on.
  uint8_t because_label = 0;
  // Of what comes in lists, targets, addresses and name servers: which one it was, from 0. There,
  // owner_label counts the labels of that name.
  uint16_t evidence = 0;
  dns::Prefix prefix;  // for kPrefix
  uint8_t parts = 0;   // for kParts: which of them match, as bits
};

}  // namespace tollgate::policy

#endif  // TOLLGATE_RULESET_POLICY_VERDICT_H_
