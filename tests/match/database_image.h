// SPDX-License-Identifier: BSD-3-Clause
//
// Databases in memory: built from a rule model without any YAML, changed octet by octet, opened by
// the real reader.

#ifndef TOLLGATE_TESTS_MATCH_DATABASE_IMAGE_H_
#define TOLLGATE_TESTS_MATCH_DATABASE_IMAGE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/compile/database_file.h"
#include "ruleset/database/format.h"
#include "ruleset/dns/name.h"
#include "ruleset/policy/rule.h"
#include "ruleset/ruleset.h"
#include "ruleset/source/public_suffix_list.h"

namespace tollgate::testing {

// A file that has a path and no place on a disk.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view octets);
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile();

  const std::string& path() const { return path_; }

 private:
  int fd_;
  std::string path_;
};

// The name in presentation format; throws where it is none.
dns::Name NameFrom(std::string_view text);

// The whole file, as the compiler writes it, with nothing folded. Throws where Hyperscan refuses a
// pattern.
compile::PatternSections PatternsOf(const policy::RuleModel& model);
std::string DatabaseOf(const policy::RuleModel& model, const source::PublicSuffixList& suffixes,
                       const compile::PatternSections& patterns);

// A public suffix list of "com", "uk", "co.uk", "*.ck", "!www.ck", and of "github.io" in the
// private section.
source::PublicSuffixList SmallSuffixList();

// A model with one of everything: policies, one of them in shadow mode and one for a group of
// clients; hosts, domains, patterns on both scopes, an exception, days, a sinkhole with records of
// three types, an allow list; addresses of both families, name servers and their addresses,
// clients, and a rule with two parts.
policy::RuleModel SmallModel();

// Names that SmallModel's rules match, one for each, and names that they do not.
std::vector<dns::Name> SmallQueries();

// Addresses of the same kind: of answers, name servers and clients.
std::vector<dns::Prefix> SmallAddresses();

// SmallModel as a file.
std::string SmallDatabase();

// A database file that is about to be damaged.
class Image {
 public:
  explicit Image(std::string octets) : octets_(std::move(octets)) {}

  std::string& octets() { return octets_; }
  database::FileHeader& header() { return At<database::FileHeader>(0); }
  // The entry of the first section of this kind in the list of sections; throws where there is
  // none.
  database::SectionHeader& section(database::SectionKind kind);
  // The `index`th record of that section.
  template <typename T>
  T& record(database::SectionKind kind, size_t index = 0) {
    return At<T>(section(kind).offset + index * sizeof(T));
  }
  // Makes the checksum true again, so that what is wrong is found by the checks behind it.
  void RepairChecksum();

  // Opens the file with the Reader and with everything above it.
  absl::StatusOr<std::unique_ptr<const RuleSet>> Open() const;
  // The sentence with which it is refused, without its path; empty where it is not.
  std::string Refusal() const;

 private:
  template <typename T>
  T& At(size_t offset) {
    return *reinterpret_cast<T*>(octets_.data() + offset);
  }

  std::string octets_;
};

// Asks about `names` and reads every octet of every view, so that a sanitizer sees whatever lies
// outside. Returns something that depends on all of it.
uint64_t Exercise(const RuleSet& rules, const std::vector<dns::Name>& names);

}  // namespace tollgate::testing

#endif  // TOLLGATE_TESTS_MATCH_DATABASE_IMAGE_H_
