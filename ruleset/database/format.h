// SPDX-License-Identifier: BSD-3-Clause
//
// The database file, as structures: docs/database-format.md says in words what stands here.
// Little-endian throughout.
//
// DO NOT CHANGE the meaning, the order or the size of anything here without a new kMajorVersion.

#ifndef TOLLGATE_RULESET_DATABASE_FORMAT_H_
#define TOLLGATE_RULESET_DATABASE_FORMAT_H_

#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace tollgate::database {

static_assert(std::endian::native == std::endian::little,
              "the file is mapped as it is: a big-endian machine needs a reader that swaps");

inline constexpr char kMagic[8] = {'T', 'O', 'L', 'L', 'G', 'A', 'T', 'E'};
inline constexpr uint16_t kMajorVersion = 4;  // another one is refused
inline constexpr uint16_t kMinorVersion = 0;  // a newer one only adds sections
inline constexpr size_t kSectionAlignment = 64;
inline constexpr size_t kChunkOctets = size_t{256} << 10;  // what is checksummed by itself
inline constexpr uint32_t kMaxSections = 64;

enum class SectionKind : uint32_t {
  kMeta = 1,      // one Meta
  kStrings = 2,   // octets that StringRefs point into
  kPolicies = 3,  // PolicyRecord[], in order of precedence
  kRules = 4,     // RuleRecord[], sorted by policy; within a policy names first, then patterns in
                  // their order
  kAnswers = 5,   // AnswerRecord[]
  kNameBuckets = 6,       // NameBucket[]
  kNameBucketStarts = 7,  // uint32_t[]: where the records of each bucket begin in kNameRecords
  kNameRecords = 8,       // packed name records, in the order of the buckets
  kPatterns = 9,          // PatternRecord[], sorted by rule
  kExceptions = 10,       // packed names: those that patterns do not match
  kPatternShards = 11,    // PatternShard[]
  kHyperscan = 12,        // HyperscanRecord[]
  kScriptRanges = 13,     // ScriptRange[], sorted; only where a pattern asks for scripts
  kScriptSets = 14,       // ScriptSet[]
  // Prefix tables: only where a rule, or a group of clients, has such a prefix.
  kPrefixes4 = 15,        // IPv4 prefixes of rules about answers and name servers
  kPrefixes6 = 16,        // the same of IPv6
  kClients4 = 17,         // IPv4 prefixes of clients: of rules about them and of groups
  kClients6 = 18,         // the same of IPv6
  kPrefixPostings = 19,   // PrefixPosting[], of all four tables
  kClientGroups = 20,     // ClientGroupRecord[]
  kHyperscanOctets = 21,  // the serialised databases, each at a multiple of kSectionAlignment
  kGramHeads = 22,        // uint64_t[], 2^n of them: bits of the first four octets of each gram
  kGramFilter = 23,       // uint64_t[], 2^n of them: a Bloom filter of the grams
  kGrams = 24,            // GramRecord[], 2^n of them: a hash table
};

struct FileHeader {
  char magic[8];
  uint16_t major_version;
  uint16_t minor_version;
  uint32_t section_count;
  uint64_t file_size;
  // XXH3-64 of the XXH3-64s, seed 0, of all chunks of kChunkOctets from the beginning of the file,
  // the last of them maybe shorter, with these eight octets as zero. So each chunk can be verified
  // when it is read, by any thread.
  uint64_t checksum;
  uint64_t name_seed;  // seed of the hash of names
  uint64_t created;    // seconds since 1970-01-01 UTC
  uint8_t reserved[16];
};
static_assert(sizeof(FileHeader) == 64 && offsetof(FileHeader, checksum) == 24);

struct SectionHeader {
  uint32_t kind;  // SectionKind
  uint32_t reserved;
  uint64_t offset;  // from the beginning of the file; a multiple of kSectionAlignment
  uint64_t size;    // in octets
};
static_assert(sizeof(SectionHeader) == 24);

struct StringRef {
  uint32_t offset;  // in kStrings
  uint32_t length;
};
static_assert(sizeof(StringRef) == 8);

struct Meta {
  StringRef compiler;        // "tollgate 0.1.0"
  StringRef manifest;        // as given to the compiler
  StringRef suffixes;        // version line of the Public Suffix List
  StringRef hyperscan;       // version of the Hyperscan that compiled the patterns
  uint64_t name_count;       // name triggers
  uint32_t max_name_labels;  // no record has more labels
  uint32_t
      max_probes;  // no record is further than this from its home bucket, in buckets; at least 1
};
static_assert(sizeof(Meta) == 48);

