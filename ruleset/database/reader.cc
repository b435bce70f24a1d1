// SPDX-License-Identifier: BSD-3-Clause

#include "ruleset/database/reader.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ruleset/database/gram.h"
#include "ruleset/policy/action.h"
#include "ruleset/policy/verdict.h"

namespace tollgate::database {
namespace {

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("is damaged: ", what, "; compile it again"));
}

// What the first octets of a file of `file_size` octets say of it (MappedFile::HeadCheck).
absl::Status CheckHead(std::span<const uint8_t> head, uint64_t file_size) {
  if (head.size() < sizeof(kMagic) || std::memcmp(head.data(), kMagic, sizeof(kMagic)) != 0) {
    return absl::InvalidArgumentError(
        "is not a Tollgate database; make one with 'tollgate compile MANIFEST -o FILE'");
  }
  FileHeader header;
  if (head.size() < sizeof(header)) return Damaged("it ends inside its header");
  std::memcpy(&header, head.data(), sizeof(header));
  if (header.major_version != kMajorVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        "has format version ", header.major_version, ", and this program reads version ",
        kMajorVersion, "; compile it with the tollgate of this installation"));
  }
  if (header.file_size != file_size) {
    return Damaged(absl::StrCat("it has ", file_size, " octets instead of ", header.file_size));
  }
  return absl::OkStatus();
}

// Whether `octets` are exactly `count` packed records of an answer.
bool IsRecordList(std::span<const uint8_t> octets, uint32_t count) {
  while (count-- > 0) {
    if (octets.size() < 4) return false;
    uint16_t rdlength;
    std::memcpy(&rdlength, octets.data() + 2, sizeof(rdlength));
    if (octets.size() - 4 < rdlength) return false;
    octets = octets.subspan(4 + rdlength);
  }
  return octets.empty();
}

