// SPDX-License-Identifier: BSD-3-Clause
//
// The writing end of the database file: sections in, one file out.

#ifndef TOLLGATE_RULESET_DATABASE_WRITER_H_
#define TOLLGATE_RULESET_DATABASE_WRITER_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "ruleset/database/format.h"

namespace tollgate::database {

// The strings section: every distinct text once.
class StringTable {
 public:
  StringRef Add(std::string_view text);
  const std::string& octets() const { return octets_; }

 private:
  std::string octets_;
  std::map<std::string, StringRef, std::less<>> known_;
};

class Writer {
 public:
  // `created` is in seconds since 1970-01-01 UTC.
  Writer(uint64_t name_seed, uint64_t created) : name_seed_(name_seed), created_(created) {}

  // Adds a section; its octets are copied.
  void Add(SectionKind kind, std::string_view octets);

  template <typename T>
  void AddRecords(SectionKind kind, std::span<const T> records) {
    Add(kind, {reinterpret_cast<const char*>(records.data()), records.size_bytes()});
  }

  // The whole file: header, list of sections, sections at their alignment, zeroes between them.
  std::string Finish() const;

 private:
  uint64_t name_seed_;
  uint64_t created_;
  std::vector<std::pair<SectionKind, std::string>> sections_;
};

// Replaces the file at `path` in one step: writes a temporary file beside it, syncs, renames, syncs
// the folder. Whoever has the old file open keeps it; after an error it is untouched and the
// temporary file is gone.
absl::Status ReplaceFile(const std::string& path, std::string_view octets);

}  // namespace tollgate::database

#endif  // TOLLGATE_RULESET_DATABASE_WRITER_H_