struct PolicyRecord {
  StringRef id;
  StringRef campaign;
  StringRef title;
  StringRef category;
  StringRef severity;
  uint64_t name_count;
  uint32_t rule_count;
  uint32_t pattern_count;
  uint32_t prefix_count;
  uint32_t reserved;
  // For whose queries it counts: uint32_t[] in kStrings, the length in octets, indices in
  // kClientGroups, ascending; empty is everybody's.
  StringRef clients;
};
static_assert(sizeof(PolicyRecord) == 72);

struct RuleRecord {
  uint32_t policy;
  uint32_t answer;   // index in kAnswers
  uint32_t line;     // of the rule, from 1
  uint32_t expires;  // last day, in days since 1970-01-01 UTC; 0 is never
  // Precedence: of two rules that match, the one of the smaller layer decides. Grows with the
  // policy, and inside one with the tier.
  uint32_t layer;
  uint8_t mode;     // policy::Mode
  uint8_t flags;    // kRule*
  uint8_t subject;  // policy::Subject
  // Of a rule that has parts: how many; of a part: its number among them, from 0.
  uint8_t parts;
  uint32_t part_of;   // of a part: the rule that it is one of, which has parts; otherwise kNotAPart
  uint32_t triggers;  // names, patterns or prefixes that it has
  StringRef qtypes;   // uint16_t[] in kStrings, the length in octets; empty is every type
  StringRef id;
  StringRef meaning;
  StringRef report;
  StringRef file;
  StringRef pattern;  // as written; empty for names
};
static_assert(sizeof(RuleRecord) == 80);
inline constexpr uint32_t kNotAPart = 0xffffffff;
inline constexpr uint8_t kMostParts = 8;

// Flags of a rule.
inline constexpr uint8_t kRuleExceptQtypes = 1;  // every type but `qtypes`
// Its kDomain and kBelow postings do not reach below a name that the same layer has (RFC 4592).
inline constexpr uint8_t kRuleZone = 2;
inline constexpr uint8_t kRuleMarker = 4;  // never matches: its kHost postings are such names
// Has no triggers, and matches where all its parts do: a part decides nothing by itself.
inline constexpr uint8_t kRuleParts = 8;

struct AnswerRecord {
  uint8_t action;  // policy::Action
  uint8_t reserved;
  uint16_t ede;  // policy::Ede
  uint32_t ttl;
  uint32_t record_count;
  // In kStrings, for each record: type (uint16_t), RDLENGTH (uint16_t), RDATA; sorted by type.
  StringRef records;
};
static_assert(sizeof(AnswerRecord) == 20);

// One cache line: the fingerprints of up to 31 names. A query that matches nothing reads this and
// nothing else.
//
//   hash     = XXH3-64(name in wire format, lower case, without the root label; name_seed)
//   home     = (hash * bucket_count) >> 64
//   fingerprint = low 16 bits of hash
//
// `state` holds the count of the fingerprints in its low 5 bits; kBucketOverflowed says that a name
// whose probe came by here was full and stands in a later bucket (home + 1, …, modulo bucket_count;
// at most Meta::max_probes buckets in all).
struct alignas(64) NameBucket {
  uint16_t fingerprints[31];
  uint16_t state;
};
static_assert(sizeof(NameBucket) == 64);
inline constexpr size_t kBucketCapacity = 31;
inline constexpr uint16_t kBucketCountMask = 0x1f;
inline constexpr uint16_t kBucketOverflowed = 0x8000;
// 23 of 31: at this load one bucket in twenty overflows, and a name costs 64 / 23 = 2.8 octets of
// what misses touch.
inline constexpr size_t kBucketTarget = 23;
// Bounds the work of a look-up, whatever a file says. At that load a name is a few buckets away
// from home at most.
inline constexpr uint32_t kMaxProbes = 64;

// A name record, packed, at an octet's boundary; the records of a bucket stand in the order of its
// fingerprints:
//
//   uint8_t  name_length       octets of the name in wire format without the root label, 1 to 254
//   uint8_t  postings_length   octets of the postings; 255: the length follows as uint32_t
//   uint8_t  name[name_length]
//   postings, each a varint (LEB128) and what its low two bits, the PostingKind, say:
//     kHost, kDomain, kBelow: (rule << 3 | has_expiry << 2 | kind), varint line, then with
//                             has_expiry varint day
//     kSuffix:                (flags << 3 | kind); always the first posting of its record
//
// The postings of one record are sorted by policy, then by kind.
enum class PostingKind : uint8_t {
  kHost = 0,    // the name alone
  kDomain = 1,  // the name and everything below it
  kSuffix = 2,  // a rule of the Public Suffix List
  kBelow = 3,   // everything below the name (RPZ: *.name)
};
inline constexpr uint32_t kPostingKindMask = 3;
inline constexpr uint32_t kPostingHasExpiry = 4;
inline constexpr int kPostingShift = 3;

