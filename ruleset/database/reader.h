// SPDX-License-Identifier: BSD-3-Clause
//
// The reading end of the database file. Everything is verified in Open, once; afterwards the
// sections are plain spans.

#ifndef TOLLGATE_RULESET_DATABASE_READER_H_
#define TOLLGATE_RULESET_DATABASE_READER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/database/format.h"
#include "ruleset/database/mapped_file.h"
#include "ruleset/database/name_index.h"
#include "ruleset/database/prefix_index.h"

namespace tollgate::database {

// An open, verified database file. Immutable, for any number of threads; views live as long as it
// does.
class Reader {
 public:
  // Maps and verifies: magic, version, size, checksum, bounds of every section, and every record
  // but those of names, which are checked as they are read. The error is one sentence that names
  // the file, says what is wrong and what to do.
  static absl::StatusOr<std::unique_ptr<const Reader>> Open(const std::string& path);
  // The same for a copy of the file (MappedFile::ReadCopy): it may then be changed in any way.
  static absl::StatusOr<std::unique_ptr<const Reader>> OpenCopy(const std::string& path,
                                                                MappedFile::Pause pause = nullptr);
  // The same for a copy of `octets`.
  static absl::StatusOr<std::unique_ptr<const Reader>> OpenOctets(std::string_view octets);

  const FileHeader& header() const { return *header_; }
  const Meta& meta() const { return *meta_; }
  std::span<const SectionHeader> sections() const { return sections_; }
  std::span<const PolicyRecord> policies() const { return policies_; }
  std::span<const RuleRecord> rules() const { return rules_; }
  std::span<const AnswerRecord> answers() const { return answers_; }
  std::span<const PatternRecord> patterns() const { return patterns_; }
  const NameIndex& names() const { return names_; }
  std::span<const ScriptRange> script_ranges() const { return script_ranges_; }  // may be empty
  std::span<const ScriptSet> script_sets() const { return script_sets_; }
  // The prefixes of rules about answers and name servers, and those of clients: both may be empty.
  const PrefixIndex& prefixes() const { return prefixes_; }
  const PrefixIndex& clients() const { return clients_; }
  std::span<const ClientGroupRecord> groups() const { return groups_; }
  uint32_t prefix_count() const { return prefix_count_; }  // triggers of rules
  uint64_t file_size() const { return file_.bytes().size(); }

  std::string_view String(StringRef ref) const;
  std::span<const uint8_t> Octets(StringRef ref) const;
  // Whether `group` is one of PolicyRecord::clients.
  bool IsForGroup(const PolicyRecord& policy, uint32_t group) const;
  std::span<const uint8_t> Exceptions(const PatternRecord& pattern) const;
  std::span<const PatternShard> shards() const { return shards_; }  // at most kMostShards
  // The serialised Hyperscan databases of a shard, in the order of preference.
  std::vector<std::span<const uint8_t>> HyperscanDatabases(size_t shard) const;
  // Where grams are looked up: all empty, or all of a power of two.
  std::span<const uint64_t> gram_heads() const { return gram_heads_; }
  std::span<const uint64_t> gram_filter() const { return gram_filter_; }
  std::span<const GramRecord> grams() const { return grams_; }

 private:
  explicit Reader(MappedFile file) : file_(std::move(file)) {}
  static absl::StatusOr<std::unique_ptr<const Reader>> OpenFile(absl::StatusOr<MappedFile> file,
                                                                const std::string& name);
  absl::Status Verify();
  absl::Status VerifyHeader();
  absl::Status VerifySections();
  absl::Status VerifyRecords();
  template <typename T>
  absl::Status Take(SectionKind kind, std::span<const T>& records) const;
  template <typename T>
  absl::Status TakeIfThere(SectionKind kind, std::span<const T>& records) const;
  absl::Status VerifyPatterns() const;
  absl::Status VerifyScripts() const;
  absl::Status VerifyParts() const;
  absl::Status VerifyPrefixes();
  bool ArePostingsSound(const PrefixIndex& index, bool clients) const;
  bool Holds(StringRef ref) const;

  MappedFile file_;
  const FileHeader* header_ = nullptr;
  const Meta* meta_ = nullptr;
  std::span<const SectionHeader> sections_;
  std::span<const uint8_t> strings_;
  std::span<const PolicyRecord> policies_;
  std::span<const RuleRecord> rules_;
  std::span<const AnswerRecord> answers_;
  std::span<const PatternRecord> patterns_;
  std::span<const uint8_t> exceptions_;
  std::span<const PatternShard> shards_;
  std::span<const HyperscanRecord> hyperscan_;
  std::span<const uint8_t> hyperscan_octets_;
  std::span<const uint64_t> gram_heads_;
  std::span<const uint64_t> gram_filter_;
  std::span<const GramRecord> grams_;
  NameIndex names_;
  std::span<const ScriptRange> script_ranges_;
  std::span<const ScriptSet> script_sets_;
  std::span<const PrefixPosting> prefix_postings_;
  std::span<const ClientGroupRecord> groups_;
  PrefixIndex prefixes_;
  PrefixIndex clients_;
  uint32_t prefix_count_ = 0;
};

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_READER_H_