// Whether `octets` are numbers of groups, below `count`, in ascending order.
bool AreGroups(std::span<const uint8_t> octets, size_t count) {
  if (octets.size() % sizeof(uint32_t) != 0) return false;
  uint64_t next = 0;
  for (; !octets.empty(); octets = octets.subspan(sizeof(uint32_t))) {
    uint32_t group;
    std::memcpy(&group, octets.data(), sizeof(group));
    if (group < next || group >= count) return false;
    next = uint64_t{group} + 1;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Reader>> Reader::Open(const std::string& path) {
  return OpenFile(MappedFile::Open(path, &CheckHead), path);
}

absl::StatusOr<std::unique_ptr<const Reader>> Reader::OpenCopy(const std::string& path,
                                                               MappedFile::Pause pause) {
  return OpenFile(MappedFile::ReadCopy(path, &CheckHead, pause), path);
}

absl::StatusOr<std::unique_ptr<const Reader>> Reader::OpenOctets(std::string_view octets) {
  return OpenFile(MappedFile::FromOctets(octets), "the database");
}

absl::StatusOr<std::unique_ptr<const Reader>> Reader::OpenFile(absl::StatusOr<MappedFile> file,
                                                               const std::string& name) {
  if (!file.ok()) return file.status();
  std::unique_ptr<Reader> reader(new Reader(*std::move(file)));
  absl::Status status = reader->Verify();
  if (!status.ok()) {
    return absl::Status(status.code(), absl::StrCat(name, " ", status.message()));
  }
  return reader;
}

absl::Status Reader::Verify() {
  if (absl::Status status = VerifyHeader(); !status.ok()) return status;
  if (absl::Status status = VerifySections(); !status.ok()) return status;
  return VerifyRecords();
}

absl::Status Reader::VerifyHeader() {
  const std::span<const uint8_t> bytes = file_.bytes();
  if (absl::Status status = CheckHead(bytes, bytes.size()); !status.ok()) return status;
  header_ = reinterpret_cast<const FileHeader*>(bytes.data());
  if (file_.checksum() != header_->checksum) return Damaged("its checksum does not match");
  return absl::OkStatus();
}

template <typename T>
absl::Status Reader::TakeIfThere(SectionKind kind, std::span<const T>& records) const {
  for (const SectionHeader& section : sections_) {
    if (section.kind != static_cast<uint32_t>(kind)) continue;
    if (section.size % sizeof(T) != 0) {
      return Damaged(absl::StrCat("section ", section.kind, " ends inside a record"));
    }
    records = {reinterpret_cast<const T*>(file_.bytes().data() + section.offset),
               section.size / sizeof(T)};
    return absl::OkStatus();
  }
  return absl::OkStatus();
}

template <typename T>
absl::Status Reader::Take(SectionKind kind, std::span<const T>& records) const {
  const bool there = std::any_of(
      sections_.begin(), sections_.end(),
      [&](const SectionHeader& section) { return section.kind == static_cast<uint32_t>(kind); });
  if (there) return TakeIfThere(kind, records);
  return Damaged(absl::StrCat("section ", static_cast<uint32_t>(kind), " is missing"));
}

absl::Status Reader::VerifySections() {
  const std::span<const uint8_t> bytes = file_.bytes();
  if (header_->section_count > kMaxSections ||
      sizeof(FileHeader) + header_->section_count * sizeof(SectionHeader) > bytes.size()) {
    return Damaged("its list of sections does not fit into it");
  }
  sections_ = {reinterpret_cast<const SectionHeader*>(bytes.data() + sizeof(FileHeader)),
               header_->section_count};
  for (const SectionHeader& section : sections_) {
    if (section.offset % kSectionAlignment != 0 || section.offset > bytes.size() ||
        section.size > bytes.size() - section.offset) {
      return Damaged(absl::StrCat("section ", section.kind, " lies outside of it"));
    }
  }
  std::span<const Meta> meta;
  std::span<const NameBucket> buckets;
  std::span<const uint32_t> starts;
  std::span<const uint8_t> records;
  std::span<const uint8_t> prefixes[4];
  for (const absl::Status& status : {Take(SectionKind::kMeta, meta),
                                     Take(SectionKind::kStrings, strings_),
                                     Take(SectionKind::kPolicies, policies_),
                                     Take(SectionKind::kRules, rules_),
                                     Take(SectionKind::kAnswers, answers_),
                                     Take(SectionKind::kPatterns, patterns_),
                                     Take(SectionKind::kExceptions, exceptions_),
                                     Take(SectionKind::kNameBuckets, buckets),
                                     Take(SectionKind::kNameBucketStarts, starts),
                                     Take(SectionKind::kNameRecords, records),
                                     TakeIfThere(SectionKind::kPatternShards, shards_),
                                     TakeIfThere(SectionKind::kHyperscan, hyperscan_),
                                     TakeIfThere(SectionKind::kHyperscanOctets, hyperscan_octets_),
                                     TakeIfThere(SectionKind::kGramHeads, gram_heads_),
                                     TakeIfThere(SectionKind::kGramFilter, gram_filter_),
                                     TakeIfThere(SectionKind::kGrams, grams_),
                                     TakeIfThere(SectionKind::kScriptRanges, script_ranges_),
                                     TakeIfThere(SectionKind::kScriptSets, script_sets_),
                                     TakeIfThere(SectionKind::kPrefixes4, prefixes[0]),
                                     TakeIfThere(SectionKind::kPrefixes6, prefixes[1]),
                                     TakeIfThere(SectionKind::kClients4, prefixes[2]),
                                     TakeIfThere(SectionKind::kClients6, prefixes[3]),
                                     TakeIfThere(SectionKind::kPrefixPostings, prefix_postings_),
                                     TakeIfThere(SectionKind::kClientGroups, groups_)}) {
    if (!status.ok()) return status;
  }
  for (size_t i = 0; i < std::size(prefixes); ++i) {
    const size_t each =
        i % 2 == 0 ? PrefixTable<uint32_t>::kOctetsEach : PrefixTable<Address6>::kOctetsEach;
    if (prefixes[i].size() % each != 0 || prefixes[i].size() / each >= kNoParent) {
      return Damaged("a table of prefixes ends inside a record");
    }
  }
  prefixes_ = PrefixIndex(prefixes[0], prefixes[1], prefix_postings_);
  clients_ = PrefixIndex(prefixes[2], prefixes[3], prefix_postings_);
  if (meta.size() != 1) return Damaged("its description is not one record");
  meta_ = meta.data();
  if (buckets.size() != starts.size() || meta_->max_probes > kMaxProbes)
    return Damaged("its name index does not fit together");
  names_ = NameIndex(buckets, starts, records, header_->name_seed, meta_->max_probes);
  return absl::OkStatus();
}

bool Reader::Holds(StringRef ref) const {
  return ref.offset <= strings_.size() && ref.length <= strings_.size() - ref.offset;
}

absl::Status Reader::VerifyRecords() {
  for (StringRef ref : {meta_->compiler, meta_->manifest, meta_->suffixes, meta_->hyperscan}) {
    if (!Holds(ref)) return Damaged("a text of its description lies outside of its strings");
  }
  for (const PolicyRecord& policy : policies_) {
    for (StringRef ref : {policy.id, policy.campaign, policy.title, policy.category,
                          policy.severity, policy.clients}) {
      if (!Holds(ref)) return Damaged("a policy's text lies outside of its strings");
    }
    if (!AreGroups(Octets(policy.clients), groups_.size())) {
      return Damaged("a policy is for clients of a group that is not there");
    }
  }
  for (const ClientGroupRecord& group : groups_) {
    if (!Holds(group.id)) return Damaged("a group's text lies outside of its strings");
  }
  for (const RuleRecord& rule : rules_) {
    if (rule.policy >= policies_.size() || rule.answer >= answers_.size() ||
        rule.mode > static_cast<uint8_t>(policy::Mode::kShadow) ||
        rule.subject > static_cast<uint8_t>(policy::Subject::kClient)) {
      return Damaged("a rule refers to what is not there");
    }
    for (StringRef ref :
         {rule.id, rule.meaning, rule.report, rule.file, rule.pattern, rule.qtypes}) {
      if (!Holds(ref)) return Damaged("a rule's text lies outside of its strings");
    }
  }
  for (const AnswerRecord& answer : answers_) {
    if (answer.action >= policy::kActionNames.size() || !Holds(answer.records) ||
        !IsRecordList(Octets(answer.records), answer.record_count)) {
      return Damaged("an answer is not one");
    }
  }
  for (const absl::Status& status :
       {VerifyPatterns(), VerifyScripts(), VerifyParts(), VerifyPrefixes()}) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Reader::VerifyPatterns() const {
  constexpr auto kName = static_cast<uint8_t>(PatternScope::kName);
  if (shards_.size() > kMostShards) return Damaged("it has too many shards of patterns");
  for (const PatternShard& shard : shards_) {
    if (shard.scope > kName || shard.is_gated > 1) return Damaged("a shard of patterns is none");
  }
  for (const PatternRecord& pattern : patterns_) {
    const bool is_scanned = pattern.scope <= kName;
    if (pattern.rule >= rules_.size() ||
        pattern.scope > static_cast<uint8_t>(PatternScope::kMixedScripts) ||
        (is_scanned &&
         (pattern.shard >= shards_.size() || pattern.scope != shards_[pattern.shard].scope)) ||
        !Holds(pattern.expression) || pattern.exceptions > exceptions_.size() ||
        pattern.exception_octets > exceptions_.size() - pattern.exceptions) {
      return Damaged("a pattern refers to what is not there");
    }
  }
  for (const HyperscanRecord& record : hyperscan_) {
    if (record.shard >= shards_.size() || record.offset % kSectionAlignment != 0 ||
        record.offset > hyperscan_octets_.size() ||
        record.size > hyperscan_octets_.size() - record.offset) {
      return Damaged("a Hyperscan database lies outside of its section");
    }
  }
  auto is_table = [](size_t size) { return std::has_single_bit(size) && size <= kMostPlaces; };
  if (gram_heads_.empty() && gram_filter_.empty() && grams_.empty()) return absl::OkStatus();
  if (!is_table(gram_heads_.size()) || !is_table(gram_filter_.size()) || !is_table(grams_.size()) ||
      std::none_of(grams_.begin(), grams_.end(),
                   [](const GramRecord& record) { return record.gram == 0; })) {
    return Damaged("its tables of grams are none");
  }
  for (const GramRecord& record : grams_) {
    for (uint16_t shard : record.shards) {
      if (record.gram != 0 && shard != kNoShard && shard >= shards_.size()) {
        return Damaged("a gram refers to a shard that is not there");
      }
    }
  }
  return absl::OkStatus();
}

// Every part has its rule, each rule that has parts all of them, each part another number, and one
// of them at least is not about the client: the matcher relies on it.
absl::Status Reader::VerifyParts() const {
  std::vector<uint8_t> parts(rules_.size());  // of each rule: which of them there are, as bits
  std::vector<bool> has_other(rules_.size());
  for (const RuleRecord& rule : rules_) {
    if (rule.part_of == kNotAPart) continue;
    if (rule.part_of >= rules_.size() || (rule.flags & (kRuleParts | kRuleMarker)) != 0) {
      return Damaged("a part belongs to no rule");
    }
    const RuleRecord& whole = rules_[rule.part_of];
    if ((whole.flags & kRuleParts) == 0 || rule.parts >= whole.parts || whole.parts > kMostParts ||
        (parts[rule.part_of] >> rule.parts & 1) != 0) {
      return Damaged("a part belongs to no rule");
    }
    parts[rule.part_of] |= static_cast<uint8_t>(1u << rule.parts);
    has_other[rule.part_of] =
        has_other[rule.part_of] || rule.subject != static_cast<uint8_t>(policy::Subject::kClient);
  }
  for (size_t i = 0; i < rules_.size(); ++i) {
    const RuleRecord& rule = rules_[i];
    if ((rule.flags & kRuleParts) == 0) continue;
    if (rule.part_of != kNotAPart || rule.parts == 0 || rule.parts > kMostParts ||
        parts[i] != (1u << rule.parts) - 1 || !has_other[i]) {
      return Damaged("a rule lacks one of its parts");
    }
  }
  return absl::OkStatus();
}

absl::Status Reader::VerifyPrefixes() {
  for (const bool clients : {false, true}) {
    const PrefixIndex& index = clients ? clients_ : prefixes_;
    if (!index.IsSound() || !ArePostingsSound(index, clients)) {
      return Damaged("a table of prefixes is none");
    }
  }
  prefix_count_ = static_cast<uint32_t>(
      std::count_if(prefix_postings_.begin(), prefix_postings_.end(),
                    [](const PrefixPosting& posting) { return posting.rule < kPostingGroup; }));
  return absl::OkStatus();
}

bool Reader::ArePostingsSound(const PrefixIndex& index, bool clients) const {
  bool sound = true;
  index.ForEach([&](const dns::Prefix&, std::span<const PrefixPosting> postings) {
    for (const PrefixPosting& posting : postings) {
      if ((posting.rule & kPostingGroup) != 0) {
        sound = sound && clients && (posting.rule & ~kPostingGroup) < groups_.size();
      } else if (posting.rule >= rules_.size()) {
        sound = false;
      } else {
        const RuleRecord& rule = rules_[posting.rule];
        const auto subject = static_cast<policy::Subject>(rule.subject);
        const bool fits = clients ? subject == policy::Subject::kClient
                                  : subject == policy::Subject::kAddress ||
                                        subject == policy::Subject::kNameServerAddress;
        sound = sound && fits && (rule.flags & (kRuleParts | kRuleMarker)) == 0;
      }
    }
  });
  return sound;
}

absl::Status Reader::VerifyScripts() const {
  for (size_t i = 0; i < script_ranges_.size(); ++i) {
    const ScriptRange& range = script_ranges_[i];
    if (range.set >= script_sets_.size() || range.last < range.first ||
        (i > 0 && range.first <= script_ranges_[i - 1].last)) {
      return Damaged("its table of scripts is none");
    }
  }
  return absl::OkStatus();
}

std::span<const uint8_t> Reader::Octets(StringRef ref) const {
  if (!Holds(ref)) return {};
  return strings_.subspan(ref.offset, ref.length);
}

std::string_view Reader::String(StringRef ref) const {
  const std::span<const uint8_t> octets = Octets(ref);
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

bool Reader::IsForGroup(const PolicyRecord& policy, uint32_t group) const {
  const std::span<const uint8_t> groups = Octets(policy.clients);
  for (size_t at = 0; at + sizeof(group) <= groups.size(); at += sizeof(group)) {
    if (std::memcmp(groups.data() + at, &group, sizeof(group)) == 0) return true;
  }
  return false;
}

std::span<const uint8_t> Reader::Exceptions(const PatternRecord& pattern) const {
  return exceptions_.subspan(pattern.exceptions, pattern.exception_octets);
}

std::vector<std::span<const uint8_t>> Reader::HyperscanDatabases(size_t shard) const {
  std::vector<std::span<const uint8_t>> databases;
  for (const HyperscanRecord& record : hyperscan_) {
    if (record.shard == shard) {
      databases.push_back(hyperscan_octets_.subspan(record.offset, record.size));
    }
  }
  return databases;
}

}  // namespace tollgate::database