// Flags of a kSuffix posting. A name may carry several ("ck" is a suffix by its wildcard "*.ck"
// alone).
inline constexpr uint32_t kSuffixNormal = 1;    // the name is a public suffix
inline constexpr uint32_t kSuffixWildcard = 2;  // every name one label below it is (PSL "*.name")
inline constexpr uint32_t kSuffixException =
    4;  // the name is not, although a wildcard says so (PSL "!name")
inline constexpr uint32_t kSuffixPrivate =
    8;  // of the list's private section: does not bound registrable domains

// kMixedScripts: no expression; a label of the name mixes scripts (Unicode TR39 section 5.2).
enum class PatternScope : uint8_t { kDomain = 0, kName = 1, kMixedScripts = 2 };

struct PatternRecord {
  uint32_t rule;
  uint8_t scope;  // PatternScope
  uint8_t reserved;
  uint16_t shard;             // index in kPatternShards; 0 for kMixedScripts
  StringRef expression;       // what Hyperscan compiles
  uint32_t exceptions;        // offset in kExceptions
  uint32_t exception_octets;  // packed: length octet, then the name in wire format without the root
                              // label
};
static_assert(sizeof(PatternRecord) == 24);

// Patterns of one scope that are scanned together: one Hyperscan database, whose expression i is
// the i-th pattern with this shard.
struct PatternShard {
  uint8_t scope;     // PatternScope: kDomain or kName
  uint8_t is_gated;  // 1: only a name with one of the shard's grams can match
  uint8_t reserved[6];
};
static_assert(sizeof(PatternShard) == 8);
inline constexpr size_t kMostShards = 1024;

// A serialised Hyperscan database. A shard may have several, for different processors.
struct HyperscanRecord {
  uint32_t shard;
  uint32_t reserved;
  uint64_t offset;  // in kHyperscanOctets
  uint64_t size;
};
static_assert(sizeof(HyperscanRecord) == 24);

// A gram (gram.h), and shards in which names that have it may match. Its place is
// PlaceOf(GramHash(gram)), or the next free one behind it, the last one's next being the first; a
// gram of more shards has several records. A gram of 0 is a free place; there is one at least.
inline constexpr size_t kShardsOfGram = 4;
inline constexpr uint16_t kNoShard = 0xffff;
struct GramRecord {
  uint64_t gram;
  uint16_t shards[kShardsOfGram];  // kNoShard behind the last one
};
static_assert(sizeof(GramRecord) == 16);

// Scripts by ICU's numbers (UScriptCode), as bits.
struct ScriptSet {
  uint64_t words[4];
};
static_assert(sizeof(ScriptSet) == 32);
inline constexpr uint32_t kScriptLatin = 25;
inline constexpr uint32_t kScriptJapanese = 105;
inline constexpr uint32_t kScriptKorean = 119;
inline constexpr uint32_t kScriptHanWithBopomofo = 172;

struct ScriptRange {
  uint32_t first;  // code points
  uint32_t last;
  uint32_t set;  // index in kScriptSets
};
static_assert(sizeof(ScriptRange) == 12);

// A prefix table is two arrays, one behind the other: where each prefix begins, and its record.
//
//   IPv4:  uint32_t starts[n];   PrefixRecord records[n];
//   IPv6:  Address6 starts[n];   PrefixRecord records[n];
//
// Sorted by start, then length, each prefix once. Of all prefixes around an address, the longest is
// the last one that begins at or before the address, or one around that; the others are around it
// in turn. So one binary search and a walk along `parent` find them all, the longest first.
struct Address6 {
  uint64_t high;  // the first eight octets, as a number
  uint64_t low;
  auto operator<=>(const Address6&) const = default;
};
static_assert(sizeof(Address6) == 16);

struct PrefixRecord {
  uint32_t parent;    // index of the longest prefix around it; kNoParent where there is none
  uint32_t postings;  // index in kPrefixPostings of its first
  uint16_t count;     // of its postings, at least 1
  uint8_t length;     // in bits, at most 32 or 128; those behind it are zero in the start
  uint8_t reserved;
};
static_assert(sizeof(PrefixRecord) == 12);
inline constexpr uint32_t kNoParent = 0xffffffff;

// One trigger of one rule on a prefix; in the tables of clients also: a group that has the prefix.
// Those of one prefix are sorted by rule, groups last.
struct PrefixPosting {
  uint32_t rule;     // index; with kPostingGroup that of a group
  uint32_t line;     // in the rule's file
  uint32_t expires;  // last day; 0 is never, or as its rule
};
static_assert(sizeof(PrefixPosting) == 12);
inline constexpr uint32_t kPostingGroup = 0x80000000;

struct ClientGroupRecord {
  StringRef id;
};
static_assert(sizeof(ClientGroupRecord) == 8);

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_FORMAT_H_
